"""`make screens`: the pictures in docs/screens, from the demo, phone and desk, both languages, light and dark.

With names only those: `python -m tests.browser.screens wall` takes the subject in all its looks; `guide` are the small
ones in static/guide.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import dressing, guide, scenes, scenes_of_trouble, scenes_of_work, sights
from tests.browser.tour import Tour
from tests.support import databases, live

OUT = Path(__file__).resolve().parents[2] / "docs" / "screens"
PHONE, DESK, WALL, PAPER = ((390, 844), (1280, 900), (1920, 1080), (794, 1123))
# Light is the daylight theme: ink on white, at least 7:1 in the street.
FOUR = ("zh", "zh-dark", "en", "en-dark")
BOTH, ZH, EN, ACROSS = ("zh", "en"), ("zh",), ("en",), ("zh", "en-dark")
COLOURS = 64
# Photos are fetched when they come into sight: they are there before the picture is taken.
IN_SIGHT = """async () => {
  const seen = ({ bottom, top }) => bottom > 0 && top < innerHeight;
  const there = [...document.images].filter((image) => image.checkVisibility() && seen(image.getBoundingClientRect()));
  await Promise.allSettled(there.map((image) => image.decode()));
}"""


@dataclass(frozen=True)
class Subject:
    """What is photographed: whose page, brought about how (an address, or what is done), how large, in which looks.

    `anew`: it is brought about for each look, as it draws itself in the colours of the moment (maps).
    """

    name: str
    who: str | None
    what: str | Callable[[Tour, Page], None]
    looks: tuple[str, ...] = FOUR
    view: tuple[int, int] = PHONE
    media: str = "screen"
    anew: bool = False

    @property
    def names(self) -> list[str]:
        return [f"{self.name}-{look}" for look in self.looks]


# In the order in which they are taken: what only looks comes before what leaves something behind.
SUBJECTS = [
    Subject("login", None, "/login"),
    *(
        Subject(name, who, address, looks, view)
        for name, who, address, looks, view in (
            ("desk", "supervisor", "/", ACROSS, DESK),
            ("defects", "supervisor", "/defects", ZH, DESK),
            ("defects-phone", "supervisor", "/defects", EN, PHONE),
            ("defect", "supervisor", "/defects/470", ZH, DESK),
            ("order", "supervisor", "/workorders/20", ZH, DESK),
            ("order-phone", "crew", "/workorders", EN, PHONE),
            ("sheet", "supervisor", "/workorders/20/sheet", BOTH, DESK),
            ("bulletin", "leader", "/reports/bulletin", BOTH, DESK),
            ("projects", "supervisor", "/projects", ZH, DESK),
            ("projects-phone", "supervisor", "/projects", ("en-dark",), PHONE),
            ("board", "supervisor", "/projects/board", BOTH, DESK),
            ("board-phone", "supervisor", "/projects/board", BOTH, PHONE),
            ("project", "engineer", "/projects/1", BOTH, DESK),
            ("project-phone", "engineer", "/projects/1", BOTH, PHONE),
            ("candidates", "engineer", "/projects/candidates", BOTH, DESK),
            ("candidates-phone", "engineer", "/projects/candidates", ACROSS, PHONE),
            ("wall", "leader", "/projects/wall", ACROSS, WALL),
            ("wall-phone", "leader", "/projects/wall", BOTH, PHONE),
            ("programmes", "leader", "/programmes", ZH, DESK),
            ("reminder", "supervisor", "/notifications/reminders/49", BOTH, DESK),
            ("reminder-phone", "crew", "/notifications/reminders/34", ACROSS, PHONE),
            ("stalled", "leader", "/stalled?rule=repair_overdue", ZH, DESK),
            ("digest", "leader", "/notifications/digests/2018-W26", BOTH, DESK),
            ("digest-phone", "supervisor", "/notifications/digests/2018-W26", ACROSS, PHONE),
            ("roads", "engineer", "/roads", ZH, DESK),
            ("deadlines", "admin", "/admin/deadlines", ZH, DESK),
        )
    ),
    Subject("map", "leader", "/map", ACROSS, DESK, anew=True),
    Subject("patrol-log", "supervisor", scenes_of_work.patrol_log, BOTH, PAPER, "print"),
    # The street, as the day goes.
    Subject("phone-home", "inspector", "/"),
    Subject("phone-guide", "inspector", "/street/guide"),
    Subject("phone-verify", "inspector", scenes_of_work.to_verify),
    Subject("phone-curtain", "inspector", scenes_of_work.curtain),
    Subject("phone-fail", "inspector", scenes_of_work.fail),
    Subject("phone-nearby", "inspector", scenes_of_work.nearby, anew=True),
    Subject("phone-crew", "crew", "/"),
    Subject("phone-orders", "crew", scenes_of_work.my_orders),
    Subject("phone-ghost", "crew", scenes_of_work.ghost),
    Subject("phone-finish", "crew", scenes_of_work.finishing),
    Subject("phone-accept", "crew", scenes_of_work.accepted),
    Subject("phone-conflict", "crew", scenes_of_work.conflict),
    Subject("phone-update", "crew", scenes_of_trouble.update),
    Subject("phone-round", "inspector", scenes_of_work.round_before),
    Subject("phone-file", "inspector", scenes.filing, anew=True),
    Subject("phone-position", "inspector", scenes.position, anew=True),
    Subject("phone-by-hand", "inspector", scenes_of_trouble.by_hand),
    Subject("phone-size", "inspector", scenes.sizes),
    Subject("phone-markup", "inspector", scenes.markup),
    Subject("phone-voice", "inspector", scenes.voice),
    Subject("phone-this-one", "inspector", scenes.this_one),
    Subject("phone-again", "inspector", scenes.again),
    Subject("phone-filed", "inspector", scenes.filed),
    Subject("phone-round-running", "inspector", scenes_of_work.round_running),
    Subject("phone-round-ended", "inspector", scenes_of_work.round_ended),
    Subject("phone-queue", "inspector", scenes.queue),
    Subject("phone-refused", "inspector", scenes_of_trouble.refused),
    Subject("phone-storage", "inspector", scenes.storage),
    Subject("phone-signed-out", "inspector", scenes_of_trouble.signed_out),
    Subject("rescue", "supervisor", scenes_of_work.rescue, FOUR, DESK),
]


def shoot(tour: Tour, subject: Subject) -> Iterator[Path]:
    """One subject in its looks of the tour's language; gives the files in the tour's folder."""
    page = tour.page(subject.who)
    page.set_viewport_size({"width": subject.view[0], "height": subject.view[1]})
    there = False
    for look in [look for look in subject.looks if look.startswith(tour.language)]:
        page.emulate_media(color_scheme="dark" if look.endswith("dark") else "light", media=subject.media)
        if subject.anew or not there:
            there = True
            bring(tour, page, subject.what)
        # Neither focus nor pointer lies on anything.
        page.evaluate("document.activeElement?.blur()")
        page.mouse.move(0, 0)
        page.evaluate(IN_SIGHT)
        path = tour.folder / f"{subject.name}-{look}.png"
        page.screenshot(path=path, animations="disabled")
        yield path


def bring(tour: Tour, page: Page, what: str | Callable[[Tour, Page], None]) -> None:
    """Bring a page about."""
    if callable(what):
        what(tour, page)
    else:
        page.context.set_offline(False)
        page.goto(tour.base + what)
        page.locator("[data-ready]").first.wait_for(state="attached")
        if what == "/map":
            page.locator(".leaflet-marker-pane > *").first.wait_for()


@contextmanager
def touring(browser: Browser, demo: Path, language: str, folder: Path) -> Iterator[Tour]:
    """A server on a copy of the demo, dressed up with photos, and who walks through it."""
    own = shutil.copytree(demo, folder / f"instance-{language}")
    dressed = dressing.dress(own)
    sees = f"--use-file-for-fake-video-capture={sights.film(folder / 'road.mjpeg', sights.mended(0))}"
    with live.server(own) as base:
        # A browser of its own: its camera sees the road.
        seeing = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=[*live.BROWSER, sees])
        yield Tour(seeing, base, language, dressed, folder)
        seeing.close()


def taken(tour: Tour, wanted: Iterable[str] = ()) -> Iterator[Path]:
    """The pictures of these subjects, or of all, in the tour's language."""
    for subject in SUBJECTS:
        if not wanted or subject.name in wanted or set(subject.names) & set(wanted):
            yield from shoot(tour, subject)


def slim(path: Path, to: Path) -> None:
    """Write a picture with a palette: it is kept in the repository."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
    small.save(to / path.name, optimize=True)


def main(wanted: list[str]) -> None:
    """These pictures; all where none is named."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as player:
        folder = Path(name)
        demo = live.demo_instance(folder / "shared", databases.sqlite_template(folder / "template"))
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=live.BROWSER)
        for language in BOTH:
            if not wanted or "guide" in wanted:
                # On data of its own: what is filed for it does not show in the pictures of lists.
                (folder / "guide").mkdir(exist_ok=True)
                with touring(browser, demo, language, folder / "guide") as tour:
                    guide.take(tour.browser, tour.base, language)
            with touring(browser, demo, language, folder) as tour:
                for path in taken(tour, wanted) if wanted != ["guide"] else ():
                    slim(path, OUT)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
