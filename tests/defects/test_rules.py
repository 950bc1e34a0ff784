"""Counting rules and proposed severity, type by type."""

from collections import Counter
from decimal import Decimal

import pytest

from roadworks.defects.catalogue import TYPES
from roadworks.defects.rules import counted_area_m2, counts_for_index, propose_severity

LENGTH, WIDTH = Decimal("3.00"), Decimal("1.50")


@pytest.mark.parametrize("code", TYPES, ids=str)
def test_each_type_is_counted_by_its_rule(code):
    expected = {
        "length_x_0.2": Decimal("0.60"),
        "length_x_1": Decimal("3.00"),
        "count_x_1": Decimal(2),
        "length_x_width": Decimal("4.50"),
        "none": Decimal(0),
    }[TYPES[code].counting]
    assert counted_area_m2(code, LENGTH, WIDTH, 2) == expected


def test_the_rules_of_the_standard_stand_in_the_catalogue():
    rules = {
        code: TYPES[code].counting
        for code in (
            "ac_linear_crack",
            "pcc_linear_crack",
            "ac_frame_diff",
            "pcc_joint_seal",
            "pcc_faulting",
            "pcc_pumping",
            "ac_pothole",
        )
    }
    assert rules == {
        "ac_linear_crack": "length_x_0.2",
        "pcc_linear_crack": "length_x_0.2",
        "ac_frame_diff": "count_x_1",
        "pcc_joint_seal": "length_x_1",
        "pcc_faulting": "length_x_1",
        "pcc_pumping": "length_x_1",
        "ac_pothole": "length_x_width",
    }
    assert Counter(kind.surface for kind in TYPES.values()) == {"carriageway": 27, "sidewalk": 10, "ancillary": 10}


def test_a_missing_measure_gives_no_area_and_halves_are_rounded_up():
    assert counted_area_m2("ac_pothole", LENGTH, None) is None
    assert counted_area_m2("ac_linear_crack", None, WIDTH) is None
    assert counted_area_m2("ac_pothole", Decimal("0.15"), Decimal("0.30")) == Decimal("0.05")


@pytest.mark.parametrize(
    ("code", "depth", "area", "grade", "expected"),
    [
        ("collapse", None, "1", None, "emergency"), ("cover_missing", None, "0", None, "emergency"),
        ("ac_pothole", 50, "1", "I", "emergency"), ("ac_pothole", 50, "1", "II", "emergency"), ("ac_pothole", 50, "1", "III", "severe"),
        ("ac_pothole", 49, "1", "I", "severe"), ("ac_pothole", 40, "1", None, "severe"), ("ac_pothole", 39, "1", None, "moderate"),
        ("ac_pothole", 20, "1", None, "moderate"), ("ac_pothole", 19, "1", None, "slight"), ("ac_rutting", 55, "1", "I", "emergency"),
        ("ac_settlement", 30, "1", None, "severe"), ("ac_frame_diff", 30, "1", None, "severe"), ("ac_frame_diff", 29, "1", None, "moderate"),
        ("sw_missing", None, "0.25", None, "severe"), ("sw_missing", None, "0.24", None, "moderate"), ("sw_paver_broken", None, "0.3", None, "severe"),
        ("sw_heave", 20, "1", None, "severe"), ("sw_paver_loose", None, "1", None, "moderate"), ("ac_alligator", None, "1.01", None, "moderate"),
        ("ac_alligator", None, "1", None, "slight"), ("ac_rutting", 16, "1", None, "moderate"), ("ac_rutting", 15, "1", None, "slight"),
        ("ac_linear_crack", None, "9", None, "slight"), ("ac_bleeding", None, "9", None, "slight"), ("sw_worn", None, "1", None, "slight"),
        ("kerb_damage", None, "0", None, "moderate"), ("cover_broken", None, "0", None, "severe"),
    ],
)  # fmt: skip
def test_the_severity_that_size_and_type_propose(code, depth, area, grade, expected):
    assert propose_severity(code, Decimal(1), Decimal(1), depth, Decimal(area), grade) == expected


@pytest.mark.parametrize(
    ("code", "length", "width", "depth", "area", "counts"),
    [
        ("ac_linear_crack", "1", "0.003", None, "1", True), ("ac_linear_crack", "0.99", "0.003", None, "1", False),
        ("ac_linear_crack", "1", "0.0029", None, "1", False), ("ac_alligator", None, None, None, "1", False), ("ac_alligator", None, None, None, "1.01", True),
        ("ac_pothole", None, None, 20, "1", True), ("ac_pothole", None, None, 19, "1", False), ("ac_raveling", None, None, 21, "1", False),
        ("ac_raveling", None, None, 20, "0.1", True), ("ac_rutting", None, None, 15, "1", False), ("ac_settlement", None, None, 11, "1", True),
    ],
)  # fmt: skip
def test_what_is_too_small_for_the_index_does_not_count(code, length, width, depth, area, counts):
    sides = [None if side is None else Decimal(side) for side in (length, width)]
    assert counts_for_index(code, *sides, depth, Decimal(area)) is counts


@pytest.mark.parametrize("code", TYPES, ids=str)
def test_the_usual_sizes_of_each_type_give_an_area(code):
    kind = TYPES[code]
    assert kind.presets, "the form has sizes to offer for every type"
    for size in kind.presets:
        length, width = (Decimal(size[side]) if side in size else None for side in ("length_m", "width_m"))
        area = counted_area_m2(code, length, width, int(size.get("count", "1")))
        assert area is not None
        assert (area > 0) == (kind.counting != "none")
