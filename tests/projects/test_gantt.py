"""The chart of stages: bars where the days lie, lateness only where it is."""

from datetime import date

from roadworks.projects.gantt import Stretch, drawn

TODAY = date(2018, 6, 27)


def test_a_project_without_a_day_has_no_chart():
    assert drawn([Stretch("reserve", "储备")], TODAY).lines == []


def test_bars_lie_where_their_days_lie():
    chart = drawn(
        [
            Stretch("a", "甲", planned_on=date(2018, 4, 11), entered_on=date(2018, 1, 1), left_on=date(2018, 4, 1)),
            Stretch("b", "乙", planned_on=date(2018, 7, 20), entered_on=date(2018, 4, 1)),
        ],
        TODAY,
    )
    assert (chart.first, chart.last) == (date(2018, 1, 1), date(2018, 7, 20))
    first, second = chart.lines
    assert (first.planned, first.done, first.late) == ((0, 500), (0, 450), None)
    assert (second.planned, second.done, second.late) == ((500, 500), (450, 435), None)
    assert chart.today == 885
    assert [(year, month) for _x, year, month in chart.months] == [(2018, m) for m in range(1, 8)]


def test_what_goes_on_past_its_plan_is_late_from_that_day():
    chart = drawn([Stretch("a", "甲", planned_on=date(2018, 6, 7), entered_on=date(2018, 5, 8))], TODAY)
    assert chart.lines[0].late == (600, 400)


def test_a_stage_of_one_day_can_still_be_seen():
    chart = drawn([Stretch("a", "甲", entered_on=TODAY)], TODAY)
    assert chart.lines[0].done == (0, 6)
    assert (chart.last - chart.first).days == 30


def test_the_months_of_many_years_are_thinned():
    assert len(drawn([Stretch("a", "甲", entered_on=date(2010, 1, 1))], TODAY).months) <= 9
