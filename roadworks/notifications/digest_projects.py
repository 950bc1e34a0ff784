"""What a digest tells of projects: how each stands, which are late or due, how many stand in which stage.

A stage is told by its code and by what the bureau called it that day: it can be renamed later.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func

from roadworks.base.clock import local
from roadworks.base.db import db
from roadworks.base.i18n import LOCALES, force_locale
from roadworks.notifications.digest_rows import Facts, Listed, Scope, names
from roadworks.notifications.weeks import Span
from roadworks.projects import stages
from roadworks.projects.models import STAGES, Project, StageDate
from roadworks.workflow.permissions import within
from roadworks.workflow.transitions import NEEDS, PROJECT_ALIVE, PROJECT_MOVING

WORST = 3
# (category, code) of a stage → what the bureau calls it, in Chinese and English.
StageNames = Mapping[tuple[str, str], list[str]]


def stage_names(district_id: int) -> StageNames:
    """What the bureau calls its stages now; one statement."""
    return {key: names(rule) for key, rule in stages.names(district_id).items()}


def project_row(project: Project, span: Span, called: StageNames) -> Facts:
    """A project: stage, days in it, the next node, whether that is past, and the papers missing at the gate."""
    entered = local(project.stage_entered_at).date()
    node = _node(project, called)
    return {
        "kind": "project",
        "id": project.id,
        "number": project.number,
        "name": names(project),
        "state": project.state,
        "stage": project.stage,
        "stage_name": called.get((project.category, project.stage)),
        "days": (span.day - entered).days,
        "node": node,
        "late": bool(node and project.state in PROJECT_MOVING and node["on"] < span.day.isoformat()),
        "papers": missing_papers(project),
    }


def _node(project: Project, called: StageNames) -> Facts | None:
    """The next planned date: of the present stage where it has one, else the earliest not yet reached."""
    planned = [d for d in project.dates if d.planned_on and d.left_on is None]
    planned.sort(key=lambda d: (d.stage != project.stage, d.planned_on))
    if not planned:
        return None
    stage, on = planned[0].stage, planned[0].planned_on
    return {"stage": stage, "stage_name": called.get((project.category, stage)), "on": on.isoformat()}  # type: ignore[union-attr]


def missing_papers(project: Project) -> list[list[str]]:
    """What the gate of the present stage still lacks, each in Chinese and English."""
    judge = NEEDS.get("gate")
    if judge is None or project.state not in PROJECT_MOVING:
        return []
    told = []
    for language in LOCALES:
        with force_locale(language):
            told.append([str(label) for label in judge(project)])
    return [list(pair) for pair in zip(*told, strict=True)]


def late_projects(scope: Scope, called: StageNames) -> Listed:
    """Projects past the planned date of their present stage, longest first; suspended ones are silent."""
    statement = (
        within(scope.by, Project)
        .join(StageDate, (StageDate.project_id == Project.id) & (StageDate.stage == Project.stage))
        .where(Project.state.in_(PROJECT_MOVING), StageDate.left_on.is_(None), StageDate.planned_on < scope.span.day)
    )
    rows = db.session.execute(
        statement.with_only_columns(Project, StageDate.planned_on).order_by(StageDate.planned_on, Project.id)
    ).all()
    worst = [_late_project(project, on, called) for project, on in rows[:WORST]]
    return Listed(len(rows), worst, [row[0].id for row in rows])


def _late_project(project: Project, planned_on: Any, called: StageNames) -> Facts:
    return {
        "kind": "project",
        "id": project.id,
        "number": project.number,
        "name": names(project),
        "stage": project.stage,
        "stage_name": called.get((project.category, project.stage)),
        "on": planned_on.isoformat(),
    }


def due_nodes(scope: Scope, called: StageNames) -> list[Facts]:
    """Projects whose present stage should be left within the days ahead."""
    statement = (
        within(scope.by, Project)
        .join(StageDate, (StageDate.project_id == Project.id) & (StageDate.stage == Project.stage))
        .where(Project.state.in_(PROJECT_MOVING), StageDate.left_on.is_(None))
        .where(StageDate.planned_on.between(scope.span.day, scope.span.ahead))
        .with_only_columns(Project, StageDate.planned_on)
        .order_by(StageDate.planned_on, Project.id)
    )
    return [_late_project(project, on, called) for project, on in db.session.execute(statement)]


def by_stage(scope: Scope, called: StageNames) -> list[list[Any]]:
    """Stage, how many living projects stand in it, and what it is called: by each name that a category gives it."""
    statement = within(scope.by, Project).with_only_columns(Project.category, Project.stage, func.count())
    alive = statement.where(Project.state.in_(PROJECT_ALIVE)).group_by(Project.category, Project.stage)
    counted: Counter[str] = Counter()
    said: dict[str, list[list[str]]] = {}
    for category, stage, n in db.session.execute(alive.order_by(Project.category)):
        counted[stage] += n
        name = called.get((category, stage))
        if name and name not in said.setdefault(stage, []):
            said[stage].append(name)
    return [[stage, counted[stage], _joined(said.get(stage, []))] for stage in STAGES if counted[stage]]


def _joined(pairs: list[list[str]]) -> list[str] | None:
    return [" / ".join(dict.fromkeys(pair[i] for pair in pairs)) for i in (0, 1)] if pairs else None
