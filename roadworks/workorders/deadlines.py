"""The two clocks of an order on the district's own table and calendar, and what a suspension does to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from roadworks.accounts.actions import NEW_DISTRICT
from roadworks.accounts.models import District
from roadworks.base import calendar, clock
from roadworks.base.calendar import Unit
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.defects.models import Defect
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, write
from roadworks.workorders.models import WorkOrder
from roadworks.workorders.queries import rules_in_force
from roadworks.workorders.rules import (
    DEFAULT_RULES,
    Case,
    Due,
    Rule,
    earliest,
    soon_at,
    standing,
)
from roadworks.workorders.tables import DeadlineRule

NO_RULE = _l("The table of deadlines has no repair time for this. Ask your administrator to complete it.")


def table(district_id: int) -> list[Rule]:
    """The district's deadlines in force."""
    return [
        Rule(row.clock, row.amount, Unit(row.unit), row.severity, row.maintenance_grade, row.type_code, row.source)
        for row in db.session.scalars(rules_in_force(district_id))
    ]


def clocks(district_id: int, chosen: Sequence[Defect], issued_at: datetime) -> dict[str, Any]:
    """The columns of an order that say when it is due and by which rule; raises BadInput where no rule fits."""
    rules, days = table(district_id), calendar.load()
    cases = [_case(defect) for defect in chosen]
    safe = earliest(rules, "make_safe", cases, issued_at, days)
    repair = earliest(rules, "repair", cases, issued_at, days)
    if repair is None:
        raise BadInput(NO_RULE, field="defects")
    return {
        "make_safe_due_at": safe.at if safe else None,
        "make_safe_unit": safe.rule.unit.value if safe else None,
        "repair_due_at": repair.at,
        "repair_unit": repair.rule.unit.value,
        "basis": {"make_safe": _basis(safe), "repair": _basis(repair), "year_unknown": _unknown(days, repair.at)},
    }


def _case(defect: Defect) -> Case:
    grade = defect.section.road.maintenance_grade if defect.section else None
    return Case(defect.number, defect.severity, grade, defect.type_code)


def _basis(due: Due | None) -> dict[str, Any] | None:
    if due is None:
        return None
    rule = due.rule
    said = {"amount": rule.amount, "unit": rule.unit.value, "defect": due.label, "source": rule.source}
    return said | {"severity": rule.severity, "grade": rule.grade, "type": rule.type_code}


def _unknown(days: calendar.WorkCalendar, due_at: datetime) -> int | None:
    """The year whose holidays were not loaded when the deadline was worked out, else None."""
    year = clock.local(due_at).year
    return None if days.knows(year) else year


def remaining(order: WorkOrder, now: datetime) -> dict[str, float]:
    """Seconds left on each running clock, in the clock's own unit of time."""
    days, found = calendar.load(), {}
    for name, due_at, unit in _running(order):
        found[name] = days.remaining(now, due_at, unit).total_seconds()
    return found


def going_on(order: WorkOrder, seconds: Mapping[str, float], moment: datetime) -> dict[str, datetime]:
    """The columns with the deadlines when the clocks go on at `moment`."""
    days = calendar.load()
    units = {"make_safe": order.make_safe_unit, "repair": order.repair_unit}
    return {
        f"{name}_due_at": days.go_on(moment, timedelta(seconds=span), Unit(str(units[name])))
        for name, span in seconds.items()
    }


def _running(order: WorkOrder) -> list[tuple[str, datetime, Unit]]:
    running = [("repair", order.repair_due_at, Unit(order.repair_unit))]
    if order.make_safe_due_at and order.make_safe_unit and order.made_safe_at is None:
        running.append(("make_safe", order.make_safe_due_at, Unit(order.make_safe_unit)))
    return running


def standings(order: WorkOrder) -> dict[str, str]:
    """How the order stands against each of its clocks, worked out now."""
    now = clock.now()
    stopped = order.state == "suspended" and bool(order.suspended_until and order.suspended_until > now)
    ends = {"repair": order.done_at, "make_safe": order.made_safe_at or order.done_at}
    dues = {"make_safe": order.make_safe_due_at, "repair": order.repair_due_at}
    return {
        name: standing(due_at=due, started_at=order.issued_at, now=now, ended_at=ends[name], stopped=stopped)
        for name, due in dues.items()
        if due is not None
    }


def next_due(order: WorkOrder) -> datetime:
    """When its next clock runs out; making safe counts until that, or all, is done. In SQL: queries.next_due."""
    safe, repair = order.make_safe_due_at, order.repair_due_at
    return min(safe, repair) if safe and not (order.made_safe_at or order.done_at) else repair


def turns(order: WorkOrder) -> tuple[datetime, datetime]:
    """From when an order on the road will be due soon and from when overdue, by the clocks that still run on it."""
    return min(soon_at(due, order.issued_at) for _name, due, _unit in _running(order)), next_due(order)


def seed(district: District, by: Actor) -> None:
    """Give a new district the default table."""
    for rule in DEFAULT_RULES:
        db.session.add(_row(district.id, rule, by.id, "default"))


NEW_DISTRICT.append(seed)


def _row(district_id: int, rule: Rule, by_id: int | None, reason: str) -> DeadlineRule:
    return DeadlineRule(
        district_id=district_id,
        clock=rule.clock,
        severity=rule.severity,
        maintenance_grade=rule.grade,
        type_code=rule.type_code,
        amount=rule.amount,
        unit=rule.unit.value,
        source=rule.source,
        started_at=clock.now(),
        set_by_id=by_id,
        reason=reason,
    )


def _now(row: DeadlineRule) -> DeadlineRule:
    """The row that holds in its place."""
    same = ("clock", "severity", "maintenance_grade", "type_code")
    statement = rules_in_force(row.district_id).where(*(getattr(DeadlineRule, n) == getattr(row, n) for n in same))
    return db.session.scalars(statement).one()


def change(by: Actor, row: DeadlineRule, *, amount: int, unit: Unit, reason: str, seen: int) -> DeadlineRule:
    """Replace one row of the table: the old one keeps its end, the new one begins now; running orders keep theirs."""
    check(by, "deadlines.edit", row)
    audit.lock(row.district_id)
    if row.version != seen or row.ended_at is not None:
        raise Stale(STALE, thing=_now(row))
    rule = Rule(row.clock, amount, unit, row.severity, row.maintenance_grade, row.type_code, row.source)
    write(row, {"ended_at": clock.now()})
    fresh = _row(row.district_id, rule, by.id, reason)
    db.session.add(fresh)
    db.session.flush()
    told: dict[str, list[Any]] = {"amount": [row.amount, amount], "unit": [row.unit, unit.value]}
    audit.record(by, "deadlines.edit", fresh, after="in force", changes=told, reason=reason)
    return fresh
