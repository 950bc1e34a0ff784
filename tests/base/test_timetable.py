"""Slots of the timetable on the calendar: a year with its holidays, ISO weeks, hours that were missed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from roadworks.base import clock
from roadworks.base.timetable import At, Every

MONDAYS = At(8, weekday=0)


def local(*parts: int) -> datetime:
    """A moment on a clock in Zhengzhou."""
    return datetime(*parts, tzinfo=clock.ZONE)


def seen(when, begin: datetime, finish: datetime, step: timedelta) -> list[datetime]:
    """The slots that somebody sees who looks every `step`, each once."""
    found, moment = [], begin
    while moment < finish:
        slot = when.latest(moment)
        if slot not in found[-1:]:
            found.append(slot)
        moment += step
    return found


@pytest.mark.parametrize("year", range(2018, 2028))
def test_no_monday_of_a_year_is_missed_whatever_day_it_is(year):
    slots = seen(MONDAYS, local(year, 1, 1), local(year + 1, 1, 1), timedelta(minutes=30))[
        1:
    ]  # the first was last year's
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    mondays = [d for d in every if d.year == year and d.weekday() == 0]
    assert [clock.local(s).date() for s in slots] == mondays
    assert {f"{clock.local(s):%H:%M}" for s in slots} == {"08:00"}
    assert len({f"{clock.local(s):%G-W%V}" for s in slots}) == len(slots)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ((2018, 2, 19), "2018-W08"),  # 春节
        ((2018, 10, 1), "2018-W40"),  # 国庆
        ((2018, 12, 31), "2019-W01"),
        ((2026, 12, 28), "2026-W53"),
        ((2027, 1, 4), "2027-W01"),
        ((2024, 2, 26), "2024-W09"),
        ((2020, 12, 28), "2020-W53"),
    ],
)
def test_the_slot_of_a_monday_falls_into_its_iso_week(day, week):
    assert f"{clock.local(MONDAYS.latest(local(*day, 8))):%G-W%V}" == week
    assert f"{clock.local(MONDAYS.latest(local(*day, 7, 59))):%G-W%V}" != week


def test_the_days_between_the_years_are_one_week():
    days = [local(2026, 12, 28, 9) + timedelta(days=n) for n in range(7)]
    assert {MONDAYS.latest(moment) for moment in days} == {local(2026, 12, 28, 8)}


def test_missed_hours_leave_one_slot_to_catch_up():
    hourly = Every(timedelta(hours=1))
    assert hourly.latest(local(2018, 6, 27, 17, 59)) == local(2018, 6, 27, 17)
    awake = [*seen(hourly, local(2018, 6, 27, 9), local(2018, 6, 27, 12), timedelta(minutes=1))]
    awake += seen(hourly, local(2018, 6, 28, 9, 17), local(2018, 6, 28, 11), timedelta(minutes=1))
    assert [clock.local(s).hour for s in awake] == [9, 10, 11, 9, 10]


@pytest.mark.parametrize(
    ("when", "moment", "latest", "following"),
    [
        (At(4, 10), (2018, 6, 27, 4, 10), (2018, 6, 27, 4, 10), (2018, 6, 28, 4, 10)),
        (At(4, 10), (2018, 6, 27, 4, 9), (2018, 6, 26, 4, 10), (2018, 6, 27, 4, 10)),
        (At(4, 10), (2018, 1, 1), (2017, 12, 31, 4, 10), (2018, 1, 1, 4, 10)),
        (At(0, 5, day=1), (2018, 3, 1), (2018, 2, 1, 0, 5), (2018, 3, 1, 0, 5)),
        (At(0, 5, day=1), (2018, 3, 1, 0, 5), (2018, 3, 1, 0, 5), (2018, 4, 1, 0, 5)),
        (At(0, 5, day=1), (2024, 2, 29, 12), (2024, 2, 1, 0, 5), (2024, 3, 1, 0, 5)),
        (At(23, 59), (2018, 12, 31, 23, 59), (2018, 12, 31, 23, 59), (2019, 1, 1, 23, 59)),
        (Every(timedelta(minutes=1)), (2018, 6, 27, 9, 30, 59), (2018, 6, 27, 9, 30), (2018, 6, 27, 9, 31)),
        (Every(timedelta(minutes=10)), (2018, 6, 27, 9, 30), (2018, 6, 27, 9, 30), (2018, 6, 27, 9, 40)),
        (Every(timedelta(hours=1)), (2018, 6, 27, 0, 0), (2018, 6, 27, 0), (2018, 6, 27, 1)),
    ],
)
def test_a_slot_begins_at_its_moment_and_not_before(when, moment, latest, following):
    assert when.latest(local(*moment)) == local(*latest)
    assert when.following(local(*moment)) == local(*following)
    assert when.latest(local(*moment)).utcoffset() == timedelta()


@pytest.mark.parametrize(
    "wrong", [{"hour": 0, "minute": 30}, {"hour": 2}, {"hour": 3, "minute": 30}, {"hour": 8, "day": 31}]
)
def test_no_job_is_set_to_an_hour_or_a_day_that_may_not_come(wrong):
    with pytest.raises(ValueError):
        At(**wrong)


def test_a_slot_does_not_depend_on_the_zone_of_who_asks():
    moment = local(2018, 6, 25, 8)
    assert MONDAYS.latest(moment.astimezone(UTC)) == moment
    assert MONDAYS.latest(moment.astimezone(UTC) - timedelta(seconds=1)) == moment - timedelta(days=7)


def test_the_timetable_is_told_in_words(app):
    from roadworks.base.i18n import force_locale

    with app.app_context(), force_locale("zh"):
        assert MONDAYS.words == "每星期一 08:00"
        assert At(0, 5, day=1).words == "每月 1 日 00:05"
        assert Every(timedelta(minutes=10)).words == "每 10 分钟"
    with app.app_context(), force_locale("en"):
        assert MONDAYS.words == "every Monday, 08:00"
        assert At(4, 10).words == "every day, 04:10"
        assert Every(timedelta(minutes=1)).words == "every 1 minute"
