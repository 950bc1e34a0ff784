"""Remarks on an order: a note, and photos that prove nothing but are not lost; also of a step that came too late."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.defects import photos as pictures
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import move
from roadworks.workorders.models import WorkOrder

NOTHING_SAID = _l("Write a remark.")


def remark(
    by: Actor,
    order: WorkOrder,
    *,
    seen: int | None = None,
    note: str = "",
    photos: Sequence[tuple[Defect, Sequence[Photo]]] = (),
    late: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Put a note and photos on an order in whatever state; `late` tells of a step that could not be taken any more.

    Raises NotAllowed, Stale, BadInput.
    """
    check(by, "order.remark", order)
    if not note and not photos and not late:
        raise BadInput(NOTHING_SAID, field="note")
    audit.lock(order.district_id)
    for defect, shown in photos:
        pictures.attach(by, defect, shown, kind="remark", order_id=order.id)
    return move(order, "order.remark", by, seen=seen, note=note or None, late=late, happened_at=at)
