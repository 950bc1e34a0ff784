"""The figures of a week with their change: found, mended m², on-time and rework rate, each with what it is made of."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import Rows, db
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workorders import figures
from roadworks.workorders.figures import MEASURED


@dataclass
class WeekFigures:
    """All sums of seven days; areas in m², exact."""

    found: Counter[str] = field(default_factory=Counter)
    m2: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(MEASURED, Decimal(0)))
    m2_by_crew: dict[int, Decimal] = field(default_factory=dict)
    ancillary: int = 0
    by_crew: dict[int, tuple[int, int]] = field(default_factory=dict)
    verified: int = 0
    on_time: int = 0
    rework: int = 0
    fell_due: tuple[int, int] = (0, 0)
    checks: tuple[int, int] = (0, 0)


def week_figures(by: Actor, since: date, until: date) -> WeekFigures:
    """The sums of these days, both included, in five statements; counted as the bulletin counts."""
    week = WeekFigures()
    for surface, _type, _road, places in db.session.execute(figures.found(by, since, until)):
        week.found[surface] += places
    for surface, crew_id, _road, m2, _m, places in db.session.execute(figures.mended(by, since, until)):
        if surface in MEASURED:
            week.m2[surface] += m2 or Decimal(0)
            week.m2_by_crew[crew_id] = week.m2_by_crew.get(crew_id, Decimal(0)) + (m2 or Decimal(0))
        else:
            week.ancillary += places
    for crew_id, n, on_time, _suspended, rework in db.session.execute(figures.punctuality(by, since, until)):
        week.by_crew[crew_id] = (on_time, n)
        week.verified, week.on_time, week.rework = week.verified + n, week.on_time + on_time, week.rework + rework
    due, in_time = db.session.execute(figures.fell_due(by, since, until)).one()
    week.fell_due = (int(in_time), due)
    counted = {verb: n for verb, n in db.session.execute(verifications(by, since, until))}
    failed = counted.get("order.fail", 0)
    week.checks = (failed, failed + counted.get("order.pass", 0))
    return week


def verifications(by: Actor, since: date, until: date) -> Rows:
    """Verb → how many verifications passed and failed in the period, by the trail."""
    begins, ends = local_day_bounds(since)[0], local_day_bounds(until)[1]
    return (
        select(Event.verb, func.count())
        .where(Event.chain == by.district_id, Event.at >= begins, Event.at < ends)
        .where(Event.verb.in_(("order.pass", "order.fail")))
        .group_by(Event.verb)
    )


def compare(week: WeekFigures, then: WeekFigures) -> dict[str, Any]:
    """Each figure beside that of the week before; areas as text, so that no digit is lost."""
    return {
        "found": [week.found.total(), then.found.total()],
        "found_by": {s: [week.found[s], then.found[s]] for s in (*MEASURED, "ancillary")},
        "m2": {s: [f"{w.m2[s]:.2f}" for w in (week, then)] for s in MEASURED},
        "ancillary": [week.ancillary, then.ancillary],
        "on_time": [_rate(w.on_time, w.verified, w.fell_due) for w in (week, then)],
        "rework": [_rate(w.rework, w.verified, w.checks) for w in (week, then)],
    }


def _rate(part: int, n: int, other: tuple[int, int]) -> dict[str, Any]:
    return {"part": part, "n": n, "other": list(other)}
