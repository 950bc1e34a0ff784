"""Orders on the phone: what it keeps of them, the page that opens without network, and the steps from its queue.

Contract 1, as in defects/sync.py. A step that does not fit any more is answered 409 with how the order stands now.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.contract import CONTRACT, PREFIX, body, refused
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict
from roadworks.base.i18n import _, label
from roadworks.defects import photos
from roadworks.workflow.permissions import check
from roadworks.workflow.transitions import ORDER_STATES, open_steps
from roadworks.workflow.usual import reworded
from roadworks.workflow.words import VERBS, say
from roadworks.workorders import arrivals, kept, meanwhile, queries, rescue_steps, sending, slips, steps
from roadworks.workorders.models import SentStep, WorkOrder

bp = Blueprint("order_sync", __name__)
KINDS = (rescue_steps,)  # what it adds to the kinds of records in rescue files is there once it is loaded


@bp.get("/street/orders")
def shell() -> str:
    """My orders with nobody's name or token on it, kept on the phone and drawn there."""
    check(current_user, "defect.file")
    return render_template("workorders/shell.html", as_shell=True, buttons=VERBS, times=slips.TIMES)


@bp.get(f"{PREFIX}/orders")
def orders() -> Any:
    """What the phone keeps of orders to work alone; unchanged is a 304."""
    check(current_user, "order.read")
    rows = db.session.scalars(kept.orders_for(current_user)).unique()
    found = [kept.order_facts(current_user, row) for row in rows]
    words = {state: say("order", state) for state in ORDER_STATES}
    response = jsonify(contract=CONTRACT, person=current_user.id, orders=found, leads_to=kept.leads_to(), words=words)
    response.add_etag()
    # Not in the body, which is the same while nothing changes: by it the phone's clock is set right.
    response.headers["X-Now"] = clock.now().isoformat()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@bp.post(f"{PREFIX}/steps")
def step() -> tuple[Response, int]:
    """Take a step; 201 the first time, 200 again, 422 with faults or photos still missing, 409 where it is too late."""
    check(current_user, "order.read")
    said = body()
    arrival = arrivals.read(said, said.get("photos", []), sent_at=request.headers.get("X-Sent-At", ""))
    sending.lock(current_user)
    known = sending.before(current_user, arrival)
    if known is not None:
        return jsonify(_receipt(known)), 200
    order = sending.order_of(current_user, arrival.order_id)
    shown = photos.by_hash(current_user, arrival.hashes, "")
    missing = [sha for sha in arrival.hashes if sha not in shown]
    if missing:
        return jsonify(missing=missing), 422
    return _take(order, arrival, shown)


def _take(order: WorkOrder, arrival: arrivals.Arrival, shown: Any) -> tuple[Response, int]:
    try:
        sent = sending.take(current_user, order, arrival, shown)
    except BadInput as fault:
        db.session.rollback()
        return refused(fault, **_as_it_stands(arrival))
    except Conflict as fault:
        db.session.rollback()
        error = {"code": 409, "message": str(fault.message)}
        lacking = fault.facts.get("missing", [])
        return jsonify(error=error, missing_facts=lacking, **_as_it_stands(arrival)), 409
    receipt = _receipt(sent)
    db.session.commit()
    return jsonify(receipt), 201


def _receipt(sent: SentStep) -> dict[str, Any]:
    """What makes the step safe to clear on the phone; the same each time it is asked."""
    words = {
        "taken": VERBS[sent.verb][1],
        "already": _("Somebody had done this already; nothing was left to do."),
        "kept": _("Kept on the order as a remark."),
    }
    mine = queries.within_reach(current_user, sent.order)
    return {
        "number": sent.order.number,
        "url": url_for("orders.order", order_id=sent.order_id) if mine else url_for("orders.orders"),
        "photos": sent.photos,
        "outcome": sent.outcome,
        "told": str(words[sent.outcome]),
        "received_at": sent.received_at.isoformat(),
    }


def _as_it_stands(arrival: arrivals.Arrival) -> dict[str, Any]:
    """How the order stands now, who brought it there, and what can still be done with what was sent."""
    order = sending.order_of(current_user, arrival.order_id)
    mine = queries.within_reach(current_user, order)
    still = [verb for verb in open_steps(order, current_user) if verb in steps.AT_THE_PLACE] if mine else []
    last = meanwhile.last_by_others(current_user, order, sending.seen_by(current_user, arrival))
    return {
        "now": {
            "number": order.number,
            "state": order.state,
            "word": say("order", order.state),
            "until": kept.suspended_until(order),
            "version": order.version,
            "crew": label(order.crew),
        },
        "changed": {
            "by": last.actor_name,
            "did": str(VERBS[last.verb][1]),
            "at": last.at.isoformat(),
            "reason": reworded(last.facts.get("reason") or last.facts.get("note")),
        },
        "open": still,
        "again": arrival.verb in still,
    }
