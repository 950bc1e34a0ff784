"""Letters read in the app: the list of one's own, one letter, and the whole mail as a file for a mail program.

The page shows the text part, which holds all facts. The HTML part carries its styles at its elements, which the
content security policy of our pages forbids for good reason; the file shows it where it belongs, in a mail program.
"""

from flask import Blueprint, Response, render_template, request
from flask_login import current_user
from sqlalchemy.orm import joinedload

from roadworks.base.headers import shut_in
from roadworks.base.web import one, paged
from roadworks.notifications import letter_queries, resending
from roadworks.notifications.mime import message
from roadworks.notifications.models import Letter
from roadworks.workflow import audit
from roadworks.workflow.permissions import check, may

bp = Blueprint("letters", __name__, url_prefix="/letters")


@bp.get("")
def letters() -> str:
    """The letters to the person who asks, newest first."""
    check(current_user, "reminder.read")
    page = paged(letter_queries.own(current_user), Letter.id, Letter.id, cursor=request.args.get("cursor"))
    return render_template("notifications/letters.html", page=page)


@bp.get("/<int:letter_id>")
def letter(letter_id: int) -> str:
    """One letter: its text, what became of it, and the button to send it again."""
    found = _load(letter_id)
    resend = may(current_user, "letter.resend", found) and resending.may_resend(found)
    looks_after = may(current_user, "letters.read")
    events = [*audit.history(found), *resending.acts_on(found)] if looks_after else []
    events.sort(key=lambda event: event.id)
    values = {"letter": found, "resend": resend, "looks_after": looks_after, "events": events}
    return render_template("notifications/letter.html", **values)


@bp.get("/<int:letter_id>.eml")
def file(letter_id: int) -> Response:
    """The whole mail, as a mail program opens it."""
    found = _load(letter_id)
    answer = Response(message(found).as_bytes(), mimetype="message/rfc822")
    answer.headers["Content-Disposition"] = f'attachment; filename="letter-{found.id}.eml"'
    return shut_in(answer)


def _load(letter_id: int) -> Letter:
    check(current_user, "reminder.read")
    statement = letter_queries.readable(current_user).options(joinedload(Letter.person))
    return one(statement.where(Letter.id == letter_id))
