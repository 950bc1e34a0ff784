"""Which sections are worn enough for a medium repair: the arithmetic, each number from rows that can be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy.orm import joinedload, undefer

from roadworks.base import clock
from roadworks.base.db import Rows, db
from roadworks.base.months import months_later
from roadworks.base.quantities import hundredths
from roadworks.defects.models import Defect
from roadworks.defects.queries import UNMENDED, Filter, filtered
from roadworks.network.geometry import length_m
from roadworks.network.models import Section
from roadworks.projects import surveys
from roadworks.projects.estimate import AREAS, Standing, standing
from roadworks.projects.repeats import Repeat, repeats
from roadworks.workflow.permissions import Actor, within
from roadworks.workorders.models import OrderLine
from roadworks.workorders.queries import lines

MONTHS = 24
SURFACES = tuple(AREAS)


@dataclass
class Sums:
    """Of one surface: places and m² open and mended; the area of the section in m², None where not known."""

    open_places: int = 0
    open_m2: Decimal = Decimal(0)
    mended_places: int = 0
    mended_m2: Decimal = Decimal(0)
    section_m2: Decimal | None = None

    @property
    def worn_m2(self) -> Decimal:
        """Open and mended together."""
        return self.open_m2 + self.mended_m2

    @property
    def percent(self) -> Decimal | None:
        """Worn m² per 100 m² of the section; None where its area is not known."""
        if not self.section_m2:
            return None
        return hundredths(self.worn_m2 * 100 / self.section_m2)


@dataclass
class Candidate:
    """A section with its arithmetic; `metres` is its length where the register or its line tells it."""

    section: Section
    sums: dict[str, Sums]
    standing: Standing
    repeats: list[Repeat] = field(default_factory=list)
    metres: Decimal | None = None
    metres_from_line: bool = False

    def per_metre(self, surface: str) -> Decimal | None:
        """Worn m² per metre of length: an estimate for sections whose area is not known."""
        if not self.metres:
            return None
        return hundredths(self.sums[surface].worn_m2 / self.metres)


def period(today: date | None = None) -> tuple[date, date]:
    """The last 24 months, both days included."""
    until = today or clock.today()
    return months_later(until, -MONTHS), until


def open_sums(person: Actor) -> Rows:
    """Section, surface, places and m² of what is found real and not yet verified as mended."""
    statement = filtered(person, Filter(states=UNMENDED, surfaces=SURFACES)).where(Defect.section_id.is_not(None))
    columns = (Defect.section_id, Defect.surface)
    return statement.with_only_columns(*columns, func.count(), func.sum(Defect.area_m2)).group_by(*columns)


def mended_sums(person: Actor, since: date, until: date) -> Rows:
    """Section, surface, places and m² of the verified orders' lines."""
    statement = lines(person, since, until).where(OrderLine.surface.in_(SURFACES), Defect.section_id.is_not(None))
    columns = (Defect.section_id, OrderLine.surface)
    return statement.with_only_columns(*columns, func.count(), func.sum(OrderLine.mended_m2)).group_by(*columns)


def work_out(person: Actor, since: date, until: date, section_ids: list[int] | None = None) -> list[Candidate]:
    """The arithmetic of all sections where anything was open, mended or found again, or of those named."""
    sums: dict[int, dict[str, Sums]] = {section_id: {} for section_id in section_ids or []}
    of_them = Defect.section_id.in_(section_ids) if section_ids is not None else Defect.section_id.is_not(None)
    for section_id, surface, places, m2 in db.session.execute(open_sums(person).where(of_them)):
        row = sums.setdefault(section_id, {}).setdefault(surface, Sums())
        row.open_places, row.open_m2 = places, m2 or Decimal(0)
    for section_id, surface, places, m2 in db.session.execute(mended_sums(person, since, until).where(of_them)):
        row = sums.setdefault(section_id, {}).setdefault(surface, Sums())
        row.mended_places, row.mended_m2 = places, m2 or Decimal(0)
    again = repeats(person, since, until, section_ids)
    surveyed = surveys.latest(person, section_ids)
    found = []
    for section in _sections(person, list(sums)):
        all_sums = {surface: sums[section.id].get(surface, Sums()) for surface in SURFACES}
        for surface, column in AREAS.items():
            all_sums[surface].section_m2 = getattr(section, column)
        how = standing(section, surveyed.get(section.id, {}))
        found.append(_measured(Candidate(section, all_sums, how, again.get(section.id, []))))
    return found


def _sections(person: Actor, ids: list[int]) -> Iterable[Section]:
    statement = within(person, Section).where(Section.id.in_(ids)).options(joinedload(Section.road))
    return db.session.scalars(statement.options(undefer(Section.centreline)).order_by(Section.id))


def _measured(one: Candidate) -> Candidate:
    if one.section.length_m:
        one.metres = one.section.length_m
    elif one.section.centreline:
        one.metres = hundredths(Decimal(length_m(one.section.centreline)))
        one.metres_from_line = True
    return one


def ranked(found: Iterable[Candidate], surface: str) -> tuple[list[Candidate], list[Candidate]]:
    """Those whose share can be worked out, the most worn first; apart those whose area is not known, by m² per m."""
    all_of_them = list(found)
    known = [one for one in all_of_them if one.sums[surface].percent is not None]
    unknown = [one for one in all_of_them if one.sums[surface].percent is None and one.sums[surface].worn_m2]
    known.sort(key=lambda one: (-(one.sums[surface].percent or Decimal(0)), one.section.id))
    unknown.sort(key=lambda one: (-(one.per_metre(surface) or Decimal(-1)), -one.sums[surface].worn_m2, one.section.id))
    return known, unknown
