"""Warranty of small repairs 返修: what a crew mended and was found again in time is proposed to that crew."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from roadworks.accounts.models import Crew
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.defects import repeats
from roadworks.defects.models import Defect
from roadworks.workorders.models import WorkOrder

NOT_COVERED = _l("Warranty repair is only for what this crew mended itself and was found again within its warranty.")


def numbers(ids: Collection[int]) -> dict[int, str]:
    """Order id → its number."""
    statement = select(WorkOrder.id, WorkOrder.number).where(WorkOrder.id.in_(ids))
    return {order_id: number for order_id, number in db.session.execute(statement)}


def earlier_mendings(chosen: Sequence[Defect]) -> dict[int, repeats.Mending]:
    """Defect id → how it was mended before, for those that repeat something that still stands as mended."""
    held = [d for d in chosen if d.repeat_of is not None and d.repeat_of.state == "closed" and d.repeat_of.order_id]
    before = [d.repeat_of for d in held if d.repeat_of is not None]
    return {d.id: one for d, one in zip(held, repeats.mendings(before), strict=True)}


def proposed(chosen: Sequence[Defect], before: dict[int, repeats.Mending]) -> int | None:
    """The crew that is to mend all of these again at its own cost; None where they are not one crew's to answer for."""
    crews = {_answers(defect, before.get(defect.id)) for defect in chosen}
    crew_id = crews.pop() if len(crews) == 1 else None
    crew = db.session.get(Crew, crew_id) if crew_id is not None else None
    return crew.id if crew is not None and crew.active else None


def _answers(defect: Defect, before: repeats.Mending | None) -> int | None:
    """The crew that mended it, if that was within the warranty when it was found again."""
    return before.defect.crew_id if before is not None and before.answers_for(defect) else None


def check(chosen: Sequence[Defect], crew: Crew, purpose: str) -> None:
    """Raise BadInput where these are not this crew's to mend again under warranty."""
    if purpose != "repair" or proposed(chosen, earlier_mendings(chosen)) != crew.id:
        raise BadInput(NOT_COVERED, field="warranty_repair")


repeats.ORDER_NUMBERS.append(numbers)
