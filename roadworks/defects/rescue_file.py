"""A rescue file: what a phone could not send, as one ZIP. It is believed only as far as it is checked."""

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import IO, Any

from roadworks.base import clock
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.base.imaging import MOST_BYTES
from roadworks.defects.photos import MOST_PHOTOS

FORMAT, VERSION = "roadworks-rescue", 1
RECORDS = "records.json"
PHOTO = re.compile(r"photos/([0-9a-f]{64})")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHA256 = re.compile(r"[0-9a-f]{64}")
# The whole file, what it may unpack to, its parts, and its list of records.
MOST_WHOLE = 300 * 1024 * 1024
MOST_PARTS, MOST_RECORDS, MOST_LIST = 3000, 1000, 4 * 1024 * 1024
# Photos of one record: eight of a defect, eight for each of the fifty that an order may hold.
MOST_SHOWN = 50 * MOST_PHOTOS
# What a damaged or hostile ZIP makes the library raise.
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError)

NOT_ONE = _l("This is not a rescue file of Roadworks, or it is damaged.")
TOO_LARGE = _l("This rescue file is too large: at most 300 MB and 1000 records.")
NEWER = _l("This rescue file was made by a newer version of Roadworks. Update the server first.")


@dataclass(frozen=True)
class Record:
    """One thing done on a phone, as the phone tells it; `photos` are SHA-256."""

    id: str
    kind: str
    person_id: int
    at: datetime | None
    number: str
    title: str
    state: str
    fields: Mapping[str, Any]
    photos: tuple[str, ...]


@dataclass
class Rescue:
    """The records of a file in the order in which they were done, and its photos by hash."""

    records: list[Record]
    archive: zipfile.ZipFile
    _whole: dict[str, bool] = field(default_factory=dict)

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


def read(stream: IO[bytes]) -> Rescue:
    """Open a rescue file: sizes, counts and names first, then its list. Raises BadInput."""
    try:
        archive = zipfile.ZipFile(stream)
    except ZIP_FAULTS as error:
        raise BadInput(NOT_ONE, field="file") from error
    _bounded(archive)
    try:
        said = json.loads(_read(archive, RECORDS, MOST_LIST), parse_constant=_no_number)
        # Half a sign cannot be kept, nor shown.
        json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput(NOT_ONE, field="file") from error
    return Rescue(_records(said), archive)


def _bounded(archive: zipfile.ZipFile) -> None:
    """Judge by the index, before anything is unpacked. Raises BadInput."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_WHOLE:
        raise BadInput(TOO_LARGE, field="file")
    names = [part.filename for part in parts]
    strange = [name for name in names if name != RECORDS and not PHOTO.fullmatch(name)]
    if strange or len(set(names)) != len(names) or RECORDS not in names:
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


def _no_number(word: str) -> float:
    raise ValueError(word)


def _records(said: Any) -> list[Record]:
    """The list by its contract. Raises BadInput."""
    if not isinstance(said, dict) or said.get("format") != FORMAT or not isinstance(said.get("records"), list):
        raise BadInput(NOT_ONE, field="file")
    if said.get("version") != VERSION:
        raise BadInput(NEWER, field="file")
    if len(said["records"]) > MOST_RECORDS:
        raise BadInput(TOO_LARGE, field="file")
    records = [_record(row) for row in said["records"]]
    if len({record.id for record in records}) != len(records):
        raise BadInput(NOT_ONE, field="file")
    return records


def _record(row: Any) -> Record:
    shape = {"id": str, "kind": str, "person": int, "fields": dict, "photos": list}
    if not isinstance(row, dict) or any(type(row.get(name)) is not kind for name, kind in shape.items()):
        raise BadInput(NOT_ONE, field="file")
    hashes = row["photos"]
    whole = all(isinstance(sha, str) and SHA256.fullmatch(sha) for sha in hashes)
    if not ID.fullmatch(row["id"]) or not whole or len(hashes) > MOST_SHOWN or not 0 < row["person"] < 2**31:
        raise BadInput(NOT_ONE, field="file")
    said = {name: str(row.get(name) or "")[:80] for name in ("number", "title", "state")}
    photos = tuple(dict.fromkeys(hashes))
    return Record(
        row["id"], row["kind"][:20], row["person"], _moment(row.get("at")), **said, fields=row["fields"], photos=photos
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    if not 1970 <= moment.year < 2200:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.ZONE)
