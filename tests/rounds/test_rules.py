"""When a section is due, what is done and what is missed: pure arithmetic, boundaries first."""

from datetime import UTC, date, datetime, timedelta

import pytest

from roadworks.network.grades import Held
from roadworks.rounds.rules import Duty, Span, counted_day, doubtful, duties, next_due, of_grades, standing, time_walked

JUNE = [date(2018, 6, day) for day in range(1, 31)]
NOW = datetime(2018, 6, 27, 2, tzinfo=UTC)


def day(n: int) -> date:
    return JUNE[n - 1]


def plan(days: int | None, start: int = 1, end: int | None = None) -> list[Span]:
    return [Span(day(start), day(end) if end else None, days)]


def owed(spans, passes, begins: int, until: int, today: int = 30) -> list[tuple[int, int | None]]:
    told = duties(spans, [day(n) for n in passes], day(begins), day(until), day(today))
    return [(d.due_on.day, d.done_on.day if d.done_on else None) for d in told]


@pytest.mark.parametrize(("days", "due"), [(1, 11), (2, 12), (3, 13)])
def test_a_section_is_due_one_two_or_three_calendar_days_after_its_last_patrol(days, due):
    assert next_due(plan(days), day(10), day(1)) == day(due)


def test_saturdays_and_sundays_count_like_any_day():
    friday = day(8)
    assert next_due(plan(1), friday, day(1)) == day(9)
    assert next_due(plan(2), friday, day(1)) == day(10)


def test_a_section_never_passed_is_due_on_the_first_day_of_the_plan():
    assert next_due(plan(3, start=5), None, day(5)) == day(5)


def test_a_section_that_came_later_is_due_from_its_own_first_day():
    assert next_due(plan(3, start=5), None, day(9)) == day(9)


def test_without_a_plan_or_with_no_patrol_nothing_is_due():
    assert next_due([], day(3), day(1)) is None
    assert next_due(plan(None), day(3), day(1)) is None
    assert owed(plan(None), [3], 1, 30) == []


def test_a_rule_that_ends_before_the_day_does_not_make_it_due():
    assert next_due(plan(3, start=1, end=12), day(10), day(1)) is None
    assert next_due(plan(3, start=1, end=14), day(10), day(1)) == day(13), "the day before its end it still holds"


def test_a_stricter_rule_makes_what_it_finds_overdue_due_on_its_first_day():
    spans = [Span(day(1), day(12), 3), Span(day(12), None, 1)]
    assert next_due(spans, day(10), day(1)) == day(12)
    assert next_due([Span(day(1), day(12), 1), Span(day(12), None, 3)], day(11), day(1)) == day(14)


def test_every_day_walked_every_day_is_all_done():
    assert owed(plan(1), range(1, 11), 1, 10) == [(n, n) for n in range(1, 11)]


def test_every_day_without_a_patrol_is_a_miss_once():
    assert owed(plan(1), [], 1, 4) == [(1, None), (2, None), (3, None), (4, None)]
    assert owed(plan(3), [], 1, 9) == [(1, None), (4, None), (7, None)]


def test_on_the_last_day_it_is_done_and_a_day_late_it_was_missed():
    assert owed(plan(2), [1, 3, 5], 1, 5) == [(1, 1), (3, 3), (5, 5)]
    assert owed(plan(2), [1, 4], 1, 5) == [(1, 1), (3, None), (5, 4)], "the late patrol does the next duty early"


def test_a_patrol_before_its_day_does_the_duty_and_days_count_from_it():
    assert owed(plan(3), [1, 2, 5], 1, 8) == [(1, 1), (4, 2), (5, 5), (8, None)]


def test_what_is_due_today_is_not_missed_before_the_day_is_over():
    assert owed(plan(1), [1], 1, 5, today=2) == [(1, 1)]
    assert owed(plan(1), [1], 1, 5, today=3) == [(1, 1), (2, None)]
    assert owed(plan(1), [1, 2], 1, 5, today=2) == [(1, 1), (2, 2)]


def test_two_patrols_of_a_day_count_once_because_days_are_given_once():
    assert sum(done is not None for _due, done in owed(plan(1), [1, 2, 3], 1, 3)) == 3


def test_a_duty_is_counted_on_the_day_of_its_patrol_or_on_which_it_was_missed():
    assert Duty(day(4), day(2)).day == day(2)
    assert Duty(day(4), None).day == day(4)


def test_how_a_section_stands():
    assert standing(None, None, day(5)) == "none"
    assert standing(day(4), None, day(5)) == "missed"
    assert standing(day(5), day(3), day(5)) == "today"
    assert standing(day(6), day(4), day(5)) == "later"
    assert standing(day(6), day(5), day(5)) == "done"


def test_a_tick_from_the_future_counts_for_the_day_on_which_it_arrived():
    assert counted_day(day(20), day(10)) == day(10)
    assert counted_day(day(8), day(10)) == day(8)


def test_times_that_cannot_be_are_doubtful_and_a_long_queue_is_not():
    hour = timedelta(hours=1)
    assert not doubtful(NOW - hour, NOW, NOW, None)
    assert not doubtful(NOW - timedelta(days=29), NOW - timedelta(days=29) + hour, NOW, None)
    assert doubtful(NOW - timedelta(days=31), NOW - timedelta(days=31) + hour, NOW, None)
    assert doubtful(NOW + hour, None, NOW, None), "it begins in the future"
    assert not doubtful(NOW + timedelta(minutes=9), None, NOW, None)
    assert doubtful(NOW - 25 * hour, NOW, NOW, None), "longer than a day"
    assert doubtful(NOW - hour, NOW, NOW, hour), "the phone says so itself"
    assert not doubtful(NOW - hour, NOW, NOW, timedelta(seconds=40))


def test_pauses_are_taken_off():
    half = timedelta(minutes=30)
    assert time_walked(NOW, NOW + 4 * half, [(NOW + half, NOW + 2 * half)]) == timedelta(minutes=90)


def test_each_day_goes_by_the_rule_of_the_grade_that_the_road_had_then():
    rules = {"III": [Span(day(1), None, 3)], "I": [Span(day(1), day(20), 1), Span(day(20), None, 2)]}
    held = [Held("III", None, day(10)), Held("I", day(10), None)]
    told = of_grades(held, rules)
    assert told == [Span(day(1), day(10), 3), Span(day(10), day(20), 1), Span(day(20), None, 2)]
    assert owed(told, [1, 4, 7, 10, 11], 1, 13) == [(1, 1), (4, 4), (7, 7), (10, 10), (11, 11), (12, None), (13, None)]
    assert of_grades([Held(None, None, None)], rules) == [], "nobody knows its grade, and no row says how often"
    assert of_grades(held, {"I": [Span(day(15), None, 1)]}) == [Span(day(15), None, 1)]


def test_a_rule_that_was_changed_again_on_its_first_day_held_on_none():
    rules = {"II": [Span(day(3), day(3), 2), Span(day(3), None, 1)]}
    assert of_grades([Held("II", None, None)], rules) == [Span(day(3), None, 1)]
