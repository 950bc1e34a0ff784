"""A supervisor's word: on several that wait at once, and on the same hole again, where repeats.py saw it wrong."""

from collections.abc import Mapping, Sequence

from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.defects import actions, repeats
from roadworks.defects.models import Defect
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check, sees
from roadworks.workflow.transitions import move

NOT_MENDED_BEFORE = _l("That one was not mended by an order and verified before this one was found.")


def confirm_all(by: Actor, chosen: Sequence[Defect], *, seen: Mapping[int, int]) -> tuple[list[Defect], list[Defect]]:
    """Confirm those that stand as they were seen (id → version), each with its place in the trail.

    Gives the confirmed, and those that moved meanwhile, which stay as they are. Raises NotFound, NotAllowed.
    """
    done: list[Defect] = []
    moved: list[Defect] = []
    for defect in chosen:
        check(by, "defect.confirm", defect)
        audit.lock(defect.district_id)
        db.session.refresh(defect)
        if defect.state == "filed" and defect.version == seen[defect.id]:
            actions.confirm(by, defect, seen=defect.version)
            done.append(defect)
        else:
            moved.append(defect)
    return done, moved


def judge(by: Actor, defect: Defect, before: Defect | None, *, seen: int, reason: str) -> Event:
    """Say which mended defect it repeats, or that it repeats none; the rule is not asked again.

    Raises NotFound, NotAllowed, BadInput (the other one was not mended before this was found), Stale, WrongStep,
    GateShut (no reason).
    """
    if before is not None and not _mended_before(by, before, defect):
        raise BadInput(NOT_MENDED_BEFORE, field="before")
    changes = {"repeat_of_id": before.id if before else None, "repeat_reason": reason}
    number = before.number if before else None
    return move(defect, "defect.repeat", by, seen=seen, reason=reason, repeat_of=number, changes=changes)


def _mended_before(by: Actor, before: Defect, defect: Defect) -> bool:
    there = sees(by, before) and before.district_id == defect.district_id and before.id != defect.id
    mended = before.state == "closed" and before.order_id is not None
    return there and mended and before.closed_at is not None and before.closed_at < repeats.when(defect)
