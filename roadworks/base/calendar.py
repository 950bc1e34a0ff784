"""Working days and hours, 调休, holidays, and the four units of time; the only place that knows a working day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import chinese_calendar
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from roadworks.base.clock import ZONE, local
from roadworks.base.db import Model, db

# 08:00–12:00 and 14:00–18:00: eight working hours (domain.md §4.1).
SHIFTS = ((time(8), time(12)), (time(14), time(18)))
LONGEST = timedelta(days=3660)
# A year has eleven statutory holidays; a few days set by hand do not yet make it known.
FEWEST_DAYS = 11


class Unit(StrEnum):
    """The four units of time of the trade (GB/T 30428.8 practice)."""

    URGENT_HOUR = "urgent_hour"  # 紧急工作时: the clock on the wall, nights and holidays included
    WORK_HOUR = "work_hour"  # 工作时: working hours of working days only
    WORK_DAY = "work_day"  # 工作日: eight working hours
    NATURAL_DAY = "natural_day"  # 自然日: calendar days; 0 is the end of the same day


class CalendarDay(Model):
    """A day that the bureau's table sets apart from the library: holiday or make-up workday."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), doc="holiday or workday")
    name: Mapped[str] = mapped_column(String(60), default="")


@dataclass(frozen=True)
class Holiday:
    """A statutory holiday 法定节假日 with the days off beside it, first and last day included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class WorkCalendar:
    """The working calendar: the bureau's table before the library before Monday to Friday. Never raises on a year."""

    table: Mapping[date, bool] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day."""
        if day in self.table:
            return self.table[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:  # a year whose notice the library does not know
            return day.weekday() < 5

    def knows(self, year: int) -> bool:
        """Whether the holidays of this year are loaded; without them Monday to Friday is assumed."""
        if sum(day.year == year for day in self.table) >= FEWEST_DAYS:
            return True
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return False
        return True

    def next_workday(self, day: date) -> date:
        """The day itself if people work on it, else the next on which they do."""
        for ahead in range(LONGEST.days):
            if self.is_workday(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        raise OverflowError("no working day in ten years")

    def workdays_after(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`."""
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def holidays(self, year: int) -> list[Holiday]:
        """The statutory holidays that touch a year, whole; a year nobody knows has those of the bureau's table."""
        found: list[Holiday] = []
        day = date(year, 1, 1) - timedelta(days=15)
        while day <= date(year, 12, 31) + timedelta(days=15):
            name = self._holiday(day)
            if name is not None and found and found[-1].last == day - timedelta(days=1):
                found[-1] = Holiday(found[-1].name, found[-1].first, day)
            elif name is not None:
                found.append(Holiday(name, day, day))
            day += timedelta(days=1)
        return [span for span in found if span.first.year <= year <= span.last.year]

    def _holiday(self, day: date) -> str | None:
        """The name of the holiday on this day (empty where it has none), None on other days."""
        if day in self.table:
            return None if self.table[day] else self.names.get(day, "")
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:  # a year whose notice the library does not know
            return None
        return str(name) if off and name else None

    def align(self, moment: datetime) -> datetime:
        """The moment itself if people work then, else the next at which they begin; UTC."""
        there = local(moment)
        day = there.date()
        for _ in range(LONGEST.days):
            if self.is_workday(day):
                for begins, ends in SHIFTS:
                    start, end = _at(day, begins), _at(day, ends)
                    if there < end:
                        return max(there, start).astimezone(UTC)
            day += timedelta(days=1)
        raise OverflowError("no working day in ten years")

    def add(self, start: datetime, amount: int, unit: Unit) -> datetime:
        """The deadline `amount` units after `start`, aware, UTC (algorithm of domain.md §4.3.2).

        Working units count from the next working moment; a span that ends with a shift ends then, not at the next one.
        """
        if unit is Unit.URGENT_HOUR:
            return (start + timedelta(hours=amount)).astimezone(UTC)
        if unit is Unit.NATURAL_DAY:
            if amount == 0:
                return _at(local(start).date(), time(23, 59, 59)).astimezone(UTC)
            return (start + timedelta(days=amount)).astimezone(UTC)
        return self.go_on(start, timedelta(hours=amount * (8 if unit is Unit.WORK_DAY else 1)), unit)

    def go_on(self, start: datetime, left: timedelta, unit: Unit) -> datetime:
        """The deadline when `left` of the unit's own time remains from `start`; negative time stays overdue."""
        if unit not in {Unit.WORK_HOUR, Unit.WORK_DAY} or left <= timedelta():
            return (start + left).astimezone(UTC)
        moment = self.align(start)
        while True:
            day, there = local(moment).date(), local(moment)
            end = next(_at(day, ends) for _begins, ends in SHIFTS if there < _at(day, ends))
            room = end - there
            if left <= room:
                return (there + left).astimezone(UTC)
            left -= room
            moment = self.align(end)

    def back(self, end: datetime, amount: int, unit: Unit) -> datetime:
        """The latest start whose deadline of `amount` units is not after `end`; UTC.

        What began at or before it is past its limit at `end`: so a database can compare a column with one moment.
        """
        if unit is Unit.URGENT_HOUR:
            return (end - timedelta(hours=amount)).astimezone(UTC)
        if unit is Unit.NATURAL_DAY:
            if amount == 0:
                return _at(local(end + timedelta(seconds=1)).date(), time()).astimezone(UTC) - timedelta(microseconds=1)
            return (end - timedelta(days=amount)).astimezone(UTC)
        left, moment = timedelta(hours=amount * (8 if unit is Unit.WORK_DAY else 1)), end
        while left > timedelta():
            start, moment = self._shift_before(moment)
            room = min(left, moment - start)
            left, moment = left - room, moment - room
        return moment.astimezone(UTC)

    def _shift_before(self, moment: datetime) -> tuple[datetime, datetime]:
        """Begin of the last shift that begins before `moment`, and the moment, or the shift's end where it is past."""
        there = local(moment)
        day = there.date()
        for _ in range(LONGEST.days):
            if self.is_workday(day):
                for begins, ends in reversed(SHIFTS):
                    if _at(day, begins) < there:
                        return _at(day, begins), min(there, _at(day, ends))
            day -= timedelta(days=1)
        raise OverflowError("no working day in ten years")

    def remaining(self, now: datetime, due: datetime, unit: Unit) -> timedelta:
        """How much of the unit's own time lies between now and the deadline; negative when it is past."""
        if unit not in {Unit.WORK_HOUR, Unit.WORK_DAY} or due <= now:
            return due - now
        return self.worked(now, due)

    def worked(self, begins: datetime, ends: datetime) -> timedelta:
        """Working time between two moments."""
        total = timedelta()
        here, there = local(begins), local(ends)
        day = here.date()
        while day <= there.date():
            if self.is_workday(day):
                for opens, closes in SHIFTS:
                    span = min(there, _at(day, closes)) - max(here, _at(day, opens))
                    total += max(span, timedelta())
            day += timedelta(days=1)
        return total


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZONE)


def load() -> WorkCalendar:
    """The calendar with the bureau's own table; one statement."""
    rows = list(db.session.scalars(select(CalendarDay)))
    return WorkCalendar({row.day: row.kind == "workday" for row in rows}, {row.day: row.name for row in rows})


def local_day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in Zhengzhou and the first of the next, UTC."""
    return _at(day, time()).astimezone(UTC), _at(day + timedelta(days=1), time()).astimezone(UTC)


def half_year(day: date) -> tuple[date, date]:
    """First and last day of the half-year in which `day` lies."""
    if day.month <= 6:
        return date(day.year, 1, 1), date(day.year, 6, 30)
    return date(day.year, 7, 1), date(day.year, 12, 31)
