"""What a district's digest tells, worked out once for all its readers: what waits, what is late, the figures."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from roadworks.accounts.models import Crew, District
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.defects.queries import severity_order
from roadworks.notifications import digest_patrols, digest_projects, digest_stalled
from roadworks.notifications.digest_figures import WeekFigures, compare, week_figures
from roadworks.notifications.digest_rows import (
    DEFECT_PARTS,
    ORDER_PARTS,
    Facts,
    Listed,
    Scope,
    defect_row,
    listed,
    names,
    order_row,
)
from roadworks.workflow.audit import AuditHead
from roadworks.workflow.permissions import within
from roadworks.workflow.transitions import ORDER_RUNNING
from roadworks.workorders.models import WorkOrder
from roadworks.workorders.queries import next_due, overdue

CREWS_SHOWN = 12


@dataclass
class Shared:
    """All that does not depend on who reads."""

    scope: Scope
    head: Facts
    crews: dict[int, list[str]]
    called: digest_projects.StageNames
    lists: dict[str, Listed]
    late_crews: list[Facts]
    late_projects: Listed
    due_nodes: list[Facts]
    figures: Facts
    week: WeekFigures
    stages: list[list[Any]]
    stalled: digest_stalled.Stalled
    patrols: Facts | None
    worst: list[Facts]
    seal: Facts
    # Crew → its own part, worked out once for all its members.
    crews_own: dict[int, Any] = field(default_factory=dict)


def gather(district: District, scope: Scope) -> Shared:
    """Work it out; some thirty statements, however many readers and rows."""
    span = scope.span
    crews = {crew.id: names(crew) for crew in db.session.scalars(within(scope.by, Crew))}
    now_week, then = week_figures(scope.by, span.since, span.until), week_figures(scope.by, *span.earlier())
    called = digest_projects.stage_names(district.id)
    lists, late_projects = _lists(scope), digest_projects.late_projects(scope, called)
    return Shared(
        scope=scope,
        head=_head(district, scope),
        crews=crews,
        called=called,
        lists=lists,
        late_crews=_late_by_crew(scope, crews),
        late_projects=late_projects,
        due_nodes=digest_projects.due_nodes(scope, called),
        figures=compare(now_week, then),
        week=now_week,
        stages=digest_projects.by_stage(scope, called),
        stalled=digest_stalled.of_district(scope),
        patrols=digest_patrols.of_district(scope),
        worst=_worst(scope, lists["overdue"].rows, late_projects.rows),
        seal=_seal(scope),
    )


def _worst(scope: Scope, orders: list[Facts], projects: list[Facts]) -> list[Facts]:
    """The three longest overdue, orders and projects together; every overdue row gets what was said about it."""
    late = [(datetime.fromisoformat(row["due"]), row) for row in orders]
    late += [(local_day_bounds(date.fromisoformat(row["on"]))[1], row) for row in projects]
    late.sort(key=lambda pair: pair[0])
    said = digest_stalled.reasons(scope, [(row["kind"], row["id"]) for _since, row in late])
    for _since, row in late:
        row["stalled"] = said.get((row["kind"], row["id"]))
    return [row for _since, row in late[: digest_projects.WORST]]


def _head(district: District, scope: Scope) -> Facts:
    span = scope.span
    return {
        "week": str(span.week),
        "day": span.day.isoformat(),
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "ahead": span.ahead.isoformat(),
        "as_of": scope.now.isoformat(),
        "district": names(district),
        "bureau": [district.bureau_zh, district.bureau_en],
        "note": [district.note_zh, district.note_en or district.note_zh] if district.note_zh else None,
    }


def _lists(scope: Scope) -> dict[str, Listed]:
    """The lists of the desk."""
    now, found = scope.now, {}
    for name, state in (("to_confirm", "filed"), ("to_order", "confirmed")):
        statement = within(scope.by, Defect).where(Defect.state == state)
        found[name] = listed(statement, Defect, [severity_order(), Defect.found_at], DEFECT_PARTS, defect_row)
    orders = within(scope.by, WorkOrder)
    running = orders.where(WorkOrder.state.in_(ORDER_RUNNING))
    wanted = {
        "to_verify": (orders.where(WorkOrder.state == "done"), WorkOrder.done_at),
        "handed_back": (orders.where(WorkOrder.state == "handed_back"), WorkOrder.issued_at),
        "extensions": (running.where(WorkOrder.extension_asked_at.is_not(None)), WorkOrder.extension_asked_at),
        "overdue": (orders.where(overdue(now)), next_due()),
        "due": (
            running.where(~overdue(now), WorkOrder.repair_due_at < scope.ahead),
            next_due(),
        ),
    }
    for name, (statement, key) in wanted.items():
        found[name] = listed(statement, WorkOrder, [key], ORDER_PARTS, lambda order: order_row(order, now))
    return found


def _late_by_crew(scope: Scope, crews: dict[int, list[str]]) -> list[Facts]:
    """Crew, how many of its orders are overdue, since when the oldest is."""
    statement = (
        within(scope.by, WorkOrder)
        .with_only_columns(WorkOrder.crew_id, func.count(), func.min(next_due()))
        .where(overdue(scope.now))
        .group_by(WorkOrder.crew_id)
        .order_by(func.count().desc(), WorkOrder.crew_id)
        .limit(CREWS_SHOWN)
    )
    rows = db.session.execute(statement).all()
    return [{"crew": crews[crew_id], "n": n, "since": oldest.isoformat()} for crew_id, n, oldest in rows]


def _seal(scope: Scope) -> Facts:
    """The head of the district's trail: once mailed, a witness outside the database against cutting and rewriting."""
    statement = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == scope.by.district_id)
    head = db.session.execute(statement).one_or_none()
    return {"seq": head.seq, "hash": head.hash[:16]} if head else {"seq": 0, "hash": ""}
