"""A candidate's arithmetic frozen at the moment a project is made of it: the numbers and the rows they add up from."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.defects.queries import UNMENDED, Filter, filtered
from roadworks.projects.candidates import MONTHS, SURFACES, Candidate
from roadworks.projects.estimate import Standing
from roadworks.projects.repeats import NEAR_M, Repeat
from roadworks.workflow.audit import plain
from roadworks.workflow.permissions import Actor
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.queries import lines


def freeze(
    by: Actor, found: Iterable[Candidate], chosen: Sequence[Defect], *, since: date, until: date, **asked: Any
) -> dict[str, Any]:
    """The arithmetic as JSON: as of when, over which period, by which threshold (`asked`), of which rows."""
    said = {"as_of": clock.now(), "since": since, "until": until, "months": MONTHS, "near_m": NEAR_M, "asked": asked}
    sections = [_section(by, one, since, until) for one in found]
    covered = [[defect.id, defect.number, defect.area_m2] for defect in chosen]
    frozen: dict[str, Any] = plain({**said, "sections": sections, "covered": covered})
    return frozen


def _section(by: Actor, one: Candidate, since: date, until: date) -> dict[str, Any]:
    section = one.section
    surfaces = {surface: _surface(by, one, surface, since, until) for surface in SURFACES}
    return {
        "id": section.id,
        "name_zh": section.name_zh,
        "name_en": section.name_en,
        "surfaces": surfaces,
        "metres": one.metres,
        "metres_from_line": one.metres_from_line,
        "repeats": [_repeat(pair) for pair in one.repeats],
        "small_repair_cost": None,
        "last_overhaul_on": section.last_overhaul_on,
        "grade": section.road.grade,
        "standing": _standing(one.standing),
    }


def _surface(by: Actor, one: Candidate, surface: str, since: date, until: date) -> dict[str, Any]:
    sums, section_id = one.sums[surface], one.section.id
    wanted = Filter(states=UNMENDED, surfaces=(surface,), section_id=section_id)
    still = db.session.scalars(filtered(by, wanted).order_by(Defect.id))
    mended = lines(by, since, until).with_only_columns(
        OrderLine.id, WorkOrder.number, Defect.number, OrderLine.mended_m2
    )
    mended = mended.where(OrderLine.surface == surface, Defect.section_id == section_id).order_by(OrderLine.id)
    return {
        "open": [[d.id, d.number, d.area_m2] for d in still],
        "open_m2": sums.open_m2,
        "mended": [
            [line_id, order, defect, m2 or Decimal(0)] for line_id, order, defect, m2 in db.session.execute(mended)
        ],
        "mended_m2": sums.mended_m2,
        "section_m2": sums.section_m2,
        "percent": sums.percent,
        "per_metre": one.per_metre(surface),
    }


def _repeat(pair: Repeat) -> list[Any]:
    return [pair.again.id, pair.again.number, pair.before.number, round(pair.metres, 1)]


def _standing(how: Standing) -> dict[str, Any]:
    marks = {
        kind: {"value": value, "rating": rating, "on": survey.surveyed_on, "source": survey.source}
        for kind, (value, rating, survey) in how.marks.items()
    }
    advice = {"code": how.advice.code, "rating": how.advice.rating, "index": how.advice.index} if how.advice else None
    return {"marks": marks, "advice": advice}
