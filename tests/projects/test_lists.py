"""Lists and the board of projects: what fits, what is stalled, how the files leave the house."""

import csv
import io
from datetime import date, timedelta

from python_calamine import CalamineWorkbook
from sqlalchemy import event, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.projects import actions, lists
from roadworks.projects.models import Project, StageDate
from roadworks.projects.stages import following
from tests.support import cast as people

TODAY = people.NOON.date()


def opened(cast, name="工人路", stage="scheme", on=TODAY - timedelta(days=10), **values):
    said = {"category": "medium", "in_charge_id": cast.engineer.id, **values}
    return actions.open_project(
        cast.supervisor, district_id=cast.district_id, name_zh=name, stage=stage, on=on, sections=[cast.section], **said
    )


def fitting(cast, **wanted):
    rules = lists.stage_rules(cast.leader)
    rows = db.session.scalars(lists.filtered(cast.leader, lists.Filter(**wanted), rules)).unique()
    return sorted(project.name_zh for project in rows)


def test_two_chinese_signs_pinyin_limits_and_people_find_a_project(either_cast):
    cast = either_cast
    opened(cast, "工人路", limits_zh="陇海路—宏河路", limits_en="Longhai Road – Honghe Road")
    opened(cast, "友爱路", contractor="某路桥公司")
    db.session.commit()
    assert fitting(cast, words="工人") == ["工人路"]
    assert fitting(cast, words="宏河") == ["工人路"]
    assert fitting(cast, words="LONGHAI") == ["工人路"]
    assert fitting(cast, words="路桥") == ["友爱路"]
    assert fitting(cast, words="颍河") == ["友爱路", "工人路"], "by the register's road"
    assert fitting(cast, words="engineer") == ["友爱路", "工人路"]
    assert fitting(cast, words="%") == []
    assert fitting(cast, words="工人 友爱") == []


def test_category_stage_state_and_person_narrow_the_list(either_cast):
    cast = either_cast
    opened(cast, "甲", stage="tender")
    opened(cast, "乙", stage="construction", category="major")
    resting = opened(cast, "丙", in_charge_id=cast.supervisor.id)
    actions.suspend(cast.supervisor, resting, seen=resting.version, code="funds", until=date(2018, 8, 1), reason="资金")
    db.session.commit()
    assert fitting(cast, categories=("major",)) == ["乙"]
    assert fitting(cast, stages=("tender", "scheme")) == ["丙", "甲"]
    assert fitting(cast, states=("suspended",)) == ["丙"]
    assert fitting(cast, in_charge_id=cast.supervisor.id) == ["丙"]


def test_stalled_is_too_long_past_the_plan_or_building_in_silence_and_never_suspended(either_cast):
    cast = either_cast
    opened(cast, "六十天", on=TODAY - timedelta(days=60))
    opened(cast, "六十二天", on=TODAY - timedelta(days=62))
    planned = opened(cast, "过计划")
    next(d for d in planned.dates if d.stage == "scheme").planned_on = TODAY - timedelta(days=1)
    today = opened(cast, "计划今天")
    next(d for d in today.dates if d.stage == "scheme").planned_on = TODAY
    opened(cast, "无声施工", stage="construction", on=TODAY - timedelta(days=16))
    opened(cast, "刚开工", stage="construction", on=TODAY - timedelta(days=13))
    resting = opened(cast, "暂停", on=TODAY - timedelta(days=200))
    actions.suspend(
        cast.supervisor, resting, seen=resting.version, code="control", until=date(2018, 8, 1), reason="管控"
    )
    db.session.commit()
    assert fitting(cast, stalled=True) == ["六十二天", "无声施工", "过计划"]
    (long,) = db.session.scalars(select(Project).where(Project.name_zh == "六十二天"))
    actions.coordinate(cast.supervisor, long, seen=long.version, reason="等管线单位")
    assert "六十二天" in fitting(cast, stalled=True)
    actions.resume(cast.supervisor, long, seen=long.version)
    assert fitting(cast, stalled=True) == ["无声施工", "过计划"], "its clock begins anew, as it does for reminders"


def test_the_next_node_is_the_planned_day_of_the_stage_else_the_expected_day(cast):
    project = opened(cast, expected_on=date(2018, 9, 30))
    assert lists.node(project) == date(2018, 9, 30)
    row = next(d for d in project.dates if d.stage == "scheme")
    row.planned_on = date(2018, 7, 4)
    assert lists.node(project) == date(2018, 7, 4)
    assert isinstance(row, StageDate)
    assert lists.days_in_stage(project) == 10


def test_the_board_shows_each_stage_with_its_cards_and_only_the_home_district(stage, client_of):
    with stage.app.app_context():
        opened(stage, "工人路", stage="tender")
        opened(stage, "百花路", stage="substantial", category="major")
        db.session.commit()
    page = client_of("supervisor").get("/projects/board").text
    assert "工人路" in page
    assert "百花路" not in page
    assert 'data-next="contract"' in page
    assert "/projects/1/advance" in page
    assert "百花路" in client_of("leader").get("/projects/board?category=major").text
    looked = client_of("leader").get("/projects/board").text
    assert "data-next" not in looked, "who may not move a project has neither button nor handle"
    stranger = client_of("stranger")
    for address in ("/projects", "/projects/board", "/projects.json", "/projects.csv", "/projects/wall", "/programmes"):
        assert "工人路" not in stranger.get(address).get_data(as_text=True), address
    assert client_of("supervisor").get("/projects/board?category=none").status_code == 400


def test_the_button_of_a_card_moves_it_and_a_shut_gate_answers_with_what_is_missing(stage, client_of):
    with stage.app.app_context():
        project = opened(stage, "工人路", stage="substantial")
        db.session.commit()
        seen = project.version
    client = client_of("supervisor")
    said = {"csrf_token": people.token(client, "/account"), "version": seen, "next": "/projects/board"}
    answer = client.post("/projects/1/advance", data=said)
    assert answer.status_code == 409
    assert "完工报告" in answer.text


def test_the_list_pages_by_cursor_and_keeps_its_filter(stage, client_of, monkeypatch):
    monkeypatch.setattr("roadworks.base.web.PAGE_SIZE", 50)
    with stage.app.app_context():
        for number in range(53):
            opened(stage, f"第{number:02d}路", stage="tender")
        db.session.commit()
    client = client_of("engineer")
    first = client.get("/projects?stage=tender&q=第")
    assert first.text.count('scope="row"') == 50
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(following)
    assert second.text.count('scope="row"') == 3
    assert "stage=tender" in following
    for address in ("?stage=x", "?category=x", "?state=x", "?in_charge=x", "?sort=x", "?cursor=x"):
        assert client.get(f"/projects{address}").status_code == 400, address


def test_one_chip_takes_away_one_filter(stage, client_of):
    page = client_of("leader").get("/projects?stage=tender&stage=contract&stalled=1&in_charge=1").text
    assert 'href="/projects?stage=contract&amp;in_charge=1&amp;stalled=1"' in page
    assert "没有符合条件的项目" in page


def test_the_files_are_safe_and_whole(stage, client_of):
    evil = '=HYPERLINK("x")'
    with stage.app.app_context():
        opened(stage, evil, limits_zh="+1", designer="@设计院")
        db.session.commit()
    client = client_of("leader")
    content = client.get("/projects.csv").data
    assert content.startswith(b"\xef\xbb\xbf")
    head, row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert not any(word.isascii() for word in head)  # every head is translated
    assert len(head) == len(row)
    assert {"'" + evil, "'+1", "'@设计院"} <= set(row)
    book = client.get("/projects.xlsx").data
    assert b"<f>" not in book
    assert evil in CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()[1]
    assert client_of("crew").get("/projects.csv").status_code == 403


def test_the_json_tells_codes_both_names_limits_and_days(stage, client_of):
    with stage.app.app_context():
        opened(stage, "西十里铺", name_en="Xishilipu", limits_zh="西站北街—桐柏路", stage="tender")
        db.session.commit()
    (told,) = client_of("leader").get("/projects.json").json["projects"]
    assert told["category"] == "medium"
    assert told["stage"] == {"code": "tender", "zh": "招标", "en": "Tendering", "entered_on": "2018-06-17", "days": 10}
    assert told["name"] == {"zh": "西十里铺", "en": "Xishilipu"}
    assert told["limits"] == {"zh": "西站北街—桐柏路", "en": None}
    assert {
        "stage": "tender",
        "planned_on": None,
        "entered_on": "2018-06-17",
        "left_on": None,
        "skipped": False,
    } in told["dates"]


def test_pages_of_many_projects_cost_a_bounded_number_of_statements(stage, client_of):
    with stage.app.app_context():
        for number in range(60):
            opened(stage, f"第{number:02d}路", stage=("scheme", "tender", "construction")[number % 3])
        db.session.commit()
        engine = db.engine
    client = client_of("supervisor")
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *a: counted.append(statement))
    for address in ("/projects", "/projects/board", "/projects.json", "/projects.csv", "/projects/wall"):
        counted.clear()
        assert client.get(address).status_code == 200
        statements = [s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]
        assert len(statements) <= 12, f"{address}: {len(statements)}\n" + "\n".join(s[:140] for s in statements)


def test_a_stage_switched_off_keeps_its_column_while_somebody_stands_there(cast):
    opened(cast, "工人路", stage="tender")
    rules = [r for r in lists.stage_rules(cast.leader) if (r.category, r.district_id) == ("medium", cast.district_id)]
    for rule in rules:
        rule.active = rule.code not in {"tender", "contract"}
    db.session.commit()
    columns, _stalled = lists.board(cast.leader, rules, lambda s: s)
    codes = [column.rule.code for column in columns]
    assert "tender" in codes
    assert "contract" not in codes
    (card,) = next(column.projects for column in columns if column.rule.code == "tender")
    onto = following(card, rules)
    assert onto is not None
    assert onto.code == "start"
    assert clock.today() == TODAY
