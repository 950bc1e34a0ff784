"""What is said of a place in a project's limits, and of one under warranty, with what one press does."""

from datetime import date, timedelta

import pytest

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.defects import actions as defects
from roadworks.defects.models import Defect
from roadworks.defects.notices import on_defect, on_section
from roadworks.projects import cover, stages, warranty
from roadworks.projects.models import Project
from roadworks.workflow import transitions
from tests.support import cast as people
from tests.support.cast import token


@pytest.fixture
def asking(app):
    """Addresses can be built."""
    with app.test_request_context("/", method="POST"):
        yield


def running(cast, **values):
    """A project under construction on the cast's section."""
    return people.project(cast, "construction", expected_on=date(2018, 9, 30), **values)


def accepted(cast):
    """A project accepted on 1 June 2017, under warranty for 24 months."""
    return people.project(cast, "warranty", contractor="某市政公司", warranty_months=24)


def texts(notices) -> str:
    return "\n".join(notice.text for notice in notices)


def test_who_files_inside_a_projects_limits_is_told_project_stage_and_day(cast, asking):
    project = running(cast)
    (notice,) = on_section(cast.inspector, cast.section_id)
    for word in (project.number, "颍河路中修", "2018"):
        assert word in notice.text
    assert on_section(cast.stranger, cast.section_id) == []
    assert on_section(cast.inspector, None) == []


def test_a_renamed_stage_is_told_by_its_new_name(cast, asking):
    project = running(cast)
    rule = stages.current_stage(project)
    transitions.write(rule, {"name_zh": "现场施工"})
    db.session.flush()
    assert "现场施工" in texts(on_section(cast.inspector, cast.section_id))


@pytest.mark.parametrize("state", ["cancelled", "closed"])
def test_a_project_that_has_ended_says_nothing(cast, asking, state):
    people.project(cast, state=state)
    assert on_section(cast.inspector, cast.section_id) == []


def test_the_button_is_for_who_may_cover_and_for_what_can_be_covered(cast, asking):
    running(cast)
    for make, who, press in (
        (people.filed, cast.supervisor, True),
        (people.filed, cast.engineer, False),
        (people.confirmed, cast.engineer, True),
        (people.confirmed, cast.inspector, False),
    ):
        (notice,) = on_defect(who, make(cast))
        assert bool(notice.press) is press, (make, who.role)
    assert on_defect(cast.supervisor, people.closed(cast).lines[0].defect) == []


def test_a_covered_defect_says_by_whom_and_a_returned_one_warns(cast, asking):
    project, defect = running(cast), people.confirmed(cast)
    cover.take(cast.supervisor, project, [defect])
    assert project.number in texts(on_defect(cast.inspector, defect))
    with clock.at(people.NOON + timedelta(days=120)):
        cover.release_stalled(cast.supervisor, project)
        (notice,) = on_defect(cast.inspector, defect)
    assert notice.warning


def post(client, address, **data):
    return client.post(address, data={"csrf_token": token(client, "/account"), **data})


def test_one_press_confirms_and_covers_a_fresh_filing(stage, client_of):
    with stage.app.app_context():
        running(stage)
        defect_id, other = people.filed(stage).id, people.filed(stage).id
        db.session.commit()
    assert "已列入项目" in client_of("inspector").get(f"/defects/{defect_id}/filed").text
    assert "已列入项目" in client_of("inspector").get("/defects/notices.json?section=1").json["notices"][0]["text"]
    boss = client_of("supervisor")
    assert 'action="/projects/1/cover"' in boss.get(f"/defects/{defect_id}").text
    assert post(boss, "/projects/1/cover", defect=defect_id).status_code == 302
    assert post(client_of("engineer"), "/projects/1/cover", defect=other).status_code == 403
    assert post(client_of("stranger"), "/projects/1/cover", defect=other).status_code == 404
    assert post(boss, "/projects/1/cover").status_code == 400
    with stage.app.app_context():
        defect = db.session.get_one(Defect, defect_id)
        assert (defect.state, defect.project_id) == ("covered", 1)
        assert db.session.get_one(Defect, other).state == "filed"


def test_a_defect_under_warranty_is_asked_of_the_contractor_with_its_own_clock(cast, asking):
    project, defect = accepted(cast), people.confirmed(cast)
    (notice,) = on_defect(cast.supervisor, defect)
    assert "某市政公司" in notice.text
    assert notice.press
    assert not on_defect(cast.engineer, defect)[0].press
    warranty.claim(cast.supervisor, defect, seen=defect.version)
    assert (defect.state, defect.owner, defect.warranty_project_id) == ("forwarded", "某市政公司", project.id)
    assert defect.owner_due_at > clock.now()
    assert cover.figures(project) == [cover.Figure(True, "forwarded", 1, defect.area_m2)]
    defects.settle(cast.supervisor, defect, seen=defect.version)
    assert [(f.warranty, f.state) for f in cover.figures(project)] == [(True, "closed")]


def test_a_recalled_warranty_repair_is_the_bureaus_again_and_can_be_taken_back(cast, asking):
    accepted(cast)
    defect = people.confirmed(cast)
    warranty.claim(cast.supervisor, defect, seen=defect.version)
    defects.recall(cast.supervisor, defect, seen=defect.version, reason="施工单位拒绝")
    assert (defect.state, defect.warranty_project_id) == ("confirmed", None)
    defects.take_back(cast.supervisor, defect, seen=defect.version, reason="误")
    assert (defect.state, defect.warranty_project_id) == ("forwarded", 1)


def test_warranty_runs_from_acceptance_to_its_last_day_both_included(cast):
    project = Project(state="running", accepted_on=date(2017, 6, 1), warranty_ends_on=date(2018, 6, 1))
    days = (date(2017, 5, 31), date(2017, 6, 1), date(2018, 6, 1), date(2018, 6, 2))
    assert [warranty.runs(project, day) for day in days] == [False, True, True, False]
    project.accepted_on = None
    assert not warranty.runs(project, days[1])


def test_a_warranty_that_is_over_or_not_begun_asks_nobody(cast, asking):
    people.project(cast, "construction")
    defect = people.confirmed(cast)
    with pytest.raises(BadInput):
        warranty.claim(cast.supervisor, defect, seen=defect.version)
    accepted(cast)
    with clock.at(people.NOON + timedelta(days=700)):
        late = people.confirmed(cast)
        assert warranty.proposal(cast.supervisor, late) is None
    cover_ = people.confirmed(cast, surface="ancillary", type_code="cover_broken", depth_mm=None)
    assert warranty.proposal(cast.supervisor, cover_) is None


def test_the_press_for_warranty_repair(stage, client_of):
    with stage.app.app_context():
        accepted(stage)
        defect = people.confirmed(stage)
        defect_id, version = defect.id, defect.version
        db.session.commit()
    boss = client_of("supervisor")
    assert f'action="/defects/{defect_id}/warranty"' in boss.get(f"/defects/{defect_id}").text
    assert post(client_of("engineer"), f"/defects/{defect_id}/warranty", version=version).status_code == 403
    assert post(boss, f"/defects/{defect_id}/warranty", version=version).status_code == 302
    assert post(boss, f"/defects/{defect_id}/warranty", version=version).status_code in {400, 409}
    page = boss.get("/defects?warranty=1").text
    assert "质保返修" in page
    assert "/defects?state=forwarded&amp;warranty=1" in boss.get("/projects/1").text
    assert "1 处" in page
