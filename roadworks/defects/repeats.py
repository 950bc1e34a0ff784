"""Same hole again: a defect found where one of its type had been mended within 15 m and 24 months; one rule for all.

Mended is what an order mended and somebody verified: what an owner mended or a project swallowed is another matter.
The rule is applied when a defect is filed, and again when its place or type is corrected, until a supervisor judges.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.base.months import months_later
from roadworks.defects.around import box_around, nearest
from roadworks.defects.models import Defect, Photo
from roadworks.defects.queries import inside
from roadworks.network.geometry import metres_between
from roadworks.workflow.permissions import Actor, within

NEAR_M = 15
MONTHS = 24
MARGIN_M = 1
# What later rooms know: ids of orders → their numbers.
ORDER_NUMBERS: list[Callable[[Collection[int]], dict[int, str]]] = []


@dataclass(frozen=True)
class Mending:
    """Who mended a place, when, on which order, how it looked after; until which day the crew answers for it."""

    defect: Defect
    order: str
    photo: Photo | None
    until: date | None

    def covers(self, found_at: datetime) -> bool:
        """Whether what was found then falls under the warranty of this repair, the last day included."""
        return self.until is not None and clock.local(found_at).date() <= self.until

    def answers_for(self, again: Defect) -> bool:
        """Whether a place found again falls under the warranty of this repair."""
        return self.covers(when(again))


def when(defect: Defect) -> datetime:
    """When it was found, and never later than it came to us: a device's clock may be ahead."""
    return min(defect.found_at, defect.received_at)


def begins(found_at: datetime) -> datetime:
    """The earliest moment of mending that counts for something found then: 24 months before, that day included."""
    return local_day_bounds(months_later(clock.local(found_at).date(), -MONTHS))[0]


def mended(person: Actor) -> Select[Defect]:
    """What orders mended and somebody verified."""
    statement: Select[Defect] = within(person, Defect)
    return statement.where(Defect.state == "closed", Defect.order_id.is_not(None), Defect.closed_at.is_not(None))


def mended_near(
    person: Actor, lon: float, lat: float, found_at: datetime, *, type_code: str | None = None
) -> list[tuple[Defect, float]]:
    """What was mended within 15 m and 24 months before `found_at`, with metres: nearest first, then newest."""
    statement = inside(mended(person), box_around(lon, lat, NEAR_M + MARGIN_M))
    statement = statement.where(Defect.closed_at >= begins(found_at), Defect.closed_at < found_at)
    if type_code is not None:
        statement = statement.where(Defect.type_code == type_code)
    found = [(d, metres_between(lon, lat, d.lon or 0.0, d.lat or 0.0)) for d in db.session.scalars(statement)]
    near = [(d, metres) for d, metres in found if metres <= NEAR_M]
    return sorted(near, key=lambda pair: (pair[1], -_moment(pair[0]), -pair[0].id))


def _moment(defect: Defect) -> float:
    return defect.closed_at.timestamp() if defect.closed_at else 0.0


def before(person: Actor, defect: Defect) -> Defect | None:
    """The mended defect that this one repeats by the rule."""
    if defect.lon is None or defect.lat is None:
        return None
    near = mended_near(person, defect.lon, defect.lat, when(defect), type_code=defect.type_code)
    return next((mended_one for mended_one, _metres in near if mended_one.id != defect.id), None)


def corrected(person: Actor, defect: Defect, told: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Apply the rule again to a defect whose place or type was corrected (`told`), unless a supervisor has judged it.

    Gives the change for the trail, field → [old, new].
    """
    if defect.repeat_reason is not None or not {"lon", "lat", "type_code"} & set(told):
        return {}
    old, found = defect.repeat_of_id, before(person, defect)
    new = found.id if found else None
    if new == old:
        return {}
    defect.repeat_of_id = new
    return {"repeat_of_id": [old, new]}


def warranty_until(closed_at: datetime | None, months: int) -> date | None:
    """The last day on which the crew answers for its small repair; None where the district has no such warranty.

    No law sets a period for small repairs; the default of 12 months is that of a road's own warranty, one year from
    delivery (城市道路管理条例 art. 18), and each district sets its own.
    """
    if closed_at is None or months <= 0:
        return None
    return months_later(clock.local(closed_at).date(), months)


def mending(defect: Defect) -> Mending:
    """What is told of one mended defect."""
    return mendings([defect])[0]


def mendings(defects: Collection[Defect]) -> list[Mending]:
    """What is told of mended defects, in their order, in a fixed number of statements."""
    photos = _after([d.id for d in defects])
    numbers = order_numbers({d.order_id for d in defects if d.order_id is not None})
    months = {d.district_id: _months(d.district_id) for d in defects}
    return [
        Mending(
            d, numbers.get(d.order_id or 0, ""), photos.get(d.id), warranty_until(d.closed_at, months[d.district_id])
        )
        for d in defects
    ]


def _after(ids: Collection[int]) -> dict[int, Photo]:
    """Defect id → the first picture after the work of the order that mended it."""
    photos: dict[int, Photo] = {}
    statement = select(Photo).join(Defect, (Defect.id == Photo.defect_id) & (Defect.order_id == Photo.order_id))
    statement = statement.where(Photo.defect_id.in_(ids), Photo.kind == "after").order_by(Photo.id)
    for photo in db.session.scalars(statement):
        photos.setdefault(photo.defect_id or 0, photo)
    return photos


def order_numbers(ids: Collection[int]) -> dict[int, str]:
    """The numbers of these orders, as later rooms know them."""
    return {order_id: number for tell in ORDER_NUMBERS for order_id, number in tell(ids).items()} if ids else {}


def _months(district_id: int) -> int:
    return db.session.get_one(District, district_id).repair_warranty_months


def mended_around(person: Actor, lon: float, lat: float, *, within_m: int, limit: int) -> Select[Defect]:
    """What was mended lately around a position, for a phone that works alone; the nearest where there are many."""
    statement = inside(mended(person), box_around(lon, lat, within_m)).options(joinedload(Defect.crew))
    return statement.where(Defect.closed_at >= begins(clock.now())).order_by(*nearest(lon, lat)).limit(limit)
