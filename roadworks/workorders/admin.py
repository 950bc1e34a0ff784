"""Admin pages: the table of deadlines with its history, and the holiday table."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from roadworks.accounts.models import District
from roadworks.base.calendar import CalendarDay, Unit, load
from roadworks.base.clock import today
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import fold, whole_number
from roadworks.base.refusals import WRITTEN
from roadworks.base.web import one, seen_version
from roadworks.defects.filters import read_day
from roadworks.workflow.permissions import check, within
from roadworks.workorders import deadlines, holidays
from roadworks.workorders.tables import DeadlineRule

WRITTEN.update(amount=_l("Limit"))
bp = Blueprint("tables", __name__, url_prefix="/admin")


@bp.get("/deadlines")
def rules() -> str:
    """The table of deadlines in force, and what it was before."""
    check(current_user, "deadlines.edit")
    statement = within(current_user, DeadlineRule).options(joinedload(DeadlineRule.set_by)).order_by(DeadlineRule.id)
    rows = list(db.session.scalars(statement))
    now = [row for row in rows if row.ended_at is None]
    past = sorted((row for row in rows if row.ended_at), key=lambda row: row.ended_at, reverse=True)
    return render_template("workorders/deadlines.html", rows=now, past=past)


@bp.route("/deadlines/<int:rule_id>", methods=["GET", "POST"])
def rule(rule_id: int) -> Any:
    """Change one deadline, with a reason."""
    row = one(within(current_user, DeadlineRule).where(DeadlineRule.id == rule_id))
    check(current_user, "deadlines.edit", row)
    fault = None
    if request.method == "POST":
        amount, unit = whole_number(fold(request.form.get("amount", "")), digits=3), request.form.get("unit", "")
        reason = clean_text(request.form.get("reason"))[:300]
        if amount is None or unit not in list(Unit) or not reason:
            fault = _("Give a whole number up to 999, a unit of time and a reason.")
        else:
            deadlines.change(current_user, row, amount=amount, unit=Unit(unit), reason=reason, seen=seen_version())
            db.session.commit()
            flash(_("Saved. Orders already issued keep their deadlines."))
            return redirect(url_for("tables.rules"))
    return render_template("workorders/deadline.html", row=row, fault=fault, typed=request.form), 400 if fault else 200


@bp.route("/calendar", methods=["GET", "POST"])
def days() -> Any:
    """Holidays and make-up workdays: the bureau's own table before the library's."""
    check(current_user, "calendar.edit")
    fault = None
    if request.method == "POST":
        fault = _save_day()
        if fault is None:
            flash(_("Saved."))
            return redirect(url_for("tables.days"))
    rows = list(db.session.scalars(select(CalendarDay).order_by(CalendarDay.day.desc())))
    year = today().year
    known = {y: load().knows(y) for y in (year, year + 1)}
    shared = (db.session.scalar(select(func.count()).select_from(District)) or 0) > 1
    told: dict[str, Any] = {"rows": rows, "known": known, "shared": shared, "fault": fault, "typed": request.form}
    return render_template("workorders/calendar.html", **told), 400 if fault else 200


def _save_day() -> str | None:
    """Set or clear one day; gives a sentence where it cannot."""
    try:
        day = read_day({"day": [request.form.get("day", "")]}, "day")
    except BadInput as error:
        return str(error.message)
    kind = request.form.get("kind", "")
    if not isinstance(day, date) or kind not in {"holiday", "workday", "clear"}:
        return _("Choose a day and what it is.")
    holidays.set_day(current_user, day, kind, clean_text(request.form.get("name"))[:60])
    db.session.commit()
    return None
