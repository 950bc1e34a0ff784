"""The pictures in docs/screens show the pages as they are: each is taken again and laid over the one that is kept."""

from PIL import Image, ImageChops, ImageStat

from tests.browser import screens

# Grey levels of 255, on average: other figures and other fonts are small change, another layout is not.
LIKE = 12


def seen(path) -> tuple[tuple[int, int], Image.Image]:
    """A picture's size, and what is left of it from far."""
    with Image.open(path) as picture:
        return picture.size, picture.convert("L").resize((48, 64), Image.Resampling.BOX)


def apart(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


def test_the_pictures_in_the_docs_show_the_pages_as_they_are(browser, base, tmp_path):
    kept = {path.stem for path in screens.OUT.glob("*.png")}
    assert kept == {picture[0] for picture in screens.PICTURES}, "run: make screens"
    unlike = []
    for picture in screens.PICTURES:
        fresh = screens.shoot(browser, base, tmp_path, *picture)
        (size, now), (size_kept, before) = seen(fresh), seen(screens.OUT / fresh.name)
        assert size == size_kept, picture
        if apart(now, before) > LIKE:
            unlike.append(f"{fresh.name}: {apart(now, before):.0f}")
    assert not unlike, f"look at them, and run: make screens ({unlike})"
