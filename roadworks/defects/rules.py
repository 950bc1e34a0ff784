"""The arithmetic of defects: counted area by type, and the severity that size and type propose."""

from collections.abc import Callable
from decimal import Decimal
from operator import ge, gt, le

from roadworks.base.quantities import hundredths
from roadworks.defects.catalogue import TYPES

# `min_depth_mm: 20` in the catalogue: at least; `over_`: more than; `max_`: at most.
COMPARE: dict[str, Callable[[Decimal | int, Decimal], bool]] = {"min": ge, "over": gt, "max": le}
CRACK_WIDTH_M = Decimal("0.2")  # CJJ 36-2016: a linear crack counts as a strip of 0.2 m
URGENT_TYPES = frozenset({"collapse", "cover_missing"})
DEEP_MM = 50
DEEP = {"ac_pothole", "pcc_pothole", "ac_settlement", "pcc_settlement"}
FRAMES = {"ac_frame_diff", "pcc_frame_diff", "pcc_faulting"}


def counted_area_m2(
    type_code: str, length_m: Decimal | None, width_m: Decimal | None, count: int = 1
) -> Decimal | None:
    """The area in m² (0.01) that a defect of this size counts for; None where a measure is missing.

    Counting rules of CJJ 36-2016 (domain.md §2.1–2.3): length × 0.2 m for linear cracks, 1 m² per frame,
    length × 1 m along joints and slab edges, else length × width.
    """
    rule = TYPES[type_code].counting
    if rule == "none":
        return Decimal(0)
    if rule == "count_x_1":
        return Decimal(count)
    if length_m is None or (rule == "length_x_width" and width_m is None):
        return None
    factor = {"length_x_0.2": CRACK_WIDTH_M, "length_x_1": Decimal(1)}.get(rule, width_m)
    return hundredths(length_m * (factor or Decimal(0)))


def counts_for_index(
    type_code: str, length_m: Decimal | None, width_m: Decimal | None, depth_mm: int | None, area_m2: Decimal
) -> bool:
    """Whether a defect is large enough to enter PCI (thresholds of domain.md §2.1–2.2); unknown measures count."""
    limits = TYPES[type_code].limits
    width_mm = None if width_m is None else width_m * 1000
    measures = {"length_m": length_m, "width_mm": width_mm, "depth_mm": depth_mm, "area_m2": area_m2}
    for limit, bound in limits.items():
        kind, measure = limit.split("_", 1)
        have = measures[measure]
        if have is not None and not COMPARE[kind](have, Decimal(bound)):
            return False
    return True


def propose_severity(
    type_code: str,
    length_m: Decimal | None,
    width_m: Decimal | None,
    depth_mm: int | None,
    area_m2: Decimal,
    maintenance_grade: str | None,
) -> str:
    """The severity for dispatch that type and size propose (domain.md §2.5); the person decides."""
    depth = depth_mm or 0
    busy = maintenance_grade in {"I", "II"} and TYPES[type_code].surface == "carriageway"
    if type_code in URGENT_TYPES or (busy and depth >= DEEP_MM):
        return "emergency"
    if _is_severe(type_code, length_m, width_m, depth, area_m2):
        return "severe"
    return "moderate" if _is_moderate(type_code, depth, area_m2) else "slight"


def _is_severe(type_code: str, length_m: Decimal | None, width_m: Decimal | None, depth: int, area_m2: Decimal) -> bool:
    kind = TYPES[type_code]
    across = min((side for side in (length_m, width_m) if side is not None), default=Decimal(1))
    if type_code in {"ac_pothole", "pcc_pothole"}:
        return depth >= 40 and across >= CRACK_WIDTH_M
    if type_code in DEEP | FRAMES:
        return depth >= 30
    if "sw_missing" in {type_code, kind.parent}:
        return area_m2 >= Decimal("0.25") or depth >= 20
    return (kind.surface == "sidewalk" and depth >= 20) or type_code in {"cover_broken", "gully_damage"}


def _is_moderate(type_code: str, depth: int, area_m2: Decimal) -> bool:
    kind = TYPES[type_code]
    if type_code in {"ac_pothole", "pcc_pothole"}:
        return depth >= 20
    if type_code == "ac_alligator":
        return area_m2 > 1
    if type_code == "ac_rutting":
        return depth > 15
    if kind.surface == "ancillary":
        return True
    return {"sw_loose", "sw_missing"} & {type_code, kind.parent} != set() or type_code in DEEP | FRAMES and depth >= 15
