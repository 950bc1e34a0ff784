"""Which orders: lists by filter, a crew's own, what waits for a supervisor, and the table of deadlines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from roadworks.accounts.models import Crew
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import Rows, db, literal
from roadworks.defects.models import Defect
from roadworks.defects.queries import fold
from roadworks.workflow.permissions import Actor, sees, within
from roadworks.workflow.transitions import ORDER_ON_THE_ROAD, ORDER_RUNNING
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.rules import DUE_SOON
from roadworks.workorders.tables import DeadlineRule

LIVE = (*ORDER_ON_THE_ROAD, "handed_back", "done")


@dataclass(frozen=True)
class Filter:
    """What the person asked for; empty means all. `since` and `until` are days of issue, `closed_*` of closing."""

    states: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    crew_id: int | None = None
    standing: str = ""
    since: date | None = None
    until: date | None = None
    closed_since: date | None = None
    closed_until: date | None = None
    words: str = ""


def readable(person: Actor) -> Select[WorkOrder]:
    """The orders a person may see: the district's; a crew sees its own."""
    statement: Select[WorkOrder] = within(person, WorkOrder)
    if person.role == "crew":
        return statement.where(WorkOrder.crew_id == person.crew_id if person.crew_id else false())
    return statement


def within_reach(person: Actor, order: WorkOrder) -> bool:
    """Whether the person may see this order now: the condition of `readable` on one row."""
    return sees(person, order) and (person.role != "crew" or (person.crew_id or 0) == order.crew_id)


def whole() -> tuple[Any, ...]:
    """Loader options for an order with its lines, defects and photos in a fixed number of statements."""
    lines = selectinload(WorkOrder.lines).joinedload(OrderLine.defect)
    return (
        joinedload(WorkOrder.crew),
        joinedload(WorkOrder.issued_by),
        joinedload(WorkOrder.done_by),
        joinedload(WorkOrder.verified_by),
        lines.joinedload(Defect.section),
        lines.selectinload(Defect.photos),
    )


def overdue(now: datetime) -> ColumnElement[bool]:
    """Past a clock and not yet made safe or done; suspended orders stand still."""
    # An order without that clock must come out as false, not as unknown: the negation is asked for, too.
    unsafe = and_(WorkOrder.made_safe_at.is_(None), WorkOrder.make_safe_due_at.is_not(None))
    late_safe = and_(unsafe, WorkOrder.make_safe_due_at < now)
    # The state stands alone: by it the few that run are found among all there ever were.
    return and_(WorkOrder.state.in_(ORDER_RUNNING), or_(WorkOrder.repair_due_at < now, late_safe))


def next_due() -> ColumnElement[Any]:
    """When the next clock of an order runs out; safety counts until that, or all, is done. See deadlines.next_due."""
    to_do = and_(WorkOrder.made_safe_at.is_(None), WorkOrder.done_at.is_(None))
    safe_first = and_(to_do, WorkOrder.make_safe_due_at < WorkOrder.repair_due_at)
    return case((safe_first, WorkOrder.make_safe_due_at), else_=WorkOrder.repair_due_at)


def by_deadline() -> tuple[Any, ...]:
    """The order of a list that is worked off: what runs out next stands first; what no clock runs for comes last."""
    return WorkOrder.state.not_in(ORDER_RUNNING), next_due(), WorkOrder.id


def due_soon(now: datetime) -> ColumnElement[bool]:
    """Not overdue, and a clock runs out within four hours (domain.md §4.3.6, the part a query can tell)."""
    soon = and_(WorkOrder.repair_due_at >= now, WorkOrder.repair_due_at < now + DUE_SOON)
    unsafe = and_(WorkOrder.made_safe_at.is_(None), WorkOrder.make_safe_due_at.between(now, now + DUE_SOON))
    return and_(WorkOrder.state.in_(ORDER_RUNNING), or_(soon, unsafe))


# How an order stands against its deadline: the word in the address → the condition.
STANDINGS: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
    "": lambda now: true(),
    "overdue": overdue,
    "due_soon": lambda now: and_(due_soon(now), ~overdue(now)),
    "on_time": lambda now: WorkOrder.done_at <= WorkOrder.repair_due_at,
    "late": lambda now: WorkOrder.done_at > WorkOrder.repair_due_at,
}


def filtered(person: Actor, wanted: Filter, now: datetime) -> Select[WorkOrder]:
    """The orders that fit."""
    statement = readable(person)
    if wanted.states:
        statement = statement.where(WorkOrder.state.in_(wanted.states))
    if wanted.severities:
        statement = statement.where(WorkOrder.severity.in_(wanted.severities))
    if wanted.crew_id is not None:
        statement = statement.where(WorkOrder.crew_id == wanted.crew_id)
    for column, day, past in (
        (WorkOrder.issued_at, wanted.since, False),
        (WorkOrder.issued_at, wanted.until, True),
        (WorkOrder.closed_at, wanted.closed_since, False),
        (WorkOrder.closed_at, wanted.closed_until, True),
    ):
        if day is not None:
            begins, ends = local_day_bounds(day)
            statement = statement.where(column < ends if past else column >= begins)
    if wanted.standing:
        statement = statement.where(STANDINGS[wanted.standing](now))
    return _with_words(statement, wanted.words)


def _with_words(statement: Select[WorkOrder], words: str) -> Select[WorkOrder]:
    for word in fold(words).split()[:6]:
        pattern = literal(word)
        lines = select(OrderLine.order_id).join(Defect).where(Defect.words.like(pattern, escape="\\"))
        number = func.lower(WorkOrder.number).like(pattern, escape="\\")
        statement = statement.where(or_(number, WorkOrder.id.in_(lines)))
    return statement


def closed_orders(person: Actor, since: date, until: date) -> Rows:
    """Orders verified from `since` to `until`, both included."""
    begins, ends = local_day_bounds(since)[0], local_day_bounds(until)[1]
    statement = within(person, WorkOrder)
    return statement.where(WorkOrder.state == "closed", WorkOrder.closed_at >= begins, WorkOrder.closed_at < ends)


def lines(person: Actor, since: date, until: date) -> Rows:
    """The lines of those orders that were still theirs to mend."""
    return (
        closed_orders(person, since, until)
        .join(OrderLine, OrderLine.order_id == WorkOrder.id)
        .join(Defect, (Defect.id == OrderLine.defect_id) & (Defect.order_id == WorkOrder.id))
        .where(Defect.state == "closed")
    )


def load_by_crew(person: Actor) -> Rows:
    """Crew id → number of orders on the road, and of those handed over for verification."""
    return (
        within(person, WorkOrder)
        .with_only_columns(WorkOrder.crew_id, WorkOrder.state, func.count())
        .where(WorkOrder.state.in_(LIVE))
        .group_by(WorkOrder.crew_id, WorkOrder.state)
    )


def crews(person: Actor) -> Select[Crew]:
    """The crews at work in the district, by name."""
    statement: Select[Crew] = within(person, Crew)
    return statement.where(Crew.active).order_by(Crew.id)


def rules_in_force(district_id: int) -> Select[DeadlineRule]:
    """The district's table of deadlines as it holds now."""
    return select(DeadlineRule).where(DeadlineRule.district_id == district_id, DeadlineRule.ended_at.is_(None))


def resumable(district_id: int, now: datetime) -> Select[WorkOrder]:
    """The district's suspended orders whose day has come."""
    due = select(WorkOrder).where(WorkOrder.state == "suspended", WorkOrder.suspended_until <= now)
    return due.where(WorkOrder.district_id == district_id).order_by(WorkOrder.id)


def total(person: Actor, wanted: Filter, now: datetime) -> int:
    """How many orders a list has in all."""
    rows = filtered(person, wanted, now).order_by(None).with_only_columns(func.count(WorkOrder.id.distinct()))
    return db.session.scalar(rows) or 0
