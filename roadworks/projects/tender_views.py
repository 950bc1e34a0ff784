"""The page of a project's tender: its dates against the law, the clock as a picture, earlier rounds."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from roadworks.base import calendar, clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field
from roadworks.base.i18n import _
from roadworks.base.web import one, seen_version
from roadworks.projects import articles, queries
from roadworks.projects.models import Project
from roadworks.projects.tender import DATES
from roadworks.projects.tender_actions import Unlawful, facts_of, judge, present, record_tender
from roadworks.projects.tender_clock import duties, spans, windows
from roadworks.projects.tender_forms import TenderForm
from roadworks.projects.tender_picture import drawn
from roadworks.workflow.permissions import check, may
from roadworks.workflow.transitions import can

bp = Blueprint("tenders", __name__)
# The names of the dates and the laws stand on the pages of plan and project too.
bp.record_once(lambda state: state.app.jinja_env.globals.update(tender_dates=DATES, articles=articles))


@bp.route("/projects/<int:project_id>/tender", methods=["GET", "POST"])
def tender(project_id: int) -> Any:
    """The dates of the present round and the earlier ones; saving refuses what breaks the law."""
    check(current_user, "project.read")
    project = one(queries.readable(current_user).where(Project.id == project_id).options(*queries.whole()))
    form = TenderForm(obj=present(project))
    typed: dict[str, Any] | None = None
    if request.method == "POST":
        check(current_user, "project.tender", project)
        makes_sense = form.validate()
        typed = {name: value for name, value in form.values().items() if not form[name].errors}
        if makes_sense and _saved(project, form):
            return redirect(url_for("tenders.tender", project_id=project.id))
    return _page(project, form, typed), 400 if form.errors else 200


def _saved(project: Project, form: TenderForm) -> bool:
    """Record what was sent; False where it breaks the law, with each breach at its field."""
    try:
        recorded = record_tender(current_user, project, form.values(), seen=seen_version())
    except Unlawful as fault:
        db.session.rollback()
        for finding in fault.findings:
            form[finding.field].errors = [*form[finding.field].errors, str(finding)]
        return False
    except BadInput as fault:
        at_field(form, fault)
        return False
    db.session.commit()
    flash(_("Saved.") if recorded else _("Nothing was changed."))
    return True


def _page(project: Project, form: TenderForm, typed: dict[str, Any] | None) -> str:
    """The page of what is recorded, or of what was typed where it could not be."""
    row, days, today = present(project), calendar.load(), clock.today()
    facts = facts_of(project, row, typed)
    form.propose(windows(facts, days, today))
    return render_template(
        "projects/tender.html",
        project=project,
        row=row,
        form=form,
        editable=may(current_user, "project.tender", project) and can(project, "project.tender"),
        warnings=[f for f in judge(project, row, typed) if f.kind == "warning"],
        breaches=[f for f in judge(project, row) if f.kind == "error"],
        picture=drawn(spans(facts, days, today), today),
        duties=duties(facts),
        earlier=project.tenders[:-1],
    )
