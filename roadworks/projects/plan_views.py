"""The page of a project's plan: the day by which each stage is to be left, proposed backwards from a wished day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from roadworks.base import calendar
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field
from roadworks.base.i18n import _, _l, label, ngettext, show_date
from roadworks.base.web import one, seen_version
from roadworks.projects import plan_actions, queries
from roadworks.projects.backplan import Plan
from roadworks.projects.forms import day
from roadworks.projects.legal import unknown_years
from roadworks.projects.models import Project
from roadworks.projects.stages import stages_of
from roadworks.projects.tables import StageRule
from roadworks.workflow.permissions import check, may
from roadworks.workflow.transitions import can

bp = Blueprint("plans", __name__)


class PlanForm(FlaskForm):
    """The wished day of completion; a day for each stage is added as the project has them."""

    wished_on = day(_l("Wished day of completion"))


@bp.route("/projects/<int:project_id>/plan", methods=["GET", "POST"])
def plan(project_id: int) -> Any:
    """Plan the dates: proposed on request, saved as typed, with what the law holds against them."""
    check(current_user, "project.read")
    project = one(queries.readable(current_user).where(Project.id == project_id).options(*queries.whole()))
    rules = plan_actions.plannable(project)
    form = _form(project, rules)
    if request.method == "POST":
        check(current_user, "project.plan", project)
        if form.validate() and _done(project, rules, form):
            return redirect(url_for("plans.plan", project_id=project.id))
    return _page(project, rules, form), 400 if form.errors else 200


def _form(project: Project, rules: Sequence[StageRule]) -> PlanForm:
    fields = {rule.code: day(label(rule)) for rule in rules}
    made: PlanForm = type("StagesForm", (PlanForm,), fields)(
        data={"wished_on": project.wished_on, **plan_actions.planned(project)}
    )
    return made


def _dates(rules: Sequence[StageRule], form: PlanForm) -> dict[str, date | None]:
    return {rule.code: form[rule.code].data for rule in rules if not form[rule.code].errors}


def _done(project: Project, rules: Sequence[StageRule], form: PlanForm) -> bool:
    """Save; or only fill in the proposal, where that was asked for, and where the days are out of order."""
    if request.form.get("do") == "propose":
        _fill(project, form)
        return False
    try:
        made = plan_actions.plan(current_user, project, form.wished_on.data, _dates(rules, form), seen=seen_version())
    except BadInput as fault:
        at_field(form, fault)
        return False
    db.session.commit()
    flash(_("Saved.") if made else _("Nothing was changed."))
    return True


def _fill(project: Project, form: PlanForm) -> None:
    """Put the proposal into the fields; nothing is written."""
    if form.wished_on.data is None:
        form.wished_on.errors = [_("Say by which day the works are wished to be complete.")]
        return
    for code, latest in plan_actions.proposal(project, form.wished_on.data).latest.items():
        if code in form:
            form[code].data, form[code].raw_data = latest, None


def _page(project: Project, rules: Sequence[StageRule], form: PlanForm) -> str:
    wished = form.wished_on.data
    made = plan_actions.proposal(project, wished) if wished and not form.wished_on.errors else None
    for rule in rules:
        form[rule.code].description = _hint(rule, made)
    dates = _dates(rules, form)
    whole: Mapping[str, date | None] = {**plan_actions.planned(project), **dates}
    span = plan_actions.works(project, whole)
    return render_template(
        "projects/plan.html",
        project=project,
        rules=rules,
        form=form,
        made=made,
        proposed=request.form.get("do") == "propose" and not form.errors,
        editable=may(current_user, "project.plan", project) and can(project, "project.plan"),
        span=span,
        bans=plan_actions.against(project, whole),
        too_short=plan_actions.too_short(project, whole),
        unknown=unknown_years(*span, calendar.load()) if span else [],
        late=_late(rules, dates, made),
        names={rule.code: label(rule) for rule in stages_of(project.district_id, project.category)},
        past=[row for row in project.dates if row.left_on],
    )


def _late(
    rules: Sequence[StageRule], dates: Mapping[str, date | None], made: Plan | None
) -> list[tuple[StageRule, int]]:
    """The stages planned later than the wished day allows, with the days."""
    late = []
    for rule in rules:
        day, latest = dates.get(rule.code), made.latest.get(rule.code) if made else None
        if day and latest and day > latest:
            late.append((rule, (day - latest).days))
    return late


def _hint(rule: StageRule, made: Plan | None) -> str:
    """By when at the latest, and how long it takes."""
    said = []
    if made and rule.code in made.latest:
        said.append(_("at the latest %(day)s", day=show_date(made.latest[rule.code])))
    days = made.lengths.get(rule.code) if made else rule.typical_days
    if days:
        said.append(ngettext("planned with %(num)d day", "planned with %(num)d days", days))
    return " · ".join(said)
