"""When a job is due: the slots of the timetable, each a moment; and what the timetable holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol, cast

from babel.dates import get_day_names
from flask import current_app

from roadworks.base import clock
from roadworks.base.i18n import _, locale, ngettext

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Where clocks are set forward or back it happens then: a slot in that hour would come twice or never.
NO_SLOTS = (time(0, 30), time(3, 30))


class When(Protocol):
    """Gives the slots of a job."""

    def latest(self, moment: datetime) -> datetime:
        """The newest slot that is not after the moment."""

    def following(self, moment: datetime) -> datetime:
        """The first slot after the moment."""

    @property
    def words(self) -> str:
        """How the page says it."""


@dataclass(frozen=True)
class Every:
    """Each so many minutes, counted from midnight UTC."""

    span: timedelta

    def latest(self, moment: datetime) -> datetime:
        """The newest slot that is not after the moment."""
        return EPOCH + (moment - EPOCH) // self.span * self.span

    def following(self, moment: datetime) -> datetime:
        """The first slot after the moment."""
        return self.latest(moment) + self.span

    @property
    def words(self) -> str:
        """How the page says it."""
        minutes = int(self.span.total_seconds() // 60)
        return ngettext("every %(num)d minute", "every %(num)d minutes", minutes)


@dataclass(frozen=True)
class At:
    """At a local time of each day, of one weekday (0 is Monday) or of one day of the month (1 to 28).

    Raises ValueError on a time between 00:30 and 03:30.
    """

    hour: int
    minute: int = 0
    weekday: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if NO_SLOTS[0] <= self.time <= NO_SLOTS[1]:
            raise ValueError(f"no job between 00:30 and 03:30: {self.time}")
        if self.day is not None and not 1 <= self.day <= 28:
            raise ValueError(f"not every month has a day {self.day}")

    @property
    def time(self) -> time:
        """The time on a wall clock."""
        return time(self.hour, self.minute)

    def latest(self, moment: datetime) -> datetime:
        """The newest slot that is not after the moment."""
        day = clock.local(moment).date()
        while not self._fits(day) or self._slot(day) > moment:
            day -= DAY
        return self._slot(day)

    def following(self, moment: datetime) -> datetime:
        """The first slot after the moment."""
        day = clock.local(moment).date()
        while not self._fits(day) or self._slot(day) <= moment:
            day += DAY
        return self._slot(day)

    def _fits(self, day: date) -> bool:
        return self.weekday in {None, day.weekday()} and self.day in {None, day.day}

    def _slot(self, day: date) -> datetime:
        return datetime.combine(day, self.time, clock.ZONE).astimezone(UTC)

    @property
    def words(self) -> str:
        """How the page says it."""
        at = f"{self.time:%H:%M}"
        if self.day is not None:
            return _("on day %(day)d of the month, %(time)s", day=self.day, time=at)
        if self.weekday is not None:
            named = get_day_names("wide", locale=locale())[self.weekday]
            return _("every %(day)s, %(time)s", day=named, time=at)
        return _("every day, %(time)s", time=at)


@dataclass(frozen=True)
class Job:
    """What runs (it gives how many things it did), when, and what the page calls it."""

    run: Callable[[], int]
    when: When
    about: Any


def timetable() -> Mapping[str, Job]:
    """The app's timetable, from jobs.py."""
    return cast(Mapping[str, Job], current_app.extensions["timetable"])
