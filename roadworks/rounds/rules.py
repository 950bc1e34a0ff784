"""When a section is due, and what counts as done: arithmetic of the patrol plan without a database.

CJJ 36-2016 (domain.md §1.3): grade I every day, II every second, III every third day; the standard says days, not
working days. `due = last patrol + days`. A duty is done by one patrol up to the end of the day on which it falls due,
and missed when that day ends without one; the next then falls due so many days later. A patrol before its day does the
duty early, and the days are counted from it. What falls due today is missed only when the day is over.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from roadworks.base.clock import CLOCK_SLACK, LONGEST_QUEUE
from roadworks.network.grades import Held

DEFAULT_DAYS: dict[str, int | None] = {"I": 1, "II": 2, "III": 3, "-": None}
MOST_DAYS = 90

# The rule of ticking by position, said on the page of the round; static/js/round-position.js goes by the same numbers.
NEAR_M = 25
WORST_FIX_M = 50
ENOUGH_SHARE = 60

LONGEST_ROUND = timedelta(hours=24)


class Span(NamedTuple):
    """`days` hold from `starts_on` up to the day before `ends_on` (None: further on); None: no patrol."""

    starts_on: date
    ends_on: date | None
    days: int | None


@dataclass(frozen=True)
class Duty:
    """One patrol that was due: on which day, and on which day it was done (None: missed)."""

    due_on: date
    done_on: date | None

    @property
    def day(self) -> date:
        """The day on which it is counted: of the patrol, or on which it was missed."""
        return self.done_on or self.due_on


def of_grades(held: Sequence[Held], rules: Mapping[str | None, Sequence[Span]]) -> list[Span]:
    """The rules by which a section is patrolled, each for the days on which its road had the rule's grade."""
    found = []
    for grade, begins, ends in held:
        for span in rules.get(grade, ()):
            start = max(span.starts_on, begins or date.min)
            until = min(span.ends_on or date.max, ends or date.max)
            # A rule that was changed again on its first day held on none.
            if start < until:
                found.append(Span(start, None if until == date.max else until, span.days))
    return sorted(found)


def days_on(spans: Sequence[Span], day: date) -> int | None:
    """How many days may lie between two patrols by the rule in force on `day`; None where none is."""
    for span in spans:
        if span.starts_on <= day and (span.ends_on is None or day < span.ends_on):
            return span.days
    return None


def next_due(spans: Sequence[Span], last: date | None, begins: date) -> date | None:
    """The first day from `begins` on when, by the rule then in force, the last patrol lies long enough back.

    `spans` are in order and do not overlap.
    """
    for start, end, days in spans:
        if days is None:
            continue
        due = max(start, begins, begins if last is None else last + timedelta(days=days))
        if end is None or due < end:
            return due
    return None


def duties(spans: Sequence[Span], passes: Sequence[date], begins: date, until: date, today: date) -> Iterator[Duty]:
    """The duties from `begins` to `until`, both included, in order: those done, and those missed before `today`.

    `passes` are the days of patrols, ascending, each once.
    """
    place = bisect_left(passes, begins)
    last: date | None = passes[place - 1] if place else None
    here = begins
    while True:
        due = next_due(spans, last, here)
        if due is None:
            return
        patrol = passes[place] if place < len(passes) else None
        if patrol is not None and patrol <= due:
            if patrol > until:
                return
            if days_on(spans, patrol) is not None:
                yield Duty(due, patrol)
            last, place, here = patrol, place + 1, patrol + timedelta(days=1)
        elif due <= until and due < today:
            yield Duty(due, None)
            last, here = due, due + timedelta(days=1)
        else:
            return


def standing(due: date | None, last: date | None, today: date) -> str:
    """How a section stands today: missed, today, later, done, or none (not in the plan)."""
    if due is None:
        return "none"
    if last is not None and last >= today:
        return "done"
    if due < today:
        return "missed"
    return "today" if due == today else "later"


def counted_day(passed: date, received: date) -> date:
    """The day a tick counts for: its own, but never one after the day on which it arrived."""
    return min(passed, received)


def doubtful(started_at: datetime, ended_at: datetime | None, received_at: datetime, off: timedelta | None) -> bool:
    """Whether its times cannot all be right: in the future, older than any queue, a day long, by a wrong clock."""
    if off is not None and abs(off) > CLOCK_SLACK:
        return True
    latest = ended_at or started_at
    return (
        latest - received_at > CLOCK_SLACK
        or received_at - started_at > LONGEST_QUEUE
        or (latest - started_at) > LONGEST_ROUND
    )


def time_walked(started_at: datetime, ended_at: datetime, pauses: Sequence[tuple[datetime, datetime]]) -> timedelta:
    """How long a round took without its pauses."""
    paused = sum((ends - begins for begins, ends in pauses), timedelta())
    return max(timedelta(), ended_at - started_at - paused)
