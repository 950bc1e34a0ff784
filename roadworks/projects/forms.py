"""What a browser sends about a project."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from roadworks.base.fields import Form, HanDateField, HanIntegerField, MoneyField, clean_text, options
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import whole_number
from roadworks.base.refusals import WRITTEN
from roadworks.projects.facts import MOST_MONTHS
from roadworks.projects.models import CATEGORIES
from roadworks.workflow.words import choices

YEARS = range(2000, 2100)

WRITTEN.update(citation=_l("Citation"), count=_l("Count"))


def _none(value: str | None) -> str | None:
    return value or None


def _text(label: Any, most: int, **more: Any) -> StringField:
    return StringField(label, validators=[Optional(), Length(max=most)], filters=[clean_text, _none], **more)


def _within_years(_form: Any, field: Any) -> None:
    if field.data is not None and field.data.year not in YEARS:
        raise ValidationError(_("This day cannot be meant."))


def day(label: Any, **more: Any) -> HanDateField:
    """A day that may be left empty."""
    return HanDateField(label, validators=[Optional(), _within_years], **more)


def _amount(label: Any) -> MoneyField:
    return MoneyField(label, validators=[Optional()])


class ProjectForm(Form):
    """What is recorded of a project; what is not known stays empty."""

    name_zh = StringField(
        _l("Project name"),
        validators=[InputRequired(_l("Give the project a name.")), Length(max=80)],
        filters=[clean_text],
    )
    name_en = _text(_l("Name in English"), 120)
    category = SelectField(
        _l("Category"),
        choices=options(choices("category", CATEGORIES)),
        default="medium",
        validators=[InputRequired(_l("Please fill this in."))],
    )
    section_ids = SelectMultipleField(_l("Road sections"), choices=[], coerce=whole_number, validate_choice=False)
    limits_zh = StringField(
        _l("Limits"),
        validators=[Optional(), Length(max=120)],
        filters=[clean_text],
        description=_l("From where to where, in words."),
    )
    limits_en = _text(_l("Limits in English"), 160)
    in_charge_id = SelectField(_l("Person in charge"), choices=[], coerce=whole_number, validate_choice=False)
    leader_id = SelectField(_l("Responsible leader"), choices=[], coerce=whole_number, validate_choice=False)
    designer = _text(_l("Designer"), 120)
    contractor = _text(_l("Contractor"), 120)
    supervisor_firm = _text(_l("Supervising firm"), 120)
    estimate_yuan = _amount(_l("Estimate"))
    ceiling_yuan = _amount(_l("Ceiling price"))
    contract_yuan = _amount(_l("Contract amount"))
    settled_yuan = _amount(_l("Settled amount"))
    wished_on = day(_l("Wished day of completion"))
    expected_on = day(
        _l("Traffic restored by"),
        description=_l("If the project is not through by then, dangerous defects go back to be made safe."),
    )
    accepted_on = day(_l("Day of completion acceptance"))
    warranty_months = HanIntegerField(
        _l("Warranty"),
        most=MOST_MONTHS,
        default=12,
        validators=[InputRequired(_l("Please fill this in."))],
        description=_l("By law at least one year from acceptance."),
    )
    note = TextAreaField(_l("Note"), validators=[Optional(), Length(max=2000)], filters=[clean_text])

    def values(self) -> dict[str, Any]:
        """What was filled in, by column."""
        plain = {name: f.data for name, f in self._fields.items() if name not in {"csrf_token", "section_ids"}}
        plain = {name: value for name, value in plain.items() if name not in {"stage", "on"}}
        return {**plain, "limits_zh": plain["limits_zh"] or "", "note": plain["note"] or ""}


class NewProjectForm(ProjectForm):
    """The same for a project that is new here, perhaps under way already."""

    stage = SelectField(
        _l("Stage in which it stands"),
        choices=[],
        validate_choice=False,
        description=_l("For a project that began before it was entered here; else leave the first."),
    )
    on = day(_l("In this stage since"), description=_l("Today, where it is left empty."))


class PaperForm(Form):
    """A paper to be added."""

    file = FileField(_l("File"))
    name = _text(_l("What it is"), 120)


class ProgressForm(Form):
    """How far a project is."""

    on = day(_l("Day"))
    percent = HanIntegerField(_l("Progress"), most=100, validators=[Optional()])
    text = TextAreaField(_l("What was done"), validators=[Optional(), Length(max=2000)], filters=[clean_text])
