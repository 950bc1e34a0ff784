"""Orders that only make safe: which defects they take, and where these go when the place is safe."""

from collections.abc import Callable, Sequence

from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.defects import actions as defects
from roadworks.defects.models import Defect
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workorders.models import WorkOrder

PURPOSES = ("repair", "make_safe")
ONLY_SAFE = _l("A defect that a project keeps can only be made safe.")
NOT_KEPT = _l("Only defects that a project keeps, or gave back, are made safe without being mended.")

# Whether the project of a defect still keeps it: the room of projects hangs its answer here.
KEEPS: list[Callable[[Defect], bool]] = []


def may_be_made_safe(defect: Defect) -> bool:
    """Whether an order that only makes safe may take it: a project keeps it, or gave it back as dangerous."""
    return defect.state == "covered" or (defect.state == "confirmed" and defect.project_id is not None)


def check_purpose(purpose: str, chosen: Sequence[Defect]) -> None:
    """Raise BadInput where the purpose is unknown, or not one for these defects."""
    if purpose not in PURPOSES:
        raise BadInput(field="purpose")
    if purpose == "repair" and any(defect.state == "covered" for defect in chosen):
        raise BadInput(ONLY_SAFE, field="purpose")
    if purpose == "make_safe" and any(
        defect.state == "confirmed" and not may_be_made_safe(defect) for defect in chosen
    ):
        raise BadInput(NOT_KEPT, field="purpose")


def hand_back(by: Actor, defect: Defect, *, cause: Event) -> Event:
    """It is safe now: back to its project where that still stands, else among the defects to be ordered."""
    if all(keeps(defect) for keeps in KEEPS):
        return defects.keep(by, defect, cause=cause)
    return defects.release(by, defect, cause=cause)


def free(by: Actor, defect: Defect, order: WorkOrder | None, *, cause: Event) -> Event:
    """Its order is called off: back to where it was before it."""
    if order is not None and order.purpose == "make_safe" and _came_from(defect) == "covered":
        return hand_back(by, defect, cause=cause)
    return defects.release(by, defect, cause=cause)


def _came_from(defect: Defect) -> str | None:
    """The state in which it was put on its order."""
    ordered = [event for event in audit.history(defect) if event.verb == "defect.order"]
    return ordered[-1].before if ordered else None
