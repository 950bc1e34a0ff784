"""What a digest tells of the reader's own week: a crew's, an inspector's, an engineer's; for many readers at once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import selectinload

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.notifications import digest_patrols, digest_stalled
from roadworks.notifications.digest_facts import Shared
from roadworks.notifications.digest_projects import project_row
from roadworks.notifications.digest_rows import (
    DEFECT_PARTS,
    ORDER_PARTS,
    SHOWN,
    TRACKED,
    Facts,
    Scope,
    defect_row,
    order_row,
)
from roadworks.projects.models import Project
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import within
from roadworks.workflow.transitions import ORDER_ON_THE_ROAD, ORDER_RUNNING, PROJECT_ALIVE
from roadworks.workorders.models import WorkOrder
from roadworks.workorders.queries import next_due, overdue

Ids = Collection[int]


@dataclass(frozen=True)
class Own:
    """The part of the facts that is the reader's own, and the ids remembered of its lists."""

    facts: Facts
    track: list[str]


def _first(statement: Select[Any], owner: Any, model: Any, order: list[Any], most: int) -> dict[int, list[int]]:
    """Owner → ids of the first `most` rows in their order; one statement."""
    place = func.row_number().over(partition_by=owner, order_by=[*order, model.id]).label("place")
    ranked = statement.with_only_columns(owner.label("owner"), model.id.label("id"), place).subquery()
    found: dict[int, list[int]] = defaultdict(list)
    chosen = select(ranked.c.owner, ranked.c.id).where(ranked.c.place <= most)
    for who, row_id in db.session.execute(chosen.order_by(ranked.c.owner, ranked.c.place)):
        found[who].append(row_id)
    return found


def _load(scope: Scope, model: Any, ids: Collection[int], parts: tuple[Any, ...]) -> dict[int, Any]:
    statement = within(scope.by, model).where(model.id.in_(ids)).options(*parts)
    return {row.id: row for row in db.session.scalars(statement).unique()} if ids else {}


def crews(shared: Shared, crew_ids: Ids) -> dict[int, Own]:
    """Crew → done, to do, due, passed and failed, with the first rows of what is to do."""
    scope = shared.scope
    mine = within(scope.by, WorkOrder).where(WorkOrder.crew_id.in_(crew_ids))
    todo = _first(
        mine.where(WorkOrder.state.in_(ORDER_ON_THE_ROAD)), WorkOrder.crew_id, WorkOrder, [next_due()], TRACKED
    )
    rows = _load(scope, WorkOrder, {i for ids in todo.values() for i in ids[:SHOWN]}, ORDER_PARTS)
    sums = {row.crew_id: row for row in db.session.execute(_crew_sums(scope, mine))}
    checks = _checks(scope, WorkOrder.crew_id, crew_ids)
    told = {}
    for crew_id in crew_ids:
        row, ids = sums.get(crew_id), todo.get(crew_id, [])
        told[crew_id] = Own(
            {
                "crew": shared.crews.get(crew_id, ["", ""]),
                "todo": {"n": row.todo if row else 0, "rows": [order_row(rows[i], scope.now) for i in ids[:SHOWN]]},
                **{name: int(getattr(row, name)) if row else 0 for name in ("overdue", "due", "done", "waiting")},
                "m2": str(shared.week.m2_by_crew.get(crew_id, Decimal(0))),
                "passed": checks[crew_id, "order.pass"],
                "failed": checks[crew_id, "order.fail"],
                "count": {"overdue": int(row.overdue) if row else 0, "waiting": len(ids)},
                "empty": not (ids or (row and (row.done or row.waiting))),
            },
            [f"order:{i}" for i in ids],
        )
    return told


def _crew_sums(scope: Scope, mine: Select[Any]) -> Select[Any]:
    """Per crew: on its hands, overdue, due in the days ahead, handed in in the days looked back on, to be verified."""
    begins, ends = local_day_bounds(scope.span.since)[0], local_day_bounds(scope.span.until)[1]
    running = WorkOrder.state.in_(ORDER_RUNNING)

    def many(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    return mine.with_only_columns(
        WorkOrder.crew_id,
        many(WorkOrder.state.in_(ORDER_ON_THE_ROAD)).label("todo"),
        many(overdue(scope.now)).label("overdue"),
        many(running & ~overdue(scope.now) & (WorkOrder.repair_due_at < scope.ahead)).label("due"),
        many((WorkOrder.done_at >= begins) & (WorkOrder.done_at < ends) & (WorkOrder.state != "void")).label("done"),
        many(WorkOrder.state == "done").label("waiting"),
    ).group_by(WorkOrder.crew_id)


def _checks(scope: Scope, owner: Any, ids: Ids) -> dict[tuple[int, str], int]:
    """(owner, verb) → verifications passed and failed in the days looked back on, by the trail."""
    begins, ends = local_day_bounds(scope.span.since)[0], local_day_bounds(scope.span.until)[1]
    statement = (
        select(owner, Event.verb, func.count())
        .where(Event.chain == scope.by.district_id, Event.at >= begins, Event.at < ends)
        .where(Event.verb.in_(("order.pass", "order.fail")), owner.in_(ids))
        .group_by(owner, Event.verb)
    )
    if owner is WorkOrder.crew_id:
        statement = statement.join(WorkOrder, WorkOrder.id == Event.thing_id)
    found: dict[tuple[int, str], int] = defaultdict(int)
    for who, verb, n in db.session.execute(statement):
        found[who, verb] = n
    return found


def inspectors(shared: Shared, person_ids: Ids) -> dict[int, Own]:
    """Inspector → filed, confirmed and rejected of the days looked back on, verified, and what waits to be verified."""
    scope = shared.scope
    begins, ends = local_day_bounds(scope.span.since)[0], local_day_bounds(scope.span.until)[1]
    mine = within(scope.by, Defect).where(Defect.filed_by_id.in_(person_ids))
    week = mine.where(Defect.received_at >= begins, Defect.received_at < ends)
    states: dict[int, dict[str, int]] = defaultdict(dict)
    grouped = week.with_only_columns(Defect.filed_by_id, Defect.state, func.count())
    for who, state, n in db.session.execute(grouped.group_by(Defect.filed_by_id, Defect.state)):
        states[who][state] = n
    refused = _first(week.where(Defect.state == "rejected"), Defect.filed_by_id, Defect, [Defect.received_at], SHOWN)
    waiting = _first(mine.where(Defect.state == "filed"), Defect.filed_by_id, Defect, [Defect.received_at], TRACKED)
    rows = _load(scope, Defect, {i for ids in refused.values() for i in ids}, DEFECT_PARTS)
    checks = _checks(scope, Event.actor_id, person_ids)
    walked = digest_patrols.of_inspectors(scope, person_ids)
    to_verify = shared.lists["to_verify"]
    told = {}
    for who in person_ids:
        said = states.get(who, {})
        told[who] = Own(
            {
                "filed": sum(said.values()),
                "unconfirmed": said.get("filed", 0),
                "refused": said.get("rejected", 0) + said.get("duplicate", 0),
                "rejected": [defect_row(rows[i]) for i in refused.get(who, [])],
                "passed": checks[who, "order.pass"],
                "failed": checks[who, "order.fail"],
                "to_verify": to_verify.facts,
                "rounds": walked[who],
                "count": {"overdue": 0, "waiting": to_verify.n},
                "empty": not (to_verify.n or said or checks[who, "order.pass"] or checks[who, "order.fail"]),
            },
            [f"order:{i}" for i in to_verify.ids] + [f"defect:{i}" for i in waiting.get(who, [])],
        )
    return told


def engineers(shared: Shared, person_ids: Ids) -> dict[int, Own]:
    """Engineer → the projects in their charge, late ones first, each with what it waits for."""
    scope = shared.scope
    statement = within(scope.by, Project).where(Project.in_charge_id.in_(person_ids), Project.state.in_(PROJECT_ALIVE))
    statement = statement.options(selectinload(Project.dates)).order_by(Project.stage_entered_at, Project.id)
    mine: dict[int, list[Facts]] = defaultdict(list)
    for project in db.session.scalars(statement):
        if project.in_charge_id is not None:
            mine[project.in_charge_id].append(project_row(project, scope.span, shared.called))
    stalled = digest_stalled.reasons(scope, [("project", row["id"]) for rows in mine.values() for row in rows])
    told = {}
    for who in person_ids:
        rows = sorted(mine.get(who, []), key=lambda row: not row["late"])
        for row in rows:
            row["stalled"] = stalled.get(("project", row["id"]))
        waiting = sum(bool(row["papers"] or row["stalled"]) for row in rows)
        count = {"overdue": sum(row["late"] for row in rows), "waiting": waiting}
        facts = {"projects": rows, "count": count, "empty": not rows}
        told[who] = Own(facts, [f"project:{row['id']}" for row in rows])
    return told
