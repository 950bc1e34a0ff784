"""Which maintenance grade a road had on which day: what was due then is judged by the grade of then."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.network.models import PastGrade, Road
from roadworks.workflow.permissions import Actor, within


class Held(NamedTuple):
    """A grade held from a day (None: as far back as records go) up to the day before another (None: further on)."""

    grade: str | None
    from_on: date | None
    until_on: date | None


# Road → its earlier grades, oldest first; a road whose grade never changed is not in it.
Past = Mapping[int, Sequence[PastGrade]]


def past(person: Actor) -> Past:
    """The earlier grades of all roads of the district, in one statement."""
    found: dict[int, list[PastGrade]] = {}
    for row in db.session.scalars(within(person, PastGrade).order_by(PastGrade.road_id, PastGrade.until_on)):
        found.setdefault(row.road_id, []).append(row)
    return found


def history(known: Past, road: Road) -> list[Held]:
    """All grades of a road, oldest first, the last of them the one it has now."""
    told: list[Held] = []
    begins: date | None = None
    for row in known.get(road.id, ()):
        told.append(Held(row.grade, begins, row.until_on))
        begins = row.until_on
    return [*told, Held(road.maintenance_grade, begins, None)]


def on(known: Past, road: Road, day: date) -> str | None:
    """The grade of a road on a day."""
    return next(held.grade for held in history(known, road) if held.until_on is None or day < held.until_on)


def note(road: Road, before: str | None) -> None:
    """Keep the grade that a road had up to today; of several changes of a day the first tells what held before it.

    The caller holds the district's lock.
    """
    today = clock.today()
    same_day = select(PastGrade.id).where(PastGrade.road_id == road.id, PastGrade.until_on == today)
    if before != road.maintenance_grade and db.session.scalars(same_day).first() is None:
        db.session.add(PastGrade(district_id=road.district_id, road_id=road.id, grade=before, until_on=today))
