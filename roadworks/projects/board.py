"""Pages that show many projects: the list, the board by stage, the exports."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask_login import current_user

from roadworks.base import sheets
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _
from roadworks.base.web import paged
from roadworks.defects.filters import read_id
from roadworks.network.views import home
from roadworks.projects import export, lists, queries
from roadworks.projects.lists import Filter
from roadworks.projects.models import CATEGORIES, STAGES, Project
from roadworks.projects.stages import following
from roadworks.workflow.permissions import check, may
from roadworks.workflow.reasons import reasons
from roadworks.workflow.transitions import PROJECT_ALIVE, PROJECT_STATES, can

bp = Blueprint("project_lists", __name__)
GIVEN = ("q", "category", "stage", "state", "in_charge", "stalled", "all")
SORTS = {"": (Project.opened_at, True), "standing": (Project.stage_entered_at, False)}
MOST_ROWS = 10_000
JSON_SIZE = 500

Said = dict[str, list[str]]


def _said() -> Said:
    said = {name: [v for v in map(clean_text, request.args.getlist(name)[:20]) if v] for name in GIVEN}
    return {name: values for name, values in said.items() if values}


def _filter(said: Said) -> Filter:
    """The filter of the address; without a word of state, what is neither struck off nor cancelled. Raises BadInput."""
    for name, known in (("category", CATEGORIES), ("stage", STAGES), ("state", PROJECT_STATES)):
        if not set(said.get(name, ())) <= set(known):
            raise BadInput(_("This filter is not known: %(name)s", name=name), field=name)
    return Filter(
        categories=tuple(said.get("category", ())),
        stages=tuple(said.get("stage", ())),
        states=tuple(said.get("state", ())) or (() if "all" in said else PROJECT_ALIVE),
        in_charge_id=read_id(said, "in_charge"),
        stalled="stalled" in said,
        words=said.get("q", [""])[0][:100],
    )


@bp.get("/projects")
def projects() -> str:
    """The list, filtered by the address, paged by cursor."""
    check(current_user, "project.read")
    said, sort = _said(), request.args.get("sort", "")
    if sort not in SORTS:
        raise BadInput(_("This filter is not known: %(name)s", name="sort"), field="sort")
    rules = lists.stage_rules(current_user)
    statement = lists.filtered(current_user, _filter(said), rules).options(*lists.for_list())
    key, falling = SORTS[sort]
    page = paged(statement, key, Project.id, cursor=request.args.get("cursor"), descending=falling)
    return render_template(
        "projects/projects.html",
        page=page,
        said=said,
        sort=sort,
        people=list(db.session.scalars(queries.in_charge(current_user)).unique()),
        names=lists.stage_names(rules),
        stalled=lists.stalled_ids(page.rows, rules),
        lists=lists,
        word_of=_chip,
        why=reasons("project", [project.id for project in page.rows]),
    )


def _chip(people: Sequence[Any], name: str, value: str) -> str:
    """What the chip of a filter says where it is no code word."""
    if name == "in_charge":
        return next((str(p.name) for p in people if str(p.id) == value), value)
    return {"stalled": _("Stalled"), "all": _("Struck off and cancelled too")}.get(name, value)


@bp.get("/projects/board")
def board() -> str:
    """The projects of one category, a column for each stage."""
    check(current_user, "project.read")
    category = request.args.get("category", "medium")
    if category not in CATEGORIES:
        raise BadInput(_("This filter is not known: %(name)s", name="category"), field="category")
    district = home()
    rules = [r for r in lists.stage_rules(current_user) if (r.district_id, r.category) == (district.id, category)]
    columns, stalled = lists.board(
        current_user, rules, lambda s: s.where(Project.district_id == district.id, Project.category == category)
    )
    return render_template(
        "projects/board.html",
        columns=columns,
        stalled=stalled,
        category=category,
        tally=lists.tally(current_user, district.id),
        onward={p.id: following(p, rules) for c in columns for p in c.projects if _may_advance(p)},
        lists=lists,
    )


def _may_advance(project: Project) -> bool:
    return may(current_user, "project.advance", project) and can(project, "project.advance")


@bp.get("/projects.json")
def projects_json() -> Response:
    """The projects for machines: five hundred at a time, `next` is the cursor of the following ones."""
    check(current_user, "project.read")
    rules = lists.stage_rules(current_user)
    statement = lists.filtered(current_user, _filter(_said()), rules).options(*queries.whole())
    page = paged(statement, Project.opened_at, Project.id, cursor=request.args.get("cursor"), size=JSON_SIZE)
    names = lists.stage_names(rules)
    return jsonify(projects=[export.as_json(project, names) for project in page.rows], next=page.next)


@bp.get("/projects.<any(csv,xlsx):kind>")
def projects_file(kind: str) -> Response:
    """The projects of the list's filter as a file."""
    check(current_user, "export.take")
    rules = lists.stage_rules(current_user)
    statement = lists.filtered(current_user, _filter(_said()), rules).options(*lists.for_list())
    rows = list(db.session.scalars(statement.order_by(Project.opened_at, Project.id).limit(MOST_ROWS)).unique())
    late = lists.stalled_ids(rows, rules)
    return sheets.download(kind, "projects", {_("Projects"): export.rows(rows, lists.stage_names(rules), late)})
