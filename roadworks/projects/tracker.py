"""The verbs of programmes: add, edit, record counts; and which programmes there are."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import selectinload

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.projects.boards import Programme, ProgrammeCount
from roadworks.projects.counts import Line, check_sum, records, total
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.transitions import STALE, write

FIELDS = ("name_zh", "name_en", "year", "unit_zh", "unit_en", "target", "target_derived", "sited", "position")
NO_COUNT = _l("Give at least one count.")
TWICE = _l("This stage stands here twice.")
NOT_YET = _l("This day has not come yet.")
NEW_NOTE = _l("The sum has changed: say anew how it was printed, or correct a count.")


def programmes(person: Actor, year: int | None = None) -> Select[Programme]:
    """The programmes of the district with their counts; of one year where given."""
    statement: Select[Programme] = within(person, Programme).options(selectinload(Programme.counts))
    if year is not None:
        statement = statement.where(Programme.year == year)
    return statement.order_by(Programme.position, Programme.id)


def years(person: Actor) -> list[int]:
    """The years that have programmes, latest first."""
    statement = within(person, Programme).with_only_columns(Programme.year).distinct()
    return sorted(db.session.scalars(statement), reverse=True)


def add(by: Actor, district: District, values: Mapping[str, Any]) -> Programme:
    """Add a programme; raises NotFound, NotAllowed."""
    check(by, "programmes.edit")
    programme = Programme(district_id=district.id, **{name: values.get(name) for name in FIELDS})
    check(by, "programmes.edit", programme)
    db.session.add(programme)
    db.session.flush()
    audit.record(by, "programmes.edit", programme, after="added")
    return programme


def edit(by: Actor, programme: Programme, values: Mapping[str, Any], *, seen: int) -> None:
    """Edit a programme; raises NotAllowed, Stale, BadInput where the last counts do not add up to the new total."""
    check(by, "programmes.edit", programme)
    audit.lock(programme.district_id)
    if seen != programme.version:
        raise Stale(STALE, thing=programme)
    check_sum(latest(programme), values.get("sited"), programme.as_printed, "sited")
    told = write(programme, {name: values.get(name) for name in FIELDS})
    if told:
        audit.record(by, "programmes.edit", programme, before="known", after="known", changes=told)


def latest(programme: Programme) -> Sequence[ProgrammeCount]:
    """The counts as they stand now."""
    kept = records(programme.counts)
    return kept[0].lines if kept else []


def record(by: Actor, programme: Programme, *, as_of: date, lines: Sequence[Line], note: str, seen: int) -> None:
    """Record the counts of a day; earlier ones are kept. Raises NotAllowed, Stale, BadInput at counts, as_of or note.

    Counts that do not add up need a note how they were printed; a note that excused another sum is not enough.
    """
    check(by, "programmes.edit", programme)
    audit.lock(programme.district_id)
    if seen != programme.version:
        raise Stale(STALE, thing=programme)
    _judge(programme, as_of, lines, note)
    now = clock.now()
    told = write(programme, {"as_printed": note})
    for line in lines:
        row = ProgrammeCount(district_id=programme.district_id, as_of=as_of, recorded_at=now)
        for name in ("stage_zh", "stage_en", "count", "milestone", "approximate"):
            setattr(row, name, getattr(line, name))
        programme.counts.append(row)
    db.session.flush()
    facts: dict[str, Any] = {"as_of": as_of, "counts": {line.stage_zh: line.count for line in lines}}
    audit.record(by, "programmes.edit", programme, before="known", after="known", changes=told, **facts)


def _judge(programme: Programme, as_of: date, lines: Sequence[Line], note: str) -> None:
    if not lines:
        raise BadInput(NO_COUNT, field="counts")
    if len({line.stage_zh for line in lines}) < len(lines):
        raise BadInput(TWICE, field="counts")
    if as_of > clock.today():
        raise BadInput(NOT_YET, field="as_of")
    check_sum(lines, programme.sited, note, "counts")
    last = latest(programme)
    stale_note = last and note == programme.as_printed and total(last) != total(lines)
    if stale_note and programme.sited is not None and total(lines) != programme.sited:
        raise BadInput(NEW_NOTE, field="note")
