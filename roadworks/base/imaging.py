"""Photos as they come from phones: read in a bounded way, turned upright, made smaller, written anew."""

import io
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError

from roadworks.base import exif
from roadworks.base.errors import BadInput, Unavailable
from roadworks.base.exif import DECODE_FAULTS
from roadworks.base.i18n import _l

FORMATS = ("JPEG", "PNG", "WEBP")
HEIF = Path(__file__).with_name("heif.py")
MOST_BYTES = 25 * 1024 * 1024
# A JPEG is decoded small from the start; other formats are held whole, WebP three times over, transparency twice.
# MPO is a JPEG with further pictures behind it, as many phones write it: the first is the photo.
MOST_PIXELS = {"JPEG": 200_000_000, "MPO": 200_000_000, "PNG": 50_000_000, "WEBP": 17_000_000}
MOST_PIXELS_CLEAR, MOST_PIXELS_PROGRESSIVE = 30_000_000, 40_000_000
# A JPEG of several scans is held whole by libjpeg, 6 bytes a pixel: refused by libjpeg itself beyond this.
os.environ.setdefault("JPEGMEM", "260M")
LONG_SIDE, THUMB_SIDE, SMALL_SIDE = 2048, 480, 240
Image.MAX_IMAGE_PIXELS = 200_000_000
# Decoding holds tens of megabytes: two at a time, whatever the number of threads.
_decoders = threading.BoundedSemaphore(2)

WORDS = {
    "empty": _l("This file is empty. Please take the photo again."),
    "too_big": _l("This photo is larger than 25 MB. Please send a smaller one."),
    "not_a_photo": _l("This is not a photo. JPEG, PNG, WebP and HEIC are taken."),
    "too_many_pixels": _l("This picture has too many pixels. Please send a normal photo."),
    "damaged": _l("This photo is damaged. Please take it again."),
    "animated": _l("Moving pictures are not taken. Please send a photo."),
}


class PhotoRefused(BadInput):
    """A file that is no usable photo; `code` is one of WORDS, the message tells the person what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code], field="photos")
        self.code = code


@dataclass(frozen=True)
class Picture:
    """A photo made safe to keep: JPEG bytes upright, ≤ 2048 px, without metadata; and what its metadata said."""

    jpeg: bytes
    thumb: bytes
    sha256: str
    width: int
    height: int
    taken_at: datetime | None
    lon: float | None
    lat: float | None


def read_photo(stream: IO[bytes], *, most_bytes: int = MOST_BYTES) -> Picture:
    """Read one photo; raises PhotoRefused, or Unavailable when all decoders are busy."""
    content = stream.read(most_bytes + 1)
    if not content:
        raise PhotoRefused("empty")
    if len(content) > most_bytes:
        raise PhotoRefused("too_big")
    with _decoder():
        return _decode(content)


def opens(content: bytes) -> bool:
    """Whether `read_photo` would take it: decoded to its end, but small, in a tenth of the time. Raises Unavailable."""
    try:
        with _decoder():
            _upright(content, SMALL_SIDE)
    except PhotoRefused:
        return False
    return True


@contextmanager
def _decoder() -> Iterator[None]:
    """One of those that may decode; raises Unavailable when all are busy."""
    if not _decoders.acquire(timeout=20):
        raise Unavailable(retry_after=10)
    try:
        yield
    finally:
        _decoders.release()


def _decode(content: bytes) -> Picture:
    upright, taken_at, lon, lat = _upright(content, LONG_SIDE)
    thumb = upright.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE))
    return Picture(_jpeg(upright), _jpeg(thumb), sha256(content).hexdigest(), *upright.size, taken_at, lon, lat)


def _upright(content: bytes, side: int) -> tuple[Image.Image, datetime | None, float | None, float | None]:
    """The picture, its longer side at most `side` pixels, and when and where it was taken; raises PhotoRefused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(_plain(content)), formats=FORMATS)
            _check(image)
            taken_at, lon, lat, turn = exif.read(image)
            image.draft("RGB", (side, side))
            image.thumbnail((side, side), reducing_gap=2.0)
            return _flat(image if turn is None else image.transpose(turn)), taken_at, lon, lat
    except Image.DecompressionBombError as error:
        raise PhotoRefused("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise PhotoRefused("not_a_photo") from error
    except DECODE_FAULTS as error:
        raise PhotoRefused("damaged") from error


def _plain(content: bytes) -> bytes:
    """The same bytes, or for HEIC the JPEG that another process makes of them: a file that kills it kills not us."""
    if content[4:8] != b"ftyp":
        return content
    command = [sys.executable, "-I", str(HEIF)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=20, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise PhotoRefused("damaged") from error
    if done.returncode:
        raise PhotoRefused({3: "too_many_pixels", 4: "not_a_photo"}.get(done.returncode, "damaged"))
    return done.stdout


def _check(image: Image.Image) -> None:
    """Judge by what the header declares, before a pixel is decoded."""
    width, height = image.size
    most = MOST_PIXELS[image.format or "PNG"]
    if "progressive" in image.info:
        most = MOST_PIXELS_PROGRESSIVE
    elif image.mode in {"RGBA", "LA", "PA"}:
        most = min(most, MOST_PIXELS_CLEAR)
    if width * height > most or max(width, height) > 65_000 // 2:
        raise PhotoRefused("too_many_pixels")
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise PhotoRefused("animated")


def _flat(image: Image.Image) -> Image.Image:
    """Plain RGB; what is transparent becomes white; 16-bit greys keep their high byte."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        solid = Image.new("RGB", image.size, "white")
        layer = image.convert("RGBA")
        solid.paste(layer, mask=layer.getchannel("A"))
        return solid
    return image.convert("RGB")


def smaller(thumb: bytes) -> bytes:
    """A kept thumb once more smaller: what a phone keeps of what is near, about 5 KB of a road; made in 10 ms."""
    image = Image.open(io.BytesIO(thumb), formats=("JPEG",))
    image.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return _jpeg(image, quality=70)


def _jpeg(image: Image.Image, *, quality: int = 82) -> bytes:
    out = io.BytesIO()
    image.info.clear()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
