"""What can be done with a defect once it is filed: correct, judge, forward, and the steps that work orders cause."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from roadworks.base import calendar, clock
from roadworks.base.errors import BadInput, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.defects import repeats
from roadworks.defects.filing import words_of
from roadworks.defects.models import SEVERITIES, Defect
from roadworks.workflow import audit, undo
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check, sees
from roadworks.workflow.transitions import STALE, STEPS, WRONG, move, write

ITSELF = _l("A defect cannot be a duplicate of itself.")
IN_A_CIRCLE = _l("That one is already recorded as a duplicate of this one.")
NOT_AN_ORIGINAL = _l("The original must be a defect of this district that was not rejected.")
EDITABLE = frozenset(
    {"section_id", "road_id", "lon", "lat", "accuracy_m", "position_source", "side", "place", "chainage_m", "surface"}
    | {"type_code", "severity", "length_m", "width_m", "depth_mm", "count", "area_m2", "note"}
)

# Later rooms follow what was corrected: called with each defect that was.
EDITED: list[Callable[[Defect], None]] = []


def edit(by: Actor, defect: Defect, values: Mapping[str, Any], *, seen: int) -> Event | None:
    """Correct what was recorded, with the difference in the trail; gives None where nothing changed.

    Raises NotAllowed, Stale, WrongStep.
    """
    check(by, "defect.edit", defect)
    if not set(values) <= EDITABLE:
        raise BadInput()
    audit.lock(defect.district_id)
    if seen != defect.version:
        raise Stale(STALE, thing=defect)
    if defect.state not in STEPS["defect.edit"].of:
        raise WrongStep(WRONG, thing=defect)
    told = write(defect, dict(values))
    if not told:
        return None
    defect.words = words_of(defect)
    told |= repeats.corrected(by, defect, told)
    for follow in EDITED:
        follow(defect)
    return audit.record(by, "defect.edit", defect, before=defect.state, after=defect.state, changes=told)


def confirm(by: Actor, defect: Defect, *, seen: int, severity: str | None = None) -> Event:
    """A supervisor takes the defect as real, and may set its severity."""
    if severity is not None and severity not in SEVERITIES:
        raise BadInput(field="severity")
    return move(defect, "defect.confirm", by, seen=seen, changes={"severity": severity or defect.severity})


def reject(by: Actor, defect: Defect, *, seen: int, reason: str) -> Event:
    """It is not a defect, or not one to mend; the reason goes on record. Its duplicates close with it."""
    changes = {"reject_reason": reason, "order_id": None}
    event = move(defect, "defect.reject", by, seen=seen, reason=reason, changes=changes)
    _close_duplicates(by, defect, event)
    return event


def merge(by: Actor, defect: Defect, original: Defect, *, seen: int) -> Event:
    """Mark as a duplicate of `original` (of its own original, where that is one itself); closed with it."""
    root = _root(by, defect, original)
    event = move(
        defect,
        "defect.merge",
        by,
        seen=seen,
        original=root.number,
        changes={"duplicate_of_id": root.id, "order_id": None},
    )
    if root.state == "closed":
        close(by, defect, cause=event)
    return event


def _root(by: Actor, defect: Defect, original: Defect) -> Defect:
    if original.id == defect.id:
        raise BadInput(ITSELF, field="original")
    root = original
    while root.duplicate_of is not None:
        root = root.duplicate_of
    if root.id == defect.id:
        raise BadInput(IN_A_CIRCLE, field="original")
    if root.state == "rejected" or not sees(by, root) or root.district_id != defect.district_id:
        raise BadInput(NOT_AN_ORIGINAL, field="original")
    return root


def forward(
    by: Actor,
    defect: Defect,
    *,
    seen: int,
    owner: str,
    due_at: datetime | None = None,
    warranty_project_id: int | None = None,
) -> Event:
    """Hand it to the owner of the asset 产权单位, or to a contractor under warranty, with a clock of its own.

    Covers: the same calendar day (郑州市市政工程设施管理条例 art. 51); else five working days.
    """
    if due_at is None:
        days, unit = (0, "natural_day") if defect.type_code.startswith("cover_") else (5, "work_day")
        due_at = calendar.load().add(clock.now(), days, calendar.Unit(unit))
    changes = {"owner": owner, "owner_due_at": due_at, "order_id": None, "warranty_project_id": warranty_project_id}
    return move(defect, "defect.forward", by, seen=seen, owner=owner, due_at=due_at, changes=changes)


def recall(by: Actor, defect: Defect, *, seen: int, reason: str) -> Event:
    """The owner refuses or fails: the bureau takes it back."""
    changes = {"owner_due_at": None, "warranty_project_id": None}
    return move(defect, "defect.recall", by, seen=seen, reason=reason, changes=changes)


def settle(by: Actor, defect: Defect, *, seen: int, note: str = "") -> Event:
    """The owner of the asset has mended it; its duplicates close with it."""
    event = move(defect, "defect.settle", by, seen=seen, note=note or None, changes={"closed_at": clock.now()})
    _close_duplicates(by, defect, event)
    return event


def cover(
    by: Actor,
    defect: Defect,
    *,
    reason: str,
    seen: int | None = None,
    project_id: int | None = None,
    cause: Event | None = None,
) -> Event:
    """Keep it for a project: not ordered, not chased; one that is on an order leaves it."""
    changes = {"order_id": None, "project_id": project_id}
    return move(defect, "defect.cover", by, seen=seen, reason=reason, cause=cause, changes=changes)


def uncover(
    by: Actor, defect: Defect, *, seen: int | None = None, urgent: bool = False, cause: Event | None = None
) -> Event:
    """Back among the defects to be ordered; an `urgent` one remembers its project, which marks it to be made safe."""
    changes = {} if urgent else {"project_id": None}
    return move(defect, "defect.uncover", by, seen=seen, cause=cause, urgent=urgent or None, changes=changes)


def keep(by: Actor, defect: Defect, *, cause: Event) -> Event:
    """Made safe, or its make-safe order was called off: its project keeps it."""
    return move(defect, "defect.keep", by, cause=cause, changes={"order_id": None, "crew_id": None})


def take_back(by: Actor, defect: Defect, *, seen: int, reason: str) -> Event:
    """Take back the last step, with what it caused."""
    return undo.undo(defect, by, reason, seen=seen)


def order(by: Actor, defect: Defect, *, order_id: int, crew_id: int, cause: Event) -> Event:
    """It is on a work order now."""
    return move(defect, "defect.order", by, cause=cause, changes={"order_id": order_id, "crew_id": crew_id})


def hand_over(by: Actor, defect: Defect, *, crew_id: int, cause: Event) -> Event:
    """Its order went to another crew."""
    told = write(defect, {"crew_id": crew_id})
    return audit.record(by, "defect.edit", defect, before=defect.state, after=defect.state, changes=told, cause=cause)


def release(by: Actor, defect: Defect, *, cause: Event) -> Event:
    """Its order was voided, or only made it safe and no project keeps it: it waits for another."""
    return move(defect, "defect.release", by, cause=cause, changes={"order_id": None, "crew_id": None})


def mend(by: Actor, defect: Defect, *, cause: Event) -> Event:
    """The crew reports it mended."""
    return move(defect, "defect.mend", by, cause=cause)


def give_back(by: Actor, defect: Defect, *, cause: Event) -> Event:
    """Verification failed: mended it is not."""
    return move(defect, "defect.return", by, cause=cause)


def close(by: Actor, defect: Defect, *, cause: Event) -> Event:
    """Verified; its duplicates close with it."""
    event = move(defect, "defect.close", by, cause=cause, changes={"closed_at": clock.now()})
    _close_duplicates(by, defect, cause)
    return event


def _close_duplicates(by: Actor, defect: Defect, cause: Event) -> None:
    for twin in defect.duplicates:
        if twin.state == "duplicate":
            close(by, twin, cause=cause)
