"""`make screens`: the pictures in docs/screens, from the demo, phone and desk, both languages, light and dark.

With names only those: `python -m tests.browser.screens wall-zh`; `guide` are the small ones in static/guide.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.browser import guide
from tests.browser.pocket import ready, until
from tests.support import databases, live
from tests.support.cast import jpeg

OUT = Path(__file__).resolve().parents[2] / "docs" / "screens"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WALL = {"width": 1920, "height": 1080}
ZH, EN = "zh-CN", "en"

# name, who, page, view, language, colours
PICTURES = [
    ("login-zh", None, "/login", PHONE, ZH, "light"),
    ("phone-home-zh", "inspector", "/", PHONE, ZH, "light"),
    ("phone-file-zh", "inspector", "/defects/new", PHONE, ZH, "light"),
    ("phone-file-en-dark", "inspector", "/defects/new", PHONE, EN, "dark"),
    ("phone-queue-zh", "inspector", "/queue", PHONE, ZH, "light"),
    ("phone-queue-en-dark", "inspector", "/queue", PHONE, EN, "dark"),
    ("phone-round-zh", "inspector", "/rounds/today", PHONE, ZH, "light"),
    ("phone-round-en-dark", "inspector", "/rounds/today", PHONE, EN, "dark"),
    ("phone-guide-zh", "inspector", "/street/guide", PHONE, ZH, "light"),
    ("phone-guide-en-dark", "inspector", "/street/guide", PHONE, EN, "dark"),
    ("phone-orders-zh", "crew", "/street/orders", PHONE, ZH, "light"),
    ("phone-orders-en-dark", "crew", "/street/orders", PHONE, EN, "dark"),
    ("phone-nearby-zh", "supervisor", "/nearby?lon=113.607360&lat=34.756899", PHONE, ZH, "light"),
    ("phone-nearby-en-dark", "supervisor", "/nearby?lon=113.607360&lat=34.756899", PHONE, EN, "dark"),
    ("phone-crew-zh", "crew", "/", PHONE, ZH, "light"),
    ("phone-crew-en-dark", "crew", "/", PHONE, EN, "dark"),
    ("phone-verify-en-dark", "inspector", "/street/orders", PHONE, EN, "dark"),
    ("desk-zh", "supervisor", "/", DESK, ZH, "light"),
    ("desk-en-dark", "supervisor", "/", DESK, EN, "dark"),
    ("defects-zh", "supervisor", "/defects", DESK, ZH, "light"),
    ("defects-phone-en", "supervisor", "/defects", PHONE, EN, "light"),
    ("defect-zh", "supervisor", "/defects/470", DESK, ZH, "light"),
    ("order-zh", "supervisor", "/workorders/20", DESK, ZH, "light"),
    ("order-phone-en", "crew", "/workorders", PHONE, EN, "light"),
    ("sheet-zh", "supervisor", "/workorders/20/sheet", DESK, ZH, "light"),
    ("map-zh", "leader", "/map", DESK, ZH, "light"),
    ("map-en-dark", "leader", "/map", DESK, EN, "dark"),
    ("bulletin-zh", "leader", "/reports/bulletin", DESK, ZH, "light"),
    ("bulletin-en", "leader", "/reports/bulletin", DESK, EN, "light"),
    ("projects-zh", "supervisor", "/projects", DESK, ZH, "light"),
    ("projects-phone-en-dark", "supervisor", "/projects", PHONE, EN, "dark"),
    ("board-zh", "supervisor", "/projects/board", DESK, ZH, "light"),
    ("board-en", "supervisor", "/projects/board", DESK, EN, "light"),
    ("board-phone-zh", "supervisor", "/projects/board", PHONE, ZH, "light"),
    ("board-phone-en", "supervisor", "/projects/board", PHONE, EN, "light"),
    ("project-zh", "engineer", "/projects/1", DESK, ZH, "light"),
    ("project-en", "engineer", "/projects/1", DESK, EN, "light"),
    ("project-phone-zh", "engineer", "/projects/1", PHONE, ZH, "light"),
    ("project-phone-en", "engineer", "/projects/1", PHONE, EN, "light"),
    ("candidates-zh", "engineer", "/projects/candidates", DESK, ZH, "light"),
    ("candidates-en", "engineer", "/projects/candidates", DESK, EN, "light"),
    ("candidates-phone-zh", "engineer", "/projects/candidates", PHONE, ZH, "light"),
    ("candidates-phone-en-dark", "engineer", "/projects/candidates", PHONE, EN, "dark"),
    ("wall-zh", "leader", "/projects/wall", WALL, ZH, "light"),
    ("wall-en-dark", "leader", "/projects/wall", WALL, EN, "dark"),
    ("wall-phone-zh", "leader", "/projects/wall", PHONE, ZH, "light"),
    ("wall-phone-en", "leader", "/projects/wall", PHONE, EN, "light"),
    ("programmes-zh", "leader", "/programmes", DESK, ZH, "light"),
    ("reminder-zh", "supervisor", "/notifications/reminders/49", DESK, ZH, "light"),
    ("reminder-en", "supervisor", "/notifications/reminders/49", DESK, EN, "light"),
    ("reminder-phone-zh", "crew", "/notifications/reminders/34", PHONE, ZH, "light"),
    ("reminder-phone-en-dark", "crew", "/notifications/reminders/34", PHONE, EN, "dark"),
    ("stalled-zh", "leader", "/stalled?rule=repair_overdue", DESK, ZH, "light"),
    ("digest-zh", "leader", "/notifications/digests/2018-W26", DESK, ZH, "light"),
    ("digest-en", "leader", "/notifications/digests/2018-W26", DESK, EN, "light"),
    ("digest-phone-zh", "supervisor", "/notifications/digests/2018-W26", PHONE, ZH, "light"),
    ("digest-phone-en-dark", "supervisor", "/notifications/digests/2018-W26", PHONE, EN, "dark"),
    ("roads-zh", "engineer", "/roads", DESK, ZH, "light"),
    ("deadlines-zh", "admin", "/admin/deadlines", DESK, ZH, "light"),
]


def keep_one(page, base: str) -> None:
    """File a defect while there is no network: it waits on the phone."""
    ready(page, base)
    page.context.set_offline(True)
    page.wait_for_selector("html[data-ready]", state="attached")
    fill_in(page)
    page.click(".sendbar button")
    page.wait_for_url("**/queue")
    page.locator("[data-state=waiting]").wait_for()
    page.evaluate("Promise.all([...document.querySelectorAll('.thumb')].map((image) => image.decode())).then(() => {})")


def fill_in(page) -> None:
    """Take a photo and say what it is, as an inspector does."""
    page.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg("dimgray", (1200, 900))})
    page.locator("[data-thumbs] img").wait_for()
    expect(page.locator("#section_id")).not_to_have_value("")
    page.click(".choices.big label:nth-child(1)")
    page.click(".types.carriageway label:nth-child(1)")
    page.fill("#length_m", "2.0")
    page.fill("#width_m", "1.25")
    page.evaluate("() => window.scrollTo(0, 0)")


# Server and person → the cookies of a session: who is in many pictures signs in for the first.
_signed_in: dict[tuple[str, str], list] = {}


def come_in(page, base: str, who: str) -> None:
    """Be signed in; the language is the browser's in each picture."""
    kept = _signed_in.get((base, who))
    if kept:
        page.context.add_cookies(kept)
    else:
        live.sign_in(page, base, who)
        _signed_in[base, who] = page.context.cookies()


def shoot(browser, base, out: Path, name, who: str | None, path: str, view: dict, locale: str, scheme: str) -> Path:
    """One picture; gives its file in `out`."""
    context = browser.new_context(
        viewport=view,
        locale=locale,
        color_scheme=scheme,
        timezone_id="Asia/Shanghai",
        permissions=["geolocation"],
        geolocation={"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8},
    )
    page = context.new_page()
    page.clock.set_fixed_time(live.DEMO_NOW)
    if who:
        come_in(page, base, who)
    if path == "/queue":
        keep_one(page, base)
    elif path == "/street/orders":
        page.goto(base)
        until(page, "async () => (await (await import('/static/js/store.js')).get('pack', 'orders'))?.etag")
        page.goto(base + path)
        page.locator("main .card").first.wait_for()
    else:
        page.goto(base + path)
    page.locator("[data-ready]").first.wait_for(state="attached")
    if path == "/defects/new":
        fill_in(page)
    if path == "/map":
        page.locator(".leaflet-marker-pane > *").first.wait_for()
    page.screenshot(path=out / f"{name}.png")
    context.close()
    return out / f"{name}.png"


def slim(path: Path) -> None:
    """Write a picture with a palette: it is kept in the repository."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main(wanted: list[str]) -> None:
    """These pictures; all where none is named."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        template = databases.sqlite_template(Path(folder) / "template")
        instance = live.demo_instance(Path(folder) / "shared", template)
        with live.server(instance) as base, sync_playwright() as player:
            base.flask("jobs", "once", "remind")
            browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=live.BROWSER)
            if not wanted or "guide" in wanted:
                guide.take(browser, base)
            for picture in PICTURES:
                if not wanted or picture[0] in wanted:
                    slim(shoot(browser, base, OUT, *picture))
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
