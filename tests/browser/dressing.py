"""What the demo has no photos of, for the pictures of the docs: holes found, and one of them mended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path

from sqlalchemy import select, update

from roadworks import create_app
from roadworks.accounts.models import Person
from roadworks.base import clock, clockwork
from roadworks.base.db import db
from roadworks.base.imaging import Picture, read_photo
from roadworks.defects import photos
from roadworks.defects.models import Defect, Photo
from roadworks.workorders import actions as orders
from roadworks.workorders.models import WorkOrder
from tests.browser import sights
from tests.support import databases, live

SORTS = 6


@dataclass(frozen=True)
class Dressed:
    """Where to find it: an order done, with photos before and after; a pothole mended; an open one (lon, lat)."""

    done: int
    mended: tuple[float, float]
    open: tuple[float, float]


def dress(instance: Path) -> Dressed:
    """Hang drawn photos on defects of the demo in this folder, let the crew finish one order, and ask what stalls."""
    app = create_app(databases.options(instance, DEMO="1"))
    with app.app_context(), clock.at(datetime.fromisoformat(live.DEMO_NOW)):
        told = Dressed(_done(), _mended(), _open())
        db.session.commit()
        assert clockwork.run_now(app, "remind") > 0
        db.session.remove()
        db.engine.dispose()
    return told


def _person(name: str) -> Person:
    return db.session.scalars(select(Person).where(Person.username == name)).one()


@cache
def _read(shot: bytes) -> Picture:
    return read_photo(BytesIO(shot))


def _keep(who: Person, shot: bytes) -> Photo:
    return photos.keep(who, _read(shot))


def _potholes(*states: str) -> list[Defect]:
    statement = select(Defect).where(
        Defect.type_code == "ac_pothole", Defect.state.in_(states), Defect.lon.is_not(None)
    )
    return list(db.session.scalars(statement.order_by(Defect.id)))


def _place(defect: Defect) -> tuple[float, float]:
    return defect.lon or 0.0, defect.lat or 0.0


def _done() -> int:
    """Every open order of the crew shows its holes; the first pothole among them is mended and waits to be verified."""
    finder, crew = _person("inspector"), _person("crew")
    statement = select(WorkOrder).where(WorkOrder.crew_id == crew.crew_id, WorkOrder.state.in_(OPEN))
    lines = [line for order in db.session.scalars(statement.order_by(WorkOrder.id)) for line in order.live_lines]
    for line in lines:
        photos.attach(finder, line.defect, [_keep(finder, sights.hole(line.defect_id % SORTS))])
    line = next(one for one in lines if one.order.state == "working" and one.defect.type_code == "ac_pothole")
    photo = _keep(crew, sights.mended(line.defect_id % SORTS))
    orders.measure(crew, line.order, line, m2=line.defect.area_m2 + Decimal("0.4"), m=None, photos=[photo])
    db.session.flush()
    orders.finish(crew, line.order, seen=line.order.version)
    return line.order_id


OPEN = ("issued", "accepted", "working", "rework")


def _mended() -> tuple[float, float]:
    """The newest pothole that was mended and verified shows how it was left."""
    defect = _potholes("closed")[-1]
    kept = _keep(_person("crew"), sights.mended(3))
    same = Photo.order_id == defect.order_id, Photo.defect_id == defect.id, Photo.kind == "after"
    db.session.execute(update(Photo).where(*same).values(sha256=kept.sha256, width=kept.width, height=kept.height))
    return _place(defect)


def _open() -> tuple[float, float]:
    """An open pothole that nobody has ordered yet shows itself."""
    finder = _person("inspector")
    defect = _potholes("filed", "confirmed")[-1]
    photos.attach(finder, defect, [_keep(finder, sights.hole(7))])
    return _place(defect)
