"""Admin pages: the table of what counts as stalled and who is told, with its history."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from roadworks.base.calendar import Unit
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _
from roadworks.base.quantities import fold, whole_number
from roadworks.base.web import one, seen_version
from roadworks.notifications import rules as actions
from roadworks.notifications.models import ReminderRule
from roadworks.notifications.rules import ADDRESSEES, CODES, MOST_LEVELS, Level, levels_of
from roadworks.workflow.permissions import check, within

bp = Blueprint("reminder_rules", __name__, url_prefix="/admin")


@bp.get("/reminders")
def rules() -> str:
    """The rules in force, and what they were before."""
    check(current_user, "reminders.edit")
    statement = within(current_user, ReminderRule).options(joinedload(ReminderRule.set_by)).order_by(ReminderRule.id)
    rows = list(db.session.scalars(statement))
    now = sorted((row for row in rows if row.ended_at is None), key=lambda row: (row.district_id, _place(row.code)))
    past = sorted((row for row in rows if row.ended_at), key=lambda row: row.ended_at, reverse=True)
    return render_template("notifications/rules.html", rows=now, past=past, levels_of=levels_of)


def _place(code: str) -> int:
    return CODES.index(code) if code in CODES else len(CODES)


@bp.route("/reminders/<int:rule_id>", methods=["GET", "POST"])
def rule(rule_id: int) -> Any:
    """Change one rule, with a reason: limit, levels, whether it is on."""
    row = one(within(current_user, ReminderRule).where(ReminderRule.id == rule_id))
    check(current_user, "reminders.edit", row)
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            return _save(row)
        except BadInput as error:
            db.session.rollback()
            fault = error
    typed = _typed() if fault else _stored(row)
    page = render_template("notifications/rule.html", row=row, fault=fault, typed=typed, addressees=ADDRESSEES)
    return page, 400 if fault else 200


def _save(row: ReminderRule) -> Response:
    actions.change(
        current_user,
        row,
        amount=_whole("amount", "amount") if row.code != "stage" else row.amount,
        unit=_unit("unit", "amount") if row.code != "stage" else Unit(row.unit),
        levels=_levels(),
        urgent="urgent" in request.form,
        active="active" in request.form,
        reason=clean_text(request.form.get("reason", ""))[:300],
        seen=seen_version(),
    )
    db.session.commit()
    flash(_("Saved. Reminders already raised stay."))
    return redirect(url_for("reminder_rules.rules"))


def _whole(name: str, field: str) -> int:
    found = whole_number(fold(request.form.get(name, "")[:10]), digits=3)
    if found is None:
        raise BadInput(actions.BAD_LIMIT, field=field)
    return found


def _unit(name: str, field: str) -> Unit:
    word = request.form.get(name, "")
    if word not in list(Unit):
        raise BadInput(actions.BAD_LIMIT, field=field)
    return Unit(word)


def _levels() -> list[Level]:
    """The levels that name somebody, in their order; a gap between them closes."""
    found = []
    for number in range(1, MOST_LEVELS + 1):
        to = tuple(word for word in request.form.getlist(f"to-{number}") if word in ADDRESSEES)
        if to:
            found.append(Level(to, _whole(f"after-{number}", "levels"), _unit(f"unit-{number}", "levels")))
    return found


def _stored(row: ReminderRule) -> dict[str, Any]:
    levels = [level.as_data() for level in levels_of(row)]
    return {
        "amount": row.amount,
        "unit": row.unit,
        "urgent": row.urgent,
        "active": row.active,
        "levels": _filled(levels),
    }


def _typed() -> dict[str, Any]:
    levels = [
        {
            "to": request.form.getlist(f"to-{number}"),
            "after": request.form.get(f"after-{number}", "")[:10],
            "unit": request.form.get(f"unit-{number}", ""),
        }
        for number in range(1, MOST_LEVELS + 1)
    ]
    said: dict[str, Any] = {name: request.form.get(name, "")[:300] for name in ("amount", "unit", "reason")}
    return said | {"urgent": "urgent" in request.form, "active": "active" in request.form, "levels": levels}


def _filled(levels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    empty = {"to": [], "after": 0, "unit": Unit.WORK_DAY.value}
    return [*levels, *[empty] * (MOST_LEVELS - len(levels))]
