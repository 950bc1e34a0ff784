"""What stands still, as the page shows it: since when, who has it, what was answered, and when the next is told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from roadworks.accounts.models import District, Person
from roadworks.base import calendar, clock
from roadworks.base.calendar import WorkCalendar
from roadworks.base.db import db
from roadworks.base.i18n import locale
from roadworks.base.web import Page, paged
from roadworks.notifications import facts
from roadworks.notifications.dated import OTHERS
from roadworks.notifications.models import Reminder, ReminderRule
from roadworks.notifications.rules import levels_of
from roadworks.notifications.stalled import (
    Key,
    Limits,
    Reach,
    Stalled,
    condition,
    key_columns,
    passed,
    stage_limits,
)
from roadworks.notifications.watches import WATCHES
from roadworks.workflow.permissions import Actor
from roadworks.workflow.reasons import Reason, reasons
from roadworks.workorders import queries as orders
from roadworks.workorders.models import WorkOrder

MOST_COUNTED = 1000


@dataclass(frozen=True)
class Line:
    """One stalled thing on the page."""

    kind: str
    thing: Any
    name: str
    detail: str
    since: datetime
    level: int
    next_at: datetime | None
    holders: str
    reason: Reason | None


@dataclass(frozen=True)
class Scope:
    """Whose things, by which rules, at what moment."""

    person: Actor
    district: District
    rules: Mapping[str, ReminderRule]
    now: datetime
    days: WorkCalendar
    limits: Limits


def scope(person: Actor, district: District, rules: Sequence[ReminderRule]) -> Scope:
    """What the page needs for any of its rules."""
    by_code = {rule.code: rule for rule in rules if rule.active}
    return Scope(person, district, by_code, clock.now(), calendar.load(), stage_limits(district.id))


def _statement(here: Scope, code: str) -> tuple[Any, Mapping[Key, Reach]]:
    """The rows of one rule that the person may see; a crew sees its own orders."""
    watch, stalled, reaches = condition(here.rules[code], here.now, here.days, here.limits)
    statement: Any = orders.readable(here.person) if watch.model is WorkOrder else select(watch.model)
    return statement.where(watch.model.district_id == here.district.id, stalled), reaches


def counts(here: Scope) -> dict[str, int]:
    """How many things each rule finds, counted no further than to 1 000; one statement for all."""
    codes = [code for code in here.rules if code in WATCHES]
    columns = []
    for code in codes:
        few = _statement(here, code)[0].with_only_columns(WATCHES[code].model.id).limit(MOST_COUNTED).subquery()
        columns.append(select(func.count()).select_from(few).scalar_subquery())
    found = dict(zip(codes, db.session.execute(select(*columns)).one(), strict=True)) if columns else {}
    for code, look in OTHERS.items():
        if code in here.rules:
            found[code] = sum(1 for _item in look(here.rules[code], here.now, here.days))
    return {code: found[code] for code in here.rules if code in found}


def page(here: Scope, code: str, cursor: str | None) -> tuple[Page[Any], list[Line]]:
    """One page of what a rule finds, the longest waiting first."""
    if code in OTHERS:
        items = list(OTHERS[code](here.rules[code], here.now, here.days))
        return Page(items), _dated(here, items)
    watch = WATCHES[code]
    statement, reaches = _statement(here, code)
    options = facts.MODELS[watch.thing][1]
    found = paged(statement.options(*options), watch.sort, watch.model.id, cursor=cursor, descending=False)
    ids = [row.id for row in found.rows]
    moments: Any = select(watch.model.id, watch.moment, *key_columns(code)).where(watch.model.id.in_(ids))
    known = {row[0]: (row[1], reaches[tuple(row[2:])]) for row in db.session.execute(moments)}
    rows = [(row, *known[row.id]) for row in found.rows]
    return found, _lines(here, code, watch.thing, rows)


def _dated(here: Scope, items: Sequence[Stalled]) -> list[Line]:
    made = [
        Reminder(thing_type=i.thing_type, thing_id=i.thing_id, thing_label=i.label, occasion=i.occasion) for i in items
    ]
    about = facts.things(made)
    lines = []
    for item, reminder in zip(items, made, strict=True):
        thing = about[(item.thing_type, item.thing_id)]
        [line] = _lines(here, item.code, item.thing_type, [(thing, item.moment, item.reached)])
        lines.append(Line(**{**line.__dict__, "name": facts.title(reminder)}))
    return lines


def _lines(here: Scope, code: str, kind: str, rows: Sequence[tuple[Any, datetime, Reach]]) -> list[Line]:
    ids = [thing.id for thing, _moment, _reached in rows]
    said, holders = reasons(kind, ids), _holders(kind, code, ids)
    levels = levels_of(here.rules[code])
    lines = []
    for thing, moment, reached in rows:
        since, level = passed(code, reached, moment, here.days), max(1, reached.level(moment))
        after = levels[level] if level < len(levels) else None
        next_at = here.days.add(since, after.after, after.unit) if after else None
        names = ("、" if locale() == "zh" else ", ").join(holders[thing.id])
        lines.append(
            Line(kind, thing, thing.title, facts.detail(thing), since, level, next_at, names, said.get(thing.id))
        )
    return lines


def _holders(kind: str, code: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """Who was asked and has not passed it on, by thing."""
    statement: Any = (
        select(Reminder.thing_id, Person.name)
        .join(Person, Person.id == Reminder.person_id)
        .where(
            Reminder.thing_type == kind,
            Reminder.thing_id.in_(ids),
            Reminder.code == code,
            Reminder.state.in_(("open", "answered")),
            Reminder.passed_to_id.is_(None),
        )
        .order_by(Reminder.level, Person.name)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for thing_id, name in db.session.execute(statement):
        if name not in found[thing_id] and len(found[thing_id]) < 5:
            found[thing_id].append(name)
    return found
