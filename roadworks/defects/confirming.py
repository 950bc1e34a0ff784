"""What waits to be confirmed: several at once, and the next one after each."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, request, url_for
from flask_login import current_user
from sqlalchemy import func

from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound
from roadworks.base.i18n import _
from roadworks.base.quantities import whole_numbers
from roadworks.base.web import back_or, link
from roadworks.base.wording import joined
from roadworks.defects import judging
from roadworks.defects.models import Defect
from roadworks.defects.queries import severity_order
from roadworks.workflow.permissions import check, within
from roadworks.workflow.words import say

bp = Blueprint("confirming", __name__)
MOST = 100


@bp.post("/defects/confirm")
def confirm() -> Any:
    """Confirm what is ticked, or the one whose button was pressed; what moved meanwhile is told and left."""
    check(current_user, "defect.confirm")
    seen = _seen(request.form.getlist("only") or request.form.getlist("defect"))
    statement = within(current_user, Defect).where(Defect.id.in_(seen)).order_by(Defect.id)
    chosen = list(db.session.scalars(statement))
    if len(chosen) != len(seen):
        raise NotFound()
    done, moved = judging.confirm_all(current_user, chosen, seen=seen)
    db.session.commit()
    if done:
        flash(_("Confirmed: %(which)s", which=joined(defect.number for defect in done)))
    if moved:
        which = joined(f"{defect.number} ({say('defect', defect.state)})" for defect in moved)
        flash(_("Not confirmed, because they changed meanwhile. Look at them again: %(which)s", which=which))
    return back_or("defects.defects", state="filed")


def _seen(said: Sequence[str]) -> dict[int, int]:
    """Id → version of each row, as its box says them: `12-3`. Raises BadInput."""
    numbers = whole_numbers([part for pair in said[: MOST + 1] for part in pair.split("-", 1)])
    if not said or numbers is None or len(said) > MOST or len(numbers) != 2 * len(said):
        raise BadInput(_("Choose at least one defect."))
    return dict(zip(numbers[::2], numbers[1::2], strict=True))


def show_next() -> None:
    """Beside what was done with one: the way to the next that waits to be confirmed, the most urgent first."""
    waiting = within(current_user, Defect).where(Defect.state == "filed")
    rows = waiting.with_only_columns(Defect.id, func.count().over())
    found = db.session.execute(rows.order_by(severity_order(), Defect.found_at, Defect.id).limit(1)).first()
    if found is not None:
        word = _("Next to confirm (%(count)d)", count=found[1])
        flash(link(word, url_for("defects.defect", defect_id=found[0])))
