"""Working days across 春节, 国庆 and 调休, in the four units; a year nobody knows never raises."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworks.base.calendar import SHIFTS, CalendarDay, Unit, WorkCalendar, half_year, load, local_day_bounds
from roadworks.base.clock import ZONE, local
from roadworks.base.db import db

DAYS = WorkCalendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2018-04-27T10:00", 1, "2018-04-28T10:00"),
        ("2018-04-27T10:00", 2, "2018-05-02T10:00"),
        ("2018-02-14T10:00", 1, "2018-02-22T10:00"),
        ("2018-09-28T10:00", 3, "2018-10-08T10:00"),
        ("2026-09-30T10:00", 1, "2026-10-08T10:00"),
        ("2026-09-30T10:00", 3, "2026-10-10T10:00"),
        ("2026-02-13T10:00", 1, "2026-02-14T10:00"),
        ("2026-02-13T10:00", 3, "2026-02-25T10:00"),
        ("2018-06-29T17:00", 1, "2018-07-02T17:00"),
        ("2018-06-30T09:00", 1, "2018-07-02T18:00"),
        ("2018-06-29T20:00", 1, "2018-07-02T18:00"),
        ("2018-06-29T12:30", 1, "2018-07-02T12:00"),
        ("2018-12-31T10:00", 1, "2019-01-02T18:00"),
        ("2020-01-23T10:00", 1, "2020-02-03T10:00"),
        ("2018-06-27T08:00", 1, "2018-06-27T18:00"),
        ("2018-06-27T18:00", 5, "2018-07-04T18:00"),
    ],
)
def test_working_days_end_on_the_day_the_bureau_would_say(start, amount, end):
    assert local(DAYS.add(at(start), amount, Unit.WORK_DAY)) == at(end)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2018-06-29T17:00", 2, Unit.WORK_HOUR, "2018-07-02T09:00"),
        ("2018-06-27T11:00", 4, Unit.WORK_HOUR, "2018-06-27T17:00"),
        ("2018-06-27T13:00", 4, Unit.WORK_HOUR, "2018-06-27T18:00"),
        ("2018-06-27T07:00", 4, Unit.WORK_HOUR, "2018-06-27T12:00"),
        ("2018-06-30T23:00", 2, Unit.URGENT_HOUR, "2018-07-01T01:00"),
        ("2018-02-15T23:30", 24, Unit.URGENT_HOUR, "2018-02-16T23:30"),
        ("2018-06-30T08:00", 0, Unit.NATURAL_DAY, "2018-06-30T23:59:59"),
        ("2018-06-30T00:00", 0, Unit.NATURAL_DAY, "2018-06-30T23:59:59"),
        ("2018-06-30T23:59", 0, Unit.NATURAL_DAY, "2018-06-30T23:59:59"),
        ("2018-02-27T09:00", 3, Unit.NATURAL_DAY, "2018-03-02T09:00"),
        ("2020-02-28T09:00", 1, Unit.NATURAL_DAY, "2020-02-29T09:00"),
        ("2018-12-31T09:00", 1, Unit.NATURAL_DAY, "2019-01-01T09:00"),
    ],
)
def test_the_other_units(start, amount, unit, end):
    assert local(DAYS.add(at(start), amount, unit)) == at(end)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2018-02-11", True), ("2018-02-15", False), ("2018-02-21", False), ("2018-02-22", True), ("2018-02-24", True),
        ("2018-04-08", True), ("2018-04-28", True), ("2018-04-30", False), ("2018-05-01", False), ("2018-06-18", False),
        ("2018-06-30", False), ("2018-09-29", True), ("2018-09-30", True), ("2018-10-01", False), ("2026-01-04", True),
        ("2026-02-14", True), ("2026-02-28", True), ("2026-05-09", True), ("2026-09-20", True), ("2026-10-10", True),
    ],
)  # fmt: skip
def test_make_up_workdays_and_holidays(day, works):
    assert DAYS.is_workday(date.fromisoformat(day)) is works


def test_the_first_half_of_2018_has_123_working_days():
    assert sum(DAYS.is_workday(date(2018, 1, 1) + timedelta(d)) for d in range(181)) == 123


def test_a_year_that_nobody_knows_is_monday_to_friday_and_says_so():
    assert not DAYS.knows(2027)
    assert DAYS.knows(2018)
    assert local(DAYS.add(at("2026-12-31T10:00"), 1, Unit.WORK_DAY)) == at("2027-01-01T10:00")


def test_the_bureaus_table_goes_before_the_library():
    table = WorkCalendar({date(2027, 1, 1): False, date(2018, 7, 1): True})
    assert not table.knows(2027), "one day does not make a year known"
    assert WorkCalendar({date(2027, 10, d): False for d in range(1, 12)}).knows(2027)
    assert local(table.add(at("2026-12-31T10:00"), 1, Unit.WORK_DAY)) == at("2027-01-04T10:00")
    assert table.is_workday(date(2018, 7, 1))


def test_the_table_is_read_from_the_database(either_app):
    with either_app.app_context():
        db.session.add(CalendarDay(day=date(2018, 6, 27), kind="holiday", name="停电"))
        db.session.commit()
        assert not load().is_workday(date(2018, 6, 27))


moments = st.datetimes(datetime(2017, 1, 1), datetime(2027, 6, 1))  # noqa: DTZ001 - the zone comes next
moments = moments.map(lambda m: m.replace(tzinfo=ZONE))


@given(moments, st.integers(0, 30), st.sampled_from([Unit.WORK_HOUR, Unit.WORK_DAY]))
def test_working_time_ends_within_a_shift_and_never_before_it_began(start, amount, unit):
    due = DAYS.add(start, amount, unit)
    assert due >= start or amount == 0
    if amount:
        assert DAYS.is_workday(local(due).date())
        assert any(begins <= local(due).time() <= ends for begins, ends in SHIFTS)
        assert DAYS.worked(start, due) == timedelta(hours=amount * (8 if unit is Unit.WORK_DAY else 1))


@given(moments, st.integers(1, 20), st.integers(1, 20))
def test_a_longer_time_limit_ends_later(start, amount, more):
    assert DAYS.add(start, amount, Unit.WORK_HOUR) < DAYS.add(start, amount + more, Unit.WORK_HOUR)


@given(moments, st.integers(1, 15), st.integers(0, 400))
def test_a_stopped_clock_goes_on_with_what_was_left(start, amount, hours):
    due = DAYS.add(start, amount, Unit.WORK_DAY)
    later = start + timedelta(hours=hours)
    left = DAYS.remaining(start, due, Unit.WORK_DAY)
    assert DAYS.go_on(start, left, Unit.WORK_DAY) == due
    assert DAYS.worked(later, DAYS.go_on(later, left, Unit.WORK_DAY)) == left


def test_half_years_and_local_days():
    assert half_year(date(2018, 6, 30)) == (date(2018, 1, 1), date(2018, 6, 30))
    assert half_year(date(2018, 7, 1)) == (date(2018, 7, 1), date(2018, 12, 31))
    begins, ends = local_day_bounds(date(2018, 6, 30))
    assert (begins.isoformat(), ends.isoformat()) == ("2018-06-29T16:00:00+00:00", "2018-06-30T16:00:00+00:00")


@given(
    st.integers(0, 3650 * 86400),
    st.integers(0, 40),
    st.sampled_from(list(Unit)),
)
def test_going_back_finds_the_last_start_that_is_due_by_then(end, amount, unit):
    moment = at("2017-01-01") + timedelta(seconds=end)
    start = DAYS.back(moment, amount, unit)
    assert DAYS.add(start, amount, unit) <= moment
    assert DAYS.add(start + timedelta(seconds=1), amount, unit) > moment


@pytest.mark.parametrize(
    ("end", "amount", "unit", "start"),
    [
        ("2018-06-27T11:00", 4, Unit.WORK_HOUR, "2018-06-26T17:00"),
        ("2018-07-02T09:00", 2, Unit.WORK_HOUR, "2018-06-29T17:00"),
        ("2018-07-01T12:00", 1, Unit.WORK_DAY, "2018-06-29T08:00"),
        ("2018-10-08T09:00", 1, Unit.WORK_DAY, "2018-09-30T09:00"),
        ("2018-02-22T08:00", 4, Unit.WORK_HOUR, "2018-02-14T14:00"),
        ("2018-06-27T10:00", 14, Unit.NATURAL_DAY, "2018-06-13T10:00"),
    ],
)
def test_going_back_crosses_nights_and_holidays(end, amount, unit, start):
    assert local(DAYS.back(at(end), amount, unit)) == at(start)
