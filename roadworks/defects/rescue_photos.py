"""The photos of a record in a rescue file: which of them are there, and kept as if the phone had sent them."""

import io
from collections.abc import Sequence

from roadworks.accounts.models import Person
from roadworks.base.i18n import _l
from roadworks.base.imaging import PhotoRefused, read_photo
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


def prepare(finder: Person, record: Record, rescue: Rescue) -> None:
    """Decode those that are not on the server and put them on disk; one that cannot be decoded is lost."""
    held = photos.by_hash(finder, record.photos, record.id)
    for sha in record.photos:
        if sha not in held and rescue.shows(sha):
            try:
                _prepare(finder, rescue, sha)
            except PhotoRefused:
                rescue.lose(sha)


def _prepare(finder: Person, rescue: Rescue, sha: str) -> None:
    content = rescue.photo(sha) or b""
    picture = read_photo(io.BytesIO(content))
    photos.store(picture, (io.BytesIO(content), len(content)) if _originals(finder) else None)
    rescue.stored[sha] = picture


def kept(finder: Person, record: Record, rescue: Rescue, *, filing: str = "") -> dict[str, Photo]:
    """Those that are there, by SHA-256 in the record's order; with their hour. Raises PhotoRefused."""
    found = photos.by_hash(finder, record.photos, filing)
    for sha in [sha for sha in record.photos if sha not in found and rescue.shows(sha)]:
        if sha not in rescue.stored:
            _prepare(finder, rescue, sha)  # it was on the server a moment ago, and went elsewhere
        found[sha] = photos.enter(finder, rescue.stored[sha], original=_originals(finder))
        photos.tell_when(found[sha], record.taken.get(sha, ""))
    return {sha: found[sha] for sha in record.photos if sha in found}


def _originals(finder: Person) -> bool:
    """Whether their district keeps photos as they were taken, too."""
    return finder.district is not None and finder.district.photo_original
