"""Admin pages: the timetable and how its jobs ran; letters and what became of them."""

from flask import Blueprint, current_app, flash, render_template, request
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from roadworks.base import slots
from roadworks.base.db import db
from roadworks.base.i18n import _
from roadworks.base.web import back_or, one, paged, seen_version
from roadworks.notifications import letter_queries, outbox
from roadworks.notifications.models import Letter
from roadworks.workflow.permissions import check

bp = Blueprint("dispatch", __name__, url_prefix="/admin")


@bp.get("/jobs")
def timetable() -> str:
    """What happens by itself: when, how the last run ended, and whether the clockwork lives."""
    check(current_user, "jobs.read")
    return render_template("notifications/timetable.html", rows=slots.standings(), pulse=slots.pulse())


@bp.get("/letters")
def letters() -> str:
    """The district's letters by what became of them; those that failed first of all."""
    check(current_user, "letters.read")
    state = request.args.get("state", "failed")
    statement = letter_queries.listed(current_user, state).options(joinedload(Letter.person))
    page = paged(statement, Letter.id, Letter.id, cursor=request.args.get("cursor"))
    counts = {name: count for name, count in db.session.execute(letter_queries.by_state(current_user))}
    return render_template(
        "notifications/sent.html",
        page=page,
        state=state,
        counts=counts,
        mailed=current_app.config["MAIL_SERVER"] is not None,
        may_resend=outbox.may_resend,
    )


@bp.post("/letters/<int:letter_id>/resend")
def resend(letter_id: int) -> Response:
    """Have a letter sent again."""
    letter = one(letter_queries.readable(current_user).where(Letter.id == letter_id))
    outbox.resend(current_user, letter, seen=seen_version())
    db.session.commit()
    flash(_("The letter will be sent again within a minute."))
    return back_or("dispatch.letters")
