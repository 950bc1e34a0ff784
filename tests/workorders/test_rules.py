"""The table of deadlines and the standing of an order."""

from datetime import datetime, timedelta

import pytest

from roadworks.base.calendar import Unit, WorkCalendar
from roadworks.base.clock import ZONE, local
from roadworks.defects.catalogue import TYPES
from roadworks.workorders.rules import DEFAULT_RULES, Case, earliest, pick, standing

NOON = datetime(2018, 6, 27, 10, tzinfo=ZONE)
DAYS = WorkCalendar()


def rule(clock, severity="moderate", grade="III", code="ac_bleeding"):
    found = pick(DEFAULT_RULES, clock, Case("x", severity, grade, code))
    return found and (found.amount, found.unit)


@pytest.mark.parametrize(
    ("severity", "grade", "amount", "unit"),
    [
        ("emergency", "I", 24, Unit.URGENT_HOUR), ("emergency", "II", 24, Unit.URGENT_HOUR), ("emergency", "III", 48, Unit.URGENT_HOUR),
        ("severe", "I", 1, Unit.WORK_DAY), ("severe", "II", 2, Unit.WORK_DAY), ("severe", "III", 3, Unit.WORK_DAY),
        ("moderate", "I", 3, Unit.WORK_DAY), ("moderate", "II", 5, Unit.WORK_DAY), ("moderate", "III", 5, Unit.WORK_DAY),
        ("slight", "I", 7, Unit.WORK_DAY), ("slight", "II", 10, Unit.WORK_DAY), ("slight", "III", 15, Unit.WORK_DAY),
    ],
)  # fmt: skip
def test_the_matrix(severity, grade, amount, unit):
    assert rule("repair", severity, grade) == (amount, unit)


def test_a_type_of_its_own_goes_before_the_matrix():
    assert rule("repair", "severe", "I", "cover_broken") == (0, Unit.NATURAL_DAY)
    assert rule("make_safe", "slight", "I", "cover_missing") == (2, Unit.URGENT_HOUR)
    assert rule("repair", "emergency", "I", "collapse") == (5, Unit.WORK_DAY)
    assert rule("repair", "severe", "I", "sw_heave") == (7, Unit.WORK_DAY)
    assert rule("repair", "slight", "III", "sw_tactile") == (5, Unit.WORK_DAY)
    assert rule("make_safe", "moderate") is None
    assert {r.type_code for r in DEFAULT_RULES} - {None} <= set(TYPES)


def test_an_unknown_grade_counts_as_the_third():
    assert rule("repair", "severe", None) == rule("repair", "severe", "III")


def test_every_type_severity_and_grade_has_a_repair_time():
    for code in TYPES:
        for severity in ("emergency", "severe", "moderate", "slight"):
            for grade in ("I", "II", "III", None):
                assert rule("repair", severity, grade, code), (code, severity, grade)


def test_the_earliest_of_several_defects_wins_on_each_clock():
    cases = [
        Case("A", "slight", "I", "ac_bleeding"),
        Case("B", "severe", "III", "ac_pothole"),
        Case("C", "moderate", "I", "ac_rutting"),
    ]
    repair = earliest(DEFAULT_RULES, "repair", cases, NOON, DAYS)
    safe = earliest(DEFAULT_RULES, "make_safe", cases, NOON, DAYS)
    assert (repair.label, local(repair.at).isoformat()) == ("B", "2018-07-02T10:00:00+08:00")
    assert (safe.label, local(safe.at).hour) == ("B", 14)


@pytest.mark.parametrize(
    ("due_in_h", "ended_in_h", "stopped", "expected"),
    [(100, None, False, "normal"), (24, None, False, "due_soon"), (4, None, False, "due_soon"), (0, None, False, "due_soon"), (-1, None, False, "overdue"), (-1, None, True, "suspended"), (10, 9, False, "normal"), (10, 11, False, "overdue")],
)  # fmt: skip
def test_how_an_order_stands(due_in_h, ended_in_h, stopped, expected):
    ended = None if ended_in_h is None else NOON + timedelta(hours=ended_in_h)
    found = standing(
        due_at=NOON + timedelta(hours=due_in_h),
        started_at=NOON - timedelta(hours=76),
        now=NOON,
        ended_at=ended,
        stopped=stopped,
    )
    assert found == expected
