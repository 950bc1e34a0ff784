"""Steps on orders in rescue files: taken as the doer's own; what came too late is kept on the order as a remark."""

from collections.abc import Sequence
from dataclasses import replace

from flask import url_for

from roadworks.accounts.models import Person
from roadworks.base.errors import Conflict, Refusal
from roadworks.base.i18n import _l
from roadworks.defects import rescue_photos as photos
from roadworks.defects.rescue import KINDS, Kind, Verdict, bring_first
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workflow.transitions import can
from roadworks.workorders import arrivals, meanwhile, queries, sending
from roadworks.workorders.gates import new_proofs
from roadworks.workorders.models import SentStep, WorkOrder

NOT_THERE = _l("Its order is not one of this person's.")
BEHIND = _l("The step before it on the same order is not here. Brought in now, it may become a remark only.")
UNPROVED = _l("A defect then has no photo after the work: the report becomes a remark on the order.")
WITH_IT = _l("It goes only with the step before it on the same order.")


def _read(record: Record) -> arrivals.Arrival:
    return arrivals.read({**record.fields, "client_id": record.id}, list(record.photos))


def judge(finder: Person, record: Record, rescue: Rescue) -> Verdict:
    """New, or there already; held where it lacks a photo, refused where it makes no sense or is not theirs."""
    lost = photos.lost(finder, record, rescue)
    try:
        arrival = _read(record)
        sent = _before(finder, arrival, lost)
        order = sending.order_of(finder, arrival.order_id)
    except Refusal as refusal:
        return Verdict("refused", finder.name, why=(str(refusal.message or NOT_THERE),))
    if sent is not None:
        return Verdict("there", finder.name, order.number, order.id)
    found = _in_turn(finder, arrival, rescue, Verdict("new", finder.name, order.number, order.id))
    if not lost:
        return found
    unproved = () if _proved(order, _without(arrival, lost)) else (str(UNPROVED),)
    return replace(found, word="held", why=(*photos.in_doubt(lost), *unproved, *found.why))


def _before(finder: Person, arrival: arrivals.Arrival, lost: Sequence[str]) -> SentStep | None:
    """What it did when it came before, with all its photos or without the lost ones. Raises NotFound, Conflict."""
    try:
        return sending.before(finder, arrival)
    except Conflict:
        return sending.before(finder, _without(arrival, lost))


def _without(arrival: arrivals.Arrival, lost: Sequence[str]) -> arrivals.Arrival:
    """The same without the photos that are lost, as the phone tells it once its person has left them out."""
    fields = {
        name: " ".join(sha for sha in value.split(" ") if sha not in lost) if name.startswith("photos-") else value
        for name, value in arrival.fields.items()
    }
    return replace(arrival, fields=fields, hashes=[sha for sha in arrival.hashes if sha not in lost])


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
    lost = photos.lost(finder, record, rescue)
    arrival, shown = _without(_read(record), lost), photos.kept(finder, record, rescue)
    sending.lock(finder)
    order = sending.order_of(finder, arrival.order_id)
    if not _still(finder, order, arrival) or (lost and not _proved(order, arrival)):
        arrival = replace(arrival, as_remark=True)
    sending.take(finder, order, arrival, shown)
    return Verdict("filed", finder.name, order.number, order.id, thing=order, lacking=lost)


def _proved(order: WorkOrder, arrival: arrivals.Arrival) -> bool:
    """Whether every defect of work that is reported done has a photo: without one it is no finish."""
    if arrival.verb != "order.finish":
        return True
    return all(new_proofs(line) or arrival.fields.get(f"photos-{line.id}") for line in order.live_lines)


def _still(finder: Person, order: WorkOrder, arrival: arrivals.Arrival) -> bool:
    """Whether the step can be taken as it was made."""
    if not queries.within_reach(finder, order):
        return False
    if meanwhile.done_already(order, arrival.verb):
        return True
    return can(order, arrival.verb) and meanwhile.fits(order, arrival.verb, sending.seen_by(finder, arrival))


KINDS["step"] = Kind(judge, take, lambda order_id: url_for("orders.order", order_id=order_id), photos.prepare)
