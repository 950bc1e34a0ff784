"""Admin pages: the timetable and how its jobs ran; letters and what became of them."""

from flask import Blueprint, render_template
from flask_login import current_user

from roadworks.base import slots
from roadworks.workflow.permissions import check

bp = Blueprint("dispatch", __name__, url_prefix="/admin")


@bp.get("/jobs")
def timetable() -> str:
    """What happens by itself: when, how the last run ended, and whether the clockwork lives."""
    check(current_user, "jobs.read")
    return render_template("notifications/timetable.html", rows=slots.standings(), pulse=slots.pulse())
