"""When a step was taken: what the phone tells where it can be true, our own clock where it cannot."""

from datetime import datetime, timedelta
from typing import Any

from roadworks.base import clock
from roadworks.base.clock import CLOCK_SLACK, LONGEST_QUEUE
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workorders.models import WorkOrder

AT_ONCE = timedelta(minutes=1)


def of_step(order: WorkOrder, verb: str, at: datetime | None) -> tuple[datetime, dict[str, Any]]:
    """The moment that counts for a step told to be of `at` (None: now), and what the trail says of it.

    True can be what is not before the order came there, not in the future, and not older than the longest queue; else
    our clock counts and the trail keeps what was claimed. The step before was taken up to a minute before it was
    received, where that is all that is known: then this one was taken when that one was received.
    """
    now = clock.now()
    if at is None or timedelta() <= now - at < AT_ONCE:
        return now, {}
    begins = _begins(order, verb)
    if begins - AT_ONCE <= at <= now + CLOCK_SLACK and now - at <= LONGEST_QUEUE:
        moment = min(max(at, begins), now)
        return moment, {"happened_at": moment}
    return now, {"claimed_at": at}


def _begins(order: WorkOrder, verb: str) -> datetime:
    """Before this moment the step cannot have been taken: the last change of state, for making safe the last issue."""
    changes = [event for event in audit.history(order) if event.before != event.after]
    if verb == "order.make_safe":
        changes = [event for event in changes if event.after == "issued"]
    return max((happened(event) for event in changes), default=order.issued_at)


def happened(event: Event) -> datetime:
    """When a step was taken, which may be before it was received."""
    told = event.facts.get("happened_at")
    return datetime.fromisoformat(told) if told else event.at


def true_age(at: datetime, sent_at: datetime | None) -> datetime:
    """The moment of `at` by our clock, when the phone's clock said `sent_at` just now: a wrong clock is wrong twice."""
    return at if sent_at is None else clock.now() - (sent_at - at)
