"""Adding and editing roads and sections by hand; every change raises the network's revision."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.network import grades
from roadworks.network.geojson import ROAD_FIELDS
from roadworks.network.geometry import with_box
from roadworks.network.models import Road, Section
from roadworks.network.pinyin import search_key
from roadworks.network.queries import same_road
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, write

SAME_NAME = _l("There is already a road of this name or code in the district.")
SAME_LIMITS = _l("This road already has a section with these limits.")
SECTION_FIELDS = (
    *("from_zh", "to_zh", "from_en", "to_en", "length_m", "carriageway_m2", "sidewalk_m2", "pavement"),
    *("centreline", "error_m", "last_overhaul_on", "warranty_ends_on"),
)


def add_road(by: Actor, district: District, values: Mapping[str, Any]) -> Road:
    """Enter a road in the register; raises NotAllowed, BadInput (name or code taken)."""
    check(by, "network.edit", district)
    audit.lock(district.id)
    if db.session.scalars(
        same_road(by, values["name_zh"], values.get("code")).where(Road.district_id == district.id)
    ).first():
        raise BadInput(SAME_NAME, field="name_zh")
    road = Road(district_id=district.id, **{name: values.get(name) for name in ROAD_FIELDS})
    road.managed_by = values.get("managed_by") or "district"
    road.search_key = search_key(road.name_zh, road.name_en, road.code)
    db.session.add(road)
    db.session.flush()
    roads_changed(district.id)
    audit.record(by, "network.edit", road, after="added", name=road.name_zh)
    return road


def change_road(by: Actor, road: Road, values: Mapping[str, Any], *, seen: int) -> None:
    """Edit a road's fields; raises NotAllowed, Stale, BadInput."""
    check(by, "network.edit", road)
    audit.lock(road.district_id)
    _same_version(road, seen)
    twins = same_road(by, values["name_zh"], values.get("code")).where(
        Road.id != road.id, Road.district_id == road.district_id
    )
    if db.session.scalars(twins).first():
        raise BadInput(SAME_NAME, field="name_zh")
    fields = {name: values.get(name) for name in ROAD_FIELDS}
    fields["search_key"] = search_key(values["name_zh"], fields["name_en"], fields["code"])
    told = shortened(write(road, fields))
    grades.note(road, told.get("maintenance_grade", [road.maintenance_grade])[0])
    _tell(by, road, told)


def add_section(by: Actor, road: Road, values: Mapping[str, Any]) -> Section:
    """Add a section to a road; raises NotAllowed, BadInput (limits taken)."""
    check(by, "network.edit", road)
    audit.lock(road.district_id)
    if twin(road, values, 0):
        raise BadInput(SAME_LIMITS, field="from_zh")
    section = Section(district_id=road.district_id, road=road, updated_at=clock.now(), added_on=clock.today())
    for name, value in with_box({name: values.get(name) for name in SECTION_FIELDS}).items():
        setattr(section, name, value)
    section.from_zh, section.to_zh = values.get("from_zh") or "", values.get("to_zh") or ""
    db.session.add(section)
    db.session.flush()
    roads_changed(road.district_id)
    audit.record(by, "network.edit", section, after="added")
    return section


def change_section(by: Actor, section: Section, values: Mapping[str, Any], *, seen: int) -> None:
    """Edit a section's fields; raises NotAllowed, Stale, BadInput."""
    check(by, "network.edit", section)
    audit.lock(section.district_id)
    _same_version(section, seen)
    if twin(section.road, values, section.id):
        raise BadInput(SAME_LIMITS, field="from_zh")
    fields = with_box({name: values.get(name) for name in SECTION_FIELDS if name in values})
    fields |= {"from_zh": values.get("from_zh") or "", "to_zh": values.get("to_zh") or ""}
    told = shortened(write(section, {**fields, "updated_at": clock.now()}))
    _tell(by, section, told)


def shortened(told: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without what follows from the rest, and lines by the count of their points."""
    for noise in ("updated_at", "search_key", "west", "south", "east", "north"):
        told.pop(noise, None)
    if "centreline" in told:
        told["centreline"] = [len(line or []) for line in told["centreline"]]
    return told


def twin(road: Road, values: Mapping[str, Any], but: int = 0) -> Section | None:
    """Another section of the road with these limits."""
    statement = select(Section).where(
        Section.road_id == road.id,
        Section.from_zh == (values.get("from_zh") or ""),
        Section.to_zh == (values.get("to_zh") or ""),
        Section.id != but,
    )
    return db.session.scalars(statement).first()


def _same_version(row: Road | Section, seen: int) -> None:
    if row.version != seen:
        raise Stale(STALE, thing=row)


def _tell(by: Actor, row: Road | Section, told: dict[str, list[Any]]) -> None:
    roads_changed(row.district_id)
    if told:
        audit.record(by, "network.edit", row, before="known", after="known", changes=told)


def roads_changed(district_id: int) -> None:
    """Let every process rebuild its search tree at the next question."""
    db.session.execute(
        update(District)
        .where(District.id == district_id)
        .values(network_revision=District.network_revision + 1)
        .execution_options(synchronize_session="fetch")
    )
