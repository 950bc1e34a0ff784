"""ISO weeks on Zhengzhou's calendar: year ends, zones, the hour of the digest (promise P14)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from roadworks.base.clock import ZONE
from roadworks.notifications.weeks import Span, Week, read_week, week_of, week_of_day

WEEKS = [
    ("2018-06-25", "2018-W26"),
    ("2018-07-01", "2018-W26"),
    ("2018-07-02", "2018-W27"),
    ("2018-01-01", "2018-W01"),
    ("2017-01-01", "2016-W52"),
    ("2016-01-03", "2015-W53"),
    ("2016-01-04", "2016-W01"),
    ("2018-12-30", "2018-W52"),
    ("2018-12-31", "2019-W01"),
    ("2019-12-30", "2020-W01"),
    ("2020-12-27", "2020-W52"),
    ("2020-12-28", "2020-W53"),
    ("2021-01-03", "2020-W53"),
    ("2021-01-04", "2021-W01"),
    ("2024-02-29", "2024-W09"),
    ("2024-12-30", "2025-W01"),
    ("2026-12-28", "2026-W53"),
    ("2027-01-01", "2026-W53"),
    ("2027-01-03", "2026-W53"),
    ("2027-01-04", "2027-W01"),
    # holidays are weeks like any other: 春节 2018, 国庆 2018, 春节 2026, 国庆 2026
    ("2018-02-15", "2018-W07"),
    ("2018-02-19", "2018-W08"),
    ("2018-10-01", "2018-W40"),
    ("2018-10-07", "2018-W40"),
    ("2026-02-16", "2026-W08"),
    ("2026-10-05", "2026-W41"),
]


@pytest.mark.parametrize(("day", "label"), WEEKS)
def test_a_day_lies_in_its_iso_week(day, label):
    assert str(week_of_day(date.fromisoformat(day))) == label
    assert str(week_of_day(date.fromisoformat(day))) == date.fromisoformat(day).strftime("%G-W%V")


MOMENTS = [
    # Sunday evening in UTC is Monday morning in Zhengzhou, in the next week
    ("2018-06-24T15:59:59+00:00", "2018-W25"),
    ("2018-06-24T16:00:00+00:00", "2018-W26"),
    ("2018-06-25T00:00:00+00:00", "2018-W26"),
    ("2018-07-01T15:59:59+00:00", "2018-W26"),
    ("2018-07-01T16:00:00+00:00", "2018-W27"),
    ("2017-12-31T16:00:00+00:00", "2018-W01"),
    ("2018-12-30T16:00:00+00:00", "2019-W01"),
    ("2027-01-03T15:59:59+00:00", "2026-W53"),
    ("2027-01-03T16:00:00+00:00", "2027-W01"),
    # clocks of other places that change to summer time
    ("2018-03-25T02:30:00+02:00", "2018-W12"),
    ("2018-10-28T02:30:00+01:00", "2018-W43"),
    ("2018-11-04T11:30:00-05:00", "2018-W45"),
    ("2018-11-04T01:30:00-04:00", "2018-W44"),
]


@pytest.mark.parametrize(("moment", "label"), MOMENTS)
def test_a_moment_lies_in_the_week_that_zhengzhou_shows(moment, label):
    assert str(week_of(datetime.fromisoformat(moment))) == label


def test_the_hour_is_zhengzhous_whatever_the_season_or_the_machines_zone(monkeypatch):
    for zone in ("America/New_York", "Europe/Amsterdam", "Pacific/Auckland"):
        monkeypatch.setenv("TZ", zone)
        due = read_week("2018-W26").due_at(0, 8)
        assert due == datetime(2018, 6, 25, 0, tzinfo=UTC)
        assert due.astimezone(ZoneInfo(zone)) == due
    assert read_week("2018-W01").due_at(0, 8).astimezone(ZONE).isoformat() == "2018-01-01T08:00:00+08:00"
    assert read_week("2018-W26").due_at(4, 17) == datetime(2018, 6, 29, 9, tzinfo=UTC)


def test_the_weeks_of_thirty_years_follow_one_another_without_gap_or_double():
    week, seen = Week(2015, 1), []
    while week.year < 2045:
        seen.append(str(week))
        assert week.after().before() == week
        assert week.after().day() - week.day() == timedelta(days=7)
        assert read_week(str(week)) == week
        week = week.after()
    assert len(set(seen)) == len(seen)
    assert sorted(seen) == seen, "labels sort as weeks do: the last digest before one is found by its label"


@pytest.mark.parametrize("text", ["2018-W00", "2018-W53", "2018-W54", "2018-26", "2018-W6", "W26", "", "2018-W26 ", "１２３４-W26", "0000-W01", "9999-W52", "2018-w26", "2018-W26\n"])  # fmt: skip
def test_what_names_no_week_is_refused(text):
    with pytest.raises(ValueError):
        read_week(text)


def test_a_digest_looks_back_on_seven_days_and_ahead_on_seven():
    week = read_week("2018-W26")
    monday = Span(week, week.day())
    assert (monday.since, monday.until, monday.ahead) == (date(2018, 6, 18), date(2018, 6, 24), date(2018, 7, 1))
    assert monday.earlier() == (date(2018, 6, 11), date(2018, 6, 17))
    friday = Span(week, week.day(4))
    assert (friday.since, friday.until, friday.ahead) == (date(2018, 6, 22), date(2018, 6, 28), date(2018, 7, 5))
