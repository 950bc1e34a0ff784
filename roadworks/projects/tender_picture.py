"""The tender clock as a picture: each stretch a bar on one common scale, drawn on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from roadworks.projects.tender_clock import Span

WIDTH = 1000  # units of the picture; it is stretched to the width of the page


@dataclass(frozen=True)
class Bar:
    """One stretch with where it lies in the picture."""

    span: Span
    x: int
    width: int


@dataclass(frozen=True)
class Picture:
    """All stretches, the days at both ends, and where today lies (None outside)."""

    bars: Sequence[Bar]
    first: date
    last: date
    today: int | None


def drawn(spans: Sequence[Span], today: date) -> Picture | None:
    """The picture of these stretches; None where there is none."""
    if not spans:
        return None
    first, last = min(s.begins for s in spans), max(s.ends for s in spans)
    whole = max((last - first).days, 1)

    def at(day: date) -> int:
        return round((day - first).days * WIDTH / whole)

    bars = [Bar(s, min(at(s.begins), WIDTH - 6), max(at(s.ends) - at(s.begins), 6)) for s in spans]
    return Picture(bars, first, last, at(today) if first <= today <= last else None)
