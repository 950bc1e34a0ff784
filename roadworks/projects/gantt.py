"""The stages of a project as bars on one scale of time: what was planned above what was done, drawn on the server."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SHORTEST_DAYS = 30
# A day's place on the scale, and a bar as its start and length, in thousandths.
Scale = Callable[[date], int]
Bar = tuple[int, int]


@dataclass(frozen=True)
class Stretch:
    """One stage: planned to be left, entered, left (None where it is not known), and whether its gate was skipped."""

    code: str
    name: str
    planned_on: date | None = None
    entered_on: date | None = None
    left_on: date | None = None
    skipped: bool = False


@dataclass(frozen=True)
class Line:
    """One row of the chart; bars as (start, length) in thousandths of the scale, None where there is none."""

    stretch: Stretch
    planned: Bar | None
    done: Bar | None
    late: Bar | None


@dataclass(frozen=True)
class Chart:
    """All rows, the months as (place, year, month), and where today lies (None outside)."""

    lines: Sequence[Line]
    months: Sequence[tuple[int, int, int]]
    today: int | None
    first: date | None = None
    last: date | None = None


def drawn(stretches: Sequence[Stretch], today: date) -> Chart:
    """The chart of these stages in their order, until today or the last planned day."""
    days = [day for s in stretches for day in (s.planned_on, s.entered_on, s.left_on) if day]
    if not days:
        return Chart([], [], None)
    open_ended = any(s.entered_on and not s.left_on for s in stretches)
    first, last = min(days), max([*days, today] if open_ended else days)
    last = max(last, first + timedelta(days=SHORTEST_DAYS))
    whole = (last - first).days

    def at(day: date) -> int:
        return round((day - first).days * 1000 / whole)

    lines, before = [], None
    for stretch in stretches:
        lines.append(Line(stretch, *_bars(stretch, before, today, at)))
        before = stretch.planned_on or before
    now = at(today) if first <= today <= last else None
    return Chart(lines, list(_months(first, last, at)), now, first, last)


def _bars(stretch: Stretch, before: date | None, today: date, at: Scale) -> tuple[Bar | None, Bar | None, Bar | None]:
    planned = _bar(before or stretch.entered_on, stretch.planned_on, at)
    end = stretch.left_on or (today if stretch.entered_on else None)
    done = _bar(stretch.entered_on, end, at)
    late = None
    if stretch.planned_on and end and stretch.entered_on and end > stretch.planned_on:
        late = _bar(max(stretch.planned_on, stretch.entered_on), end, at)
    return planned, done, late


def _bar(begins: date | None, ends: date | None, at: Scale) -> Bar | None:
    """A bar of at least a hair's breadth; a day alone is a point in time."""
    if ends is None:
        return None
    start = min(begins or ends, ends)
    return at(start), max(at(ends) - at(start), 6)


def _months(first: date, last: date, at: Scale) -> Iterable[tuple[int, int, int]]:
    """The firsts of months on the scale, thinned to at most about ten."""
    year, month = first.year, first.month
    found = []
    while (year, month) <= (last.year, last.month):
        if date(year, month, 1) >= first:
            found.append((at(date(year, month, 1)), year, month))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    step = next((n for n in (1, 2, 3, 6, 12, 24) if len(found) / n <= 8), 24)
    return [mark for mark in found if (mark[2] - 1 + mark[1] * 12) % step == 0] if step > 1 else found
