"""What is stalled now: past a clock, or without movement, on the working calendar; asked anew, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true, tuple_

from roadworks.base.calendar import Unit, WorkCalendar
from roadworks.base.db import Rows, db
from roadworks.notifications.models import ReminderRule
from roadworks.notifications.rules import Level, levels_of
from roadworks.notifications.watches import WATCHES, Watch
from roadworks.projects.models import Project
from roadworks.projects.tables import StageRule


@dataclass(frozen=True)
class Reach:
    """How far each level of a rule reaches: the edges that a database can compare a column with."""

    amount: int
    unit: Unit
    levels: tuple[Level, ...]
    edges: tuple[datetime, ...]

    def level(self, moment: datetime) -> int:
        """The highest level that a thing counted from `moment` has come to; 0: none."""
        return max((number for number, edge in enumerate(self.edges, 1) if moment <= edge), default=0)


@dataclass(frozen=True, slots=True)
class Stalled:
    """One stalled thing: by which rule, counted from which moment, on which occasion, and at which level."""

    code: str
    thing_type: str
    thing_id: int
    label: str
    moment: datetime
    reached: Reach
    named: str = ""
    crew_id: int | None = None
    in_charge_id: int | None = None
    leader_id: int | None = None

    @property
    def level(self) -> int:
        """The level it has come to, 1 at least."""
        return max(1, self.reached.level(self.moment))

    @property
    def occasion(self) -> str:
        """What made it due: the moment that the limit counts from, or the date with its name."""
        return self.named or stamp(self.moment)

    def since(self, days: WorkCalendar) -> datetime:
        """The moment at which the limit was passed."""
        return passed(self.code, self.reached, self.moment, days)


def reach(rule: ReminderRule, now: datetime, days: WorkCalendar, *, limit: int | None = None) -> Reach:
    """The edges of a rule now; `limit` takes the place of its amount, in calendar days (project stages)."""
    amount, unit = (rule.amount, Unit(rule.unit)) if limit is None else (limit, Unit.NATURAL_DAY)
    levels = levels_of(rule)
    ahead = is_ahead(rule.code)
    edges = []
    for level in levels:
        then = days.back(now, level.after, level.unit)
        edges.append(days.add(then, amount, unit) if ahead else days.back(then, amount, unit))
    return Reach(amount, unit, levels, tuple(edges))


def is_ahead(code: str) -> bool:
    """Whether the rule warns before a date instead of after a limit."""
    return code not in WATCHES or WATCHES[code].ahead


def passed(code: str, reached: Reach, moment: datetime, days: WorkCalendar) -> datetime:
    """The moment at which the limit of a rule was passed, counted from `moment`."""
    step = days.back if is_ahead(code) else days.add
    return step(moment, reached.amount, reached.unit)


def stamp(moment: datetime) -> str:
    """A moment as an occasion names it: `20180627T020000`, UTC."""
    return f"{moment:%Y%m%dT%H%M%S}"


def unpassed(occasion: str) -> str:
    """The occasion without the mark `~2` of a question passed on."""
    return occasion.partition("~")[0]


def bare(occasion: str) -> str:
    """The occasion itself, without the marks of a broken promise (`+20180710`) and of a question passed on."""
    return unpassed(occasion).partition("+")[0]


Key = tuple[str, ...]  # category and stage of a project; () for every other rule
Limits = Mapping[Key, int]


def stage_limits(district_id: int) -> Limits:
    """The limit in calendar days of each stage of each category, where it has one."""
    statement = select(StageRule.category, StageRule.code, StageRule.stall_days).where(
        StageRule.district_id == district_id, StageRule.active, StageRule.stall_days.is_not(None)
    )
    return {(category, code): days for category, code, days in db.session.execute(statement) if days is not None}


def condition(
    rule: ReminderRule, now: datetime, days: WorkCalendar, limits: Limits
) -> tuple[Watch, ColumnElement[bool], Mapping[Key, Reach]]:
    """The rows that are stalled by a rule, as one condition with precomputed moments, and the rule's reach.

    The stages of projects have a limit each: there the reach depends on category and stage.
    """
    watch = WATCHES[rule.code]
    if rule.code != "stage":
        found = reach(rule, now, days)
        past = watch.moment <= found.edges[0]
        return watch, and_(*watch.base, past, watch.moment > now if watch.ahead else true()), {(): found}
    by_limit = {limit: reach(rule, now, days, limit=limit) for limit in set(limits.values())}
    parts = [
        and_(
            tuple_(Project.category, Project.stage).in_([key for key, value in limits.items() if value == limit]),
            Project.stage_entered_at <= found.edges[0],
            watch.moment <= found.edges[0],
        )
        for limit, found in sorted(by_limit.items())
    ]
    return watch, and_(*watch.base, or_(false(), *parts)), {key: by_limit[limit] for key, limit in limits.items()}


def rows(rule: ReminderRule, now: datetime, days: WorkCalendar, limits: Limits) -> tuple[Rows, Mapping[Key, Reach]]:
    """The statement that gives id, label, moment, owners and key of what is stalled by a rule in its district."""
    watch, stalled, reaches = condition(rule, now, days, limits)
    columns = [watch.model.id, watch.label, watch.moment, *watch.owners(), *key_columns(rule.code)]
    return select(*columns).where(watch.model.district_id == rule.district_id, stalled), reaches


def key_columns(code: str) -> tuple[Any, ...]:
    """The columns on which the reach of a rule depends."""
    return (Project.category, Project.stage) if code == "stage" else ()
