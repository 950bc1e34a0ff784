"""How projects stood at a moment past: what the trail has recorded since is taken back."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.projects.models import Project
from roadworks.projects.queries import readable
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workflow.transitions import PROJECT_ALIVE

REWOUND = ("stage", "expected_on")


def end_of(day: date) -> datetime:
    """The midnight with which a day ends, in Zhengzhou."""
    return datetime.combine(day + timedelta(days=1), time(), clock.ZONE)


def values_at(moment: datetime, district_id: int | None) -> dict[int, dict[str, Any]]:
    """Project → the state, stage and expected day it had, for those of which something was recorded since.

    Out of the old values of later events, the latest taken back first; values are as JSON holds them.
    """
    statement = select(Event).where(Event.thing_type == Project.__thing__, Event.at >= moment)
    if district_id is not None:
        statement = statement.where(Event.chain == district_id)
    had: dict[int, dict[str, Any]] = {}
    for event in db.session.scalars(statement.order_by(Event.id.desc())):
        values = had.setdefault(event.thing_id, {})
        if event.before is not None:
            values["state"] = event.before
        values |= {name: old for name, (old, _new) in event.changes.items() if name in REWOUND}
    return had


def standing(person: Actor, day: date) -> Counter[tuple[str, str]]:
    """How many projects stood in which category and stage when a day ended; struck off and cancelled ones left out."""
    had = values_at(end_of(day), person.district_id)
    shown = or_(Project.state.in_(PROJECT_ALIVE), Project.id.in_(had))
    statement = readable(person).where(Project.opened_at < end_of(day), shown)
    found: Counter[tuple[str, str]] = Counter()
    for row in db.session.execute(
        statement.with_only_columns(Project.id, Project.category, Project.stage, Project.state)
    ):
        values = had.get(row.id, {})
        if values.get("state", row.state) in PROJECT_ALIVE:
            found[row.category, values.get("stage", row.stage)] += 1
    return found
