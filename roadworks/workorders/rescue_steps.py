"""Steps on orders in rescue files: taken as the doer's own; what came too late is kept on the order as a remark."""

import io
from dataclasses import replace

from flask import url_for

from roadworks.accounts.models import Person
from roadworks.base.errors import Refusal
from roadworks.base.i18n import _l
from roadworks.base.imaging import read_photo
from roadworks.defects import photos
from roadworks.defects.rescue import GONE, KINDS, Kind, Verdict, bring_first
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workflow.transitions import can
from roadworks.workorders import arrivals, meanwhile, queries, sending
from roadworks.workorders.models import WorkOrder

NOT_THERE = _l("Its order is not one of this person's.")
BEHIND = _l("The step before it on the same order is not here. Brought in now, it may become a remark only.")
WITH_IT = _l("It goes only with the step before it on the same order.")


def _read(record: Record) -> arrivals.Arrival:
    return arrivals.read({**record.fields, "client_id": record.id}, list(record.photos))


def judge(finder: Person, record: Record, rescue: Rescue) -> Verdict:
    """New, or there already; refused where it makes no sense, is not theirs, or lacks a photo."""
    try:
        arrival = _read(record)
        sent = sending.before(finder, arrival)
        order = sending.order_of(finder, arrival.order_id)
    except Refusal as refusal:
        return Verdict("refused", finder.name, why=(str(refusal.message or NOT_THERE),))
    if sent is not None:
        return Verdict("there", finder.name, order.number, order.id)
    held = photos.by_hash(finder, record.photos, "")
    lost = [sha for sha in record.photos if sha not in held and not rescue.holds(sha)]
    why = tuple(str(GONE) % {"sha": sha[:8]} for sha in lost)
    if lost:
        return Verdict("refused", finder.name, order.number, order.id, why=why)
    return _in_turn(finder, arrival, rescue, Verdict("new", finder.name, order.number, order.id))


def _in_turn(finder: Person, arrival: arrivals.Arrival, rescue: Rescue, found: Verdict) -> Verdict:
    """Held where the step before it is not on the server, nor comes with it: done out of turn it would be no step."""
    before = rescue.said.get(arrival.after)
    if not arrival.after or before in ("new", "filed") or sending.came(finder, arrival.after):
        return found
    if before == "held":
        return replace(found, word="held", why=(str(WITH_IT),), behind=True)
    return replace(found, word="held", why=(str(BEHIND), *bring_first(rescue)))


def take(_by: Actor, finder: Person, record: Record, rescue: Rescue, _cause: Event) -> Verdict:
    """Take the step, or keep it as a remark where the order has moved on: nobody of the crew is there to be asked."""
    arrival = _read(record)
    shown = photos.by_hash(finder, arrival.hashes, "")
    lacking = [sha for sha in arrival.hashes if sha not in shown]
    shown |= {sha: photos.keep(finder, read_photo(io.BytesIO(rescue.photo(sha) or b""))) for sha in lacking}
    sending.lock(finder)
    order = sending.order_of(finder, arrival.order_id)
    if not _still(finder, order, arrival):
        arrival = replace(arrival, as_remark=True)
    sending.take(finder, order, arrival, shown)
    return Verdict("filed", finder.name, order.number, order.id, thing=order)


def _still(finder: Person, order: WorkOrder, arrival: arrivals.Arrival) -> bool:
    """Whether the step can be taken as it was made."""
    if not queries.within_reach(finder, order):
        return False
    if meanwhile.done_already(order, arrival.verb):
        return True
    return can(order, arrival.verb) and meanwhile.fits(order, arrival.verb, sending.seen_by(finder, arrival))


KINDS["step"] = Kind(judge, take, lambda order_id: url_for("orders.order", order_id=order_id))
