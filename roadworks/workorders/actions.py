"""What can be done with a work order: issue, accept, make safe, finish, verify, hand back, suspend, void."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from roadworks.accounts.models import Crew
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.defects import actions as defects
from roadworks.defects import photos as pictures
from roadworks.defects.models import SEVERITIES, Defect, Photo
from roadworks.workflow import audit, undo
from roadworks.workflow.audit import Event
from roadworks.workflow.numbers import allocate
from roadworks.workflow.permissions import Actor, System, check, sees
from roadworks.workflow.transitions import STALE, WRONG, can, move
from roadworks.workorders import deadlines, gates, moments, safety, warranty  # noqa: F401  gates register a need
from roadworks.workorders.models import OrderLine, WorkOrder

NOTHING_CHOSEN = _l("Choose at least one confirmed defect.")
OTHER_CREW = _l("Choose a crew that is at work in this district.")
NOT_THE_SAME = _l("The order is with this crew already. Choose another.")
ONLY_ONCE = _l("An order can be suspended only once. Void it, or keep its defects for a project.")
A_LATER_DAY = _l("Choose a day after today, within one year.")
NOT_THIS_ORDER = _l("This line does not belong to the order.")


def issue(
    by: Actor,
    chosen: Sequence[Defect],
    *,
    crew: Crew,
    instruction: str = "",
    purpose: str = "repair",
    warranty_repair: bool = False,
    reconstructed: bool = False,
) -> WorkOrder:
    """Turn confirmed defects into one order to one crew and start its clocks.

    An order with the purpose make_safe takes only what a project keeps or gave back, and does not mend it; a warranty
    repair only what the crew mended itself and was found again within its warranty.
    Raises NotAllowed, BadInput, WrongStep (a defect is not confirmed, or somebody ordered it first).
    """
    check(by, "order.issue")
    if not chosen:
        raise BadInput(NOTHING_CHOSEN, field="defects")
    safety.check_purpose(purpose, chosen)
    district_id = chosen[0].district_id
    if any(not sees(by, defect) or defect.district_id != district_id for defect in chosen):
        raise NotFound()
    _check_crew(crew, district_id)
    if warranty_repair:
        warranty.check(chosen, crew, purpose)
    audit.lock(district_id)
    now = clock.now()
    order = WorkOrder(
        district_id=district_id,
        number=allocate(district_id, "GD", clock.local(now).date()),
        state="issued",
        crew_id=crew.id,
        leader_name=crew.leader_name or "",
        severity=min((defect.severity for defect in chosen), key=SEVERITIES.index),
        instruction=instruction,
        purpose=purpose,
        warranty_repair=warranty_repair,
        issued_at=now,
        issued_by_id=by.id,
        reconstructed=reconstructed,
        **deadlines.clocks(district_id, chosen, now),
    )
    db.session.add(order)
    db.session.flush()
    facts: dict[str, Any] = {
        "crew": crew.name_zh,
        "defects": [d.number for d in chosen],
        "warranty_repair": warranty_repair or None,
    }
    event = audit.record(by, "order.issue", order, after="issued", **facts)
    for defect in chosen:
        db.session.add(
            OrderLine(district_id=district_id, order_id=order.id, defect_id=defect.id, surface=defect.surface)
        )
        defects.order(by, defect, order_id=order.id, crew_id=crew.id, cause=event)
    return order


def _check_crew(crew: Crew, district_id: int) -> None:
    if crew.district_id != district_id or not crew.active:
        raise BadInput(OTHER_CREW, field="crew")


def accept(by: Actor, order: WorkOrder, *, seen: int, at: datetime | None = None) -> Event:
    """The crew takes the order. `at` is here and below the moment a phone tells, see moments.py."""
    seen = wake(order, seen)
    moment, told = moments.of_step(order, "order.accept", at)
    return move(order, "order.accept", by, seen=seen, changes={"accepted_at": moment}, **told)


def start(by: Actor, order: WorkOrder, *, seen: int, at: datetime | None = None) -> Event:
    """Work begins, or begins again after a failed verification."""
    seen = wake(order, seen)
    moment, told = moments.of_step(order, "order.start", at)
    return move(order, "order.start", by, seen=seen, changes={"started_at": order.started_at or moment}, **told)


def make_safe(
    by: Actor,
    order: WorkOrder,
    *,
    seen: int,
    photos: Sequence[Photo] = (),
    note: str = "",
    at: datetime | None = None,
) -> Event:
    """The danger is gone: fenced, signed, covered or filled for now. The first time told counts."""
    seen = wake(order, seen)
    check(by, "order.make_safe", order)
    moment, told = moments.of_step(order, "order.make_safe", at)
    if photos and order.live_lines:
        audit.lock(order.district_id)
        pictures.attach(by, order.live_lines[0].defect, photos, kind="safe", order_id=order.id)
    changes = {"made_safe_at": order.made_safe_at or moment, "made_safe_by_id": order.made_safe_by_id or by.id}
    return move(order, "order.make_safe", by, seen=seen, note=note or None, changes=changes, **told)


def check_now(order: WorkOrder, verb: str, seen: int) -> None:
    """Raise Stale or WrongStep before the parts of a step are written one by one."""
    audit.lock(order.district_id)
    if order.version != seen:
        raise Stale(STALE, thing=order)
    if not can(order, verb):
        raise WrongStep(WRONG, thing=order)


def measure(
    by: Actor, order: WorkOrder, line: OrderLine, *, m2: Decimal | None, m: Decimal | None, photos: Sequence[Photo]
) -> None:
    """Write what was measured on one line (m², m; 0 where only made safe) and hang its photos; part of finishing."""
    check(by, "order.finish", order)
    if line.order_id != order.id:
        raise BadInput(NOT_THIS_ORDER)
    audit.lock(order.district_id)
    safe_only = order.purpose == "make_safe"
    line.mended_m2, line.mended_m = (Decimal(0), None) if safe_only else (m2, m)
    pictures.attach(by, line.defect, photos, kind="safe" if safe_only else "after", order_id=order.id)


def finish(by: Actor, order: WorkOrder, *, seen: int, note: str = "", at: datetime | None = None) -> Event:
    """Report the work done; every defect has its measure and its photo after. Its defects are mended, to be verified.

    Raises NotAllowed, Stale, WrongStep, GateShut (naming what is missing).
    """
    measures = {line.defect.number: [line.surface, line.mended_m2, line.mended_m] for line in order.live_lines}
    moment, told = moments.of_step(order, "order.finish", at)
    changes = {"done_at": moment, "done_by_id": by.id}
    event = move(order, "order.finish", by, seen=seen, note=note or None, measures=measures, changes=changes, **told)
    for line in order.live_lines:
        if line.defect.state == "ordered":
            defects.mend(by, line.defect, cause=event)
    return event


def pass_(by: Actor, order: WorkOrder, *, seen: int, note: str = "", at: datetime | None = None) -> Event:
    """Somebody else than the doer finds the work good; its m² count from this moment, by our clock always.

    What was only made safe is not mended: its project keeps it.
    """
    changes = {"closed_at": clock.now(), "verified_by_id": by.id}
    told = moments.of_step(order, "order.pass", at)[1]
    event = move(order, "order.pass", by, seen=seen, note=note or None, changes=changes, **told)
    for line in order.live_lines:
        if line.defect.state == "mended" and order.purpose == "make_safe":
            safety.hand_back(by, line.defect, cause=event)
        elif line.defect.state == "mended":
            defects.close(by, line.defect, cause=event)
    return event


def fail(by: Actor, order: WorkOrder, *, seen: int, reason: str, at: datetime | None = None) -> Event:
    """Not good enough: back to the same crew, counted; each of its defects is mended and shown anew."""
    changes = {"rework_count": order.rework_count + 1, "rework_reason": reason, "failed_at": clock.now()}
    changes |= {"done_at": None, "done_by_id": None}
    told = moments.of_step(order, "order.fail", at)[1]
    event = move(order, "order.fail", by, seen=seen, reason=reason, changes=changes, **told)
    for line in order.live_lines:
        if line.defect.state == "mended":
            defects.give_back(by, line.defect, cause=event)
    return event


def hand_back(by: Actor, order: WorkOrder, *, seen: int, reason: str, at: datetime | None = None) -> Event:
    """The crew cannot do it; the reason goes on record and the count goes up."""
    seen = wake(order, seen)
    changes = {"hand_back_count": order.hand_back_count + 1, "hand_back_reason": reason}
    told = moments.of_step(order, "order.hand_back", at)[1]
    return move(order, "order.hand_back", by, seen=seen, reason=reason, changes=changes, **told)


def reissue(by: Actor, order: WorkOrder, *, seen: int, crew: Crew, instruction: str = "") -> Event:
    """Give a handed-back order to a crew again; its clocks go on from the first issue."""
    return _give_to(by, order, "order.reissue", seen=seen, crew=crew, instruction=instruction)


def reassign(by: Actor, order: WorkOrder, *, seen: int, crew: Crew, instruction: str = "") -> Event:
    """Give an order that nobody has accepted to another crew; its clocks go on. Raises BadInput for the same crew."""
    if crew.id == order.crew_id:
        raise BadInput(NOT_THE_SAME, field="crew")
    return _give_to(by, order, "order.reassign", seen=seen, crew=crew, instruction=instruction)


def _give_to(by: Actor, order: WorkOrder, verb: str, *, seen: int, crew: Crew, instruction: str) -> Event:
    _check_crew(crew, order.district_id)
    changes: dict[str, Any] = {"crew_id": crew.id, "leader_name": crew.leader_name or ""}
    changes |= {"accepted_at": None, "started_at": None, "instruction": instruction or order.instruction}
    event = move(order, verb, by, seen=seen, crew=crew.name_zh, changes=changes)
    for line in order.live_lines:
        if line.defect.crew_id != crew.id:
            defects.hand_over(by, line.defect, crew_id=crew.id, cause=event)
    return event


def suspend(by: Actor, order: WorkOrder, *, seen: int, until: date, reason: str) -> Event:
    """Stop both clocks until a day (08:00), with a reason; it resumes by itself. Once per order (domain.md §4.3.4)."""
    now = clock.now()
    if not clock.today() < until <= clock.today() + timedelta(days=365):
        raise BadInput(A_LATER_DAY, field="until")
    check(by, "order.suspend", order)
    if order.suspended_count:
        raise BadInput(ONLY_ONCE, field="until")
    ends = datetime.combine(until, time(8), clock.ZONE)
    left = deadlines.remaining(order, now)
    changes = {
        "suspended_at": now,
        "suspended_until": ends,
        "suspended_reason": reason,
        "suspended_from": order.state,
        "suspended_left": left,
        "suspended_count": 1,
        **deadlines.going_on(order, left, ends),
    }
    return move(order, "order.suspend", by, seen=seen, reason=reason, until=until, changes=changes)


def resume(by: Actor, order: WorkOrder, *, seen: int | None = None) -> Event:
    """Let the clocks go on, from now or from the day that was set, whichever is earlier."""
    moment = min(clock.now(), order.suspended_until or clock.now())
    changes = {"suspended_until": moment, **deadlines.going_on(order, order.suspended_left or {}, moment)}
    return move(order, "order.resume", by, seen=seen, to=order.suspended_from, changes=changes)


def wake(order: WorkOrder, seen: int) -> int:
    """Resume an order whose suspension is over, before anything else is done with it; gives the version to go on."""
    if order.state == "suspended" and order.suspended_until and order.suspended_until <= clock.now():
        fresh = order.version == seen
        resume(System(order.district_id), order)
        return order.version if fresh else seen
    return seen


def void(by: Actor, order: WorkOrder, *, seen: int, reason: str) -> Event:
    """Call the order off; its defects wait for another. The number is not used again."""
    lines = [line for line in order.live_lines if line.defect.state == "ordered"]
    event = move(order, "order.void", by, seen=seen, reason=reason)
    for line in lines:
        safety.free(by, line.defect, order, cause=event)
    return event


def take_back(by: Actor, order: WorkOrder, *, seen: int, reason: str) -> Event:
    """Take back the order's last step, with what it caused."""
    return undo.undo(order, by, reason, seen=seen)


def _settle_defect(defect: Defect, by: Actor, event: Event) -> None:
    """A defect that steps back into an order which has ended meanwhile is free for another."""
    if defect.state != "ordered" or (event.cause is not None and event.cause.thing_type == WorkOrder.__thing__):
        return
    order = db.session.get(WorkOrder, defect.order_id) if defect.order_id else None
    if order is None or order.state in {"done", "closed", "void"}:
        safety.free(by, defect, order, cause=event)


undo.SETTLE["defect"] = _settle_defect


def _follow(defect: Defect) -> None:
    """What is mended counts for the surface that the defect has, until the order is closed."""
    lines = select(OrderLine).join(OrderLine.order).where(OrderLine.defect_id == defect.id, WorkOrder.state != "closed")
    for line in db.session.scalars(lines):
        line.surface = defect.surface


defects.EDITED.append(_follow)
