"""What waits for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.base.db import Rows
from roadworks.defects.models import Defect
from roadworks.defects.queries import severity_order
from roadworks.workflow.permissions import Actor, within
from roadworks.workorders import queries as orders
from roadworks.workorders.models import WorkOrder

SHOWN = 20


def defects_in(person: Actor, state: str) -> Select[Any]:
    """Defects in a state, most urgent first, then oldest."""
    statement = within(person, Defect).where(Defect.state == state)
    statement = statement.options(joinedload(Defect.section), selectinload(Defect.photos))
    return statement.order_by(severity_order(), Defect.found_at, Defect.id).limit(SHOWN)


def defect_counts(person: Actor) -> Rows:
    """State → how many."""
    return within(person, Defect).with_only_columns(Defect.state, func.count()).group_by(Defect.state)


def orders_in(person: Actor, *states: str) -> Select[Any]:
    """Orders in these states by deadline."""
    statement = orders.readable(person).where(WorkOrder.state.in_(states)).options(*orders.whole())
    return statement.order_by(*orders.by_deadline())


def late_orders(person: Actor, now: datetime) -> Select[Any]:
    """Overdue orders, the longest overdue first."""
    statement = orders.readable(person).where(orders.overdue(now)).options(*orders.whole())
    return statement.order_by(*orders.by_deadline()).limit(SHOWN)


def counts(person: Actor, now: datetime) -> Rows:
    """How many orders are overdue, and how many due soon."""
    both = []
    for condition in (orders.overdue(now), orders.due_soon(now) & ~orders.overdue(now)):
        statement = orders.readable(person).with_only_columns(func.count()).where(condition)
        both.append(statement.scalar_subquery())
    return select(*both)


def my_filings(person: Actor) -> Select[Any]:
    """What this person filed last."""
    statement = within(person, Defect).where(Defect.filed_by_id == person.id)
    statement = statement.options(joinedload(Defect.section), selectinload(Defect.photos))
    return statement.order_by(Defect.id.desc()).limit(10)
