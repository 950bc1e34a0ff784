"""Planning a project: proposed backwards, saved with its difference, warned of by the legal calendar."""

from datetime import date

import pytest

from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, Stale, WrongStep
from roadworks.projects.models import Project
from roadworks.projects.plan_actions import against, plan, planned, proposal, remaining, too_short, works
from roadworks.workflow import audit
from tests.support import cast as people


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_the_remaining_stages_begin_with_the_present_one(cast):
    project = people.project(cast, "tender")
    assert [rule.code for rule in remaining(project)][:4] == ["tender", "contract", "start", "construction"]


def test_a_plan_is_written_with_its_difference_and_the_same_again_is_no_step(either_cast):
    project = people.project(either_cast, "tender")
    dates = {"tender": d("2018-07-31"), "construction": d("2018-10-31")}
    event = plan(either_cast.engineer, project, d("2018-10-31"), dates, seen=project.version)
    db.session.commit()
    assert event.verb == "project.plan"
    assert event.changes["wished_on"] == [None, "2018-10-31"]
    assert event.facts["dates"]["tender"] == {"planned_on": [None, "2018-07-31"]}
    assert planned(project)["construction"] == d("2018-10-31")
    assert plan(either_cast.engineer, project, d("2018-10-31"), dates, seen=project.version) is None
    plan(either_cast.engineer, project, None, {"tender": None}, seen=project.version)
    assert (project.wished_on, planned(project)["tender"]) == (None, None)


def test_days_out_of_order_and_stages_that_are_not_there_are_refused(cast):
    project = people.project(cast, "tender")
    with pytest.raises(BadInput) as fault:
        plan(
            cast.engineer, project, None, {"tender": d("2018-08-02"), "contract": d("2018-08-01")}, seen=project.version
        )
    assert fault.value.field == "contract"
    with pytest.raises(BadInput):
        plan(cast.engineer, project, None, {"scheme": d("2018-08-02")}, seen=project.version)
    plan(cast.engineer, project, None, {"tender": d("2018-08-02")}, seen=project.version)
    with pytest.raises(BadInput):
        plan(cast.engineer, project, None, {"start": d("2018-08-01")}, seen=project.version)


def test_who_may_plan_and_when(cast):
    project = people.project(cast, "tender")
    for who in ("inspector", "crew", "leader", "admin"):
        with pytest.raises(NotAllowed):
            plan(getattr(cast, who), project, d("2018-10-01"), {}, seen=project.version)
    with pytest.raises(Stale):
        plan(cast.engineer, project, d("2018-10-01"), {}, seen=project.version - 1)
    gone = people.project(cast, "tender", "cancelled")
    with pytest.raises(WrongStep):
        plan(cast.supervisor, gone, d("2018-10-01"), {}, seen=gone.version)


def test_a_tender_just_begun_needs_its_lawful_time_whatever_was_spent(cast):
    """The stage was entered in January 2017; a tender without any date still takes 26 days from Wednesday 27 June."""
    project = people.project(cast, "tender")
    made = proposal(project, d("2018-12-31"))
    award = date(2018, 7, 23)
    rest = sum(made.lengths[code] for code in ("contract", "start", "construction"))
    assert (made.earliest_on - award).days == rest


def test_works_run_from_the_stage_before_them(cast):
    project = people.project(cast, "tender")
    assert works(project, {"start": d("2018-09-01"), "construction": d("2018-10-31")}) == (
        d("2018-09-02"),
        d("2018-10-31"),
    )
    assert works(project, {"construction": d("2018-10-31")}) is None
    assert works(project, {"start": d("2018-11-01"), "construction": d("2018-10-31")}) is None
    begun = people.project(cast, "construction")
    entered = next(row.entered_on for row in begun.dates if row.stage == "construction")
    assert works(begun, {"construction": d("2018-10-31")}) == (entered, d("2018-10-31"))


def test_planned_works_in_winter_and_near_holidays_are_warned_of(cast):
    project = people.project(cast, "tender")
    dates = {"start": d("2018-11-01"), "construction": d("2018-11-15")}
    assert [ban.rule.code for ban in against(project, dates)] == ["winter"]
    dates = {"start": d("2018-10-12"), "construction": d("2018-11-14")}
    assert against(project, dates) == []
    dates = {"start": d("2018-10-11"), "construction": d("2018-11-14")}
    assert [ban.rule.code for ban in against(project, dates)] == ["holiday"]


def test_a_plan_that_leaves_the_tender_too_little_time_is_told(cast):
    project = people.project(cast, "budget_review")
    assert "24" in too_short(project, {"budget_review": d("2018-07-01"), "tender": d("2018-07-24")})
    assert too_short(project, {"budget_review": d("2018-07-01"), "tender": d("2018-07-25")}) == ""
    assert too_short(people.project(cast, "construction"), {"tender": d("2018-07-24")}) == ""


@pytest.fixture
def planning(stage):
    """A project of the stage in drawing review."""
    with stage.app.app_context():
        made = people.project(stage, "drawing_review")
        db.session.commit()
        stage.__dict__["names"] = {"project": made.id, "version": made.version}
    return stage


def sent(stage, client, **values):
    address = f"/projects/{stage.names['project']}/plan"
    form = {"csrf_token": people.token(client, address), "version": stage.names["version"], "do": "save", **values}
    return client.post(address, data=form)


def test_a_proposal_fills_the_fields_and_writes_nothing(planning, client_of):
    answer = sent(planning, client_of("engineer"), do="propose", wished_on="2019-10-31")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'name="construction" type="date" value="2019-10-31"' in page
    assert "尚未保存" in page
    assert "可以实现" in page
    with planning.app.app_context():
        assert db.session.get_one(Project, planning.names["project"]).wished_on is None


def test_a_wish_that_cannot_be_met_says_by_how_many_days(planning, client_of):
    page = sent(planning, client_of("engineer"), do="propose", wished_on="2018-08-31").get_data(as_text=True)
    assert "无法实现" in page
    english = client_of("engineer").post(
        f"/projects/{planning.names['project']}/plan",
        data={"csrf_token": "", "do": "propose", "wished_on": "2018-08-31"},
    )
    assert english.status_code == 400, "a form without its token is no form"


def test_a_wish_in_winter_is_planned_before_it_with_the_rule_cited(planning, client_of):
    page = sent(planning, client_of("engineer"), do="propose", wished_on="2019-12-31").get_data(as_text=True)
    assert 'name="construction" type="date" value="2019-11-14"' in page
    assert "郑州市市政工程设施管理条例 第十八条" in page


def test_saving_shows_the_plan_and_what_stands_against_it(planning, client_of):
    client = client_of("engineer")
    answer = sent(planning, client, wished_on="2019-11-20", start="2019-09-30", construction="2019-11-20")
    assert answer.status_code == 302
    page = client.get(answer.location).get_data(as_text=True)
    assert "冬季禁掘期" in page
    assert "国庆节" in page
    assert "施工：按希望完工日期晚了 6 天" in page
    with planning.app.app_context():
        made = db.session.get_one(Project, planning.names["project"])
        assert planned(made)["construction"] == d("2019-11-20")
        assert audit.history(made)[-1].verb == "project.plan"


def test_a_fault_stands_at_its_stage_and_what_was_typed_stays(planning, client_of):
    client = client_of("engineer")
    answer = sent(planning, client, tender="2019-03-02", contract="2019-03-01")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'href="#contract"' in page
    assert 'value="2019-03-02"' in page
    assert sent(planning, client, wished_on="9999-12-31").status_code == 400
    assert sent(planning, client, do="propose").status_code == 400


def test_who_may_only_read_sees_the_plan_and_no_form(planning, client_of):
    assert sent(planning, client_of("supervisor"), wished_on="2019-10-31", tender="2019-03-02").status_code == 302
    page = client_of("leader").get(f"/projects/{planning.names['project']}/plan").get_data(as_text=True)
    assert "2019年3月2日" in page
    assert 'name="tender"' not in page
    assert sent(planning, client_of("leader"), tender="2019-03-03").status_code == 403


def test_a_year_without_holidays_is_said(planning, client_of):
    client = client_of("engineer")
    answer = sent(planning, client, start="2031-05-01", construction="2031-06-01")
    assert "2031 年放假安排尚未导入" in client.get(answer.location).get_data(as_text=True)
