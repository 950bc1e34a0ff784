"""Steps beside the stages and steps back: what they change, and that all of it is put right again."""

from datetime import date, timedelta

import pytest

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale, WrongStep
from roadworks.network.models import Section
from roadworks.projects import actions, cover
from roadworks.workflow import audit
from tests.support import cast as people


def dates(project) -> dict:
    return {row.stage: (row.entered_on, row.left_on, row.skipped_reason) for row in project.dates}


def columns(project) -> dict:
    left_out = {"version", "stage_entered_at"}
    return {c.key: getattr(project, c.key) for c in project.__table__.columns if c.key not in left_out}


@pytest.mark.parametrize("stage", ["reserve", "tender", "closed"])
def test_a_skipped_gate_is_on_record_and_taken_back_whole(either_cast, stage):
    project = people.project(either_cast, stage)
    before, days = columns(project), dates(project)
    actions.skip(either_cast.supervisor, project, seen=project.version, reason="资料后补", on=date(2018, 6, 20))
    row = next(row for row in project.dates if row.stage == stage)
    assert (row.left_on, row.skipped_reason) == (date(2018, 6, 20), "资料后补")
    assert audit.history(project)[-1].facts["reason"] == "资料后补"
    actions.take_back(either_cast.supervisor, project, seen=project.version, reason="按错了")
    assert columns(project) == before
    assert dates(project) == days
    db.session.commit()


def test_acceptance_starts_the_warranty_and_a_step_back_ends_it(either_cast):
    section = either_cast.section
    section.warranty_ends_on, section.last_overhaul_on = date(2015, 1, 1), date(2014, 1, 1)
    project = people.project(either_cast, "construction", category="major")
    defect = people.confirmed(either_cast)
    cover.take(either_cast.engineer, project, [defect])
    people._pass(either_cast, project)
    assert project.stage == "substantial"
    people._pass(either_cast, project)
    assert (project.warranty_ends_on, section.warranty_ends_on) == (None, date(2015, 1, 1)), (
        "open to traffic is not accepted"
    )
    people._pass(either_cast, project)
    assert project.warranty_ends_on == section.warranty_ends_on == date(2018, 6, 1)
    assert section.last_overhaul_on == date(2017, 6, 1)
    assert defect.state == "closed"
    actions.take_back(either_cast.supervisor, project, seen=project.version, reason="验收意见未签")
    section = db.session.get_one(Section, section.id)
    assert (project.stage, project.warranty_ends_on) == ("acceptance", None)
    assert (section.warranty_ends_on, section.last_overhaul_on) == (date(2015, 1, 1), date(2014, 1, 1))
    assert defect.state == "covered"
    db.session.commit()
    assert list(audit.faults(either_cast.district_id)) == []


def test_a_warranty_that_somebody_changed_since_stays(cast):
    project = people.project(cast, "handover")
    section = cast.section
    section.warranty_ends_on = date(2020, 1, 1)
    actions.take_back(cast.supervisor, project, seen=project.version, reason="验收意见未签")
    assert section.warranty_ends_on == date(2020, 1, 1)


def test_a_corrected_day_of_acceptance_moves_the_warranty(cast):
    project = people.project(cast, "warranty")
    actions.edit(
        cast.engineer, project, {"accepted_on": date(2017, 8, 31), "warranty_months": 18}, seen=project.version
    )
    assert project.warranty_ends_on == cast.section.warranty_ends_on == date(2019, 2, 28)
    assert audit.history(project)[-1].changes["warranty_ends_on"] == ["2018-06-01", "2019-02-28"]


def test_a_warranty_shorter_than_the_law_allows_is_refused_at_its_field(cast):
    project = people.project(cast)
    for months in (0, 11, 61):
        with pytest.raises(BadInput) as fault:
            actions.edit(cast.engineer, project, {"warranty_months": months}, seen=project.version)
        assert fault.value.field == "warranty_months"


def test_a_project_taken_up_under_warranty_brings_it_along(cast):
    project = people.project(cast, name_zh="百花路大修", warranty_months=24)
    assert project.warranty_ends_on is None
    other = actions.open_project(
        cast.supervisor,
        district_id=cast.district_id,
        category="medium",
        name_zh="沁河路中修",
        sections=[cast.section],
        stage="warranty",
        accepted_on=date(2018, 1, 31),
        warranty_months=13,
    )
    assert other.warranty_ends_on == cast.section.warranty_ends_on == date(2019, 2, 28)


def test_a_suspended_project_resumes_by_itself_on_its_day(either_cast):
    project = people.project(either_cast, "construction", "suspended")
    db.session.commit()
    with clock.at(people.NOON + timedelta(days=12)):
        assert jobs.resume_projects() == 0
    with clock.at(people.NOON + timedelta(days=13)):
        assert jobs.resume_projects() == 1
        assert jobs.resume_projects() == 0
    assert (project.state, project.pause_code, project.paused_until) == ("running", None, None)
    assert audit.history(project)[-1].actor_role == "system"
    db.session.commit()


def test_a_suspension_needs_a_known_reason_and_a_later_day(cast):
    project = people.project(cast)
    for code, until, field in (("funds", date(2018, 6, 27), "until"), ("funds", date(2021, 1, 1), "until")):
        with pytest.raises(BadInput) as fault:
            actions.suspend(cast.engineer, project, seen=project.version, code=code, until=until, reason="x")
        assert fault.value.field == field
    with pytest.raises(BadInput) as fault:
        actions.suspend(cast.engineer, project, seen=project.version, code="?", until=date(2018, 8, 1), reason="x")
    assert fault.value.field == "code"


@pytest.mark.parametrize("stage", ["tender", "contract"])
def test_a_failed_tender_is_taken_back_with_its_round(either_cast, stage):
    project = people.project(either_cast, stage)
    before, days = columns(project), dates(project)
    actions.retender(either_cast.engineer, project, seen=project.version, reason="投标人不足三家")
    assert [(t.round, t.failed_reason) for t in project.tenders] == [(1, "投标人不足三家"), (2, None)]
    assert project.dates[6].left_on is None
    actions.take_back(either_cast.supervisor, project, seen=project.version, reason="评标有效")
    assert (columns(project), dates(project)) == (before, days)
    assert [(t.round, t.failed_reason) for t in project.tenders] == [(1, None)]
    db.session.commit()


def test_a_round_in_which_something_was_recorded_stays(cast):
    project = people.project(cast, "tender", "retender")
    project.tenders[-1].notice_on = date(2018, 6, 27)
    actions.take_back(cast.supervisor, project, seen=project.version, reason="评标有效")
    assert [t.round for t in project.tenders] == [1, 2]


def test_a_cancelled_project_frees_what_it_covered_and_takes_it_again(either_cast):
    project = people.project(either_cast, "tender")
    mild, severe = (people.confirmed(either_cast, severity=s) for s in ("slight", "severe"))
    cover.take(either_cast.engineer, project, [mild, severe])
    actions.cancel(either_cast.supervisor, project, seen=project.version, reason="并入改造")
    assert {mild.state, severe.state} == {"confirmed"}
    actions.take_back(either_cast.supervisor, project, seen=project.version, reason="不并了")
    assert project.state == "running"
    assert {mild.state, severe.state} == {"covered"}
    assert mild.project_id == project.id
    db.session.commit()


def test_two_who_press_at_once_one_is_told(cast):
    project = people.project(cast)
    seen = project.version
    actions.coordinate(cast.engineer, project, seen=seen, reason="先")
    for press in (
        lambda: actions.advance(cast.engineer, project, seen=seen),
        lambda: actions.edit(cast.engineer, project, {"designer": "x"}, seen=seen),
        lambda: actions.take_back(cast.supervisor, project, seen=seen, reason="x"),
    ):
        with pytest.raises(Stale) as stale:
            press()
        assert ("XM2018-001" in dict(stale.value.thing.summary()).values()) is True


def test_an_edit_is_no_step_to_take_back(cast):
    project = people.project(cast)
    actions.edit(cast.engineer, project, {"designer": "甲院"}, seen=project.version)
    with pytest.raises(WrongStep):
        actions.take_back(cast.supervisor, project, seen=project.version, reason="x")


def test_numbers_run_through_the_year_and_are_never_used_twice(either_cast):
    numbers = [people.project(either_cast).number for _ in range(2)]
    with clock.at(people.NOON + timedelta(days=200)):
        numbers.append(people.project(either_cast).number)
    assert numbers == ["XM2018-001", "XM2018-002", "XM2019-001"]


def test_a_project_opened_by_an_engineer_is_in_their_charge(cast):
    made = actions.open_project(cast.engineer, district_id=cast.district_id, category="minor", name_zh="小修")
    assert made.in_charge_id == cast.engineer.id
    with pytest.raises(BadInput) as fault:
        actions.open_project(
            cast.engineer, district_id=cast.district_id, category="minor", name_zh="小修", in_charge_id=cast.stranger.id
        )
    assert fault.value.field == "in_charge_id"
