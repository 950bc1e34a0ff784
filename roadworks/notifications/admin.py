"""Admin pages: the timetable and how its jobs ran; letters and what became of them."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select, func
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from roadworks.base import slots
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _, ngettext
from roadworks.base.quantities import whole_number
from roadworks.base.web import back_or, one, paged, seen_version
from roadworks.notifications import letter_queries, resending
from roadworks.notifications.models import Letter
from roadworks.workflow.permissions import check

bp = Blueprint("dispatch", __name__, url_prefix="/admin")
FAULTS_SHOWN = 10


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
        again=db.session.scalar(_counted(resending.failed(current_user))) if state == "failed" else 0,
        acts=resending.acts(current_user),
        mailed=current_app.config["MAIL_SERVER"] is not None,
        may_resend=resending.may_resend,
    )


def _counted(statement: Select[Letter]) -> Select[Any]:
    return statement.with_only_columns(func.count(Letter.id))


@bp.route("/letters/resend", methods=["GET", "POST"])
def resend_all() -> str | Response:
    """Ask whether all failed letters shall be sent again, and have it done: as many as were shown, no younger ones."""
    check(current_user, "letter.resend_all")
    if request.method == "POST":
        count = resending.resend_all(current_user, upto=_upto())
        db.session.commit()
        words = ngettext(
            "%(num)d letter will be sent again within minutes.",
            "%(num)d letters will be sent again within minutes.",
            count,
        )
        flash(words if count else _("No failed letter was left to send again."))
        return redirect(url_for("dispatch.letters", state="queued" if count else "failed"))
    chosen = resending.failed(current_user)
    count, upto = db.session.execute(chosen.with_only_columns(func.count(Letter.id), func.max(Letter.id))).one()
    faults = chosen.with_only_columns(Letter.fault, func.count(Letter.id)).group_by(Letter.fault)
    whole = db.session.scalar(_counted(letter_queries.listed(current_user, "failed"))) or 0
    return render_template(
        "notifications/resend.html",
        count=count,
        upto=upto or 0,
        left=whole - count,
        faults=db.session.execute(faults.order_by(func.count(Letter.id).desc()).limit(FAULTS_SHOWN)).all(),
    )


def _upto() -> int:
    """The newest letter that the page counted; raises BadInput."""
    found = whole_number(request.form.get("upto"))
    if found is None:
        raise BadInput()
    return found


@bp.post("/letters/<int:letter_id>/resend")
def resend(letter_id: int) -> Response:
    """Have a letter sent again."""
    letter = one(letter_queries.readable(current_user).where(Letter.id == letter_id))
    resending.resend(current_user, letter, seen=seen_version())
    db.session.commit()
    flash(_("The letter will be sent again within a minute."))
    return back_or("dispatch.letters")
