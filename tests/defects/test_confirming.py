"""What waits to be confirmed is confirmed several at once, on the desk and in its list, and each leads to the next."""

import re

from sqlalchemy import select

from roadworks.base.db import db
from roadworks.defects import actions as defects
from roadworks.defects.models import Defect
from roadworks.workflow.audit import Event
from tests.support import cast as people

ROW = re.compile(r'name="defect" value="(\d+-\d+)"')


def press(client, **said):
    """Press the button of the list of what waits to be confirmed."""
    said |= {"csrf_token": people.token(client, "/account"), "next": "/defects?state=filed"}
    return client.post("/defects/confirm", data=said, follow_redirects=True)


def states(stage) -> list[str]:
    with stage.app.app_context():
        return list(db.session.scalars(select(Defect.state).order_by(Defect.id)))


def test_several_are_confirmed_at_once_and_what_moved_meanwhile_is_told(stage, client_of):
    with stage.app.app_context():
        numbers = [people.filed(stage).number for _ in range(4)]
        db.session.commit()
    boss = client_of("supervisor")
    rows = ROW.findall(boss.get("/defects?state=filed").text)
    assert "4 处 · " in boss.get("/defects?state=filed").text, "a list with a filter says its total"
    assert sorted(rows) == sorted(ROW.findall(boss.get("/").text)) == ["1-1", "2-1", "3-1", "4-1"]
    with stage.app.app_context():
        second, third = (db.session.get_one(Defect, n) for n in (2, 3))
        defects.confirm(stage.supervisor, second, seen=1)
        defects.edit(stage.inspector, third, {"note": "又下沉"}, seen=1)
        db.session.commit()
    answer = press(boss, defect=["1-1", "2-1", "3-1"])
    assert answer.request.path == "/defects"
    assert f"已确认：{numbers[0]}</p>" in answer.text
    assert f"{numbers[1]} (已确认)、{numbers[2]} (已上报)</p>" in answer.text
    assert states(stage) == ["confirmed", "confirmed", "filed", "filed"]
    press(boss, defect=["3-2"], only="4-1")
    assert states(stage) == ["confirmed", "confirmed", "filed", "confirmed"], "the button of a row means that row alone"
    with stage.app.app_context():
        told = db.session.scalars(select(Event.thing_id).where(Event.verb == "defect.confirm").order_by(Event.id))
        assert list(told) == [2, 1, 4]


def test_nonsense_confirms_nothing_and_who_may_not_sees_no_box(stage, client_of):
    with stage.app.app_context():
        people.filed(stage)
        db.session.commit()
    boss = client_of("supervisor")
    for said in ([], ["1"], ["1-x"], ["x"], ["1-1-1"], ["1-1"] * 101):
        assert press(boss, defect=said).status_code == 400, said
    for role in ("inspector", "engineer"):
        assert press(client_of(role), defect="1-1").status_code == 403
        page = client_of(role).get("/defects?state=filed").text
        assert 'type="checkbox" name="defect"' not in page
        assert 'class="bulk"' not in page, "no bar where nothing can be ticked"
    assert press(client_of("stranger"), defect="1-1").status_code == 404
    assert states(stage) == ["filed"]


def test_after_one_comes_the_next(stage, client_of):
    with stage.app.app_context():
        for _ in range(2):
            people.filed(stage)
            people.done(stage)
        db.session.commit()
    boss, eye = client_of("supervisor"), client_of("inspector")
    said = {"csrf_token": people.token(boss, "/account"), "version": 1}
    page = boss.post("/defects/1/confirm", data=said, follow_redirects=True).text
    assert '<a href="/defects/3">下一处待确认（1）</a>' in page
    assert "下一处待确认" not in boss.post("/defects/3/confirm", data=said, follow_redirects=True).text
    assert "2 张工单" in eye.get("/workorders?state=done").text
    said = {"csrf_token": people.token(eye, "/account")}
    version = re.search(r'name="version" value="(\d+)"', eye.get("/workorders/1").text).group(1)
    page = eye.post("/workorders/1/pass", data={**said, "version": version}, follow_redirects=True).text
    assert '<a href="/workorders/2">下一张待核查（1）</a>' in page
