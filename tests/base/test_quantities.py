"""What people type is understood, or refused."""

from datetime import date
from decimal import Decimal

import pytest

from roadworks.base.quantities import (
    format_chainage,
    hundredths,
    parse_chainage,
    parse_day,
    parse_decimal,
    parse_int,
    parse_phone,
    whole_number,
    whole_numbers,
)


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("12.5", "m2", "12.5"), ("１２．５ 平方米", "m2", "12.5"), ("12.5㎡", "m2", "12.5"), ("12.5 m²", "m2", "12.5"),
        ("12。5", "m2", "12.5"), ("1,200", "", "1200"), ("1，200.5", "", "1200.5"), ("30cm", "m", "0.3"),
        ("30 厘米", "m", "0.3"), ("1.2米", "m", "1.2"), ("３厘米", "mm", "30"), ("5", "mm", "5"), (".5", "m", "0.5"),
        ("2 平米", "m2", "2"), ("3\u202f500", "", "3500"), ("12\u00a0345 ㎡", "m2", "12345"), ("１ ２００．５", "", "1200.5"), ("0", "m", "0"),
    ],
)  # fmt: skip
def test_numbers_with_units_and_full_width_digits(typed, unit, value):
    assert parse_decimal(typed, unit) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-1",
        "－3",
        "NaN",
        "Infinity",
        "1e400",
        "1,20",
        "3 5",
        "3 500 5",
        "1 5000",
        "3 500 .5",
        "12.5kg",
        "1.2.3",
        "abc",
        "9" * 40,
        "1\x00",
    ],
)
def test_nonsense_is_refused(typed):
    with pytest.raises(ValueError):
        parse_decimal(typed, "m")


def test_halves_are_rounded_up_as_people_do():
    assert [str(hundredths(Decimal(said))) for said in ("0.125", "12.345", "12.344")] == ["0.13", "12.35", "12.34"]


def test_whole_numbers():
    assert parse_int("２０ mm", "mm") == 20
    with pytest.raises(ValueError):
        parse_int("2.5")


def test_a_rows_id_is_plain_digits_and_no_more_than_a_database_holds():
    assert [whole_number(said) for said in ("7", "0", "", None, "²", "７", "-7", "7.0", "9" * 10)] == [
        7,
        0,
        *[None] * 7,
    ]
    assert whole_number("1000", digits=3) is None
    assert (whole_numbers(["7", "8"]), whole_numbers([]), whole_numbers(["7", "x"])) == ([7, 8], [], None)


@pytest.mark.parametrize(
    ("typed", "metres"), [("K0+123", "123"), ("k1+005.5", "1005.5"), ("Ｋ２＋０００", "2000"), ("0+120", "120")]
)
def test_chainage(typed, metres):
    assert parse_chainage(typed) == Decimal(metres)


@pytest.mark.parametrize("typed", ["K0+1000", "K+1", "123", "K1-5", "K1+12a"])
def test_wrong_chainage(typed):
    with pytest.raises(ValueError):
        parse_chainage(typed)


def test_chainage_is_written_as_the_trade_does():
    assert format_chainage(Decimal("1005.50")) == "K1+005.5"
    assert format_chainage(Decimal(123)) == "K0+123"


@pytest.mark.parametrize(
    "typed",
    [
        "2026-07-01",
        "２０２６－０７－０１",
        "2026年7月1日",
        "２０２６年０７月０１日",
        "2026/7/1",
        "2026.07.01",
        "20260701",
        " 2026-7-1 ",
    ],
)
def test_a_day_as_people_type_it(typed):
    assert parse_day(typed) == date(2026, 7, 1)


@pytest.mark.parametrize(
    "typed",
    ["", "2026-02-31", "0000-00-00", "31.12.2026", "2026-07", "2026年7月", "2026-7/1", "202671", "٢٠٢٦-٠٧-٠١", "1e9"],
)
def test_no_day(typed):
    with pytest.raises(ValueError, match=r"."):
        parse_day(typed or "?")


def test_phones():
    assert {parse_phone(p) for p in ("+86 138 1234 5678", "0086 13812345678", "8613812345678")} == {"13812345678"}
    assert parse_phone("0371-67180000") == "0371-67180000"
    with pytest.raises(ValueError):
        parse_phone("12345678901")
