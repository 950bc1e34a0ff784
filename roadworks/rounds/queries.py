"""Which rounds, which rules of the plan, who walks what, and when each section was last passed."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.accounts.models import Person
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import Rows, db
from roadworks.network.models import Road, Section
from roadworks.rounds.models import Beat, Pass, PatrolRule, Round
from roadworks.workflow.permissions import MAY, Actor, within


def rules(person: Actor) -> Select[PatrolRule]:
    """All rules of the plan, past and present, oldest first."""
    statement: Select[PatrolRule] = within(person, PatrolRule)
    return statement.order_by(PatrolRule.grade, PatrolRule.starts_on, PatrolRule.id)


def patrolled(person: Actor) -> Select[Section]:
    """The sections that a plan can hold: of roads that the district itself manages."""
    statement: Select[Section] = within(person, Section)
    statement = statement.join(Section.road).options(joinedload(Section.road))
    return statement.where(Road.managed_by == "district").order_by(Road.search_key, Section.id)


def beats(person: Actor) -> dict[int, int]:
    """Section → whose it is to walk."""
    statement = within(person, Beat).with_only_columns(Beat.section_id, Beat.person_id)
    return {section_id: person_id for section_id, person_id in db.session.execute(statement)}


def beat_names(person: Actor) -> dict[int, str]:
    """The names of those who have sections to walk."""
    statement = within(person, Beat).join(Person, Person.id == Beat.person_id)
    return dict(db.session.execute(statement.with_only_columns(Person.id, Person.name).distinct()).all())


def walkers(person: Actor) -> Select[Person]:
    """Who may walk rounds."""
    statement: Select[Person] = within(person, Person)
    statement = statement.where(Person.role.in_(MAY["round.start"].roles), Person.active)
    return statement.order_by(Person.role, Person.id)


def last_passes(person: Actor, *, before: date | None = None) -> dict[int, date]:
    """Section → the last day on which it was passed, of those before a day where one is given.

    Each section's last pass is looked up in the index, so that years of passes are not read.
    """
    last = select(Pass.passed_on).where(Pass.section_id == Section.id)
    if before is not None:
        last = last.where(Pass.passed_on < before)
    newest = last.order_by(Pass.passed_on.desc()).limit(1).scalar_subquery()
    rows = db.session.execute(within(person, Section).with_only_columns(Section.id, newest))
    return {section_id: day for section_id, day in rows if day is not None}


def passes_between(person: Actor, since: date, until: date) -> Rows:
    """Section and day of each patrol of the period, ascending, several of a day once."""
    statement = within(person, Pass).with_only_columns(Pass.section_id, Pass.passed_on)
    statement = statement.where(Pass.passed_on >= since, Pass.passed_on <= until)
    return statement.distinct().order_by(Pass.section_id, Pass.passed_on)


def rounds(person: Actor, *, since: date | None = None, until: date | None = None) -> Select[Round]:
    """Rounds with who walked them, by the day on which they began."""
    statement: Select[Round] = within(person, Round).options(joinedload(Round.inspector))
    if since:
        statement = statement.where(Round.started_at >= local_day_bounds(since)[0])
    if until:
        statement = statement.where(Round.started_at < local_day_bounds(until)[1])
    return statement


def whole(person: Actor, round_id: int) -> Select[Round]:
    """One round with its sections."""
    parts = selectinload(Round.passes).joinedload(Pass.section).joinedload(Section.road)
    return rounds(person).where(Round.id == round_id).options(parts)


def ticks_of(person: Actor, ids: Collection[int]) -> dict[int, int]:
    """Round → how many sections it passed."""
    statement = within(person, Pass).with_only_columns(Pass.round_id, func.count()).where(Pass.round_id.in_(ids))
    return {round_id: n for round_id, n in db.session.execute(statement.group_by(Pass.round_id))} if ids else {}


def same_round(district_id: int, client_id: str) -> Round | None:
    """The round that this device id already made, if any."""
    statement = select(Round).where(Round.district_id == district_id, Round.client_id == client_id)
    return db.session.scalars(statement).one_or_none()


def under_way(person: Actor) -> Select[Round]:
    """The rounds that this person has begun and not ended, newest first."""
    statement: Select[Round] = within(person, Round)
    return statement.where(Round.inspector_id == person.id, Round.state != "ended").order_by(Round.started_at.desc())


def passed_on(person: Actor, day: date) -> dict[int, Any]:
    """Section → the first tick of a day."""
    statement = within(person, Pass).where(Pass.passed_on == day).order_by(Pass.passed_at.desc(), Pass.id.desc())
    return {tick.section_id: tick for tick in db.session.scalars(statement)}


def rounds_by_day(person: Actor, since: date, until: date) -> dict[tuple[int, date], tuple[int, str]]:
    """Section and day → id and number of the round that passed it then."""
    statement = within(person, Pass).join(Round, Round.id == Pass.round_id)
    statement = statement.where(Pass.passed_on >= since, Pass.passed_on <= until)
    rows = db.session.execute(
        statement.with_only_columns(Pass.section_id, Pass.passed_on, Round.id, Round.number).order_by(Pass.id.desc())
    )
    return {(section_id, day): (round_id, number) for section_id, day, round_id, number in rows}
