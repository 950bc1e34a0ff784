"""Additions in rescue files: photos for a defect that was there, brought in as their taker's own."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select

from roadworks.accounts.models import Person
from roadworks.base.db import db
from roadworks.base.errors import Refusal
from roadworks.defects import additions
from roadworks.defects import rescue_photos as photos
from roadworks.defects.models import Defect
from roadworks.defects.rescue import ELSEWHERE, KINDS, MAY_NOT_FILE, OTHER, UNKNOWN, Kind, Verdict, defect_address
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
    """New, or there already; held where a photo is lost, refused where nothing is left or the defect is closed."""
    try:
        said = _read(record)
    except Refusal as refusal:
        return Verdict("refused", finder.name, why=(str(refusal.message),))
    before, lost = additions.same_addition(finder.district_id or 0, record.id), photos.lost(finder, record, rescue)
    left = _without(said, lost)
    if before is not None:
        if before.person_id != finder.id:
            return Verdict("refused", finder.name, why=(str(UNKNOWN),))
        if before.content_hash not in (said.mark, left.mark):
            return Verdict("refused", finder.name, why=(str(OTHER) % {"number": before.defect.number},))
        return Verdict("there", finder.name, before.defect.number, before.defect_id)
    faults = _faults(finder, said)
    if faults:
        return Verdict("refused", finder.name, why=faults)
    if lost and not left.photos and not left.note:
        return Verdict("refused", finder.name, why=photos.why(lost))
    return Verdict("held" if lost else "new", finder.name, why=photos.in_doubt(lost))


def _without(said: additions.Said, lost: Sequence[str]) -> additions.Said:
    """The same without the photos that are lost: what it is once it was brought in, or its taker left them out."""
    return replace(said, photos=tuple(sha for sha in said.photos if sha not in lost))


def _faults(finder: Person, said: additions.Said) -> tuple[str, ...]:
    defect = db.session.scalars(_meant(finder, said)).first()
    if defect is None:
        return (str(ELSEWHERE),)
    if not may(finder, "defect.add_photo", defect):
        return (str(MAY_NOT_FILE),)
    root = additions.root_of(defect)
    if not can(root, "defect.add_photo"):
        return (additions.by_now(root),)
    return (str(additions.NEEDS_PHOTO),) if said.empty else ()


def take(_by: Actor, finder: Person, record: Record, rescue: Rescue, _cause: Event) -> Verdict:
    """Add them by the verb that phones use."""
    lost = photos.lost(finder, record, rescue)
    said = _without(_read(record), lost)
    shown = list(photos.kept(finder, record, rescue).values())
    defect = db.session.scalars(_meant(finder, said)).one()
    row = additions.add(finder, defect, shown, said)
    return Verdict("filed", finder.name, row.defect.number, row.defect_id, thing=row.defect, lacking=lost)


KINDS["addition"] = Kind(judge, take, defect_address, photos.prepare)
