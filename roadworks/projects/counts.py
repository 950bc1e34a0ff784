"""The arithmetic of a programme 目标任务: exclusive stages add up, milestones stand beside the sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from roadworks.base.errors import BadInput
from roadworks.base.i18n import _
from roadworks.base.quantities import hundredths

BAR = 400
MORE_THAN = ("余", "多")


@dataclass(frozen=True)
class Line:
    """How many stand in a stage; a milestone is cumulative, an approximate one was printed as 余, more than."""

    stage_zh: str
    count: Decimal
    stage_en: str | None = None
    milestone: bool = False
    approximate: bool = False


@dataclass(frozen=True)
class Record:
    """What was recorded at once: the counts of a day."""

    as_of: date
    recorded_at: datetime
    lines: Sequence[Any]


def records(counts: Sequence[Any]) -> list[Record]:
    """The counts of a programme as they were recorded, the latest day first; corrections of a day before it."""
    key = [(c.as_of, c.recorded_at) for c in counts]
    ordered = [counts[i] for i in sorted(range(len(counts)), key=lambda i: (key[i], -i), reverse=True)]
    return [Record(*day, list(group)) for day, group in groupby(ordered, key=lambda c: (c.as_of, c.recorded_at))]


def total(lines: Sequence[Any]) -> Decimal:
    """What the exclusive stages add up to; milestones do not enter."""
    return sum((line.count for line in lines if not line.milestone), Decimal(0))


def adds_up(lines: Sequence[Any], sited: Decimal | None) -> bool:
    """Whether the exclusive stages equal the sited total 选址 (domain.md §7.5); true where none is known."""
    return sited is None or not lines or total(lines) == sited


def check_sum(lines: Sequence[Any], sited: Decimal | None, note: str, field: str) -> None:
    """Refuse counts that do not add up and have no note how they were printed; raises BadInput at `field`."""
    if note or adds_up(lines, sited):
        return
    raise BadInput(
        _(
            "The stages add up to %(sum)s, the total is %(total)s. Correct a count, or note how it was printed.",
            sum=plain(total(lines)),
            total=plain(sited or Decimal(0)),
        ),
        field=field,
    )


def plain(value: Decimal) -> str:
    """A count without needless zeros."""
    return f"{value.normalize():f}"


def share(value: Decimal, target: Decimal | None) -> Decimal | None:
    """Per cent of the target, two places; None where there is none."""
    return hundredths(value * 100 / target) if target else None


def bar(lines: Sequence[Any], sited: Decimal | None) -> list[tuple[float, float]]:
    """Where each exclusive stage lies on a stacked bar 400 wide: x and width; what is missing stays empty."""
    stages = [line.count for line in lines if not line.milestone]
    whole = max(sum(stages, Decimal(0)), sited or Decimal(0))
    parts, x = [], 0.0
    for count in stages if whole else []:
        width = float(count * BAR / whole)
        parts.append((round(x, 2), round(width, 2)))
        x += width
    return parts
