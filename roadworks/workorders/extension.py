"""Extending an order 延期: asked for by the crew, granted or refused by a supervisor (domain.md §4.3.3)."""

from datetime import datetime

from roadworks.base import calendar, clock
from roadworks.base.calendar import Unit
from roadworks.base.errors import WrongStep
from roadworks.base.i18n import _l
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import can, move
from roadworks.workorders.actions import wake
from roadworks.workorders.models import WorkOrder

MOST = 2
TWICE = _l("This order was extended twice; a third time is not possible.")
TOO_LATE = _l("The deadline is past: an overdue order is not extended.")
SAME_DAY = _l("It must be mended the same day; that limit is not extended.")
NOT_ASKED = _l("The crew has not asked for an extension.")
ASKED = _l("An extension was asked for already and waits for a decision.")
NOTHING_ASKED = {"extension_asked_at": None, "extension_asked_by_id": None, "extension_reason": None}


def fault(order: WorkOrder) -> str | None:
    """Why the order cannot be extended now, in words; None where it can."""
    if order.extension_count >= MOST:
        return str(TWICE)
    if clock.now() > order.repair_due_at:
        return str(TOO_LATE)
    return str(SAME_DAY) if not order.basis["repair"]["amount"] else None


def extended(order: WorkOrder) -> datetime:
    """The deadline with one original limit added to the present one."""
    limit = order.basis["repair"]
    return calendar.load().add(order.repair_due_at, int(limit["amount"]), Unit(limit["unit"]))


def may_ask(person: Actor, order: WorkOrder) -> bool:
    """Whether this person could ask now: for the choice on a page."""
    from_crew = person.crew_id is not None and person.crew_id == order.crew_id
    return from_crew and can(order, "order.ask_extension") and not order.extension_asked_at and fault(order) is None


def ask(by: Actor, order: WorkOrder, *, seen: int, reason: str) -> Event:
    """The crew says why it needs more time; raises NotAllowed, Stale, WrongStep, GateShut (no reason)."""
    seen = wake(order, seen)
    check(by, "order.ask_extension", order)
    _check(order)
    if order.extension_asked_at is not None:
        raise WrongStep(ASKED, thing=order)
    changes = {"extension_asked_at": clock.now(), "extension_asked_by_id": by.id, "extension_reason": reason}
    return move(order, "order.ask_extension", by, seen=seen, reason=reason, changes=changes)


def extend(by: Actor, order: WorkOrder, *, seen: int) -> Event:
    """Add one original limit to the present deadline; raises NotAllowed, Stale, WrongStep."""
    seen = wake(order, seen)
    check(by, "order.extend", order)
    _check_asked(order)
    _check(order)
    changes = {"repair_due_at": extended(order), "extension_count": order.extension_count + 1, **NOTHING_ASKED}
    return move(order, "order.extend", by, seen=seen, asked=order.extension_reason, changes=changes)


def refuse(by: Actor, order: WorkOrder, *, seen: int, reason: str) -> Event:
    """Say no, with a reason; it uses up no turn. Raises NotAllowed, Stale, WrongStep, GateShut."""
    seen = wake(order, seen)
    check(by, "order.refuse_extension", order)
    _check_asked(order)
    return move(order, "order.refuse_extension", by, seen=seen, reason=reason, changes=dict(NOTHING_ASKED))


def _check(order: WorkOrder) -> None:
    audit.lock(order.district_id)
    wrong = fault(order)
    if wrong is not None:
        raise WrongStep(wrong, thing=order)


def _check_asked(order: WorkOrder) -> None:
    if order.extension_asked_at is None:
        raise WrongStep(NOT_ASKED, thing=order)
