"""What people type for numbers, lengths, areas, chainages, days and telephones, and how it is understood."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

# What m, m² and indices are rounded to.
CENT = Decimal("0.01")


def hundredths(value: Decimal) -> Decimal:
    """A value to two places, half up as people round; raises InvalidOperation on one too long."""
    return value.quantize(CENT, ROUND_HALF_UP)


# Unit words and how many of the base unit (m, m2, mm, yuan) one of them is.
UNITS: dict[str, dict[str, Decimal]] = {
    "m": {
        "m": Decimal(1),
        "米": Decimal(1),
        "公尺": Decimal(1),
        "cm": Decimal("0.01"),
        "厘米": Decimal("0.01"),
        "mm": Decimal("0.001"),
    }
    | {"毫米": Decimal("0.001"), "km": Decimal(1000), "公里": Decimal(1000), "千米": Decimal(1000)},
    "m2": {
        "m2": Decimal(1),
        "㎡": Decimal(1),
        "平方米": Decimal(1),
        "平米": Decimal(1),
        "平方": Decimal(1),
        "方": Decimal(1),
    },
    "mm": {
        "mm": Decimal(1),
        "毫米": Decimal(1),
        "cm": Decimal(10),
        "厘米": Decimal(10),
        "公分": Decimal(10),
        "m": Decimal(1000),
    }
    | {"米": Decimal(1000)},
    "yuan": {
        "元": Decimal(1),
        "圆": Decimal(1),
        "万": Decimal(10_000),
        "万元": Decimal(10_000),
        "亿元": Decimal(10**8),
    },
    "wan": {
        "万元": Decimal(1),
        "万": Decimal(1),
        "元": Decimal("0.0001"),
        "yuan": Decimal("0.0001"),
        "亿元": Decimal(10_000),
        "亿": Decimal(10_000),
    },
    "": {"处": Decimal(1), "个": Decimal(1)},
}
NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,10})?|\.\d{1,10})([^\d.].{0,3})?")
# As pages show them, with narrow spaces that do not break, or as people type them.
GROUPS = re.compile(r"^\d{1,3}(\s\d{3})+(?!\d)")
DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]|(\d{2})(\d{2}))", re.ASCII)
CHAINAGE = re.compile(r"K?(\d{1,4})\+(\d{1,3}(?:\.\d{1,3})?)", re.IGNORECASE)


def fold(text: str) -> str:
    """Full-width signs as plain ones, Chinese full stops and commas as points and commas, no spaces."""
    plain = unicodedata.normalize("NFKC", text).replace("。", ".").replace("，", ",").replace("、", ",")
    plain = plain.replace("²", "2")
    return "".join(plain.split())


def parse_decimal(text: str, unit: str = "") -> Decimal:
    """A number of at most 15 digits, not negative, in `unit` (a key of UNITS), from what was typed with its unit.

    `１２．５ 平方米` is 12.5; `1,200` and `1 200` are 1200; `30cm` is 0.3 in metres. Raises ValueError.
    """
    grouped = GROUPS.sub(lambda found: "".join(found.group().split()), text.strip())
    if re.search(r"\d\s+[\d.]", grouped):
        raise ValueError(text)
    plain = fold(grouped)
    if "," in plain:
        if not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?\D*", plain):
            raise ValueError(text)
        plain = plain.replace(",", "")
    match = NUMBER.fullmatch(plain)
    if match is None:
        raise ValueError(text)
    word = (match.group(2) or "").lower()
    if word and word not in UNITS.get(unit, {}):
        # NFKC writes ㎡ as m2, whose 2 the number pattern leaves to the unit.
        raise ValueError(text)
    try:
        return Decimal(match.group(1)) * UNITS.get(unit, {}).get(word, Decimal(1))
    except InvalidOperation as error:
        raise ValueError(text) from error


def parse_day(text: str) -> date:
    """A day: `2026-07-01`, `2026/7/1`, `2026.7.1`, `20260701`, `2026年7月1日`, full-width too; raises ValueError."""
    match = DAY.fullmatch(fold(text[:40]))
    if match is None:
        raise ValueError(text)
    year, month, day = (int(part) for part in match.group(1, 3, 4, 5, 6, 7, 8) if part)
    return date(year, month, day)


def whole_number(said: Any, digits: int = 9) -> int | None:
    """A whole number as addresses and forms tell one, a row's id above all; None where it is none, or too long."""
    text = str(said or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def whole_numbers(said: Sequence[str]) -> list[int] | None:
    """All of them; None where one is none."""
    found = [number for number in map(whole_number, said) if number is not None]
    return found if len(found) == len(said) else None


def parse_int(text: str, unit: str | None = None) -> int:
    """A whole number that is not negative; raises ValueError."""
    value = parse_decimal(text, unit=unit or "")
    if value != value.to_integral_value():
        raise ValueError(text)
    return int(value)


def parse_chainage(text: str) -> Decimal:
    """Metres from the road's zero point: `K1+005.5` is 1005.5; raises ValueError (domain.md §9.2)."""
    match = CHAINAGE.fullmatch(fold(text))
    if match is None:
        raise ValueError(text)
    return Decimal(match.group(1)) * 1000 + Decimal(match.group(2))


def format_chainage(metres: Decimal) -> str:
    """`K1+005.5` for 1005.5 m."""
    kilometres, rest = divmod(metres, 1000)
    whole, _, part = f"{rest.normalize():f}".partition(".")
    return f"K{kilometres:.0f}+{whole.zfill(3)}" + (f".{part}" if part else "")


def per_cent(part: int, whole: int) -> Decimal | None:
    """A share in per cent, one place; None of nothing."""
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def parse_phone(text: str) -> str:
    """A mobile or landline number without spaces and country code; raises ValueError (domain.md §9.3)."""
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", plain)
    if re.fullmatch(r"1[3-9]\d{9}", plain.replace("-", "")):
        return plain.replace("-", "")
    if re.fullmatch(r"0\d{2,3}-?\d{7,8}", plain) or re.fullmatch(r"1\d{4}", plain):
        return plain
    raise ValueError(text)
