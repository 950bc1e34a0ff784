"""Bringing a file of roads into the register: a known section is updated, never doubled, and the trail says how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.network import grades
from roadworks.network.actions import roads_changed, shortened, twin
from roadworks.network.geojson import ROAD_FIELDS, Candidate
from roadworks.network.geometry import with_box
from roadworks.network.models import Road, Section
from roadworks.network.pinyin import search_key
from roadworks.network.queries import same_road
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import write

OTHER_ROAD = _l("%(road)s and the code %(code)s belong to two roads of the register.")


@dataclass
class Imported:
    """What an import did, or would do: names of sections added, changed and left as they were, and what is wrong."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def bring_in(by: Actor, district: District, candidates: Sequence[Candidate]) -> Imported:
    """Import roads and sections; a known one (same name and limits) is updated, never doubled.

    A dry run is this and a rollback. Raises NotAllowed.
    """
    check(by, "network.import", district)
    audit.lock(district.id)
    report = Imported()
    for candidate in candidates:
        try:
            _bring_in_one(by, district, candidate, report)
        except BadInput as fault:
            report.faults.append(str(fault.message))
    roads_changed(district.id)
    return report


def _bring_in_one(by: Actor, district: District, candidate: Candidate, report: Imported) -> None:
    road, before = _bring_in_road(by, district, candidate)
    values = candidate.section_values()
    section = twin(road, values)
    if section is None:
        section = Section(district_id=district.id, road=road, updated_at=clock.now(), added_on=clock.today())
        for name, value in with_box(values).items():
            setattr(section, name, value)
        db.session.add(section)
        db.session.flush()
        report.added.append(section.title)
        audit.record(by, "network.import", section, after="added")
        return
    told = _write_changed(section, with_box(values), {"updated_at": clock.now()})
    if told:
        audit.record(by, "network.import", section, after="changed", changes=told)
    (report.changed if told or before else report.same).append(section.title)


def _bring_in_road(by: Actor, district: District, candidate: Candidate) -> tuple[Road, dict[str, list[Any]]]:
    """The road of a candidate, as the file says it is, and what that changed of a known one. Raises BadInput."""
    same = same_road(by, candidate.name_zh, candidate.code).where(Road.district_id == district.id)
    found = list(db.session.scalars(same).unique())
    if len(found) > 1:
        raise BadInput(str(OTHER_ROAD) % {"road": candidate.name_zh, "code": candidate.code}, field="file")
    values = candidate.road_values()
    if not found:
        road = Road(**{"managed_by": "district", **values}, district_id=district.id)
        road.search_key = search_key(road.name_zh, road.name_en, road.code)
        db.session.add(road)
        db.session.flush()
        audit.record(by, "network.import", road, after="added", name=road.name_zh)
        return road, {}
    [road] = found
    grade, now = road.maintenance_grade, {name: getattr(road, name) for name in ROAD_FIELDS} | values
    told = _write_changed(road, {**values, "search_key": search_key(now["name_zh"], now["name_en"], now["code"])})
    grades.note(road, grade)
    if told:
        audit.record(by, "network.import", road, after="changed", changes=told)
    return road, told


def _write_changed(
    row: Any, values: Mapping[str, Any], beside: Mapping[str, Any] | None = None
) -> dict[str, list[Any]]:
    """Write what differs, with what is written beside it; gives field → [old, new] as the trail tells it."""
    fresh = {name: value for name, value in values.items() if getattr(row, name) != value}
    return shortened(write(row, {**fresh, **(beside or {})})) if fresh else {}
