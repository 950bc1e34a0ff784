"""Additions in rescue files: photos for a defect that was there, brought in as their taker's own."""

import io

from sqlalchemy import Select

from roadworks.accounts.models import Person
from roadworks.base.db import db
from roadworks.base.errors import Refusal
from roadworks.base.imaging import read_photo
from roadworks.defects import additions, photos
from roadworks.defects.models import Defect
from roadworks.defects.rescue import ELSEWHERE, GONE, KINDS, MAY_NOT_FILE, OTHER, UNKNOWN, Kind, Verdict, defect_address
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, may, within
from roadworks.workflow.transitions import can


def _read(record: Record) -> additions.Said:
    return additions.read({**record.fields, "client_id": record.id, "photos": list(record.photos)})


def _meant(finder: Person, said: additions.Said) -> Select[Defect]:
    statement: Select[Defect] = within(finder, Defect)
    return statement.where(Defect.id == said.defect_id)


def judge(finder: Person, record: Record, rescue: Rescue) -> Verdict:
    """New, or there already; refused where the defect is closed by now or a photo is lost."""
    try:
        said = _read(record)
    except Refusal as refusal:
        return Verdict("refused", finder.name, why=(str(refusal.message),))
    before = additions.same_addition(finder.district_id or 0, record.id)
    if before is not None:
        if before.person_id != finder.id:
            return Verdict("refused", finder.name, why=(str(UNKNOWN),))
        if before.content_hash != said.mark:
            return Verdict("refused", finder.name, why=(str(OTHER) % {"number": before.defect.number},))
        return Verdict("there", finder.name, before.defect.number, before.defect_id)
    faults = _faults(finder, said, rescue)
    return Verdict("refused" if faults else "new", finder.name, why=faults)


def _faults(finder: Person, said: additions.Said, rescue: Rescue) -> tuple[str, ...]:
    defect = db.session.scalars(_meant(finder, said)).first()
    if defect is None:
        return (str(ELSEWHERE),)
    if not may(finder, "defect.add_photo", defect):
        return (str(MAY_NOT_FILE),)
    root = additions.root_of(defect)
    if not can(root, "defect.add_photo"):
        return (additions.by_now(root),)
    if not said.photos:
        return (str(additions.NEEDS_PHOTO),)
    held = photos.by_hash(finder, said.photos, "")
    lost = [sha for sha in said.photos if sha not in held and not rescue.holds(sha)]
    return tuple(str(GONE) % {"sha": sha[:8]} for sha in lost)


def take(_by: Actor, finder: Person, record: Record, rescue: Rescue, _cause: Event) -> Verdict:
    """Add them by the verb that phones use."""
    said = _read(record)
    shown = photos.by_hash(finder, said.photos, "")
    lacking = [sha for sha in said.photos if sha not in shown]
    pictures = [read_photo(io.BytesIO(rescue.photo(sha) or b"")) for sha in lacking]
    shown |= {picture.sha256: photos.keep(finder, picture) for picture in pictures}
    defect = db.session.scalars(_meant(finder, said)).one()
    row = additions.add(finder, defect, [shown[sha] for sha in said.photos], said)
    return Verdict("filed", finder.name, row.defect.number, row.defect_id, thing=row.defect)


KINDS["addition"] = Kind(judge, take, defect_address)
