"""The photos of a record in a rescue file: which of them are there, and kept as if the phone had sent them."""

import io
from collections.abc import Sequence

from roadworks.accounts.models import Person
from roadworks.base.i18n import _l
from roadworks.base.imaging import read_photo
from roadworks.defects import photos
from roadworks.defects.models import Photo
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record

GONE = _l("A photo is missing from the file, damaged, or none at all: %(sha)s…")
WITHOUT = _l("You decide whether it is brought in without. If the file was damaged on its way, ask for it again first.")


def lost(finder: Person, record: Record, rescue: Rescue, *, filing: str = "") -> tuple[str, ...]:
    """The SHA-256 of those that are neither good in the file nor on the server; `filing`: whose own count as here."""
    held = photos.by_hash(finder, record.photos, filing)
    return tuple(sha for sha in record.photos if sha not in held and not rescue.shows(sha))


def why(lacking: Sequence[str]) -> tuple[str, ...]:
    """Which photos are lost, in words."""
    return tuple(str(GONE) % {"sha": sha[:8]} for sha in lacking)


def in_doubt(lacking: Sequence[str]) -> tuple[str, ...]:
    """Which photos are lost, and what can be decided; nothing where none is."""
    return (*why(lacking), str(WITHOUT)) if lacking else ()


def kept(finder: Person, record: Record, rescue: Rescue, *, filing: str = "") -> dict[str, Photo]:
    """Those that are there, by SHA-256 in the record's order; with their hour, and the original where it is wanted.

    Raises PhotoRefused.
    """
    found = photos.by_hash(finder, record.photos, filing)
    lacking = [sha for sha in record.photos if sha not in found and rescue.shows(sha)]
    # All are decoded before the first is written: it takes a while, and a writer keeps others waiting.
    for picture in [read_photo(io.BytesIO(rescue.photo(sha) or b"")) for sha in lacking]:
        found[picture.sha256] = photos.keep(finder, picture, _original(finder, rescue, picture.sha256))
        photos.tell_when(found[picture.sha256], record.taken.get(picture.sha256, ""))
    return {sha: found[sha] for sha in record.photos if sha in found}


def _original(finder: Person, rescue: Rescue, sha: str) -> tuple[io.BytesIO, int] | None:
    """The file as it was taken and its size, where the district keeps it."""
    if finder.district is None or not finder.district.photo_original:
        return None
    content = rescue.photo(sha) or b""
    return io.BytesIO(content), len(content)
