"""The same hole again: places mended and found again, same type, within 15 m, within 24 months."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import load_only

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.defects.queries import counted
from roadworks.network.geometry import metres_between
from roadworks.workflow.permissions import Actor, within

NEAR_M = 15
COLUMNS = (Defect.id, Defect.number, Defect.section_id, Defect.type_code, Defect.lon, Defect.lat)


@dataclass(frozen=True)
class Repeat:
    """A defect found where one of its type had been mended before, and how far apart in metres."""

    again: Defect
    before: Defect
    metres: float


def repeats(person: Actor, since: date, until: date, section_ids: list[int] | None = None) -> dict[int, list[Repeat]]:
    """Section id → its repeats, each defect found again once, with the nearest place mended before it.

    The mending was verified from `since` on, and by an order: what an owner mended or a project swallowed is another
    matter.
    """
    begins, ends = local_day_bounds(since)[0], local_day_bounds(until)[1]
    mended = _placed(person, section_ids).where(
        Defect.state == "closed", Defect.order_id.is_not(None), Defect.closed_at >= begins, Defect.closed_at < ends
    )
    before: dict[tuple[int | None, str], list[Defect]] = defaultdict(list)
    for defect in db.session.scalars(mended):
        before[defect.section_id, defect.type_code].append(defect)
    found: dict[int, list[Repeat]] = defaultdict(list)
    if not before:
        return found
    again = counted(_placed(person, section_ids).where(Defect.found_at >= begins, Defect.found_at < ends))
    for defect in db.session.scalars(again.order_by(Defect.found_at, Defect.id)):
        nearest = _nearest(defect, before.get((defect.section_id, defect.type_code), ()))
        if nearest is not None:
            found[defect.section_id or 0].append(nearest)
    return found


def _placed(person: Actor, section_ids: list[int] | None) -> Any:
    statement = within(person, Defect).where(Defect.section_id.is_not(None), Defect.lon.is_not(None))
    if section_ids is not None:
        statement = statement.where(Defect.section_id.in_(section_ids))
    return statement.options(load_only(*COLUMNS, Defect.found_at, Defect.closed_at, Defect.state, Defect.area_m2))


def _nearest(again: Defect, mended: Iterable[Defect]) -> Repeat | None:
    closest: Repeat | None = None
    for before in mended:
        if before.id == again.id or not _earlier(before.closed_at, again.found_at):
            continue
        metres = _metres(before, again)
        if metres <= NEAR_M and (closest is None or metres < closest.metres):
            closest = Repeat(again, before, metres)
    return closest


def _earlier(mended_at: datetime | None, found_at: datetime) -> bool:
    return mended_at is not None and mended_at < found_at


def _metres(one: Defect, other: Defect) -> float:
    return metres_between(one.lon or 0.0, one.lat or 0.0, other.lon or 0.0, other.lat or 0.0)
