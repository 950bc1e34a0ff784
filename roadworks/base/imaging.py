"""Photos as they come from phones: read in a bounded way, turned upright, made smaller, written anew."""

import io
import math
import struct
import threading
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Any

import pi_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from roadworks.base.clock import ZONE
from roadworks.base.errors import BadInput, Unavailable
from roadworks.base.i18n import _l

pi_heif.register_heif_opener(thumbnails=False)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOST_BYTES = 25 * 1024 * 1024
# A JPEG is decoded small from the start; other formats must be held whole.
MOST_PIXELS = {"JPEG": 200_000_000, "PNG": 50_000_000, "WEBP": 50_000_000, "HEIF": 60_000_000}
LONG_SIDE, THUMB_SIDE = 2048, 480
Image.MAX_IMAGE_PIXELS = 200_000_000
DECODE_FAULTS = (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, EOFError, MemoryError)

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
    if not _decoders.acquire(timeout=20):
        raise Unavailable(retry_after=10)
    try:
        return _decode(content)
    finally:
        _decoders.release()


def _decode(content: bytes) -> Picture:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            _check(image)
            exif = image.getexif()
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))
            upright = _flat(ImageOps.exif_transpose(_reduced(image)))
    except Image.DecompressionBombError as error:
        raise PhotoRefused("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise PhotoRefused("not_a_photo") from error
    except DECODE_FAULTS as error:
        raise PhotoRefused("damaged") from error
    thumb = upright.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE))
    lon, lat = _position(exif)
    size = upright.size
    return Picture(_jpeg(upright), _jpeg(thumb), sha256(content).hexdigest(), *size, _taken_at(exif), lon, lat)


def _check(image: Image.Image) -> None:
    """Judge by what the header declares, before a pixel is decoded."""
    width, height = image.size
    if width * height > MOST_PIXELS[image.format or "PNG"] or max(width, height) > 65_000 // 2:
        raise PhotoRefused("too_many_pixels")
    if getattr(image, "n_frames", 1) > 1 and image.format != "HEIF":
        raise PhotoRefused("animated")


def _reduced(image: Image.Image) -> Image.Image:
    """At most 2048 px on the long side, orientation kept in its exif."""
    exif = image.getexif()
    image.thumbnail((LONG_SIDE, LONG_SIDE), reducing_gap=2.0)
    image.info["exif"] = exif.tobytes() if exif else b""
    return image


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


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.info.clear()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _taken_at(exif: Image.Exif) -> datetime | None:
    """When the camera says it was taken; its clock runs on local time."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        moment = datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZONE)
    except ValueError:
        return None
    return moment.astimezone(UTC) if 1990 <= moment.year <= 2100 else None


def _position(exif: Image.Exif) -> tuple[float | None, float | None]:
    """Longitude and latitude of the camera in degrees, WGS-84, where it told a sensible one."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (abs(lat) < 1e-6 and abs(lon) < 1e-6):
        return None, None
    return lon, lat


def _degrees(parts: Any, negative: bool) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return round(-value if negative else value, 7)
