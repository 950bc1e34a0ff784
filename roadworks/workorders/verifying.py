"""After a verification: the way to the next order that waits for one."""

from flask import flash, url_for
from flask_login import current_user

from roadworks.base.db import db
from roadworks.base.i18n import _
from roadworks.base.web import link
from roadworks.workflow.permissions import may
from roadworks.workorders import queries
from roadworks.workorders.models import WorkOrder


def show_next() -> None:
    """Tell how many orders this person may still verify, with the way to the first of them."""
    done = queries.readable(current_user).where(WorkOrder.state == "done").order_by(*queries.by_deadline())
    waiting = [order for order in db.session.scalars(done) if may(current_user, "order.pass", order)]
    if waiting:
        word = _("Next to verify (%(count)d)", count=len(waiting))
        flash(link(word, url_for("orders.order", order_id=waiting[0].id)))
