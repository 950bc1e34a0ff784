"""While you are here: what within 300 m needs somebody's eyes, in walking order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.around import box_around, nearest
from roadworks.defects.models import Defect
from roadworks.defects.queries import OPEN, inside
from roadworks.network.geometry import metres_between
from roadworks.workflow.permissions import Actor, may, within
from roadworks.workflow.transitions import ORDER_RUNNING, can
from roadworks.worklist.rules import Place, walk
from roadworks.workorders import deadlines
from roadworks.workorders.models import WorkOrder
from roadworks.workorders.queries import readable

WITHIN_M = 300
KEPT_M = 3000
MOST = 400
# A hole grows: after a month its photo shows no more how it is. What is on an order is photographed by its crew.
STALE = timedelta(days=30)
# How far ahead a phone is told of it: it asks anew much more often than once a week.
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Stop:
    """A defect on the way: what to do there, metres from the stop before, metres from where one stands."""

    defect: Defect
    order: WorkOrder | None
    tasks: tuple[str, ...]
    step_m: float
    away_m: float

    @property
    def at_order(self) -> bool:
        """Whether the first thing to do is done on the order's page."""
        return self.tasks[0] in {"overdue", "due_soon", "verify", "again"}


def stops(person: Actor, here: Place, *, within_m: int = WITHIN_M) -> list[Stop]:
    """The stops around a position (lon, lat in degrees) in walking order, at most 400 defects looked at."""
    found = []
    orders = _orders(person, here, within_m)
    for defect in db.session.scalars(_defects(person, here, within_m).order_by(Defect.id)):
        spot = (defect.lon or 0.0, defect.lat or 0.0)
        away = metres_between(*here, *spot)
        order = orders.get(defect.order_id or 0)
        tasks = tasks_for(person, defect, order) if away <= within_m else ()
        if tasks:
            found.append((spot, defect, order, tasks, away))
    way = walk(here, [spot for spot, *_rest in found])
    return [Stop(*found[place][1:4], step_m=step, away_m=found[place][4]) for place, step in way]


def tasks_for(person: Actor, defect: Defect, order: WorkOrder | None) -> tuple[str, ...]:
    """What this person can do for it on the spot, most pressing first.

    Who verifies looks at everything; a crew only at what is on an order of its own.
    """
    if not _looks(person, order):
        return ()
    stale = stale_at(person, defect)
    again = ["reshoot"] if stale and clock.now() >= stale else []
    return tuple(_pressing(order) + lasting(person, defect, order) + again)


def _looks(person: Actor, order: WorkOrder | None) -> bool:
    return order is not None or may(person, "order.pass")


def lasting(person: Actor, defect: Defect, order: WorkOrder | None) -> list[str]:
    """What there is to do whatever the hour."""
    tasks = _on_order(person, order) if order else []
    if defect.area_m2 == 0 and defect.type.counting != "none" and _open(person, defect, "defect.edit"):
        tasks.append("measure")
    if not defect.photos and _open(person, defect, "defect.add_photo"):
        tasks.append("photo")
    return tasks


def stale_at(person: Actor, defect: Defect) -> datetime | None:
    """From when a defect that is on no order is to be photographed again: thirty days after its last photo."""
    if defect.order_id or not defect.photos or not _open(person, defect, "defect.add_photo"):
        return None
    return max(photo.uploaded_at for photo in defect.photos) + STALE


def _pressing(order: WorkOrder | None) -> list[str]:
    """How its order stands against the clocks that still run."""
    if order is None or order.state not in ORDER_RUNNING:
        return []
    soon, late = deadlines.turns(order)
    return ["overdue"] if clock.now() > late else ["due_soon"] if clock.now() >= soon else []


def _on_order(person: Actor, order: WorkOrder) -> list[str]:
    """What this person may do with its order."""
    tasks = []
    if _open(person, order, "order.pass"):
        tasks.append("verify")
    if order.rework_count and order.state in {"rework", "working"} and may(person, "order.finish", order):
        tasks.append("again")
    return tasks


def _open(person: Actor, thing: Any, verb: str) -> bool:
    return can(thing, verb) and may(person, verb, thing)


def _defects(person: Actor, here: Place, within_m: int) -> Select[Any]:
    statement = inside(within(person, Defect), box_around(*here, within_m))
    statement = statement.where(Defect.state.in_((*OPEN, "mended")))
    statement = statement.options(joinedload(Defect.section), selectinload(Defect.photos))
    return statement.limit(MOST)


@dataclass(frozen=True)
class Kept:
    """What a phone keeps of a defect: tasks whatever the hour, whether its order's clocks run, when its photo ages."""

    defect: Defect
    order: WorkOrder | None
    tasks: list[str]
    running: bool
    stale_at: datetime | None


def kept(person: Actor, here: Place) -> tuple[list[Kept], float]:
    """What a phone needs to work out `stops` by itself, and how far around `here` that is all there is, in metres.

    The nearest within 3 km, at most 400 looked at; what can never ask for anything is left out.
    """
    orders, found, reach = _orders(person, here, KEPT_M), [], float(KEPT_M)
    defects = db.session.scalars(_defects(person, here, KEPT_M).order_by(*nearest(*here))).all()
    for defect in defects:
        order = orders.get(defect.order_id or 0)
        tasks = lasting(person, defect, order) if _looks(person, order) else []
        stale = stale_at(person, defect) if _looks(person, order) else None
        stale = stale if stale and stale <= clock.now() + AHEAD else None
        running = order is not None and order.state in ORDER_RUNNING
        if tasks or running or stale:
            found.append(Kept(defect, order, tasks, running, stale))
    if len(defects) == MOST:
        reach = metres_between(*here, defects[-1].lon or 0.0, defects[-1].lat or 0.0)
    return found, reach


def _orders(person: Actor, here: Place, within_m: int) -> dict[int, WorkOrder]:
    """The orders that hold these defects now, as far as the person may see them."""
    held = inside(within(person, Defect), box_around(*here, within_m)).with_only_columns(Defect.order_id)
    statement = readable(person).where(WorkOrder.id.in_(held.where(Defect.state.in_(("ordered", "mended")))))
    return {order.id: order for order in db.session.scalars(statement.options(joinedload(WorkOrder.crew)))}
