"""The pictures in docs/screens show the pages as they are: each is taken again and laid over the one that is kept."""

from PIL import Image, ImageChops, ImageStat

from tests.browser import screens

# Grey levels of 255, on average: other figures and other fonts are small change, another layout is not.
LIKE = 16


def shrunk(path) -> Image.Image:
    return Image.open(path).convert("L").resize((48, 64), Image.Resampling.BOX)


def test_the_pictures_in_the_docs_show_the_pages_as_they_are(browser, base, tmp_path):
    kept = {path.stem for path in screens.OUT.glob("*.png")}
    assert kept == {picture[0] for picture in screens.PICTURES}, "run: make screens"
    unlike = []
    for picture in screens.PICTURES:
        fresh = screens.shoot(browser, base, tmp_path, *picture)
        before = screens.OUT / fresh.name
        assert Image.open(fresh).size == Image.open(before).size, picture
        apart = ImageStat.Stat(ImageChops.difference(shrunk(fresh), shrunk(before))).mean[0]
        if apart > LIKE:
            unlike.append(f"{fresh.name}: {apart:.0f}")
    assert not unlike, f"look at them, and run: make screens ({unlike})"
