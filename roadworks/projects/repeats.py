"""Places of a section found again after they were mended: what the rule of defects/repeats.py marked, by section."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import aliased, contains_eager

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.defects.queries import counted, held
from roadworks.defects.repeats import NEAR_M
from roadworks.network.geometry import metres_between
from roadworks.workflow.permissions import Actor, within

__all__ = ["NEAR_M", "Repeat", "repeats"]


@dataclass(frozen=True)
class Repeat:
    """A defect found where one of its type had been mended before, and how far apart in metres."""

    again: Defect
    before: Defect
    metres: float


def repeats(person: Actor, since: date, until: date, section_ids: list[int] | None = None) -> dict[int, list[Repeat]]:
    """Section id → its repeats, each defect found again once, with the place mended before it on the same section.

    Found and mended both from `since` to `until`, both included.
    """
    begins, ends = local_day_bounds(since)[0], local_day_bounds(until)[1]
    before = aliased(Defect)
    statement = counted(within(person, Defect).join(before, held(before)))
    statement = statement.options(contains_eager(Defect.repeat_of.of_type(before))).where(
        before.section_id == Defect.section_id,
        before.closed_at >= begins,
        Defect.found_at >= begins,
        Defect.found_at < ends,
        before.closed_at < ends,
    )
    if section_ids is not None:
        statement = statement.where(Defect.section_id.in_(section_ids))
    found: dict[int, list[Repeat]] = defaultdict(list)
    for again in db.session.scalars(statement.order_by(Defect.found_at, Defect.id)):
        if again.repeat_of is not None:
            found[again.section_id or 0].append(Repeat(again, again.repeat_of, _metres(again.repeat_of, again)))
    return found


def _metres(one: Defect, other: Defect) -> float:
    return metres_between(one.lon or 0.0, one.lat or 0.0, other.lon or 0.0, other.lat or 0.0)
