"""Which defects: the filter of the list, the map and the exports, and what lies near."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import aliased, joinedload

from roadworks.accounts.models import Person
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db, literal
from roadworks.defects.models import Defect, Photo
from roadworks.network.models import Section
from roadworks.workflow.permissions import Actor, within

OPEN = ("filed", "confirmed", "ordered", "forwarded", "covered")
# Found real by a supervisor, and not yet verified as mended.
UNMENDED = ("confirmed", "ordered", "mended", "forwarded", "covered")
SORTS = {"found": Defect.found_at, "area": Defect.area_m2, "number": Defect.id}


@dataclass(frozen=True)
class Filter:
    """What the person asked for; empty means all.

    `since` and `until` are days of finding, `closed_since` and `closed_until` of closing, all included. `repeat`: only
    the same hole again; `repeat_crew_id`: only where that crew had mended it.
    """

    states: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    road_id: int | None = None
    crew_id: int | None = None
    section_id: int | None = None
    project_id: int | None = None
    warranty_project_id: int | None = None
    since: date | None = None
    until: date | None = None
    closed_since: date | None = None
    closed_until: date | None = None
    words: str = ""
    counted: bool = False
    repeat: bool = False
    repeat_crew_id: int | None = None
    box: tuple[float, float, float, float] | None = field(default=None)


def fold(text: str) -> str:
    """Words as they are stored and looked for: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def filtered(person: Actor, wanted: Filter) -> Select[Defect]:
    """The defects of the person's district that fit."""
    statement: Select[Defect] = within(person, Defect)
    for column, values in (
        (Defect.state, wanted.states),
        (Defect.surface, wanted.surfaces),
        (Defect.type_code, wanted.types),
        (Defect.severity, wanted.severities),
    ):
        if values:
            statement = statement.where(column.in_(values) if len(values) > 1 else column == values[0])
    statement = _of(statement, wanted)
    statement = _between(statement, Defect.found_at, wanted.since, wanted.until)
    statement = _between(statement, Defect.closed_at, wanted.closed_since, wanted.closed_until)
    if wanted.counted:
        statement = counted(statement)
    for word in fold(wanted.words).split()[:6]:
        statement = statement.where(Defect.words.like(literal(word), escape="\\"))
    return inside(statement, wanted.box) if wanted.box else statement


def _of(statement: Select[Any], wanted: Filter) -> Select[Any]:
    """Only those of one road, section, crew or project."""
    for column, row_id in (
        (Defect.road_id, wanted.road_id),
        (Defect.section_id, wanted.section_id),
        (Defect.crew_id, wanted.crew_id),
        (Defect.project_id, wanted.project_id),
        (Defect.warranty_project_id, wanted.warranty_project_id),
    ):
        if row_id is not None:
            statement = statement.where(column == row_id)
    return _repeats(statement, wanted)


def _repeats(statement: Select[Any], wanted: Filter) -> Select[Any]:
    """Only the same hole again: of what an order mended, as it stands now; of one crew where asked."""
    if not wanted.repeat and wanted.repeat_crew_id is None:
        return statement
    before = aliased(Defect)
    statement = statement.join(before, held(before))
    return statement if wanted.repeat_crew_id is None else statement.where(before.crew_id == wanted.repeat_crew_id)


def held(before: Any) -> Any:
    """The join of a repeat with what it repeats, as long as that stands as mended by an order."""
    return (before.id == Defect.repeat_of_id) & (before.state == "closed") & before.order_id.is_not(None)


def _between(statement: Select[Any], column: Any, since: date | None, until: date | None) -> Select[Any]:
    if since:
        statement = statement.where(column >= local_day_bounds(since)[0])
    if until:
        statement = statement.where(column < local_day_bounds(until)[1])
    return statement


def counted(statement: Select[Any]) -> Select[Any]:
    """Only what counts as a place 处 in a bulletin: duplicates and rejected ones do not (domain.md §2.6.5)."""
    return statement.where(Defect.state.not_in(("rejected", "duplicate")), Defect.duplicate_of_id.is_(None))


def inside(statement: Select[Any], box: tuple[float, float, float, float]) -> Select[Any]:
    """Only what lies within west, south, east, north (degrees, WGS-84)."""
    west, south, east, north = box
    return statement.where(Defect.lon.between(west, east), Defect.lat.between(south, north))


# Built once: making them anew costs a page as much as running them.
_BESIDE = (
    joinedload(Defect.section).joinedload(Section.road),
    joinedload(Defect.filed_by).load_only(Person.name),
    joinedload(Defect.filed_by).lazyload(Person.district),
    joinedload(Defect.duplicate_of).load_only(Defect.number),
    joinedload(Defect.repeat_of).joinedload(Defect.crew),
)
_PHOTOS = (
    select(Photo.id, Photo.kind, Photo.width, Photo.height, Photo.taken_at, Photo.uploaded_at)
    .where(Photo.defect_id == bindparam("defect"))
    .order_by(Photo.id)
)
_TWINS = select(Defect.id, Defect.number).where(Defect.duplicate_of_id == bindparam("defect")).order_by(Defect.id)
_AGAIN = select(Defect.id, Defect.number).where(Defect.repeat_of_id == bindparam("defect")).order_by(Defect.id)


def whole(person: Actor, defect_id: int) -> Select[Defect]:
    """One defect with what its page names beside it."""
    statement: Select[Defect] = within(person, Defect)
    return statement.where(Defect.id == defect_id).options(*_BESIDE)


def photos_of(defect: Defect) -> Sequence[Any]:
    """What a page shows of its photos, oldest first."""
    return db.session.execute(_PHOTOS, {"defect": defect.id}).all()


def twins_of(defect: Defect) -> Sequence[Any]:
    """Id and number of its duplicates."""
    return db.session.execute(_TWINS, {"defect": defect.id}).all()


def repeats_of(defect: Defect) -> Sequence[Any]:
    """Id and number of those found again where this one was mended."""
    return db.session.execute(_AGAIN, {"defect": defect.id}).all() if defect.state == "closed" else []


_SAME = select(Defect).where(Defect.district_id == bindparam("district"), Defect.client_id == bindparam("made"))


def same_filing(district_id: int, client_id: str) -> Defect | None:
    """The defect that this device id already made, if any."""
    return db.session.scalars(_SAME, {"district": district_id, "made": client_id}).one_or_none()


def favourites(person: Actor, limit: int = 200) -> Mapping[str, int]:
    """How often each type stood among the person's last filings: the grid shows the most used first."""
    recent = (
        within(person, Defect)
        .with_only_columns(Defect.type_code)
        .where(Defect.filed_by_id == person.id)
        .order_by(Defect.id.desc())
        .limit(limit)
        .subquery()
    )
    rows = db.session.execute(select(recent.c.type_code, func.count()).group_by(recent.c.type_code))
    return {code: count for code, count in rows}


def severity_order() -> Any:
    """Most urgent first, as a sort key."""
    return case({"emergency": 0, "severe": 1, "moderate": 2, "slight": 3}, value=Defect.severity, else_=4)
