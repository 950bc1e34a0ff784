"""ISO weeks on the calendar of Zhengzhou (`%G-W%V`, never `%Y-W%V`): which week it is, and when its digest is due."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from roadworks.base.clock import ZONE, local

LABEL = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
# A written label must lead to days that a calendar of these times can hold.
FIRST_YEAR, LAST_YEAR = 2000, 2999


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week: it begins on Monday, and belongs to the year in which its Thursday lies."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02d}"

    def day(self, weekday: int = 0) -> date:
        """The date of a weekday of this week; 0 is Monday."""
        return date.fromisocalendar(self.year, self.number, weekday + 1)

    def due_at(self, weekday: int = 0, hour: int = 8) -> datetime:
        """The moment at which this week's digest is due, UTC; the hour is Zhengzhou's."""
        return datetime.combine(self.day(weekday), time(hour), ZONE).astimezone(UTC)

    def after(self) -> "Week":
        """The week that follows."""
        return week_of_day(self.day() + timedelta(days=7))

    def before(self) -> "Week":
        """The week before."""
        return week_of_day(self.day() - timedelta(days=7))


def week_of_day(day: date) -> Week:
    """The ISO week in which a date lies."""
    year, number, _weekday = day.isocalendar()
    return Week(year, number)


def week_of(moment: datetime) -> Week:
    """The ISO week that a wall calendar in Zhengzhou shows at this moment."""
    return week_of_day(local(moment).date())


def read_week(text: str) -> Week:
    """The week that `2018-W26` names; raises ValueError on anything else, such as week 53 of a year of 52."""
    found = LABEL.fullmatch(text)
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise ValueError(text)
    week = Week(int(found[1]), int(found[2]))
    week.day()
    return week


@dataclass(frozen=True)
class Span:
    """The days that a digest tells of: it looks back on seven whole days and ahead on seven, its own day first.

    On a Monday these are the ISO week before and its own.
    """

    week: Week
    day: date

    @property
    def since(self) -> date:
        """First of the seven days looked back on."""
        return self.day - timedelta(days=7)

    @property
    def until(self) -> date:
        """Last of them: the day before the digest."""
        return self.day - timedelta(days=1)

    @property
    def ahead(self) -> date:
        """Last of the seven days looked ahead on."""
        return self.day + timedelta(days=6)

    def earlier(self) -> tuple[date, date]:
        """The seven days before those looked back on: what they are compared with."""
        return self.day - timedelta(days=14), self.day - timedelta(days=8)
