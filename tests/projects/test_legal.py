"""The legal calendar: both sides of every boundary of domain.md §5.3, across years and in years nobody knows."""

from datetime import date, timedelta

import pytest

from roadworks.base.calendar import WorkCalendar
from roadworks.base.months import months_later
from roadworks.projects.legal import DEFAULTS, Rule, Stretch, bans, no_dig, unknown_years

DAYS = WorkCalendar()
RULES = {rule.code: rule for rule in DEFAULTS}


def d(text: str) -> date:
    return date.fromisoformat(text)


def stand(first: str, last: str, *, stretches=(), rules=None, calendar=DAYS):
    """The codes of the rules that stand against works between two days."""
    asked = [RULES[code] for code in rules] if rules else list(DEFAULTS)
    return [ban.rule.code for ban in bans(d(first), d(last), stretches, asked, calendar)]


@pytest.mark.parametrize(
    ("kind", "done", "until"),
    [
        ("major", "2015-06-30", "2018-06-30"),
        ("reconstruct", "2013-06-30", "2018-06-30"),
        ("major", "2016-02-29", "2019-02-28"),
        ("reconstruct", "2015-02-28", "2020-02-28"),
    ],
)
def test_the_last_day_of_a_no_dig_period_and_the_day_after(kind, done, until):
    stretch = Stretch("颍河路", [(kind, d(done))])
    assert no_dig(stretch, DEFAULTS).last == d(until)
    code = "no_dig_overhaul" if kind == "major" else "no_dig_new"
    free = str(d(until) + timedelta(days=1))
    assert stand(until, free, stretches=[stretch], rules=[code]) == [code]
    assert stand(free, free, stretches=[stretch], rules=[code]) == []


def test_the_text_says_nothing_of_medium_repairs():
    assert no_dig(Stretch("颍河路", [("medium", d("2018-06-01")), ("minor", d("2018-06-01"))]), DEFAULTS) is None


def test_the_longest_no_dig_period_counts_and_cites_its_rule():
    ban = no_dig(Stretch("颍河路", [("major", d("2017-01-01")), ("reconstruct", d("2016-01-01"))]), DEFAULTS)
    assert (ban.last, ban.rule.code) == (d("2021-01-01"), "no_dig_new")
    assert "第十七条" in ban.rule.citation
    assert "第三十三条" in ban.rule.citation
    assert "颍河路" in str(ban)


def test_a_rule_switched_off_says_nothing():
    assert no_dig(Stretch("颍河路", [("major", d("2018-01-01"))]), [RULES["winter"]]) is None
    assert stand("2018-12-01", "2018-12-02", rules=["no_dig_new"]) == []


@pytest.mark.parametrize(
    ("first", "last", "frozen"),
    [
        ("2018-11-14", "2018-11-14", False),
        ("2018-11-15", "2018-11-15", True),
        ("2018-10-20", "2018-11-14", False),
        ("2018-10-20", "2018-11-15", True),
        ("2019-03-15", "2019-03-15", True),
        ("2019-03-15", "2019-06-01", True),
        ("2019-03-16", "2019-03-16", False),
        ("2019-03-16", "2019-11-14", False),
        ("2018-12-31", "2019-01-01", True),
        ("2018-02-28", "2018-02-28", True),
    ],
)
def test_winter_from_15_november_to_15_march(first, last, frozen):
    assert stand(first, last, rules=["winter"]) == (["winter"] if frozen else [])


def test_works_over_two_winters_meet_both():
    assert stand("2018-11-01", "2019-12-01", rules=["winter"]) == ["winter", "winter"]


def test_a_freeze_within_one_year_is_understood_too():
    july = Rule("winter", "汛期", "Flood season", {"from": "07-01", "to": "07-31"}, "本区规定")
    assert bans(d("2018-06-01"), d("2018-06-30"), [], [july], DAYS) == []
    assert len(bans(d("2018-06-01"), d("2018-07-01"), [], [july], DAYS)) == 1
    assert bans(d("2018-08-01"), d("2019-06-30"), [], [july], DAYS) == []


@pytest.mark.parametrize(
    ("day", "banned"),
    [
        ("2018-09-08", False),  # Mid-autumn is 24 September: from the 9th
        ("2018-09-09", True),
        ("2018-10-12", True),  # National Day ends on the 7th: until the 12th
        ("2018-10-13", False),
        ("2018-06-02", False),  # Dragon Boat is 18 June (the library has the statutory day): from the 3rd
        ("2018-06-03", True),
        ("2018-06-23", True),
        ("2018-06-24", False),
    ],
)
def test_fifteen_days_before_a_holiday_and_five_after(day, banned):
    assert bool(stand(day, day, rules=["holiday"])) is banned


def test_a_holiday_over_new_year_is_one_and_is_found_from_both_years():
    spans = [(h.first, h.last) for h in DAYS.holidays(2018) if h.name == "New Year's Day"]
    assert spans == [(d("2018-01-01"), d("2018-01-01")), (d("2018-12-30"), d("2019-01-01"))]
    assert (d("2018-12-30"), d("2019-01-01")) in [(h.first, h.last) for h in DAYS.holidays(2019)]
    assert stand("2019-01-06", "2019-01-06", rules=["holiday"]) == ["holiday"]
    assert [b.first for b in bans(d("2018-12-15"), d("2018-12-15"), [], [RULES["holiday"]], DAYS)] == [d("2018-12-15")]
    assert stand("2018-12-14", "2018-12-14", rules=["holiday"]) == []


def test_the_holidays_of_2018_are_seven_with_their_days_off():
    spans = {h.name: (h.first, h.last) for h in DAYS.holidays(2018) if h.first.year == 2018 and h.first.month < 12}
    assert spans == {
        "New Year's Day": (d("2018-01-01"), d("2018-01-01")),
        "Spring Festival": (d("2018-02-15"), d("2018-02-21")),
        "Tomb-sweeping Day": (d("2018-04-05"), d("2018-04-07")),
        "Labour Day": (d("2018-04-29"), d("2018-05-01")),
        "Dragon Boat Festival": (d("2018-06-18"), d("2018-06-18")),
        "Mid-autumn Festival": (d("2018-09-24"), d("2018-09-24")),
        "National Day": (d("2018-10-01"), d("2018-10-07")),
    }


def test_the_bureaus_table_adds_and_takes_away_holidays():
    table = WorkCalendar({d("2018-10-07"): True, d("2018-10-08"): False}, {d("2018-10-08"): "调休"})
    spans = [(h.name, h.first, h.last) for h in table.holidays(2018) if h.first.month == 10]
    assert spans == [("National Day", d("2018-10-01"), d("2018-10-06")), ("调休", d("2018-10-08"), d("2018-10-08"))]


def test_an_unknown_year_has_the_tables_holidays_only_and_never_raises():
    assert DAYS.holidays(2035) == []
    assert stand("2035-05-01", "2036-10-01", rules=["holiday"]) == []
    table = WorkCalendar({d("2035-10-01"): False}, {d("2035-10-01"): "国庆节"})
    assert [h.name for h in table.holidays(2035)] == ["国庆节"]
    assert stand("2035-09-16", "2035-09-16", rules=["holiday"], calendar=table) == ["holiday"]
    assert stand("2035-09-15", "2035-09-15", rules=["holiday"], calendar=table) == []
    assert unknown_years(d("2026-12-01"), d("2028-01-01"), DAYS) == [2027, 2028]


def test_events_of_the_city_are_entered_by_hand():
    values = {"before": 15, "after": 5, "events": [{"from": "2018-09-20", "to": "2018-09-22", "name": "运动会"}]}
    rule = Rule("event", "活动", "Event", values, "第十八条")

    def asked(day: str):
        return bans(d(day), d(day), [], [rule], DAYS)

    assert [str(ban.cause) for ban in asked("2018-09-05")] == ["运动会"]
    assert asked("2018-09-04") == []
    assert len(asked("2018-09-27")) == 1
    assert asked("2018-09-28") == []


def test_years_after_a_leap_day_end_with_february():
    assert months_later(d("2016-02-29"), 48) == d("2020-02-29")
    assert months_later(d("2016-02-29"), 60) == d("2021-02-28")
