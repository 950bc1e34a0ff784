"""A rescue file: what a phone could not send, as one ZIP. It is believed only as far as it is checked."""

import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from os import SEEK_END
from typing import IO

from roadworks.base.errors import BadInput
from roadworks.base.imaging import MOST_BYTES, Picture, opens
from roadworks.defects.rescue_list import MOST_RECORDS, NOT_ONE, TOO_LARGE, Part, Record, as_json, part_of, records_of

RECORDS = "records.json"
PHOTO = re.compile(r"photos/([0-9a-f]{64})")
# The whole file, what it may unpack to, its parts, and its list of records.
MOST_WHOLE = 300 * 1024 * 1024
MOST_PARTS, MOST_LIST = 3000, 4 * 1024 * 1024
MOST_INDEX = MOST_PARTS * 256
# What ends a ZIP without a comment; before it stands, where there are more than 65535 parts, where a larger end is.
END, LARGER = struct.Struct("<4s4H2LH"), struct.Struct("<4sLQL")
# Whose reading can be bounded: the library unpacks other kinds as a whole.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# How far a phone fills one part: well below what is taken, so that a clumsy proxy or a small phone can hold it.
PART = {"bytes": MOST_WHOLE // 3, "records": MOST_RECORDS // 5, "photos": MOST_PARTS // 3, "list": MOST_LIST // 4}
# What a damaged or hostile ZIP makes the library raise.
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError)


@dataclass
class Rescue:
    """The records of a file in the order in which they were done, and its photos by hash.

    `said` is what was made of its records so far, by their id; `lacking` are the parts before it that are not in yet;
    `stored` are the photos of the record in hand that are on disk.
    """

    records: list[Record]
    archive: zipfile.ZipFile
    part: Part = Part()
    said: dict[str, str] = field(default_factory=dict)
    lacking: Sequence[int] = ()
    stored: dict[str, Picture] = field(default_factory=dict)
    _whole: dict[str, bool] = field(default_factory=dict)
    _shows: dict[str, bool] = field(default_factory=dict)

    def photo(self, sha: str) -> bytes | None:
        """The bytes of a photo; None where it is not there, or is not what its hash says."""
        try:
            content = _read(self.archive, f"photos/{sha}", MOST_BYTES)
        except BadInput:
            return None
        return content if sha256(content).hexdigest() == sha else None

    def holds(self, sha: str) -> bool:
        """Whether the photo is there, bit for bit as the phone hashed it."""
        if sha not in self._whole:
            self._whole[sha] = self.photo(sha) is not None
        return self._whole[sha]

    def shows(self, sha: str) -> bool:
        """Whether it is there, and a photo that can be opened."""
        if sha not in self._shows:
            content = self.photo(sha)
            self._shows[sha] = content is not None and opens(content)
        return self._shows[sha]

    def lose(self, sha: str) -> None:
        """Count it as lost: it could not be opened after all."""
        self._shows[sha] = False


def read(stream: IO[bytes]) -> Rescue:
    """Open a rescue file: sizes, counts and names first, then its list. Raises BadInput."""
    _look_at_end(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except ZIP_FAULTS as error:
        raise BadInput(NOT_ONE, field="file") from error
    _bounded(archive)
    said = as_json(_read(archive, RECORDS, MOST_LIST))
    return Rescue(records_of(said), archive, part_of(said))


def _look_at_end(stream: IO[bytes]) -> None:
    """Judge by the size of the index, before the library builds it. Raises BadInput."""
    stream.seek(max(stream.seek(0, SEEK_END) - END.size - LARGER.size, 0))
    tail = stream.read()
    if len(tail) < END.size:
        raise BadInput(NOT_ONE, field="file")
    mark, _disk, _begins, _here, count, size, _at, comment = END.unpack(tail[-END.size :])
    if mark != b"PK\x05\x06" or comment or tail[: -END.size].startswith(b"PK\x06\x07"):
        raise BadInput(NOT_ONE, field="file")
    if count > MOST_PARTS or size > MOST_INDEX:
        raise BadInput(TOO_LARGE, field="file")
    stream.seek(0)


def _bounded(archive: zipfile.ZipFile) -> None:
    """Judge by the index, before anything is unpacked. Raises BadInput."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_WHOLE:
        raise BadInput(TOO_LARGE, field="file")
    names = [part.filename for part in parts]
    strange = [name for name in names if name != RECORDS and not PHOTO.fullmatch(name)]
    if strange or any(part.compress_type not in METHODS for part in parts):
        raise BadInput(NOT_ONE, field="file")
    if len(set(names)) != len(names) or RECORDS not in names:
        raise BadInput(NOT_ONE, field="file")


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One part, at most `most` bytes of it whatever the index says. Raises BadInput."""
    try:
        with archive.open(name) as part:
            content = part.read(most + 1)
    except (KeyError, *ZIP_FAULTS) as error:
        raise BadInput(NOT_ONE, field="file") from error
    if len(content) > most:
        raise BadInput(TOO_LARGE, field="file")
    return content
