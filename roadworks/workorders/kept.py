"""What a phone keeps of orders to work without network: a crew's own, or those that its person may verify."""

from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import Select

from roadworks.base.i18n import label, show_m2
from roadworks.workflow.permissions import Actor, may
from roadworks.workflow.transitions import ORDER_ON_THE_ROAD, STEPS, open_steps
from roadworks.workflow.usual import reworded
from roadworks.workflow.words import say
from roadworks.workorders import queries, slips
from roadworks.workorders.gates import new_proofs, to_make_safe
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.steps import AT_THE_PLACE

MOST_ORDERS = 40
MOST_PHOTOS = 2


def orders_for(person: Actor) -> Select[WorkOrder]:
    """The orders that matter on this person's phone, by deadline."""
    verifies = may(person, "order.pass")
    states = ("done",) if verifies else ORDER_ON_THE_ROAD
    statement = queries.readable(person).where(WorkOrder.state.in_(states)).options(*queries.whole())
    return statement.order_by(*queries.by_deadline()).limit(MOST_ORDERS)


def order_facts(person: Actor, order: WorkOrder) -> dict[str, Any]:
    """One order as the phone keeps it: moments in ISO form, words in the person's language."""
    return {
        "id": order.id,
        "number": order.number,
        "url": url_for("orders.order", order_id=order.id),
        "version": order.version,
        "state": order.state,
        "word": say("order", order.state),
        "severity": order.severity,
        "severity_word": say("severity", order.severity),
        "purpose": order.purpose,
        "crew_id": order.crew_id,
        "crew": label(order.crew),
        "instruction": order.instruction,
        "rework": reworded(order.rework_reason) if order.state in {"rework", "working"} else None,
        "safe_due": _iso(order.make_safe_due_at),
        "made_safe": _iso(order.made_safe_at),
        "due": _iso(order.repair_due_at),
        "done": _iso(order.done_at),
        "suspended_until": suspended_until(order),
        "open": [verb for verb in open_steps(order, person) if verb in AT_THE_PLACE and _offered(order, verb)],
        "then": open_then(person, order),
        "lines": [line_facts(line) for line in order.live_lines],
    }


def suspended_until(order: WorkOrder) -> str | None:
    """When the suspension of an order ends, in ISO form; None where it is not suspended."""
    return _iso(order.suspended_until) if order.state == "suspended" else None


def open_then(person: Actor, order: WorkOrder) -> dict[str, list[str]]:
    """State → what this person could do there: the phone goes on from its own steps before they are sent."""
    mine = [verb for verb in AT_THE_PLACE if may(person, verb, order) and _offered(order, verb)]
    states = {state for verb in mine for state in STEPS[verb].of}
    return {state: [verb for verb in mine if state in STEPS[verb].of] for state in sorted(states)}


def _offered(order: WorkOrder, verb: str) -> bool:
    """As on the crew's list: making safe is offered where the order asks for it."""
    return verb != "order.make_safe" or to_make_safe(order)


def leads_to() -> dict[str, str | None]:
    """Step → the state it leads to; None where the state stays."""
    return {verb: STEPS[verb].to for verb in AT_THE_PLACE}


def line_facts(line: OrderLine) -> dict[str, Any]:
    """One defect of an order as the phone keeps it."""
    defect = line.defect
    where = [label(defect.section) if defect.section else "", defect.place]
    before = [p for p in defect.photos if p.kind == "before"]
    return {
        "id": line.id,
        "number": defect.number,
        "url": url_for("defects.defect", defect_id=defect.id),
        "type": label(defect.type),
        "place": " ".join(word for word in where if word),
        "lon": defect.lon,
        "lat": defect.lat,
        "surface": say("surface", line.surface),
        "area": show_m2(defect.area_m2),
        "filed": str(defect.area_m2 or 0),
        "slip": slips.told(line),
        "measured": show_m2(line.mended_m2) if line.mended_m2 is not None else None,
        "ancillary": line.surface == "ancillary",
        "metres": line.surface == "ancillary" or defect.type.counting == "length_x_0.2",
        "proved": bool(new_proofs(line)),
        "photos": [
            {"id": p.id, "kind": say("photo", p.kind), "url": url_for("defects.photo", photo_id=p.id, size="thumb")}
            for p in [*before[:MOST_PHOTOS], *line.proof_photos[-MOST_PHOTOS:]]
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
