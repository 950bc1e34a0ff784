"""What lies around a position: open defects nearby, and what a phone that works alone needs to know."""

from math import cos, hypot, radians
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import joinedload, selectinload, undefer

from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.defects.queries import OPEN, inside
from roadworks.network.geometry import METRES_PER_DEGREE
from roadworks.network.models import Section
from roadworks.workflow.permissions import Actor, within


def near(
    person: Actor, lon: float, lat: float, *, type_code: str | None = None, within_m: int = 30
) -> list[tuple[Defect, float]]:
    """Open defects within `within_m` metres, nearest first, with the distance in metres; of one type where given."""
    statement = inside(within(person, Defect), box_around(lon, lat, within_m))
    statement = statement.where(Defect.state.in_(OPEN)).options(selectinload(Defect.photos))
    statement = statement.order_by(*nearest(lon, lat)).limit(200)
    if type_code:
        statement = statement.where(Defect.type_code == type_code)
    found = [
        (d, hypot((d.lon - lon) * METRES_PER_DEGREE * cos(radians(lat)), (d.lat - lat) * METRES_PER_DEGREE))
        for d in db.session.scalars(statement)
        if d.lon is not None and d.lat is not None
    ]
    return sorted((pair for pair in found if pair[1] <= within_m), key=lambda pair: pair[1])


def open_around(person: Actor, lon: float, lat: float, *, within_m: int, limit: int) -> Select[Defect]:
    """Open defects around a position, for a phone that works alone; the nearest where there are many."""
    statement = inside(within(person, Defect), box_around(lon, lat, within_m)).where(Defect.state.in_(OPEN))
    return statement.order_by(*nearest(lon, lat)).limit(limit)


def unplaced_around(person: Actor, lon: float, lat: float, *, within_m: int, limit: int) -> Select[Defect]:
    """Open defects without a position on the sections around, for a phone that works alone; newest first."""
    west, south, east, north = box_around(lon, lat, within_m)
    statement = within(person, Defect).join(Section, Section.id == Defect.section_id)
    statement = statement.where(Defect.lat.is_(None), Defect.state.in_(OPEN))
    statement = statement.where(Section.west <= east, Section.east >= west)
    statement = statement.where(Section.south <= north, Section.north >= south)
    return statement.order_by(Defect.id.desc()).limit(limit)


def nearest(lon: float, lat: float) -> tuple[Any, Any]:
    """The order of defects by how far they lie from a position."""
    d_lon, d_lat = (Defect.lon - lon) * cos(radians(lat)), Defect.lat - lat
    return d_lon * d_lon + d_lat * d_lat, Defect.id


def sections_around(person: Actor, lon: float, lat: float, *, limit: int = 2000) -> Select[Section]:
    """The district's sections with their lines, for a phone that works alone; the nearest where there are many."""
    d_lon, d_lat = (Section.west + Section.east) / 2 - lon, (Section.south + Section.north) / 2 - lat
    far = d_lon * d_lon * cos(radians(lat)) ** 2 + d_lat * d_lat
    statement = within(person, Section).options(joinedload(Section.road), undefer(Section.centreline))
    return statement.where(Section.west.is_not(None)).order_by(far, Section.id).limit(limit)


def usual_surfaces(person: Actor) -> dict[int, str]:
    """The surface that most defects of each section were filed for, by the section's id."""
    statement = (
        within(person, Defect)
        .with_only_columns(Defect.section_id, Defect.surface)
        .group_by(Defect.section_id, Defect.surface)
        .order_by(func.count(), Defect.surface)
    )
    # The last one said of a section stands: the most frequent.
    return {section_id: surface for section_id, surface in db.session.execute(statement) if section_id is not None}


def box_around(lon: float, lat: float, within_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a square around a position, degrees."""
    d_lat = within_m / METRES_PER_DEGREE
    d_lon = d_lat / max(0.01, cos(radians(lat)))
    return lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat
