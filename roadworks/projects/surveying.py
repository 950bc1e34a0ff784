"""Pages of a section's condition: what was surveyed, what patrols let one guess, and surveys from a file."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from roadworks.base import sheets
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import Form, HanDateField, HanDecimalField, at_field, clean_text, options
from roadworks.base.i18n import _, _l
from roadworks.base.web import one
from roadworks.network.models import Section
from roadworks.projects import estimate, survey_file, surveys
from roadworks.workflow.permissions import check, within
from roadworks.workflow.words import choices

bp = Blueprint("surveys", __name__)


class SurveyForm(Form):
    """One surveyed index of a section."""

    kind = SelectField(
        _l("What was surveyed"),
        choices=options(choices("index", ("pci", "fci", "iri"))),
        validators=[InputRequired(_l("Please fill this in."))],
    )
    value = HanDecimalField(
        _l("Value"),
        unit="",
        most=Decimal(100),
        validators=[InputRequired(_l("Please fill this in."))],
        description=_l("PCI and FCI from 0 to 100, IRI in m/km."),
    )
    surveyed_on = HanDateField(_l("Surveyed on"), validators=[InputRequired(_l("Please fill this in."))])
    source = StringField(
        _l("Source"),
        validators=[Optional(), Length(max=surveys.LONGEST_SOURCE)],
        filters=[clean_text],
        description=_l("Who surveyed, and which report."),
    )


class FileForm(Form):
    """A file of surveys, tried first and brought in after."""

    file = FileField(_l("CSV file"))
    for_real = BooleanField(_l("Bring it in (otherwise it is only tried)"))


@bp.route("/sections/<int:section_id>/condition", methods=["GET", "POST"])
def condition(section_id: int) -> Any:
    """The condition of a section; entering one survey by hand."""
    check(current_user, "network.read")
    section = one(within(current_user, Section).where(Section.id == section_id))
    form = SurveyForm()
    if request.method == "POST":
        check(current_user, "survey.enter", section)
        if form.validate() and _enter(form, section):
            return redirect(url_for("surveys.condition", section_id=section.id))
    rows = list(db.session.scalars(surveys.of_sections(current_user, [section.id]).limit(200)))
    newest = {survey.kind: survey for survey in reversed(rows)}
    page = {"section": section, "form": form, "surveys": rows, "standing": estimate.standing(section, newest)}
    estimates = estimate.estimates(current_user, section)
    return render_template("projects/condition.html", **page, estimates=estimates), 400 if form.errors else 200


def _enter(form: SurveyForm, section: Section) -> bool:
    said = {name: form[name].data for name in ("kind", "value", "surveyed_on", "source")}
    try:
        surveys.enter(current_user, section, **said)
    except BadInput as fault:
        db.session.rollback()
        at_field(form, fault)
        return False
    db.session.commit()
    flash(_("Saved."))
    return True


@bp.route("/surveys/import", methods=["GET", "POST"])
def bring_in() -> Any:
    """Bring in surveys from a file: tried first; a file with one faulty row writes nothing."""
    check(current_user, "survey.enter")
    form = FileForm()
    report: survey_file.Report | None = None
    if request.method == "POST" and form.validate():
        upload = form.file.data
        report = survey_file.bring_in(current_user, upload.read(survey_file.MOST_BYTES + 1) if upload else b"")
        if form.for_real.data and not report.faults:
            db.session.commit()
            known = any(report.counts.values())
            flash(
                _("The surveys are brought in.") if known else _("The file holds no index: PCI, FCI and IRI are empty.")
            )
        else:
            db.session.rollback()
    faults = report.faults if report else []
    return render_template("projects/surveys.html", form=form, report=report, faults=faults), 400 if faults else 200


@bp.get("/surveys/form.csv")
def empty_form() -> Response:
    """The file to fill in, with the district's sections."""
    check(current_user, "survey.enter")
    return sheets.download("csv", "surveys", {"surveys": survey_file.form_rows(current_user)})
