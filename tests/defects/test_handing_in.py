"""What somebody did whose access was taken away meanwhile: their phone hands it in, and a supervisor decides."""

import io
import json

import pytest
from sqlalchemy import select

from roadworks.base.db import db
from roadworks.defects import rescue_taking
from roadworks.defects.models import Defect
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from tests.support import cast as people
from tests.support.rescue_files import part, raw, record, whole, words

SHOT, HANDED = people.jpeg("red"), "账号已停用人员的手机移交了 1 份应急文件"


@pytest.fixture
def gone(stage, client_of):
    """The phone of an inspector who has been signed in and has no access any more."""
    phone = client_of("inspector")
    disable(stage)
    return phone


def disable(stage, active: bool = False):
    with stage.app.app_context():
        stage.inspector.active = active
        db.session.commit()


def hand_in(phone, content: bytes):
    head = {"Accept": "application/json"}
    return phone.post("/sync/1/rescue", data={"file": (io.BytesIO(content), "roadworks-rescue.zip")}, headers=head)


def came(stage) -> list:
    with stage.app.app_context():
        return list(db.session.scalars(select(Event.actor_name).where(Event.verb == "rescue.hand_in")))


def test_a_phone_without_access_hands_in_what_waits_and_a_supervisor_files_it(stage, client_of, gone):
    said, boss = record(stage, SHOT), client_of("supervisor")
    assert HANDED not in boss.get("/").text
    first, again = (hand_in(gone, whole([said], (SHOT,))) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert came(stage) == ["inspector·甲"], "handed in again it is there once"
    assert HANDED in boss.get("/").text
    address = f"/rescue/{first.json['sha256']}"
    assert address in boss.get("/rescue").text
    page = boss.get(address).text
    assert "账号已停用" in page
    assert boss.get("/defects.geojson").json["features"] == [], "nothing is filed before somebody decides"
    tick = words(page, (said["id"],))
    csrf = people.token(boss, "/account")
    assert boss.post(f"{address}/bring-in", data={"csrf_token": csrf, "anyway": tick}).status_code == 302
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert (defect.filed_by.username, len(defect.photos)) == ("inspector", 1)
        assert list(audit.faults(stage.district_id)) == []
    assert HANDED not in boss.get("/").text


def test_whoever_has_access_again_sends_the_same_and_nothing_is_there_twice(stage, client_of, gone):
    said = record(stage)
    assert hand_in(gone, whole([said])).status_code == 201
    disable(stage, active=True)
    assert hand_in(gone, whole([said])).status_code == 401, "who may sign in sends as ever"
    phone, boss = client_of("inspector"), client_of("supervisor")
    head = {"X-CSRFToken": people.token(phone, "/defects/new")}
    sent = phone.post("/sync/1/filings", json=said["fields"] | {"client_id": said["id"]}, headers=head)
    assert sent.status_code == 201, sent.text
    [link] = [line for line in boss.get("/rescue").text.split('"') if line.startswith("/rescue/")]
    page = boss.get(link).text
    assert "已在服务器上" in page
    assert "已查看" in page
    boss.post(f"{link}/bring-in", data={"csrf_token": people.token(boss, "/account")})
    assert HANDED not in boss.get("/").text, "who has looked through it is not asked again"


@pytest.mark.parametrize("bad", ["not sealed", "somebody else's", "nothing", "no file", "too much"])
def test_only_what_they_sealed_themselves_is_taken_and_not_without_end(stage, gone, monkeypatch, bad):
    said = record(stage)
    contents = {"not sealed": raw([said]), "somebody else's": whole([record(stage, who="supervisor")])}
    contents |= {"nothing": whole([]), "no file": b"x", "too much": whole([record(stage)])}
    if bad == "too much":
        monkeypatch.setattr(rescue_taking, "MOST_FILES", 1)
        assert hand_in(gone, part(1, 2, [said])).status_code == 201
    answer = hand_in(gone, contents[bad])
    assert answer.status_code == 400, answer.text
    assert len(came(stage)) == (bad == "too much")


@pytest.mark.parametrize("who", ["nobody", "signed in", "signed out", "of no district"])
def test_who_may_sign_in_or_never_did_hands_nothing_in(stage, client_of, who):
    phone = (
        stage.app.test_client() if who == "nobody" else client_of("chief" if who == "of no district" else "inspector")
    )
    if who == "signed out":
        phone.post("/logout", data={"csrf_token": people.token(phone, "/account")})
    if who == "of no district":
        with stage.app.app_context():
            stage.chief.active = False
            db.session.commit()
    answer = hand_in(phone, whole([record(stage, who="inspector")]))
    assert answer.status_code == (400 if who == "of no district" else 401), json.dumps(answer.json)
    assert came(stage) == []
