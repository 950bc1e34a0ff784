"""Stages: what a district begins with, which follows which, and what leaving one needs and does."""

from datetime import date

import pytest

from roadworks.base.db import db
from roadworks.base.errors import BadInput, GateShut, NotAllowed, WrongStep
from roadworks.projects import actions, stages
from roadworks.projects.models import CATEGORIES, STAGES
from roadworks.projects.tables import StageRule
from roadworks.workflow import audit
from tests.support import cast as people


def test_a_new_district_has_every_stage_of_every_category_in_order(either_cast):
    for category in CATEGORIES:
        walked = [rule.code for rule in stages.stages_of(either_cast.district_id, category)]
        assert walked == [code for code in STAGES if code not in stages.DEFAULTS["off"][category]]
    papers = [p.name_zh for p in stages.stages_of(either_cast.district_id, "medium")[7].papers]
    assert papers == ["中标通知书", "施工合同", "监理合同", "履约担保"]


def test_a_district_made_before_there_were_stages_is_completed_once(either_cast):
    for rule in db.session.query(StageRule).filter_by(district_id=either_cast.other_id):
        for paper in rule.papers:
            db.session.delete(paper)
        db.session.delete(rule)
    db.session.commit()
    assert [stages.complete(either_cast.other_id), stages.complete(either_cast.other_id)] == [1, 0]
    assert len(stages.stages_of(either_cast.other_id, "medium")) == 16


def test_a_project_walks_all_sixteen_stages_and_is_struck_off(either_cast):
    made = people.project(either_cast, state="closed")
    db.session.commit()
    assert (made.state, made.stage, made.number) == ("closed", "closed", "XM2018-001")
    assert [row.stage for row in made.dates if row.left_on] == list(STAGES)
    assert made.warranty_ends_on == date(2018, 6, 1) == made.stretches[0].section.warranty_ends_on
    verbs = [event.verb for event in audit.history(made)]
    assert verbs == ["project.open", *["project.skip"] * 11, "project.edit", *["project.skip"] * 5]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_reached_by_real_moves(cast, stage):
    assert people.project(cast, stage).stage == stage


@pytest.mark.parametrize("state", people.SIDE_STATES)
def test_every_state_beside_the_stages_is_reached_by_real_moves(cast, state):
    assert people.project(cast, "tender", state).state == state


def test_a_gate_is_shut_while_papers_are_missing_and_says_which(cast):
    made = people.project(cast)
    with pytest.raises(GateShut) as shut:
        actions.advance(cast.engineer, made, seen=made.version)
    assert [words.split(": ")[-1] for words in shut.value.facts["missing"]] == ["现状调查/检测报告", "病害统计"]
    with pytest.raises(NotAllowed):
        actions.skip(cast.engineer, made, seen=made.version, reason="急")


def test_a_stage_is_not_left_before_it_was_entered_nor_in_the_future(cast):
    made = people.project(cast)
    for day in (date(2017, 1, 1), date(2018, 6, 28)):
        with pytest.raises(BadInput) as fault:
            actions.skip(cast.supervisor, made, seen=made.version, reason="急", on=day)
        assert fault.value.field == "on"


def test_a_tender_fails_only_while_there_is_one(cast):
    made = people.project(cast, "scheme")
    with pytest.raises(WrongStep):
        actions.retender(cast.supervisor, made, seen=made.version, reason="流标")
    tendered = people.project(cast, "contract", "retender")
    assert (tendered.stage, tendered.retender_count, [t.round for t in tendered.tenders]) == ("tender", 1, [1, 2])
    actions.resume(cast.engineer, tendered, seen=tendered.version)
    assert (tendered.state, stages.next_stage(tendered).code) == ("running", "contract")
