"""What the page of one project shows, asked for in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, url_for
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.i18n import label
from roadworks.defects.models import Defect
from roadworks.defects.queries import severity_order
from roadworks.projects import gantt, gates, progress, queries, stages
from roadworks.projects.actions import TENDERING
from roadworks.projects.backplan import NEVER
from roadworks.projects.models import PAUSES, Project
from roadworks.projects.records import Paper
from roadworks.projects.tables import StageRule
from roadworks.workflow import audit
from roadworks.workflow.transitions import open_steps
from roadworks.workflow.words import say

MOST_DEFECTS, MOST_ENTRIES = 30, 50
Fault = Mapping[str, str]


def shown(project: Project, *, fault: Fault | None = None, typed: Any = None, kept: Sequence[Any] = ()) -> str:
    """The page; `fault` is a refused step (form, field, message), `typed` what was sent with it."""
    rules = list(db.session.scalars(stages.rules(project.district_id, project.category)))
    papers = list(db.session.scalars(queries.papers(project)))
    entries = list(db.session.scalars(queries.progress(project).limit(MOST_ENTRIES)))
    items = gates.checklist(project, next((r for r in rules if r.code == project.stage), None), papers)
    return render_template(
        "projects/project.html",
        project=project,
        names={rule.code: label(rule) for rule in rules},
        steps=_steps(project),
        following=stages.following(project, rules),
        items=items,
        lacking=gates.missing_of(items),
        papers=[p for p in papers if not p.replaced],
        older=_older(papers),
        entries=entries,
        photos=progress.photos_of(entries),
        chart=gantt.drawn(_stretches(project, rules), clock.today()),
        dates=_rows(project, rules),
        pauses=PAUSES,
        events=audit.history(project),
        today=clock.today(),
        fault=fault or {},
        typed=typed or {},
        kept=kept,
        mapped=any(s.section and s.section.west is not None for s in project.stretches),
        **_defects(project),
    )


def _steps(project: Project) -> list[str]:
    """The buttons; a tender can fail only while there is one."""
    found = open_steps(project, current_user)
    return [v for v in found if v != "project.retender" or project.stage in TENDERING]


def _older(papers: Sequence[Paper]) -> dict[int, list[Paper]]:
    """The replaced versions of each paper, by the id of the one in force, newest first."""
    by_id = {paper.id: paper for paper in papers}
    found: dict[int, list[Paper]] = {}
    for paper in papers:
        at = paper
        while not paper.replaced and at.replaces_id in by_id:
            at = by_id[at.replaces_id]
            found.setdefault(paper.id, []).append(at)
    return found


def _rows(project: Project, rules: Sequence[StageRule]) -> list[tuple[StageRule, Any]]:
    """The stages in the bureau's order with their dates: those walked now, and those that have dates."""
    dates = {row.stage: row for row in project.dates}
    return [(r, dates.get(r.code)) for r in rules if r.active or _dated(dates.get(r.code))]


def _dated(row: Any) -> bool:
    return row is not None and bool(row.planned_on or row.entered_on or row.left_on)


def _stretches(project: Project, rules: Sequence[StageRule]) -> list[gantt.Stretch]:
    """The bars of the chart; what comes after the works only once the project has come there."""
    found = []
    for rule, row in _rows(project, rules):
        # Long after the works a warranty of years would press everything else into a corner of the chart.
        if rule.code in NEVER and not (row is not None and row.entered_on):
            continue
        if row is None:
            found.append(gantt.Stretch(rule.code, label(rule)))
        else:
            days = (row.planned_on, row.entered_on, row.left_on)
            found.append(gantt.Stretch(rule.code, label(rule), *days, skipped=bool(row.skipped_reason)))
    return found


def _defects(project: Project) -> dict[str, Any]:
    """The worst of its defects, how many there are, and their m²."""
    own = queries.its_defects(project).subquery()
    count, m2 = db.session.execute(select(func.count(), func.sum(own.c.area_m2)).select_from(own)).one()
    worst = queries.its_defects(project).options(joinedload(Defect.section))
    rows = list(db.session.scalars(worst.order_by(severity_order(), Defect.id).limit(MOST_DEFECTS))) if count else []
    return {"defects": rows, "defect_count": count, "defect_m2": m2}


def stage_said(names: Mapping[str, str], code: str) -> str:
    """What the bureau calls a stage; the common word where its table no longer holds it."""
    return names.get(code) or say("stage", code)


def address(project: Project) -> str:
    """The address of the page."""
    return url_for("projects.project", project_id=project.id)
