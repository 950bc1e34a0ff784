"""The pictures in docs/screens show the pages as they are: each is taken again and laid over the one that is kept."""

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.browser import screens
from tests.browser.conftest import demo_server

# Grey levels of 255, on average: other figures and other fonts are small change, another layout is not.
LIKE = 12
MOST_BYTES = 150_000


def seen(path) -> tuple[tuple[int, int], Image.Image]:
    """A picture's size, and what is left of it from far."""
    with Image.open(path) as picture:
        return picture.size, picture.convert("L").resize((48, 64), Image.Resampling.BOX)


def apart(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


@pytest.fixture
def untouched(tmp_path_factory, sqlite_template):
    """The address of a server of its own: what other tests did does not show in the pictures."""
    with demo_server(tmp_path_factory, sqlite_template) as address:
        address.flask("jobs", "once", "remind")
        yield address


def test_the_pictures_in_the_docs_show_the_pages_as_they_are(browser, untouched, tmp_path):
    kept = {path.stem for path in screens.OUT.glob("*.png")}
    assert kept == {picture[0] for picture in screens.PICTURES}, "run: make screens"
    large = [path.name for path in screens.OUT.glob("*.png") if path.stat().st_size > MOST_BYTES]
    assert not large, f"too much for the repository: {large}"
    unlike = []
    for picture in screens.PICTURES:
        fresh = screens.shoot(browser, untouched, tmp_path, *picture)
        (size, now), (size_kept, before) = seen(fresh), seen(screens.OUT / fresh.name)
        assert size == size_kept, picture
        if apart(now, before) > LIKE:
            unlike.append(f"{fresh.name}: {apart(now, before):.0f}")
    assert not unlike, f"look at them, and run: make screens ({unlike})"


@pytest.mark.parametrize(
    "page",
    [
        *("/projects/board", "/projects/1", "/projects/wall", "/projects/candidates"),
        *("/notifications/reminders/", "/notifications/digests/"),
    ],
)
def test_what_moves_projects_is_shown_on_phone_and_desk_in_both_languages(page):
    shown = {(view["width"] > 1000, language) for _n, _w, path, view, language, _s in screens.PICTURES if page in path}
    assert len(shown) == 4
