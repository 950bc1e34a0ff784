"""The wall 挂图 for a monitor and for A3, and its months."""

import re
from datetime import date

from flask import Blueprint, render_template, request
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _
from roadworks.network.views import home
from roadworks.projects import months
from roadworks.workflow.permissions import check

bp = Blueprint("wall", __name__)
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


def _month() -> date:
    """The month asked for, this one by default; raises BadInput."""
    today = months.first_of(clock.today())
    said = request.args.get("month", "")
    if not said:
        return today
    match = MONTH.fullmatch(said)
    if match is None or not 1990 <= int(match.group(1)) <= 2200 or (found := date.fromisoformat(f"{said}-01")) > today:
        raise BadInput(_("Write a month that has begun, like 2018-06."), field="month")
    return found


@bp.get("/projects/wall")
def wall() -> str:
    """The wall of this month, or of one that was closed, unchanged since."""
    check(current_user, "project.read")
    district, month, today = home(), _month(), months.first_of(clock.today())
    kept = months.closed_month(district.id, month) if month < today else None
    around = [*months.closed_months(district.id), today]
    return render_template(
        "projects/wall.html",
        rows=kept.rows if kept else months.live_rows(district.id) if month == today else [],
        month=month,
        live=month == today,
        kept=kept,
        earlier=max((m for m in around if m < month), default=None),
        later=min((m for m in around if m > month), default=None),
        district=district,
        now=clock.now(),
        day_of=date.fromisoformat,
    )
