"""The plan of the demo: 472 defects whose totals are the published ones; everything else comes from a fixed seed.

Published for the first half of 2018 (domain.md §7.2): 472 defects found, 3 070 m² carriageway and 5 960 m² sidewalk
mended. Single records were not published: these are reconstructed and marked so.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from roadworks.base.calendar import WorkCalendar
from roadworks.base.clock import ZONE
from roadworks.demo.spots import Spot

SEED = 20180630
FIRST, LAST = date(2018, 1, 2), date(2018, 6, 29)
MENDED_M2 = {"carriageway": Decimal(3070), "sidewalk": Decimal(5960)}
MENDED_PLACES = {"carriageway": 148, "sidewalk": 192, "ancillary": 40}

# What became of the others by 30 June: how many, and in the last how many days they were found.
OPEN_FATES = {
    "settled": (6, 150),
    "forwarded": (3, 4),
    "covered": (24, 170),
    "filed": (9, 1),
    "confirmed": (12, 3),
    "issued": (6, 2),
    "accepted": (8, 3),
    "working": (6, 5),
    "due_soon": (2, 1),
    "late": (4, 14),
    "done": (5, 5),
    "rework": (3, 8),
    "suspended": (3, 12),
    "handed_back": (1, 4),
}
# Filed as well, but not counted as places.
UNCOUNTED = {"rejected": (11, 170), "duplicate": (7, 160)}

# 48 hours before a little after the demo's morning.
DUE_SOON_FOUND_AT = datetime(2018, 6, 28, 10, 5, tzinfo=ZONE)

TYPES = {
    "carriageway": (
        "ac_pothole",
        "ac_pothole",
        "ac_alligator",
        "ac_block_crack",
        "ac_settlement",
        "ac_raveling",
        "ac_edge_break",
    ),
    "sidewalk": ("sw_paver_loose", "sw_paver_loose", "sw_paver_broken", "sw_settlement", "sw_heave", "sw_tactile"),
    "ancillary": ("kerb_damage", "kerb_damage", "gully_damage", "gully_block", "tree_pit"),
}
OWNED = ("cover_broken", "cover_missing")


@dataclass
class Planned:
    """One defect to come: when and where it is found, what it is, and what becomes of it. Areas in m²."""

    found_at: datetime
    spot: Spot
    surface: str
    type_code: str
    fate: str
    area_m2: Decimal
    length_m: Decimal | None
    width_m: Decimal | None
    depth_mm: int | None
    mended_m2: Decimal | None = None
    twin: "Planned | None" = None
    notes: dict[str, str] = field(default_factory=dict)


def shares(dice: random.Random, total: Decimal, n: int) -> list[Decimal]:
    """`n` uneven areas of 0.01 m² that add up to `total` exactly."""
    weights = [dice.lognormvariate(0, 0.7) for _ in range(n)]
    cents = [max(50, int(weight / sum(weights) * int(total * 100))) for weight in weights]
    cents[cents.index(max(cents))] += int(total * 100) - sum(cents)
    return [Decimal(c).scaleb(-2) for c in cents]


def make(spots: Sequence[Spot]) -> list[Planned]:
    """All defects in the order in which they are found."""
    dice = random.Random(SEED)  # noqa: S311 - the same half-year every time
    days = WorkCalendar()
    plan: list[Planned] = []
    for surface, n in MENDED_PLACES.items():
        areas: list[Decimal | None] = [None] * n if surface == "ancillary" else [*shares(dice, MENDED_M2[surface], n)]
        plan += [_planned(dice, days, spots, surface, "closed", 181, area) for area in areas]
    for fate, (n, within) in {**OPEN_FATES, **UNCOUNTED}.items():
        plan += [
            _planned(dice, days, spots, dice.choice(("carriageway", "sidewalk")), fate, within, None) for _ in range(n)
        ]
    for item in plan:
        if item.fate == "due_soon":
            item.found_at = DUE_SOON_FOUND_AT + timedelta(minutes=dice.randint(0, 20))
            item.surface, item.type_code, item.depth_mm = "carriageway", "ac_pothole", 62
        if item.fate in {"forwarded", "settled"}:
            item.surface, item.type_code = "ancillary", dice.choice(OWNED)
            item.area_m2, item.length_m, item.width_m, item.depth_mm = Decimal(0), None, None, None
    plan.sort(key=lambda item: item.found_at)
    _pair_twins(plan)
    return plan


def _pair_twins(plan: list[Planned]) -> None:
    """A duplicate repeats, within a few metres, a defect that was found shortly before."""
    for place, item in enumerate(plan):
        if item.fate == "duplicate":
            original = next(p for p in reversed(plan[:place]) if p.fate == "closed" and p.surface != "ancillary")
            item.twin = original
            item.spot, item.surface, item.type_code = original.spot.beside(), original.surface, original.type_code
            item.area_m2, item.length_m, item.width_m = original.area_m2, original.length_m, original.width_m


def _planned(
    dice: random.Random,
    days: WorkCalendar,
    spots: Sequence[Spot],
    surface: str,
    fate: str,
    within_days: int,
    mended: Decimal | None,
) -> Planned:
    span = (LAST - FIRST).days
    latest = LAST - timedelta(days=14) if fate == "closed" else LAST
    while True:
        day = LAST - timedelta(days=dice.randint(0, min(within_days, span)))
        if days.is_workday(day) and FIRST <= day <= latest:
            break
    at = datetime.combine(day, time(8, 20), ZONE) + timedelta(minutes=dice.randint(0, 205))
    type_code = dice.choice(TYPES[surface])
    area = mended if mended is not None else Decimal(dice.randint(40, 1800)).scaleb(-2)
    reported = (area * Decimal(dice.randint(78, 104)) / 100).quantize(Decimal("0.01"))
    depth = dice.choice((15, 20, 25, 30, 35, 42, 55)) if type_code in {"ac_pothole", "ac_settlement"} else None
    if surface == "ancillary":
        reported = Decimal(0)
    length, width = _sides(dice, reported) if reported else (None, None)
    spot = dice.choice(spots)
    if fate == "covered":
        spot = dice.choice([s for s in spots if s.on_a_project_road])
    return Planned(at, spot.moved(dice, surface), surface, type_code, fate, reported, length, width, depth, mended)


def _sides(dice: random.Random, area: Decimal) -> tuple[Decimal, Decimal]:
    """A length and a width in m that could have been measured for the area."""
    width = min(Decimal(dice.randint(8, 30)) / 10, max(Decimal("0.3"), area))
    return (area / width).quantize(Decimal("0.01")), width
