"""Condition of a road as CJJ 36-2016 computes it: PCI, FCI, RQI, PQI, their ratings, and what to do about them.

Formulas and tables: domain.md §3 (LL: seen in the standard; other rows are marked by the catalogue's `edition`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby, pairwise

from roadworks.base.quantities import hundredths
from roadworks.defects.catalogue import TYPES

TWO_LEVEL, FLAT = "two_level", "flat"
RQI_BEST = Decimal("4.98")
RQI_PER_IRI = Decimal("0.34")
PQI_SCALE = 20
RATINGS = ("A", "B", "C", "D")

# Lower limits of A, B and C (domain.md §3.6); a lane is rated as a branch road.
_SAME = {"arterial": "main", "secondary": "main", "expressway": "expressway", "branch": "branch", "lane": "branch"}
_PCI_LIMITS = {"expressway": (90, 75, 65), "main": (85, 70, 60), "branch": (80, 65, 60)}
_RQI_LIMITS = {
    "expressway": ("4.10", "3.60", "2.50"),
    "main": ("3.60", "3.00", "2.40"),
    "branch": ("3.40", "2.80", "2.20"),
}
_FCI_LIMITS = (80, 65, 50)
_SMOOTH_FIRST = frozenset({"expressway", "arterial"})


@dataclass(frozen=True)
class Deduct:
    """One damage in an index: density in % of the inspected area, single deduct, and its weight within its class."""

    code: str
    density: float
    value: float
    weight: float

    @property
    def weighted(self) -> float:
        """What it takes from its class."""
        return self.value * self.weight


@dataclass(frozen=True)
class Index:
    """A condition index 0–100 (0.01) with all that it is made of; `variant` names how the weights were applied."""

    value: Decimal
    variant: str
    deducts: tuple[Deduct, ...] = ()
    classes: Mapping[str, float] = field(default_factory=dict)
    unconfirmed: tuple[str, ...] = ()


def weight(share: float) -> float:
    """ω = 3u³ − 5.5u² + 3.5u, u being a share of 0 to 1."""
    return 3.0 * share**3 - 5.5 * share**2 + 3.5 * share


def deduct(code: str, density: float, *, step: bool = True) -> float:
    """The single deduct value at a density in %, linear between the rows and from (0, 0); capped at 100 %.

    Rows like "≥ 7 → 65" after "7 → 55" are a step; with step=False they run on to 100 % (another reading).
    """
    kind = TYPES[code]
    row = TYPES[kind.parent].deduct if kind.parent else kind.deduct
    if not row:
        raise ValueError(f"{code} has no deduct values")
    points = [(0.0, 0.0), *((float(x), float(y)) for x, y in row)]
    density, last = min(max(density, 0.0), 100.0), kind.deduct_at_or_above_last
    if last is not None and density >= points[-1][0]:
        if step:
            return float(last)
        points.append((100.0, float(last)))
    for (x0, y0), (x1, y1) in pairwise(points):
        if density <= x1:
            return y0 + (y1 - y0) * (density - x0) / (x1 - x0)
    return points[-1][1]


def pci(densities: Mapping[str, float], *, variant: str = TWO_LEVEL, step: bool = True) -> Index:
    """PCI 路面状况指数 of a carriageway from the densities (%) of its damages, all of one pavement.

    Two-level: weights within each class, then between the classes. It is not monotone across several damages: a slight
    second one lowers the share, and so the weight, of the first. Raises ValueError on types that do not belong here.
    """
    pavements = {TYPES[code].pavement for code in densities}
    if len(pavements) > 1 or any(TYPES[code].surface != "carriageway" for code in densities):
        raise ValueError("one carriageway pavement at a time")
    values = {code: deduct(code, density, step=step) for code, density in densities.items() if density > 0}
    if variant == FLAT:
        return _flat(densities, values, FLAT)
    ordered = sorted(values, key=lambda code: TYPES[code].class_zh)
    deducts: list[Deduct] = []
    for _name, codes in groupby(ordered, key=lambda code: TYPES[code].class_zh):
        deducts += _weighted(densities, {code: values[code] for code in codes})
    classes: dict[str, float] = {}
    for one in deducts:
        name = TYPES[one.code].class_zh
        classes[name] = classes.get(name, 0.0) + one.weighted
    total, all_classes = 0.0, sum(classes.values())
    for value in classes.values():
        total += value * weight(value / all_classes)
    return Index(_left(total), TWO_LEVEL, tuple(deducts), classes, _unconfirmed(values))


def fci(densities: Mapping[str, float]) -> Index:
    """FCI 人行道损坏状况指数 of a sidewalk from the densities (%) of its damages: one class only.

    Types that share a row of the table (a paver type and its parent) are added before the row is read.
    """
    merged: dict[str, float] = {}
    for code, density in densities.items():
        if TYPES[code].surface != "sidewalk":
            raise ValueError("sidewalk only")
        row = TYPES[code].parent or code
        merged[row] = min(100.0, merged.get(row, 0.0) + density)
    return _flat(merged, {code: deduct(code, density) for code, density in merged.items() if density > 0}, FLAT)


def _flat(densities: Mapping[str, float], values: Mapping[str, float], variant: str) -> Index:
    deducts = _weighted(densities, values)
    return Index(_left(sum(d.weighted for d in deducts)), variant, tuple(deducts), {}, _unconfirmed(values))


def _weighted(densities: Mapping[str, float], values: Mapping[str, float]) -> list[Deduct]:
    total = sum(values.values())
    return [Deduct(code, densities[code], value, weight(value / total)) for code, value in values.items()]


def _left(total: float) -> Decimal:
    return hundredths(Decimal(max(0.0, 100.0 - total)))


def _unconfirmed(codes: Mapping[str, float]) -> tuple[str, ...]:
    """The types whose deduct values were not seen in the 2016 standard (部分扣分值待核对原规范)."""
    return tuple(code for code in codes if TYPES[code].edition != "2016")


def rqi(iri: Decimal) -> Decimal:
    """RQI 行驶质量指数 0–4.98 from IRI in m/km: 4.98 − 0.34 × IRI, negative is 0."""
    return hundredths(min(RQI_BEST, max(Decimal(0), RQI_BEST - RQI_PER_IRI * iri)))


def pqi(rqi_value: Decimal, pci_value: Decimal, grade: str) -> Decimal:
    """PQI 路面综合评价指数: 20 ω1 RQI + ω2 PCI; smoothness weighs 0.6 on expressways and arterials, else 0.4."""
    smooth, damage = (Decimal("0.6"), Decimal("0.4")) if grade in _SMOOTH_FIRST else (Decimal("0.4"), Decimal("0.6"))
    return hundredths(PQI_SCALE * smooth * rqi_value + damage * pci_value)


def rating(kind: str, value: Decimal, grade: str | None) -> str | None:
    """A to D of an index (pci, pqi, rqi, fci); None where the road's grade is not known and the limits hang on it."""
    if kind == "fci":
        return _rate(value, _FCI_LIMITS)
    if grade is None:
        return None
    return _rate(value, (_RQI_LIMITS if kind == "rqi" else _PCI_LIMITS)[_SAME[grade]])


def _rate(value: Decimal, limits: Sequence[int | str]) -> str:
    """Intervals closed below, open above."""
    passed = [letter for letter, lowest in zip(RATINGS, limits, strict=False) if value >= Decimal(lowest)]
    return passed[0] if passed else "D"


@dataclass(frozen=True)
class Advice:
    """Proposed treatment 养护对策: a code, the rating that asks for it, and which index gave that rating."""

    code: str
    rating: str
    index: str


# The 2006 edition's table; where its rows overlap, the worse rating decides and B stays small repair (domain.md §3.7).
TREATMENTS = {"A": "minor", "B": "minor_medium", "C": "medium", "D": "major"}


def advise(ratings: Mapping[str, str | None]) -> Advice | None:
    """What to do by the worse of the ratings (index → A…D); None where no index is rated. Advice, never an act."""
    known = [(letter, index) for index, letter in ratings.items() if letter is not None]
    if not known:
        return None
    worst, index = max(known, key=lambda pair: RATINGS.index(pair[0]))
    return Advice(TREATMENTS[worst], worst, index)
