"""Pages of one project: itself, a new one, correcting it, and the steps on it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user

from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field, clean_text, once, options
from roadworks.base.i18n import _, label
from roadworks.base.web import back_or, one, seen_version
from roadworks.defects.filters import read_day
from roadworks.network.geojson import features
from roadworks.network.models import Section
from roadworks.network.queries import sections, with_lines
from roadworks.network.views import home
from roadworks.projects import actions, boards, models, page, queries, records, stages, tables  # noqa: F401  tables
from roadworks.projects.changed import changed
from roadworks.projects.forms import NewProjectForm, ProjectForm
from roadworks.projects.models import Project
from roadworks.workflow.permissions import check, within
from roadworks.workflow.words import taken

bp = Blueprint("projects", __name__, url_prefix="/projects")
bp.add_app_template_global(page.stage_said, "stage_said")
bp.add_app_template_global(changed, "changed")
bp.add_app_template_global(stages.said, "stage_of")
MOST_SECTIONS = 50
MOST_WORDS = 300


def load(project_id: int) -> Project:
    """The project with what its page needs; raises NotFound."""
    return one(queries.readable(current_user).where(Project.id == project_id).options(*queries.whole()))


@bp.get("/<int:project_id>")
def project(project_id: int) -> str:
    """One project: its gate, dates, papers, progress, sections, defects, trail, and the buttons."""
    check(current_user, "project.read")
    return page.shown(load(project_id))


@bp.get("/<int:project_id>/sections.geojson")
def sections_geojson(project_id: int) -> Response:
    """The sections of a project as lines for its map."""
    check(current_user, "project.read")
    ids = [stretch.section_id for stretch in load(project_id).stretches if stretch.section_id]
    rows = db.session.scalars(with_lines(sections(current_user)).where(Section.id.in_(ids))).unique()
    response = jsonify(type="FeatureCollection", features=list(features(rows)))
    response.mimetype = "application/geo+json"
    return response


@bp.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """A project from nothing; one of chosen defects is made on the page that shows them."""
    check(current_user, "project.open")
    chosen = request.args.getlist("defect")[:500]
    if request.method == "GET" and chosen and "planning.make" in current_app.view_functions:
        return redirect(url_for("planning.make", defect=chosen))
    form = NewProjectForm()
    _offer(form)
    if request.method == "GET":
        own = {person.id for person in db.session.scalars(queries.in_charge(current_user))}
        form.in_charge_id.data = current_user.id if current_user.id in own else None
    elif form.validate():
        try:
            made = actions.opened_before(current_user, home().id, once()) or actions.open_project(
                current_user,
                district_id=home().id,
                client_id=once(),
                sections=_sections(form),
                stage=form.stage.data or None,
                on=form.on.data,
                **form.values(),
            )
        except BadInput as fault:
            at_field(form, fault)
            _offer(form)
        else:
            db.session.commit()
            flash(_("%(number)s is made.", number=made.number))
            return redirect(page.address(made))
    return render_template("projects/new.html", form=form, once=once()), 400 if form.errors else 200


def _offer(form: ProjectForm) -> None:
    """Fill the choices: sections, people, and for a new project the stages."""
    rows = db.session.scalars(sections(current_user).where(Section.district_id == home().id)).unique()
    form.section_ids.choices = options((row.id, label(row)) for row in rows)
    nobody = [("", _("Not said"))]
    for name, statement in (("in_charge_id", queries.in_charge), ("leader_id", queries.leaders)):
        people = list(db.session.scalars(statement(current_user)).unique())
        form[name].choices = options([*nobody, *((p.id, p.name) for p in people if p.district_id)])
    if "stage" in form:
        found = stages.stages_of(home().id, form.category.data or "medium")
        form.stage.choices = options([("", _("The first")), *((rule.code, label(rule)) for rule in found)])


def _sections(form: ProjectForm) -> list[Section]:
    """The sections chosen; one that is not there is a 404."""
    ids = {i for i in form.section_ids.data or () if i}
    if len(ids) > MOST_SECTIONS:
        raise BadInput(_("At most %(most)d at once.", most=MOST_SECTIONS), field="section_ids")
    return [one(within(current_user, Section).where(Section.id == section_id)) for section_id in sorted(ids)]


@bp.route("/<int:project_id>/edit", methods=["GET", "POST"])
def edit(project_id: int) -> Any:
    """Correct what is recorded of a project."""
    found = load(project_id)
    check(current_user, "project.edit", found)
    form = ProjectForm(obj=found)
    if request.method == "GET":
        form.section_ids.data = [s.section_id for s in found.stretches]
    elif form.validate():
        try:
            done = actions.edit(current_user, found, form.values(), seen=seen_version(), sections=_sections(form))
        except BadInput as fault:
            at_field(form, fault)
        else:
            db.session.commit()
            flash(_("Saved.") if done else _("Nothing was changed."))
            return redirect(page.address(found))
    _offer(form)
    return render_template("projects/edit.html", form=form, project=found), 400 if form.errors else 200


@bp.post("/<int:project_id>/<any(advance,skip,coordinate,suspend,resume,retender,cancel,undo):verb>")
def step(project_id: int, verb: str) -> Any:
    """Take one step on a project; what was typed wrongly comes back with the page."""
    found = load(project_id)
    check(current_user, f"project.{verb}", found)
    try:
        STEPPERS[verb](found, seen_version())
    except BadInput as fault:
        if fault.field is None:
            raise
        db.session.rollback()
        told = {"form": verb, "field": fault.field, "message": str(fault.message)}
        return page.shown(load(project_id), fault=told, typed=request.form), 400
    db.session.commit()
    flash(taken(found.number, f"project.{verb}"))
    return back_or("projects.project", project_id=found.id)


def _reason() -> str:
    text = clean_text(request.form.get("reason"))
    if len(text) > MOST_WORDS:
        raise BadInput(_("At most %(most)d characters.", most=MOST_WORDS), field="reason")
    if not text:
        raise BadInput(_("Say why."), field="reason")
    return text


def _day(name: str) -> date | None:
    try:
        return read_day({name: [request.form.get(name, "")]}, name)
    except BadInput as fault:
        raise BadInput(fault.message or _("Write the day as 2018-06-30."), field=name) from fault


def _suspend(project: Project, seen: int) -> Any:
    until = _day("until")
    if until is None:
        raise BadInput(actions.A_LATER_DAY, field="until")
    return actions.suspend(
        current_user, project, seen=seen, code=request.form.get("code", ""), until=until, reason=_reason()
    )


STEPPERS: dict[str, Callable[[Project, int], Any]] = {
    "advance": lambda p, seen: actions.advance(current_user, p, seen=seen, on=_day("on")),
    "skip": lambda p, seen: actions.skip(current_user, p, seen=seen, on=_day("on"), reason=_reason()),
    "coordinate": lambda p, seen: actions.coordinate(current_user, p, seen=seen, reason=_reason()),
    "suspend": _suspend,
    "resume": lambda p, seen: actions.resume(current_user, p, seen=seen),
    "retender": lambda p, seen: actions.retender(current_user, p, seen=seen, reason=_reason()),
    "cancel": lambda p, seen: actions.cancel(current_user, p, seen=seen, reason=_reason()),
    "undo": lambda p, seen: actions.take_back(current_user, p, seen=seen, reason=_reason()),
}
