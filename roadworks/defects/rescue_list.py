"""The list of a rescue file by its contract: which part of which rescue it is, and each record as the phone told it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from roadworks.base import clock
from roadworks.base.contract import SHA256, YEARS
from roadworks.base.errors import BadInput
from roadworks.base.fields import UUID
from roadworks.base.i18n import _l
from roadworks.defects.photos import MOST_PHOTOS

FORMAT = "roadworks-rescue"
# Version 1: one file, its records as they are. Version 2: a part of a rescue, each record as the text that was sealed.
VERSIONS = (1, 2)
MOST_RECORDS = 1000
# Photos of one record: eight of a defect, eight for each of the fifty that an order may hold.
MOST_SHOWN = 50 * MOST_PHOTOS
MOST_FILES = 999

NOT_ONE = _l("This is not a rescue file of Roadworks, or it is damaged.")
TOO_LARGE = _l("This rescue file is too large: at most 300 MB and 1000 records.")
NEWER = _l("This rescue file was made by a newer version of Roadworks. Update the server first.")


@dataclass(frozen=True)
class Record:
    """One thing done on a phone, as the phone tells it; `photos` are SHA-256.

    Phones of before tell less: `taken`, the moment of a photo by its SHA-256; `out`, photos that the person left out;
    `form`, what an addition was to become had its defect not been there.
    """

    id: str
    kind: str
    person_id: int
    at: datetime | None
    number: str
    title: str
    state: str
    fields: Mapping[str, Any]
    photos: tuple[str, ...]
    text: str = ""
    seal: str = ""
    taken: Mapping[str, str] = field(default_factory=dict)
    out: tuple[str, ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Which part of which rescue a file is; a file of version 1 is all there is."""

    rescue: str = ""
    number: int = 1
    of: int = 1

    @property
    def facts(self) -> dict[str, Any]:
        """What the trail keeps of it; nothing of a file that names no rescue."""
        return {"rescue": self.rescue, "part": self.number, "parts": self.of} if self.rescue else {}


def as_json(content: bytes | str) -> Any:
    """What a text says. Raises BadInput."""
    try:
        said = json.loads(content, parse_constant=_no_number)
        # Half a sign cannot be kept, nor shown.
        json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput(NOT_ONE, field="file") from error
    return said


def _no_number(word: str) -> float:
    raise ValueError(word)


def records_of(said: Any) -> list[Record]:
    """The records of the list, in its order. Raises BadInput."""
    if not isinstance(said, dict) or said.get("format") != FORMAT or not isinstance(said.get("records"), list):
        raise BadInput(NOT_ONE, field="file")
    if said.get("version") not in VERSIONS:
        raise BadInput(NEWER, field="file")
    if len(said["records"]) > MOST_RECORDS:
        raise BadInput(TOO_LARGE, field="file")
    read_one = _record if said["version"] == 1 else _sealed
    found = [read_one(row) for row in said["records"]]
    if len({record.id for record in found}) != len(found):
        raise BadInput(NOT_ONE, field="file")
    return found


def part_of(said: dict[str, Any]) -> Part:
    """Which part it is by its own word. Raises BadInput."""
    if said["version"] == 1:
        return Part()
    found, number, of = said.get("rescue"), said.get("part"), said.get("parts")
    if not isinstance(found, str) or not SHA256.fullmatch(found) or type(number) is not int or type(of) is not int:
        raise BadInput(NOT_ONE, field="file")
    if not 1 <= number <= of <= MOST_FILES:
        raise BadInput(NOT_ONE, field="file")
    return Part(found, number, of)


def _sealed(row: Any) -> Record:
    """A record as the text that the phone sealed; whether the seal fits is asked when it is judged. Raises BadInput."""
    if not isinstance(row, dict) or any(type(row.get(name)) is not str for name in ("text", "seal")):
        raise BadInput(NOT_ONE, field="file")
    return replace(_record(as_json(row["text"])), text=row["text"], seal=row["seal"][:64])


def _record(row: Any) -> Record:
    shape = {"id": str, "kind": str, "person": int, "fields": dict, "photos": list}
    if not isinstance(row, dict) or any(type(row.get(name)) is not kind for name, kind in shape.items()):
        raise BadInput(NOT_ONE, field="file")
    hashes = row["photos"]
    whole = all(isinstance(sha, str) and SHA256.fullmatch(sha) for sha in hashes)
    if not UUID.fullmatch(row["id"]) or not whole or len(hashes) > MOST_SHOWN or not 0 < row["person"] < 2**31:
        raise BadInput(NOT_ONE, field="file")
    said = {name: str(row.get(name) or "")[:80] for name in ("number", "title", "state")}
    photos = tuple(dict.fromkeys(hashes))
    told: dict[str, Any] = {**said, "fields": row["fields"], "photos": photos, **_besides(row)}
    return Record(row["id"], row["kind"][:20], row["person"], _moment(row.get("at")), **told)


def _besides(row: dict[str, Any]) -> dict[str, Any]:
    """What newer phones tell besides; what is not of its shape is taken as not told, for no record hangs on it."""
    taken, out, form = row.get("taken"), row.get("out"), row.get("form")
    hours = taken.items() if isinstance(taken, dict) else ()
    left = [sha for sha in out if isinstance(sha, str) and SHA256.fullmatch(sha)] if isinstance(out, list) else []
    return {
        "taken": {sha: said for sha, said in hours if isinstance(said, str)},
        "out": tuple(dict.fromkeys(left))[:MOST_SHOWN],
        "form": form if isinstance(form, dict) else {},
    }


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    if moment.year not in YEARS:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.ZONE)
