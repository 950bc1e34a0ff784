"""Adding and editing roads and sections, by hand or by import; every change raises the network's revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.network import grades
from roadworks.network.geojson import ROAD_FIELDS, Candidate
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
    told = write(road, fields)
    told.pop("search_key", None)
    grades.note(road, told.get("maintenance_grade", [road.maintenance_grade])[0])
    _tell(by, road, told)


def add_section(by: Actor, road: Road, values: Mapping[str, Any]) -> Section:
    """Add a section to a road; raises NotAllowed, BadInput (limits taken)."""
    check(by, "network.edit", road)
    audit.lock(road.district_id)
    if _twin(road, values, 0):
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
    if _twin(section.road, values, section.id):
        raise BadInput(SAME_LIMITS, field="from_zh")
    fields = with_box({name: values.get(name) for name in SECTION_FIELDS if name in values})
    fields |= {"from_zh": values.get("from_zh") or "", "to_zh": values.get("to_zh") or ""}
    told = write(section, {**fields, "updated_at": clock.now()})
    for noise in ("updated_at", "west", "south", "east", "north"):
        told.pop(noise, None)
    if "centreline" in told:
        told["centreline"] = [len(line or []) for line in told["centreline"]]
    _tell(by, section, told)


@dataclass
class Imported:
    """What an import did, or would do: names of roads added, changed and left as they were."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def bring_in(by: Actor, district: District, candidates: Sequence[Candidate]) -> Imported:
    """Import roads and sections; a known one (same name and limits) is updated, never doubled.

    A dry run is this and a rollback. Raises NotAllowed.
    """
    check(by, "network.import", district)
    audit.lock(district.id)
    report = Imported()
    for candidate in candidates:
        _bring_in_one(by, district, candidate, report)
    roads_changed(district.id)
    return report


def _bring_in_one(by: Actor, district: District, candidate: Candidate, report: Imported) -> None:
    found = db.session.scalars(
        same_road(by, candidate.name_zh, candidate.code).where(Road.district_id == district.id)
    ).first()
    road_values, values = candidate.road_values(), candidate.section_values()
    road = found or Road(district_id=district.id, managed_by="district", search_key="")
    before, grade = _state(road, road_values), road.maintenance_grade
    for name, value in road_values.items():
        setattr(road, name, value)
    road.search_key = search_key(road.name_zh, road.name_en, road.code)
    db.session.add(road)
    db.session.flush()
    if found is not None:
        grades.note(road, grade)
    section = _twin(road, values, 0)
    outcome = report.added if section is None else report.same
    if section is None:
        section = Section(district_id=district.id, road=road, updated_at=clock.now(), added_on=clock.today())
        db.session.add(section)
    told = _state(section, values)
    for name, value in with_box(values).items():
        setattr(section, name, value)
    db.session.flush()
    if outcome is report.same and (told != _state(section, values) or before != _state(road, road_values)):
        outcome = report.changed
    outcome.append(section.title)
    if outcome is not report.same:
        section.updated_at = clock.now()
        audit.record(by, "network.import", section, after="added" if outcome is report.added else "changed")


def _state(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in values}


def _twin(road: Road, values: Mapping[str, Any], but: int) -> Section | None:
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
