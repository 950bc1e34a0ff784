"""The bureau's table of stages: changed by an administrator, with a reason, on record."""

import pytest

from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, Stale
from roadworks.projects import actions, gates, stage_table, stages
from roadworks.projects.stage_table import Asked
from roadworks.projects.tables import StageRule
from roadworks.workflow import audit
from tests.support import cast as people


def rule_of(cast, code: str, category: str = "medium") -> StageRule:
    found = db.session.query(StageRule).filter_by(district_id=cast.district_id, category=category, code=code)
    return found.one()


def values(rule: StageRule, **change) -> dict:
    names = ("name_zh", "name_en", "typical_days", "stall_days", "active")
    return {**{name: getattr(rule, name) for name in names}, **change}


def test_drawing_review_can_come_after_the_budget_review(either_cast):
    rule = rule_of(either_cast, "drawing_review")
    stage_table.shift(either_cast.admin, rule, up=False, reason="本区先财评", seen=rule.version)
    walked = [r.code for r in stages.stages_of(either_cast.district_id, "medium")]
    assert walked[3:6] == ["drawings", "budget_review", "drawing_review"]
    event = audit.history(rule)[-1]
    assert (event.verb, event.changes, event.facts["reason"]) == ("stages.edit", {"position": [5, 6]}, "本区先财评")
    project = people.project(either_cast, "drawings")
    assert stages.next_stage(project).code == "budget_review"
    db.session.commit()


def test_a_stage_walked_before_it_was_moved_is_not_walked_again(cast):
    project = people.project(cast, "budget_review")
    rule = rule_of(cast, "drawing_review")
    stage_table.shift(cast.admin, rule, up=False, reason="改", seen=rule.version)
    assert stages.next_stage(project).code == "tender"


def test_the_first_goes_no_further_up_and_nothing_moves_without_a_reason_or_role(cast):
    rule = rule_of(cast, "reserve")
    assert stage_table.shift(cast.admin, rule, up=True, reason="改", seen=rule.version) is None
    with pytest.raises(BadInput):
        stage_table.shift(cast.admin, rule, up=False, reason="", seen=rule.version)
    with pytest.raises(NotAllowed):
        stage_table.shift(cast.supervisor, rule, up=False, reason="改", seen=rule.version)
    with pytest.raises(Stale):
        stage_table.shift(cast.admin, rule, up=False, reason="改", seen=rule.version + 1)


def test_a_stage_that_projects_stand_in_is_not_switched_off(either_cast):
    project = people.project(either_cast, "scheme")
    rule = rule_of(either_cast, "scheme")
    with pytest.raises(BadInput) as fault:
        stage_table.change(either_cast.admin, rule, values(rule, active=False), [], reason="x", seen=rule.version)
    assert "1" in str(fault.value.message)
    actions.cancel(either_cast.supervisor, project, seen=project.version, reason="不做了")
    stage_table.change(either_cast.admin, rule, values(rule, active=False), [], reason="x", seen=rule.version)
    assert stages.next_stage(people.project(either_cast, "approved")).code == "drawings"


def test_papers_are_added_renamed_and_switched_off_on_record(cast):
    project = people.project(cast)
    rule = rule_of(cast, "reserve")
    survey, summary = rule.papers
    said = [
        Asked(survey.id, "路况检测报告", survey.name_en),
        Asked(summary.id, summary.name_zh, summary.name_en, active=False),
        Asked(None, "航拍", "Aerial photos", required=False),
    ]
    changed = values(rule, stall_days=90, name_zh="储备")
    stage_table.change(cast.admin, rule, changed, said, reason="按新办法", seen=rule.version)
    assert [(p.name_zh, p.active, p.required) for p in rule.papers] == [
        ("路况检测报告", True, True),
        ("病害统计", False, True),
        ("航拍", True, False),
    ]
    assert audit.history(rule)[-1].changes == {
        "name_zh": ["项目储备", "储备"],
        "stall_days": [180, 90],
        "现状调查/检测报告 · name_zh": ["现状调查/检测报告", "路况检测报告"],
        "病害统计 · active": [True, False],
        "航拍": [None, "Aerial photos"],
    }
    assert [item.label for item in gates.checklist(project, rule, [])] == ["路况检测报告", "航拍"]
    assert [words.split(": ")[-1] for words in gates.lacking(project)] == ["路况检测报告"]


def test_nothing_changed_is_nothing_on_record(cast):
    rule = rule_of(cast, "tender")
    said = [Asked(p.id, p.name_zh, p.name_en, p.required, p.active) for p in rule.papers]
    assert stage_table.change(cast.admin, rule, values(rule), said, reason="x", seen=rule.version) is None
    assert audit.history(rule) == []


def test_the_page_moves_renames_and_tells_who_and_why(stage, client_of):
    client = client_of("admin")
    with stage.app.app_context():
        rule = rule_of(stage, "tender")
        address, mark, paper = f"/admin/stages/{rule.id}", f"{rule.id}:{rule.version}:up", rule.papers[0].id
    token = people.token(client, "/admin/stages")
    wrong = client.post("/admin/stages", data={"csrf_token": token, "category": "medium", "move": mark, "reason": ""})
    assert wrong.status_code == 400
    assert 'id="reason-fault"' in wrong.text
    sent = {"csrf_token": token, "category": "medium", "move": mark, "reason": "提前招标"}
    assert client.post("/admin/stages", data=sent).status_code == 302
    said = {"csrf_token": token, "version": "2", "name_zh": "招投标", "name_en": "Tendering", "active": "y"}
    said |= {
        "typical_days": "40",
        "stall_days": "",
        "reason": "改名",
        f"paper-{paper}-zh": "",
        f"paper-{paper}-en": "x",
    }
    back = client.post(address, data=said)
    assert back.status_code == 400
    assert "招投标" in back.text
    assert f'id="paper-{paper}-zh"' in back.text
    assert client.post(address, data={**said, f"paper-{paper}-zh": "招标书"}).status_code == 302
    text = client.get("/admin/stages?category=medium").text
    for words in ("招投标", "提前招标", "改名", "admin·甲", "招标书"):
        assert words in text
    assert client.post("/admin/stages", data={**sent, "move": "1:x:up"}).status_code == 400
    assert client_of("stranger").get(address).status_code == 404


def test_papers_change_places_on_record_and_the_checklist_follows(either_cast):
    rule = rule_of(either_cast, "approved")
    project = people.project(either_cast, "approved")
    first, second, third = rule.papers
    event = stage_table.shift_paper(either_cast.admin, third, up=True, reason="先落实资金", seen=rule.version)
    assert (event.changes, event.facts["reason"]) == ({"资金来源 · position": [3, 2]}, "先落实资金")
    assert [paper.id for paper in rule.papers] == [first.id, third.id, second.id]
    assert [i.label for i in gates.checklist(project, rule, [])][-2:] == ["资金来源", "立项批复"]
    assert stage_table.shift_paper(either_cast.admin, first, up=True, reason="x", seen=rule.version) is None
    with pytest.raises(BadInput):
        stage_table.shift_paper(either_cast.admin, first, up=False, reason="", seen=rule.version)
    with pytest.raises(Stale):
        stage_table.shift_paper(either_cast.admin, first, up=False, reason="x", seen=rule.version - 1)
    with pytest.raises(NotAllowed):
        stage_table.shift_paper(either_cast.supervisor, first, up=False, reason="x", seen=rule.version)
    db.session.commit()


def test_the_page_moves_a_paper_and_says_when_nothing_was_changed(stage, client_of):
    client = client_of("admin")
    with stage.app.app_context():
        rule = rule_of(stage, "approved")
        address, ids, top = (
            f"/admin/stages/{rule.id}",
            [paper.id for paper in rule.papers],
            rule_of(stage, "reserve").id,
        )
    said = {"csrf_token": people.token(client, address), "reason": "先落实资金"}
    wrong = client.post(f"{address}/papers", data={**said, "move": f"{ids[2]}:1:up", "reason": " "})
    assert wrong.status_code == 400
    assert 'id="why-fault"' in wrong.text
    done = client.post(f"{address}/papers", data={**said, "move": f"{ids[2]}:1:up"}, follow_redirects=True)
    assert "先落实资金" in done.text
    assert "资金来源 · 顺序：3 → 2" in done.text
    still = client.post(f"{address}/papers", data={**said, "move": f"{ids[0]}:2:up"}, follow_redirects=True)
    assert "没有改动" in still.text
    assert client.post(f"{address}/papers", data={**said, "move": f"{ids[0]}:1:down"}).status_code == 409
    assert client.post(f"{address}/papers", data={**said, "move": "999999:2:up"}).status_code == 404
    assert client_of("stranger").post(f"{address}/papers", data=said).status_code in {400, 404}
    table = {**said, "category": "medium", "move": f"{top}:1:up"}
    first = client.post("/admin/stages", data=table, follow_redirects=True)
    assert "没有改动" in first.text
