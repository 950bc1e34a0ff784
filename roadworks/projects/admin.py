"""Admin pages of the stages with their gate papers."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import Form, HanIntegerField, at_field, clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import whole_numbers
from roadworks.base.web import one, seen_version
from roadworks.network.views import home
from roadworks.projects import stage_table, stages
from roadworks.projects.models import CATEGORIES
from roadworks.projects.stage_table import Asked
from roadworks.projects.tables import GatePaper, StageRule
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import check, within

bp = Blueprint("project_tables", __name__, url_prefix="/admin")
MOST_DAYS = 3650
WORDS = {
    "position": _l("Place in the order"),
    "name_zh": _l("Name in Chinese"),
    "name_en": _l("Name in English"),
    "active": _l("In use"),
    "typical_days": _l("Usual days"),
    "stall_days": _l("Stalled after days"),
    "required": _l("Required"),
}


def _text(label: Any, most: int) -> StringField:
    return StringField(
        label, validators=[InputRequired(_l("Please fill this in.")), Length(max=most)], filters=[clean_text]
    )


class StageForm(Form):
    """One stage of a category; its papers are read beside it."""

    name_zh = _text(WORDS["name_zh"], 40)
    name_en = _text(WORDS["name_en"], 60)
    typical_days = HanIntegerField(
        WORDS["typical_days"],
        most=MOST_DAYS,
        validators=[Optional()],
        description=_l("Calendar days, for planning backwards."),
    )
    stall_days = HanIntegerField(
        WORDS["stall_days"],
        most=MOST_DAYS,
        validators=[Optional()],
        description=_l("Calendar days in the stage; empty: never."),
    )
    active = BooleanField(WORDS["active"])
    reason = TextAreaField(
        _l("Reason"), validators=[InputRequired(_l("Say why.")), Length(max=300)], filters=[clean_text]
    )


@bp.route("/stages", methods=["GET", "POST"])
def table() -> Any:
    """The stages of one category in their order; a press moves one up or down."""
    check(current_user, "stages.edit")
    category = request.values.get("category", "medium")
    if category not in CATEGORIES:
        raise BadInput(_("This filter is not known: %(name)s", name="category"), field="category")
    fault = _moved(_shift) if request.method == "POST" else ""
    if request.method == "POST" and not fault:
        return redirect(url_for("project_tables.table", category=category, reason=_reason()))
    rules = list(db.session.scalars(stages.rules(home().id, category)))
    return render_template(
        "projects/stages.html",
        rules=rules,
        category=category,
        categories=CATEGORIES,
        crowds=stage_table.crowds(home().id, category),
        history=stage_table.history(rules),
        words=WORDS,
        fault=fault,
        reason=clean_text(request.values.get("reason"))[:300],
    ), 400 if fault else 200


def _reason() -> str:
    return clean_text(request.form.get("reason"))[:300]


def _moved(shift: Callable[[], Event | None]) -> str:
    """Move something one place, commit and say so; gives a sentence where that was refused for want of a reason."""
    try:
        event = shift()
    except BadInput as refused:
        if not refused.field:
            raise
        db.session.rollback()
        return str(refused.message)
    db.session.commit()
    flash(_("Saved.") if event else _("Nothing was changed."))
    return ""


def _pressed() -> tuple[int, int, bool]:
    """Read `id:version:way` of the pressed button: which row, as of which version, whether up. Raises BadInput."""
    *parts, way = request.form.get("move", "").split(":")
    numbers = whole_numbers(parts)
    if numbers is None or len(numbers) != 2 or way not in {"up", "down"}:
        raise BadInput()
    return numbers[0], numbers[1], way == "up"


def _shift() -> Event | None:
    rule_id, seen, up = _pressed()
    rule = one(within(current_user, StageRule).where(StageRule.id == rule_id))
    return stage_table.shift(current_user, rule, up=up, reason=_reason(), seen=seen)


@bp.route("/stages/<int:rule_id>", methods=["GET", "POST"])
def stage(rule_id: int) -> Any:
    """One stage: names, limits, in use or not, and what its gate asks for."""
    rule = one(within(current_user, StageRule).where(StageRule.id == rule_id))
    check(current_user, "stages.edit", rule)
    form, fault = StageForm(obj=rule), None
    if request.method == "POST" and form.validate():
        values = {n: form[n].data for n in ("name_zh", "name_en", "typical_days", "stall_days", "active")}
        try:
            said = _papers(rule)
            done = stage_table.change(
                current_user, rule, values, said, reason=form.reason.data or "", seen=seen_version()
            )
        except BadInput as refused:
            fault = _at_paper(form, refused)
        else:
            db.session.commit()
            flash(_("Saved.") if done else _("Nothing was changed."))
            return redirect(url_for("project_tables.table", category=rule.category))
    return _page(rule, form, fault), 400 if form.errors or fault else 200


@bp.post("/stages/<int:rule_id>/papers")
def papers(rule_id: int) -> Any:
    """Move a paper of a stage's gate one place up or down."""
    rule = one(within(current_user, StageRule).where(StageRule.id == rule_id))
    check(current_user, "stages.edit", rule)

    def shift() -> Event | None:
        paper_id, seen, up = _pressed()
        paper = one(within(current_user, GatePaper).where(GatePaper.id == paper_id, GatePaper.stage_rule_id == rule_id))
        return stage_table.shift_paper(current_user, paper, up=up, reason=_reason(), seen=seen)

    fault = _moved(shift)
    if fault:
        return _page(rule, StageForm(formdata=None, obj=rule), None, unmoved=fault), 400
    return redirect(url_for("project_tables.stage", rule_id=rule_id, reason=_reason(), _anchor="order"))


def _page(rule: StageRule, form: StageForm, fault: BadInput | None, unmoved: str = "") -> str:
    return render_template(
        "projects/stage.html",
        rule=rule,
        form=form,
        fault=fault,
        unmoved=unmoved,
        why=clean_text(request.args.get("reason"))[:300],
        words=WORDS,
        standing=stage_table.standing(rule),
        history=stage_table.history([rule]),
        typed=request.form,
    )


def _at_paper(form: StageForm, refused: BadInput) -> BadInput | None:
    """A refusal about a paper stands at that paper; others at their field."""
    if refused.field and refused.field.startswith("paper-"):
        db.session.rollback()
        return refused
    at_field(form, refused)
    return None


def _papers(rule: StageRule) -> list[Asked]:
    """The papers as the form has them, and a new one where its name was filled in."""
    found = [_asked(str(paper.id), paper.id) for paper in rule.papers if f"paper-{paper.id}-zh" in request.form]
    fresh = _asked("new", None)
    return [*found, fresh] if fresh.name_zh or fresh.name_en else found


def _asked(key: str, paper_id: int | None) -> Asked:
    said = request.form
    zh, en = clean_text(said.get(f"paper-{key}-zh")), clean_text(said.get(f"paper-{key}-en"))
    if len(zh) > 80 or len(en) > 120:
        raise BadInput(_("At most %(most)d characters.", most=80), field=f"paper-{key}-zh")
    on = paper_id is None or f"paper-{key}-active" in said
    return Asked(paper_id, zh, en, f"paper-{key}-required" in said, on)
