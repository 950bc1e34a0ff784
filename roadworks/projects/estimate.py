"""What patrols let one guess of a section's condition: a lower bound of damage, never mixed with a survey."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from roadworks.base.db import db
from roadworks.defects.catalogue import TYPES
from roadworks.defects.models import Defect
from roadworks.defects.queries import UNMENDED, Filter, filtered
from roadworks.defects.rules import counts_for_index
from roadworks.network.models import Section
from roadworks.projects import condition
from roadworks.projects.records import Survey
from roadworks.workflow.permissions import Actor

AREAS = {"carriageway": "carriageway_m2", "sidewalk": "sidewalk_m2"}


@dataclass(frozen=True)
class Estimate:
    """An index from open patrol defects: on which surface, over which area (m²), from how many places and m²."""

    surface: str
    kind: str
    index: condition.Index
    section_m2: Decimal
    areas: dict[str, Decimal]
    places: int


def estimates(person: Actor, section: Section) -> list[Estimate]:
    """巡查估算 of the surfaces whose area is known; open defects alone (a mended one is no damage)."""
    known = [surface for surface, column in AREAS.items() if getattr(section, column)]
    if not known:
        return []
    wanted = Filter(states=UNMENDED, surfaces=tuple(known), section_id=section.id)
    found = [d for d in db.session.scalars(filtered(person, wanted)) if _counts(d)]
    return [_estimate(section, surface, [d for d in found if d.surface == surface]) for surface in known]


def _counts(defect: Defect) -> bool:
    return counts_for_index(defect.type_code, defect.length_m, defect.width_m, defect.depth_mm, defect.area_m2)


def _estimate(section: Section, surface: str, found: Sequence[Defect]) -> Estimate:
    if surface == "carriageway":
        pavement = section.pavement or _commonest(found)
        found = [d for d in found if TYPES[d.type_code].pavement == pavement]
    areas: dict[str, Decimal] = {}
    for defect in found:
        areas[defect.type_code] = areas.get(defect.type_code, Decimal(0)) + defect.area_m2
    whole: Decimal = getattr(section, AREAS[surface])
    densities = {code: min(100.0, float(m2 * 100 / whole)) for code, m2 in areas.items()}
    index = condition.pci(densities) if surface == "carriageway" else condition.fci(densities)
    kind = "pci" if surface == "carriageway" else "fci"
    return Estimate(surface, kind, index, whole, areas, len(found))


def _commonest(found: Sequence[Defect]) -> str | None:
    pavements = [TYPES[d.type_code].pavement for d in found]
    return max(pavements, key=pavements.count, default=None)


@dataclass(frozen=True)
class Standing:
    """How a section was surveyed to be: index → (value, rating, day, source), and the advice that follows."""

    marks: dict[str, tuple[Decimal, str | None, Survey]]
    advice: condition.Advice | None
    sidewalk: condition.Advice | None


def standing(section: Section, surveyed: dict[str, Survey]) -> Standing:
    """RQI and PQI are worked out where IRI was surveyed; PQI needs the road's grade."""
    grade = section.road.grade
    marks: dict[str, tuple[Decimal, str | None, Survey]] = {}
    for kind in ("pci", "fci"):
        if kind in surveyed:
            value = surveyed[kind].value
            marks[kind] = (value, condition.rating(kind, value, grade), surveyed[kind])
    if "iri" in surveyed:
        value = condition.rqi(surveyed["iri"].value)
        marks["rqi"] = (value, condition.rating("rqi", value, grade), surveyed["iri"])
    if "pci" in marks and "rqi" in marks and grade:
        value = condition.pqi(marks["rqi"][0], marks["pci"][0], grade)
        marks["pqi"] = (value, condition.rating("pqi", value, grade), surveyed["pci"])
    ratings = {kind: mark[1] for kind, mark in marks.items()}
    road = {kind: ratings.get(kind) for kind in (("pci",) if section.pavement == "concrete" else ("pci", "rqi"))}
    return Standing(marks, condition.advise(road), condition.advise({"fci": ratings.get("fci")}))
