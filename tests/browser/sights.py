"""What cameras see in the pictures of the docs: a road with a hole in it, and the same place mended, drawn."""

import random
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 900
ASPHALT, DARK, FRESH, LINE, KERB = (112, 113, 115), (52, 50, 49), (70, 71, 74), (214, 212, 204), (168, 164, 156)
OUTLINE = [(-250, 10), (-180, -90), (-40, -130), (120, -110), (240, -20), (210, 100), (60, 150), (-130, 120)]


def _ground(variant: int) -> Image.Image:
    """A lane with its edge line and kerb, seen from a person's height."""
    ground = Image.new("RGB", (WIDTH, HEIGHT), ASPHALT)
    pen = ImageDraw.Draw(ground)
    pen.rectangle((0, 0, WIDTH, 90), fill=(150, 152, 150))
    edge = 840 + 25 * (variant % 4)
    pen.polygon([(edge - 130, 90), (edge - 100, 90), (edge + 130, HEIGHT), (edge + 60, HEIGHT)], fill=LINE)
    pen.polygon([(edge + 10, 90), (WIDTH, 90), (WIDTH, HEIGHT), (edge + 300, HEIGHT)], fill=KERB)
    return ground


def _finished(ground: Image.Image, variant: int) -> bytes:
    small = WIDTH // 4, HEIGHT // 4
    noise = Image.frombytes("L", small, random.Random(variant).randbytes(small[0] * small[1]))
    grain = noise.resize((WIDTH, HEIGHT))
    rough = Image.blend(ground, Image.merge("RGB", [grain] * 3), 0.12).filter(ImageFilter.GaussianBlur(1.2))
    kept = BytesIO()
    rough.save(kept, "JPEG", quality=88)
    return kept.getvalue()


@cache
def hole(variant: int = 0) -> bytes:
    """A pothole; each variant is another one."""
    dice = random.Random(variant)
    ground = _ground(variant)
    pen = ImageDraw.Draw(ground)
    x, y = 430 + 30 * (variant % 3), 500
    rim = [(dx * dice.uniform(0.85, 1.15), dy * dice.uniform(0.85, 1.15)) for dx, dy in OUTLINE]
    for size, colour in ((1.12, (132, 130, 126)), (1.0, (84, 81, 78)), (0.82, DARK)):
        pen.polygon([(x + dx * size, y + dy * size) for dx, dy in rim], fill=colour)
    for _crack in range(3):
        begin = (x + dice.choice((-240, 250)), y + dice.randint(-60, 60))
        pen.line([begin, (begin[0] + dice.randint(-140, 140), begin[1] + dice.randint(60, 220))], fill=DARK, width=5)
    return _finished(ground, variant)


@cache
def mended(variant: int = 0) -> bytes:
    """The same place after the work: a patch with straight edges."""
    ground = _ground(variant)
    pen = ImageDraw.Draw(ground)
    x, y = 430 + 30 * (variant % 3), 500
    corners = [(x - 290, y - 170), (x + 250, y - 170), (x + 310, y + 190), (x - 330, y + 190)]
    pen.polygon(corners, fill=FRESH, outline=(38, 38, 40), width=9)
    return _finished(ground, variant)


def film(path: Path, shot: bytes) -> Path:
    """A film that Chromium's camera plays: one picture that stands still."""
    with Image.open(BytesIO(shot)) as picture:
        frame = BytesIO()
        picture.resize((640, 480)).save(frame, "JPEG", quality=85, subsampling="4:2:0")
    path.write_bytes(frame.getvalue() * 3)
    return path
