"""What hangs on the wall 挂图: one row a project with its next node, and the months as they were when they closed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.months import months_later
from roadworks.projects.boards import WallMonth
from roadworks.projects.models import Project, StageDate
from roadworks.projects.past import end_of, values_at
from roadworks.projects.records import ProgressEntry
from roadworks.projects.stages import names
from roadworks.workflow import audit
from roadworks.workflow.transitions import PROJECT_ALIVE

SOON = timedelta(days=7)
RANK = ("overdue", "due_soon", "running", "struck")
MOST_MONTHS = 24

Row = dict[str, Any]


def first_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def status(state: str, node: date | None, day: date) -> str:
    """在办, 临期 (the node is at most seven days away), 逾期 or 已销号; a suspended project's clock stands still."""
    if state == "closed":
        return "struck"
    if node is None or state == "suspended" or node > day + SOON:
        return "running"
    return "overdue" if node < day else "due_soon"


def live_rows(district_id: int) -> list[Row]:
    """The wall as it hangs today: all that is alive, and what was struck off this month."""
    return _rows(district_id, clock.today(), {})


def rows_at_end(district_id: int, month: date) -> list[Row]:
    """The wall as it hung when `month` ended: what the trail has recorded since is taken back."""
    last = months_later(month, 1) - timedelta(days=1)
    return _rows(district_id, last, values_at(end_of(last), district_id))


def _rows(district_id: int, day: date, had: dict[int, Row]) -> list[Row]:
    left = exists().where(
        StageDate.project_id == Project.id, StageDate.stage == Project.stage, StageDate.left_on >= first_of(day)
    )
    shown = or_(Project.state.in_(PROJECT_ALIVE), and_(Project.state == "closed", left), Project.id.in_(had))
    projects = db.session.scalars(_projects(district_id, end_of(day), shown)).unique().all()
    told, rules = _told(projects, day), names(district_id)
    rows = [_row(p, had.get(p.id, {}), day, told.get(p.id), rules) for p in projects]
    kept = [row for row in rows if row["state"] in PROJECT_ALIVE or _struck_since(row, first_of(day))]
    return sorted(kept, key=lambda row: (RANK.index(row["status"]), row["node_on"] or "9", row["number"]))


def _struck_since(row: Row, first: date) -> bool:
    return row["status"] == "struck" and (row["struck_on"] or "") >= first.isoformat()


def _projects(district_id: int, ends: datetime, shown: ColumnElement[bool]) -> Select[Project]:
    statement = select(Project).where(Project.district_id == district_id, Project.opened_at < ends, shown)
    people = (joinedload(Project.in_charge), joinedload(Project.leader))
    return statement.options(*people, selectinload(Project.dates)).order_by(Project.id)


def _told(projects: Sequence[Project], day: date) -> dict[int, ProgressEntry]:
    """Project → its last progress entry up to the day."""
    ids = [project.id for project in projects]
    order = (ProgressEntry.on.desc(), ProgressEntry.id.desc())
    place = func.row_number().over(partition_by=ProgressEntry.project_id, order_by=order)
    of = (ProgressEntry.project_id.in_(ids), ProgressEntry.on <= day)
    ranked = select(ProgressEntry.id.label("id"), place.label("place")).where(*of).subquery()
    last = select(ProgressEntry).join(ranked, ranked.c.id == ProgressEntry.id).where(ranked.c.place == 1)
    return {entry.project_id: entry for entry in db.session.scalars(last)}


def _row(project: Project, had: Row, day: date, told: ProgressEntry | None, rules: Any) -> Row:
    """One project as the wall shows it, in values that JSON holds: a closed month is kept as it is written here."""
    state, stage = had.get("state", project.state), had.get("stage", project.stage)
    expected = had.get("expected_on", project.expected_on)
    dates = next((row for row in project.dates if row.stage == stage), None)
    planned = dates.planned_on if dates else None
    node = planned or (date.fromisoformat(expected) if isinstance(expected, str) else expected)
    rule = rules.get((project.category, stage))
    struck = dates.left_on if dates and state == "closed" else None
    return {
        "project": project.id,
        "number": project.number,
        "name_zh": project.name_zh,
        "name_en": project.name_en,
        "limits_zh": project.limits_zh,
        "limits_en": project.limits_en,
        "category": project.category,
        "state": state,
        "stage": stage,
        "stage_zh": rule.name_zh if rule else None,
        "stage_en": rule.name_en if rule else None,
        "node_on": node.isoformat() if node else None,
        "node_is_stage": planned is not None,
        "in_charge": project.in_charge.name if project.in_charge else None,
        "leader": project.leader.name if project.leader else None,
        "percent": told.percent if told else None,
        "told": told.text if told else None,
        "told_on": told.on.isoformat() if told else None,
        "status": status(state, node, day),
        "struck_on": struck.isoformat() if struck else None,
    }


def closed_month(district_id: int, month: date) -> WallMonth | None:
    """The wall of a month that was closed."""
    statement = select(WallMonth).where(WallMonth.district_id == district_id, WallMonth.month == month)
    return db.session.scalars(statement).one_or_none()


def closed_months(district_id: int) -> list[date]:
    """The months that were closed, the first first."""
    statement = select(WallMonth.month).where(WallMonth.district_id == district_id).order_by(WallMonth.month)
    return list(db.session.scalars(statement))


def close_month(district_id: int) -> int:
    """Keep the district's wall of each month that has ended since the last time; gives how many. The caller commits.

    Running twice does no harm: a month that is closed is never written again.
    """
    audit.lock(district_id)
    ended = _to_close(district_id)
    for month in ended:
        rows = rows_at_end(district_id, month)
        db.session.add(WallMonth(district_id=district_id, month=month, rows=rows, closed_at=clock.now()))
    return len(ended)


def _to_close(district_id: int) -> Sequence[date]:
    """The months from the last closed one, or from the first project, to the one before this; at most 24."""
    done = closed_months(district_id)
    begun = db.session.scalar(select(func.min(Project.opened_at)).where(Project.district_id == district_id))
    if not done and begun is None:
        return []
    month = months_later(done[-1], 1) if done else first_of(clock.local(begun).date()) if begun else clock.today()
    months = []
    while month < first_of(clock.today()):
        months.append(month)
        month = months_later(month, 1)
    return months[-MOST_MONTHS:]
