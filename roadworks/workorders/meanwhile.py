"""What happened to an order while a phone was away: what does no harm to the step, and what it has done already."""

from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workflow.transitions import can
from roadworks.workorders.models import WorkOrder

# After these a step told by a phone still means what it meant.
HARMLESS = frozenset(
    {"order.accept", "order.start", "order.make_safe", "order.remark"}
    | {"order.ask_extension", "order.extend", "order.refuse_extension", "order.suspend", "order.resume"}
)
# In these states somebody else has done it: it is done, whoever did it.
ALREADY = {
    "order.accept": frozenset({"accepted", "working", "done"}),
    "order.start": frozenset({"working"}),
    "order.pass": frozenset({"closed"}),
}


def since(order: WorkOrder, seen: int) -> list[Event]:
    """What happened after version `seen`, oldest first: each step raises the version by one and leaves one event.

    That a step came by a rescue file is told beside it, and raises nothing.
    """
    behind = order.version - seen
    return _told(order)[-behind:] if behind > 0 else []


def _told(order: WorkOrder) -> list[Event]:
    return [event for event in audit.history(order) if event.verb != "rescue.bring_in"]


def last_by_others(person: Actor, order: WorkOrder, seen: int) -> Event:
    """What others did last since version `seen`; where it was nobody else, what was done last but for own remarks."""
    others = [event for event in since(order, seen) if event.actor_id != person.id]
    rest = [event for event in _told(order) if event.verb != "order.remark" or event.actor_id != person.id]
    return (others or rest)[-1]


def done_already(order: WorkOrder, verb: str) -> bool:
    """Whether what the phone tells has been done by somebody else meanwhile."""
    return order.state in ALREADY.get(verb, frozenset())


def fits(order: WorkOrder, verb: str, seen: int) -> bool:
    """Whether a step taken at version `seen` can be taken now without asking; a place made safe always is."""
    if not can(order, verb) or seen > order.version:
        return False
    return verb == "order.make_safe" or all(event.verb in HARMLESS for event in since(order, seen))


def was_theirs(person: Actor, order: WorkOrder) -> bool:
    """Whether the order was given to this person's crew before it went to another."""
    if person.crew_id is None or person.district_id != order.district_id:
        return False
    told = [event.changes.get("crew_id") for event in audit.history(order)]
    return any(change is not None and change[0] == person.crew_id for change in told)
