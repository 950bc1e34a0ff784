"""How a defect, an order, a project or a question stands in a digest: as plain values that stay as they were."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.notifications.weeks import Span
from roadworks.workflow.permissions import System
from roadworks.workorders.deadlines import next_due
from roadworks.workorders.models import OrderLine, WorkOrder

SHOWN = 8
# What a digest remembers of a list, to tell next week what left it: the most urgent thousand.
TRACKED = 1000

Facts = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """Whose district, which days, and as of when."""

    by: System
    span: Span
    now: datetime

    @property
    def ahead(self) -> datetime:
        """The end of the days looked ahead on."""
        return local_day_bounds(self.span.ahead)[1]


def names(named: Any) -> list[str]:
    """A row's name in Chinese and English; the Chinese where there is no English."""
    return [named.name_zh, named.name_en or named.name_zh]


def _where(defect: Defect) -> list[str]:
    if defect.section is None:
        return [defect.place, defect.place]
    return names(defect.section)


def defect_row(defect: Defect) -> Facts:
    """A defect: number, type, severity, where, when it was found."""
    return {
        "kind": "defect",
        "id": defect.id,
        "number": defect.number,
        "type": names(defect.type),
        "severity": defect.severity,
        "place": _where(defect),
        "at": defect.found_at.isoformat(),
        "why": defect.reject_reason if defect.state == "rejected" else None,
    }


def order_row(order: WorkOrder, now: datetime) -> Facts:
    """An order: number, crew, severity, where, which clock runs out first, and why it came back."""
    due = next_due(order)
    whys = {
        "handed_back": order.hand_back_reason,
        "rework": order.rework_reason,
        "suspended": order.suspended_reason,
    }
    return {
        "kind": "order",
        "id": order.id,
        "number": order.number,
        "crew": names(order.crew),
        "severity": order.severity,
        "place": _where(order.lines[0].defect) if order.lines else ["", ""],
        "places": len(order.lines),
        "state": order.state,
        "due": due.isoformat(),
        "late": order.running and due < now,
        "why": whys.get(order.state),
    }


ORDER_PARTS = (
    joinedload(WorkOrder.crew),
    selectinload(WorkOrder.lines).joinedload(OrderLine.defect).joinedload(Defect.section),
)
DEFECT_PARTS = (joinedload(Defect.section),)


@dataclass
class Listed:
    """A list: how many there are, the first rows, and the ids remembered."""

    n: int
    rows: list[Facts]
    ids: list[int]

    @property
    def facts(self) -> Facts:
        """What the digest shows of it."""
        return {"n": self.n, "rows": self.rows}


def listed(
    statement: Select[Any], model: Any, order: Iterable[Any], parts: tuple[Any, ...], describe: Callable[[Any], Facts]
) -> Listed:
    """A list in its order, most urgent first; four statements at most, whatever its length."""
    keys = [*order, model.id]
    n = db.session.scalar(select(func.count()).select_from(statement.with_only_columns(model.id).subquery())) or 0
    if not n:
        return Listed(0, [], [])
    ids = list(db.session.scalars(statement.with_only_columns(model.id).order_by(*keys).limit(TRACKED)))
    shown = db.session.scalars(statement.options(*parts).order_by(*keys).limit(SHOWN)).unique()
    return Listed(n, [describe(row) for row in shown], ids)
