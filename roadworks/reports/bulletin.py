"""The half-year bulletin: what was found, what was mended, how punctually; each figure with how it is counted."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from roadworks.base.calendar import half_year
from roadworks.base.db import db
from roadworks.base.i18n import force_locale, label, locale, show_date
from roadworks.base.quantities import per_cent
from roadworks.defects.catalogue import TYPES
from roadworks.workflow.permissions import Actor
from roadworks.workflow.words import say
from roadworks.workorders import figures
from roadworks.workorders.figures import MEASURED


@dataclass
class Rate:
    """A share with what it is made of; `n` below 5 is not ranked."""

    on_time: int = 0
    n: int = 0

    @property
    def share(self) -> Decimal | None:
        """Per cent, one place; None where nothing was counted."""
        return per_cent(self.on_time, self.n)


@dataclass
class Bulletin:
    """All figures of one period. Areas in m², exact; lengths in m; places are counts."""

    since: date
    until: date
    defects_found: int = 0
    found_by_surface: Counter[str] = field(default_factory=Counter)
    found_by_type: Counter[str] = field(default_factory=Counter)
    found_by_road: Counter[int | None] = field(default_factory=Counter)
    area_m2: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(MEASURED, Decimal(0)))
    length_m: Decimal = Decimal(0)
    ancillary_places: int = 0
    places_mended: int = 0
    area_by_crew: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    area_by_road: dict[int | None, dict[str, Decimal]] = field(default_factory=dict)
    punctual: Rate = field(default_factory=Rate)
    punctual_by_crew: dict[int, Rate] = field(default_factory=dict)
    suspended: int = 0
    rework: int = 0
    void: int = 0

    @property
    def total_m2(self) -> Decimal:
        """Carriageway and sidewalk together; ancillary facilities are told apart."""
        return sum((self.area_m2[surface] for surface in MEASURED), Decimal(0))


def work_out(person: Actor, since: date, until: date) -> Bulletin:
    """All figures of a period for the person's district, in four statements."""
    report = Bulletin(since, until)
    for surface, type_code, road_id, places in db.session.execute(figures.found(person, since, until)):
        report.defects_found += places
        report.found_by_surface[surface] += places
        report.found_by_type[type_code] += places
        report.found_by_road[road_id] += places
    _add_mended(report, person)
    for crew_id, n, on_time, suspended, rework in db.session.execute(figures.punctuality(person, since, until)):
        report.punctual_by_crew[crew_id] = Rate(on_time, n)
        report.punctual.n += n
        report.punctual.on_time += on_time
        report.suspended += suspended
        report.rework += rework
    report.void = db.session.scalar(figures.void_orders(person, since, until)) or 0
    return report


def _add_mended(report: Bulletin, person: Actor) -> None:
    crews: dict[int, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(MEASURED, Decimal(0)))
    roads: dict[int | None, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(MEASURED, Decimal(0)))
    rows = db.session.execute(figures.mended(person, report.since, report.until))
    for surface, crew_id, road_id, m2, m, places in rows:
        report.places_mended += places
        report.length_m += m or Decimal(0)
        if surface not in MEASURED:
            report.ancillary_places += places
            continue
        for sums in (report.area_m2, crews[crew_id], roads[road_id]):
            sums[surface] += m2 or Decimal(0)
    report.area_by_crew = dict(crews)
    report.area_by_road = dict(sorted(roads.items(), key=lambda pair: -sum(pair[1].values())))


def whole(value: Decimal) -> int:
    """Whole m², rounded half up: only when printed, and the total is rounded itself, not added from rounded parts."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def kind_name(code: str) -> str:
    """What a distress type is called; with its pavement or surface where two have the same name."""
    kind = TYPES[code]
    name = label(kind)
    if sum(label(other) == name for other in TYPES.values()) == 1:
        return name
    where = say("pavement", kind.pavement) if kind.pavement else say("surface", kind.surface)
    return f"{name}（{where}）" if locale() == "zh" else f"{name} ({where})"


def sentence_zh(report: Bulletin) -> str:
    """The sentence of the district's bulletin (domain.md §7.2), word for word."""
    return (
        f"{_period_zh(report)}，共巡查发现道路病害{report.defects_found}处，"
        f"维修保养道路{whole(report.total_m2)}平方米，"
        f"其中车行道{whole(report.area_m2['carriageway'])}平方米，人行道{whole(report.area_m2['sidewalk'])}平方米。"
    )


def sentence_en(report: Bulletin) -> str:
    """The same in English."""
    return (
        f"{_period_en(report)}, patrols found {report.defects_found} road defects; "
        f"{whole(report.total_m2)} m² of road were repaired, "
        f"of which {whole(report.area_m2['carriageway'])} m² carriageway "
        f"and {whole(report.area_m2['sidewalk'])} m² sidewalk."
    )


def _is_half_year(report: Bulletin) -> bool:
    return (report.since, report.until) == half_year(report.since)


def _period_zh(report: Bulletin) -> str:
    if _is_half_year(report):
        return "上半年" if report.since.month == 1 else "下半年"
    with force_locale("zh"):
        return f"{show_date(report.since)}至{show_date(report.until)}"


def _period_en(report: Bulletin) -> str:
    if _is_half_year(report):
        return f"In the {'first' if report.since.month == 1 else 'second'} half of {report.since.year}"
    with force_locale("en"):
        return f"From {show_date(report.since)} to {show_date(report.until)}"


def as_json(report: Bulletin) -> Mapping[str, Any]:
    """The figures for machines: areas in m² as numbers with two places."""
    areas = {surface: float(report.area_m2[surface]) for surface in MEASURED}
    rate = report.punctual
    return {
        "from": report.since.isoformat(),
        "to": report.until.isoformat(),
        "defects_found": report.defects_found,
        "area_m2": {"total": float(report.total_m2), **areas},
        "length_m": float(report.length_m),
        "places_mended": report.places_mended,
        "ancillary_places": report.ancillary_places,
        "found_by_surface": dict(report.found_by_surface),
        "found_by_type": dict(report.found_by_type),
        "on_time": {
            "numerator": rate.on_time,
            "denominator": rate.n,
            "percent": None if rate.share is None else float(rate.share),
            "excluded_void": report.void,
        },
        "sentence": {"zh": sentence_zh(report), "en": sentence_en(report)},
    }
