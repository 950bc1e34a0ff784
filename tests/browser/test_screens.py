"""The pictures in docs/screens show the pages as they are: each is taken again and laid over the one that is kept."""

import re

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.browser import screens
from tests.support import live

# Grey levels of 255, on average: other figures and other fonts are small change, another layout is not.
LIKE = 12
MOST_BYTES = 150_000


def seen(path) -> tuple[tuple[int, int], Image.Image]:
    """A picture's size, and what is left of it from far."""
    with Image.open(path) as picture:
        return picture.size, picture.convert("L").resize((48, 64), Image.Resampling.BOX)


def apart(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


def test_the_docs_hold_each_picture_once_and_none_is_large():
    kept = sorted(path.stem for path in screens.OUT.glob("*.png"))
    assert kept == sorted(name for subject in screens.SUBJECTS for name in subject.names), "run: make screens"
    told = re.findall(r'src="([^"]+)\.png"', (screens.OUT / "README.md").read_text())
    assert sorted(told) == kept, "docs/screens/README.md shows each in its place"
    large = [path.name for path in screens.OUT.glob("*.png") if path.stat().st_size > MOST_BYTES]
    assert not large, f"too much for the repository: {large}"


@pytest.mark.parametrize("language", screens.BOTH)
def test_the_pictures_in_the_docs_show_the_pages_as_they_are(
    browser, tmp_path, tmp_path_factory, sqlite_template, language
):
    # On data of their own: what other tests did does not show in the pictures.
    demo = live.demo_instance(tmp_path_factory.getbasetemp().parent / "shared", sqlite_template)
    unlike = []
    with screens.touring(browser, demo, language, tmp_path) as tour:
        for fresh in screens.taken(tour):
            (size, now), (size_kept, before) = seen(fresh), seen(screens.OUT / fresh.name)
            assert size == size_kept, fresh.name
            if apart(now, before) > LIKE:
                unlike.append(f"{fresh.name}: {apart(now, before):.0f}")
    assert not unlike, f"look at them, and run: make screens ({unlike})"


def test_each_step_in_the_street_is_shown_by_day_and_by_night_in_both_languages():
    street = [subject for subject in screens.SUBJECTS if subject.name.startswith("phone-")]
    assert len(street) > 20
    assert {subject.looks for subject in street} == {screens.FOUR}


@pytest.mark.parametrize(
    "page",
    [
        *("/projects/board", "/projects/1", "/projects/wall", "/projects/candidates"),
        *("/notifications/reminders/", "/notifications/digests/"),
    ],
)
def test_what_moves_projects_is_shown_on_phone_and_desk_in_both_languages(page):
    showing = [subject for subject in screens.SUBJECTS if isinstance(subject.what, str) and page in subject.what]
    shown = {(subject.view[0] > 1000, look[:2]) for subject in showing for look in subject.looks}
    assert len(shown) == 4
