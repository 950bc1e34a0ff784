"""Which roads and sections, and which section is nearest to a position."""

from collections.abc import Iterable
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload, undefer

from roadworks.accounts.models import District
from roadworks.base.db import Rows, db, literal
from roadworks.network.geometry import Index, Near, index_for
from roadworks.network.models import Road, Section
from roadworks.network.pinyin import normalise_query
from roadworks.workflow.permissions import Actor, within


def roads(person: Actor, words: str = "", grade: str = "", managed_by: str = "") -> Select[Road]:
    """The roads of the district that fit: words in Chinese, pinyin, initials or English."""
    statement: Select[Road] = within(person, Road)
    for word in normalise_query(words).split()[:4]:
        statement = statement.where(Road.search_key.like(literal(word), escape="\\"))
    if grade:
        statement = statement.where(Road.grade == grade)
    if managed_by:
        statement = statement.where(Road.managed_by == managed_by)
    return statement


def with_sections(statement: Select[Road]) -> Select[Road]:
    """The same with their sections and centre-lines, which the list leaves in the database."""
    return statement.options(selectinload(Road.sections).undefer(Section.centreline))


def section_counts(roads: Iterable[Road]) -> dict[int, int]:
    """How many sections each of these roads has; those with none are left out."""
    statement = select(Section.road_id, func.count()).where(Section.road_id.in_([road.id for road in roads]))
    return {road_id: count for road_id, count in db.session.execute(statement.group_by(Section.road_id))}


def sections(person: Actor) -> Select[Section]:
    """The sections of the district, with their roads."""
    statement: Select[Section] = within(person, Section)
    return statement.join(Section.road).options(joinedload(Section.road)).order_by(Road.search_key, Section.id)


def with_lines(statement: Select[Section]) -> Select[Section]:
    """The same with centre-lines, which lists leave in the database."""
    return statement.options(undefer(Section.centreline))


def drawn(person: Actor, box: tuple[float, float, float, float] | None = None) -> Select[Section]:
    """The sections that have a centre-line, within west, south, east, north where given."""
    statement = with_lines(sections(person)).where(Section.west.is_not(None))
    if box is None:
        return statement
    west, south, east, north = box
    return statement.where(Section.west <= east, Section.east >= west, Section.south <= north, Section.north >= south)


def nearest(
    district: District, lon: float, lat: float, *, limit: int = 5, within_m: int = 500
) -> list[tuple[Section, Near]]:
    """The sections nearest to a position (degrees, WGS-84), nearest first, with distance in metres and chainage."""
    found = _index(district).nearest(lon, lat, limit=limit, within_m=within_m)
    if not found:
        return []
    statement = select(Section).where(Section.id.in_([near.id for near in found])).options(joinedload(Section.road))
    rows = {section.id: section for section in db.session.scalars(statement)}
    return [(rows[near.id], near) for near in found if near.id in rows]


def _index(district: District) -> Index:
    """The district's search tree, rebuilt when its roads have changed."""

    def lines() -> list[tuple[int, Any]]:
        statement = select(Section.id, Section.centreline).where(
            Section.district_id == district.id, Section.west.is_not(None)
        )
        return [(section_id, line) for section_id, line in db.session.execute(statement) if line]

    # The address of the database is part of the key: two apps in one process must not share a tree.
    key = (str(current_app.config["SQLALCHEMY_DATABASE_URI"]), district.id)
    return index_for(key, district.network_revision, lines)


def same_road(person: Actor, name_zh: str, code: str | None) -> Select[Road]:
    """The road of this name, or of this code where it has one."""
    statement: Select[Road] = within(person, Road)
    return statement.where(or_(Road.name_zh == name_zh, Road.code == code) if code else Road.name_zh == name_zh)


def revision(person: Actor) -> int:
    """How often the roads that this person sees were changed."""
    changes = select(func.sum(District.network_revision))
    mine = person.district_id
    return db.session.scalar(changes.where(District.id == mine) if mine else changes) or 0


def road_names(person: Actor) -> Rows:
    """Id and names of the roads of the district, in the order of their pinyin."""
    statement = select(Road.id, Road.name_zh, Road.name_en).order_by(Road.search_key)
    return statement if person.district_id is None else statement.where(Road.district_id == person.district_id)
