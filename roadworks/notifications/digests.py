"""Pages of the weekly digests: mine, one as it was written, its mail as text, and the next one as a preview."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_login import current_user
from sqlalchemy import Select

from roadworks.base.errors import NotFound
from roadworks.base.web import one, paged
from roadworks.notifications import digest as digesting
from roadworks.notifications.digest_parts import blocks, titles
from roadworks.notifications.digest_readers import wants
from roadworks.notifications.digest_rows import Facts
from roadworks.notifications.models import Digest
from roadworks.notifications.weeks import read_week
from roadworks.workflow.permissions import check, within

bp = Blueprint("digests", __name__, url_prefix="/notifications/digests")


def _mine() -> Select[Any]:
    """The digests written for this person."""
    check(current_user, "digest.read")
    return within(current_user, Digest).where(Digest.person_id == current_user.id)


def _this(week: str) -> Digest:
    """My digest of a week; raises NotFound."""
    try:
        return one(_mine().where(Digest.week == str(read_week(week))))
    except ValueError as fault:
        raise NotFound() from fault


@bp.get("")
def digests() -> str:
    """My digests, the newest first."""
    page = paged(_mine(), Digest.week, Digest.id, cursor=request.args.get("cursor"))
    home = current_user.district
    due = digesting.next_week(home).due_at(home.digest_weekday, home.digest_hour)
    return render_template("notifications/digests.html", page=page, due=due, wanted=wants(current_user))


@bp.get("/preview")
def preview() -> str:
    """The next digest as it would read if it were written now; nothing is stored."""
    check(current_user, "digest.read")
    return _draw(digesting.facts_of(current_user, digesting.next_week(current_user.district)), preview=True)


@bp.get("/<week>")
def digest(week: str) -> str:
    """A digest as it was written, drawn from the facts kept with it."""
    return _draw(_this(week).facts)


@bp.get("/<week>/mail.txt")
def text(week: str) -> Response:
    """The text of the mail as it was written."""
    found = _this(week)
    return Response(f"{found.subject}\n\n{found.text}", mimetype="text/plain")


def _draw(facts: Facts, *, preview: bool = False) -> str:
    return render_template(
        "notifications/digest.html", facts=facts, parts=blocks(facts), titles=titles(facts), preview=preview
    )
