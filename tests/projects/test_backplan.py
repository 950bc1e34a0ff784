"""Planning backwards: the latest day of each stage, tender minima, winters avoided, and what today still allows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworks.projects.backplan import Leg, disorder, freezes, lengthen, plan, works_begin
from roadworks.projects.legal import DEFAULTS

FROZEN = freezes(DEFAULTS)
OPEN = freezes(())
LEGS = [Leg("drawings", 20), Leg("tender", 40), Leg("contract", 15), Leg("start", 10), Leg("construction", 60)]
LEGS += [Leg("substantial"), Leg("acceptance", 20), Leg("handover", 15), Leg("warranty", 365), Leg("closed")]


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_each_stage_ends_when_the_next_must_begin():
    made = plan(d("2018-10-31"), LEGS, OPEN, d("2018-01-01"))
    assert made.latest == {
        "drawings": d("2018-06-28"),
        "tender": d("2018-08-07"),
        "contract": d("2018-08-22"),
        "start": d("2018-09-01"),
        "construction": d("2018-10-31"),
        "substantial": d("2018-10-31"),
        "acceptance": d("2018-11-20"),
        "handover": d("2018-12-05"),
    }
    assert made.earliest_on == d("2018-01-01") + timedelta(days=145)
    assert made.short_by == 0


@pytest.mark.parametrize(("wished", "short"), [("2018-10-31", 0), ("2018-10-30", 1), ("2018-10-01", 30)])
def test_it_is_said_by_how_many_days_a_wish_cannot_be_met(wished, short):
    today = d("2018-10-31") - timedelta(days=145)
    assert plan(d(wished), LEGS, OPEN, today).short_by == short


@pytest.mark.parametrize(
    ("wished", "done"),
    [
        ("2018-11-14", "2018-11-14"),  # the last day before winter
        ("2018-11-15", "2018-11-14"),
        ("2019-03-15", "2018-11-14"),
        ("2019-05-13", "2018-11-14"),  # would begin on 15 March
        ("2019-05-14", "2019-05-14"),  # begins on 16 March
    ],
)
def test_works_never_lie_in_winter(wished, done):
    made = plan(d(wished), LEGS, FROZEN, d("2018-01-01"))
    assert made.latest["construction"] == d(done)
    assert bool(made.avoided) is (wished != done)
    assert FROZEN(works_begin(d(done), 60), d(done)) is None


def test_works_longer_than_a_summer_are_left_where_they_are_and_said():
    made = plan(d("2019-10-31"), [Leg("construction", 300)], FROZEN, d("2018-01-01"))
    assert made.latest["construction"] == d("2019-10-31")
    assert made.stuck.rule.code == "winter"
    assert made.earliest_on is None
    assert plan(d("2019-11-14"), [Leg("construction", 244)], FROZEN, d("2018-01-01")).stuck is None
    assert plan(d("2019-11-14"), [Leg("construction", 245)], FROZEN, d("2018-01-01")).stuck is not None


def test_from_today_works_wait_for_the_end_of_winter():
    made = plan(d("2018-12-31"), [Leg("start", 10), Leg("construction", 60)], FROZEN, d("2018-09-10"))
    # 21 September to 19 November would touch winter: 16 March to 14 May.
    assert made.earliest_on == d("2019-05-14")
    assert made.short_by == 134


def test_days_already_spent_in_the_present_stage_count_and_a_tender_has_its_rest():
    legs = [Leg("tender", 40), Leg("construction", 60)]
    today = d("2018-04-01")
    assert plan(d("2018-12-31"), legs, OPEN, today, spent=30).earliest_on == today + timedelta(days=70)
    assert plan(d("2018-12-31"), legs, OPEN, today, spent=90).earliest_on == today + timedelta(days=60)
    assert plan(d("2018-12-31"), legs, OPEN, today, spent=90, least_left=24).earliest_on == today + timedelta(days=84)


def test_works_under_way_look_only_at_what_is_left_of_them():
    """Begun on 20 March, they do not reach back into the winter before."""
    made = plan(d("2018-06-30"), [Leg("construction", 120)], FROZEN, d("2018-05-01"), spent=42)
    assert (made.latest["construction"], made.avoided) == (d("2018-06-30"), [])
    assert made.earliest_on == d("2018-07-18")
    assert made.short_by == 18


def test_a_tender_is_never_shorter_than_the_law_and_a_contract_never_later():
    legs = [Leg("tender", 10), Leg("contract", 45), Leg("scheme", None)]
    assert [leg.days for leg in lengthen(legs, "open")] == [24, 30, None]
    assert [leg.days for leg in lengthen(legs, "consultation")] == [10, 45, None]
    assert [leg.days for leg in lengthen([Leg("tender")], "open")] == [24]
    assert [leg.days for leg in lengthen([Leg("tender", 40)], "open")] == [40]


def test_a_project_past_its_works_is_planned_forwards_only():
    made = plan(d("2018-10-31"), [Leg("acceptance", 20), Leg("handover", 15)], FROZEN, d("2018-06-01"))
    assert made.latest == {"acceptance": d("2018-11-20"), "handover": d("2018-12-05")}
    assert made.earliest_on is None
    assert made.short_by == 0


def test_planned_dates_out_of_order_are_named():
    order = ["tender", "contract", "start", "warranty", "settlement"]
    dates = {"tender": d("2018-07-02"), "contract": None, "start": d("2018-07-01"), "warranty": d("2019-07-01")}
    assert disorder({**dates, "settlement": d("2019-01-01")}, order) == [("tender", "start")]
    assert disorder({"tender": d("2018-07-01"), "start": d("2018-07-01")}, order) == []


lengths = st.lists(st.integers(0, 60), min_size=5, max_size=5)
days = st.dates(d("2018-01-01"), d("2020-12-31"))


@given(lengths, days, days, st.integers(0, 100))
def test_backwards_and_forwards_agree_on_whether_a_wish_can_be_met(some, wished, today, spent):
    legs = [Leg(leg.code, n) for leg, n in zip(LEGS, some, strict=False)]
    made = plan(wished, legs, FROZEN, today, spent=spent)
    first = max(0, some[0] - spent)
    in_time = made.latest["drawings"] >= today + timedelta(days=first)
    assert in_time is (made.short_by == 0)
    assert FROZEN(works_begin(made.latest["construction"], some[4]), made.latest["construction"]) is None
