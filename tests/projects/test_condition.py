"""PCI, FCI, RQI, PQI, ratings and treatment: the vectors of the trade, and what must hold for all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworks.defects.catalogue import TYPES
from roadworks.projects import condition

ASPHALT = {kind.name_zh: kind.code for kind in TYPES.values() if kind.pavement == "asphalt"}
CONCRETE = sorted(kind.code for kind in TYPES.values() if kind.pavement == "concrete")
SIDEWALK = {kind.name_zh: kind.code for kind in TYPES.values() if kind.surface == "sidewalk"}
ALL_FULL = dict.fromkeys(ASPHALT, 100.0)

# domain.md §3.4 and domain.json's pci_vectors: densities %, PCI to four places, flat variant.
VECTORS = [
    ({}, "100", "100"),
    ({"坑槽": 1}, "75", "75.00"),
    ({"线裂": 10}, "84", "84.00"),
    ({"线裂": 1, "坑槽": 1}, "75.4732", "75.47"),
    ({"线裂": 0.5, "路框差": 0.05}, "91.3463", "91.35"),
    ({"线裂": 2, "网裂": 5, "龟裂": 3, "坑槽": 0.2, "车辙": 4}, "59.8909", "61.91"),
    ({"龟裂": 30, "坑槽": 5, "沉陷": 10, "翻浆": 2}, "26.9660", "28.96"),
    (ALL_FULL, "0", "0"),
]
CENT = Decimal("0.01")


def coded(densities):
    return {ASPHALT[name]: float(density) for name, density in densities.items()}


@pytest.mark.parametrize(("densities", "expected", "flat"), VECTORS, ids=str)
def test_pci_by_the_vectors(densities, expected, flat):
    index = condition.pci(coded(densities))
    assert index.value == Decimal(expected).quantize(CENT)
    assert index.variant == "two_level"
    assert condition.pci(coded(densities), variant="flat").value == Decimal(flat).quantize(CENT)
    assert index.unconfirmed == ()


def test_single_and_class_deducts_of_the_vectors():
    index = condition.pci(coded(VECTORS[5][0]))
    values = {TYPES[d.code].name_zh: round(d.value, 4) for d in index.deducts}
    assert values == {"线裂": 8.8889, "网裂": 14.4444, "龟裂": 18.3333, "坑槽": 16.1111, "车辙": 16.3333}
    assert {name: round(v, 4) for name, v in index.classes.items()} == {
        "裂缝类": 27.8519,
        "变形类": 16.3333,
        "松散类": 16.1111,
    }
    index = condition.pci(coded(VECTORS[6][0]))
    assert {name: round(v, 4) for name, v in index.classes.items()} == {
        "裂缝类": 42.5,
        "变形类": 35.3965,
        "松散类": 31.6667,
    }


def test_weights_at_their_fixed_points():
    assert condition.weight(0) == 0
    assert condition.weight(1) == 1
    assert condition.weight(0.5) == 0.75
    assert round(condition.weight(1 / 3), 4) == 0.6667


def test_below_the_first_row_the_deduct_is_linear_from_nothing_and_above_all_it_is_capped():
    assert condition.deduct("ac_pothole", 0.005) == 5
    assert condition.deduct("ac_pothole", 0) == 0
    assert condition.deduct("ac_pothole", 250) == 72


@pytest.mark.parametrize(
    ("density", "step", "expected"),
    [(6.999999, True, 55), (7, True, 65), (50, True, 65), (7, False, 55), (53.5, False, 60), (100, False, 65)],
)
def test_concrete_rows_that_end_in_a_step(density, step, expected):
    assert round(condition.deduct("pcc_corner_break", density, step=step), 4) == expected


def test_every_row_of_the_tables_is_met_exactly():
    for kind in TYPES.values():
        for density, value in kind.deduct[: -1 if kind.deduct_at_or_above_last else None]:
            assert condition.deduct(kind.code, density) == value, (kind.code, density)
        if kind.deduct_at_or_above_last:
            assert condition.deduct(kind.code, kind.deduct[-1][0]) == kind.deduct_at_or_above_last


def test_rows_not_seen_in_the_2016_standard_are_named():
    assert condition.pci({"pcc_corner_break": 1, "pcc_faulting": 1, "pcc_scaling": 1}).unconfirmed == (
        "pcc_faulting",
        "pcc_scaling",
    )
    assert condition.fci({"sw_missing": 1}).unconfirmed == ("sw_missing",)


@pytest.mark.parametrize(
    ("densities", "expected"),
    [
        ({"残缺": 1}, "79.00"),
        ({"裂缝": 2, "松动或变形": 5}, "56.13"),
        ({"裂缝": 10, "松动或变形": 10, "残缺": 10}, "20.00"),
        ({"盲道缺损": 0.4, "残缺": 0.6}, "79.00"),
        ({}, "100"),
    ],
)
def test_fci_by_the_vectors(densities, expected):
    found = condition.fci({SIDEWALK[name]: float(density) for name, density in densities.items()})
    assert found.value == Decimal(expected).quantize(CENT)


def test_types_of_another_surface_or_pavement_do_not_mix():
    for densities in ({"sw_crack": 1}, {"ac_pothole": 1, "pcc_pothole": 1}, {"kerb_damage": 1}):
        with pytest.raises(ValueError):
            condition.pci(densities)
    with pytest.raises(ValueError):
        condition.fci({"ac_pothole": 1})
    with pytest.raises(ValueError):
        condition.deduct("kerb_damage", 1)


@pytest.mark.parametrize(("iri", "expected"), [("1.5", "4.47"), ("14.647", "0.00"), ("0", "4.98"), ("20", "0.00")])
def test_rqi(iri, expected):
    assert condition.rqi(Decimal(iri)) == Decimal(expected)


@pytest.mark.parametrize(
    ("rqi", "pci", "grade", "expected"),
    [
        ("3.5", "80", "arterial", "74.00"),
        ("3.5", "80", "expressway", "74.00"),
        ("3.5", "80", "secondary", "76.00"),
        ("3.5", "80", "branch", "76.00"),
        ("3.5", "80", "lane", "76.00"),
        ("4.98", "100", "arterial", "99.76"),
    ],
)
def test_pqi(rqi, pci, grade, expected):
    assert condition.pqi(Decimal(rqi), Decimal(pci), grade) == Decimal(expected)


@pytest.mark.parametrize(
    ("kind", "grade", "limits"),
    [
        ("pci", "expressway", ("90", "75", "65")),
        ("pqi", "arterial", ("85", "70", "60")),
        ("pci", "secondary", ("85", "70", "60")),
        ("pci", "branch", ("80", "65", "60")),
        ("pqi", "lane", ("80", "65", "60")),
        ("rqi", "expressway", ("4.10", "3.60", "2.50")),
        ("rqi", "arterial", ("3.60", "3.00", "2.40")),
        ("rqi", "secondary", ("3.60", "3.00", "2.40")),
        ("rqi", "branch", ("3.40", "2.80", "2.20")),
        ("rqi", "lane", ("3.40", "2.80", "2.20")),
        ("fci", None, ("80", "65", "50")),
    ],
)
def test_ratings_are_closed_below_and_open_above(kind, grade, limits):
    for better, worse, limit in zip("ABC", "BCD", limits, strict=True):
        assert condition.rating(kind, Decimal(limit), grade) == better
        assert condition.rating(kind, Decimal(limit) - CENT, grade) == worse


def test_no_rating_without_a_road_grade_where_the_limits_hang_on_it():
    assert condition.rating("pci", Decimal(50), None) is None
    assert condition.rating("fci", Decimal(50), None) == "C"


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ({"pci": "A", "rqi": "A"}, ("minor", "A", "pci")),
        ({"pci": "B", "rqi": "B"}, ("minor_medium", "B", "pci")),
        ({"pci": "B", "rqi": "C"}, ("medium", "C", "rqi")),
        ({"pci": "D", "rqi": "B"}, ("major", "D", "pci")),
        ({"pci": "C", "rqi": None}, ("medium", "C", "pci")),
        ({"fci": "D"}, ("major", "D", "fci")),
        ({"pci": None, "rqi": None}, None),
    ],
)
def test_treatment_is_by_the_worse_rating_and_says_which(ratings, expected):
    advice = condition.advise(ratings)
    assert (advice and (advice.code, advice.rating, advice.index)) == expected


codes = st.sampled_from(sorted(ASPHALT.values()))
percent = st.floats(0, 100, allow_nan=False)


@given(st.dictionaries(codes, percent), st.sampled_from(["two_level", "flat"]))
def test_pci_stays_between_0_and_100(densities, variant):
    assert 0 <= condition.pci(densities, variant=variant).value <= 100


@given(st.dictionaries(st.sampled_from(CONCRETE), percent), st.booleans())
def test_pci_of_concrete_stays_between_0_and_100(densities, step):
    assert 0 <= condition.pci(densities, step=step).value <= 100


@given(st.dictionaries(st.sampled_from(sorted(SIDEWALK.values())), percent))
def test_fci_stays_between_0_and_100(densities):
    assert 0 <= condition.fci(densities).value <= 100


@given(st.sampled_from([*sorted(ASPHALT.values()), *CONCRETE]), percent, percent)
def test_more_of_one_damage_alone_never_raises_pci(code, some, more):
    some, more = sorted((some, more))
    assert condition.pci({code: more}).value <= condition.pci({code: some}).value


@given(st.decimals(0, 30, places=2), st.decimals(0, 30, places=2))
def test_a_rougher_road_never_has_a_better_rqi(smooth, rough):
    smooth, rough = sorted((smooth, rough))
    assert 0 <= condition.rqi(rough) <= condition.rqi(smooth) <= Decimal("4.98")
