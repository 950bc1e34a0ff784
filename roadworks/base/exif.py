"""What a photo's own metadata tells: when and where it was taken, and how the camera was held."""

import math
import struct
from datetime import UTC, datetime
from typing import Any

from PIL import ExifTags, Image

from roadworks.base.clock import ZONE

# Pillow lets any of these out on a damaged file.
DECODE_FAULTS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError),
    *(struct.error, EOFError, MemoryError, ArithmeticError),
)
_T = Image.Transpose
_TURNS = (
    _T.FLIP_LEFT_RIGHT,
    _T.ROTATE_180,
    _T.FLIP_TOP_BOTTOM,
    _T.TRANSPOSE,
    _T.ROTATE_270,
    _T.TRANSVERSE,
    _T.ROTATE_90,
)
TURN = dict(enumerate(_TURNS, start=2))  # by EXIF orientation


def read(image: Image.Image) -> tuple[datetime | None, float | None, float | None, Image.Transpose | None]:
    """Time, longitude, latitude and the turn it needs; damaged metadata tells nothing, and the photo is still good."""
    try:
        exif = image.getexif()
        turn = TURN.get(exif.get(ExifTags.Base.Orientation, 1))
        return _taken_at(exif), *_position(exif), turn
    except DECODE_FAULTS:
        return None, None, None, None


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
