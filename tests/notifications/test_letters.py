"""The pages of letters: one's own, those of the district for who looks after them, sending again."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications import resending
from roadworks.notifications.carriers import NO_ADDRESS, Outcome
from roadworks.notifications.models import Letter
from roadworks.notifications.sender import claim, settle
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from tests.support import cast as people

FAILED = Outcome("refused", "550 no such user <b>")


@pytest.fixture
def letters(stage):
    """The stage with letters in several states; gives their ids by what became of them."""
    stage.app.config["MAIL_SERVER"] = object()
    made = {}
    with stage.app.app_context():
        for who, outcome in (
            ("crew", FAILED),
            ("inspector", Outcome("sent")),
            ("engineer", Outcome("refused", NO_ADDRESS)),
        ):
            people.letter(stage, who, text="看 https://roads.example/workorders/1 <script>")
            db.session.commit()
            settle(claim(), outcome)
        people.letter(stage, "leader")
        people.letter(stage, "stranger")
        db.session.commit()
        for letter in db.session.scalars(select(Letter)):
            made[letter.person.username] = letter.id
    return made


def test_the_failed_letters_are_shown_first_with_what_the_server_said(letters, client_of):
    page = client_of("admin").get("/admin/letters").text
    assert "crew 第1封" in page
    assert "550 no such user &lt;b&gt;" in page
    assert "此人没有电子邮箱" in page
    assert "inspector 第1封" not in page
    assert page.count("/resend") == 2


@pytest.mark.parametrize(("state", "who"), [("sent", ["inspector"]), ("queued", ["leader"]), ("stale", [])])
def test_letters_are_listed_by_state_within_the_district(letters, client_of, state, who):
    page = client_of("admin").get(f"/admin/letters?state={state}").text
    assert [name for name in ("crew", "inspector", "engineer", "leader", "stranger") if f"{name} 第1封" in page] == who
    assert "/resend" not in page


def test_all_letters_of_the_district_and_none_of_another(letters, client_of):
    page = client_of("admin").get("/admin/letters?state=").text
    assert all(f"{name} 第1封" in page for name in ("crew", "inspector", "engineer", "leader"))
    assert "stranger" not in page
    assert "stranger 第1封" in client_of("chief").get("/admin/letters?state=").text


def test_a_failed_letter_is_sent_again_on_record(stage, letters, client_of):
    client = client_of("admin")
    with stage.app.app_context():
        stage.crew.email = "new@example.org"
        db.session.commit()
        version = db.session.get_one(Letter, letters["crew"]).version
    address = f"/admin/letters/{letters['crew']}/resend"
    data = {"csrf_token": people.token(client, "/admin/letters"), "version": version}
    with clock.at(people.NOON + timedelta(hours=1)):
        assert client.post(address, data=data).status_code == 302
    again = client.post(address, data={**data, "version": version + 1})
    assert again.status_code == 409, "it is on its way"
    assert client.post(address, data=data).status_code == 409, "somebody else did it before"
    with stage.app.app_context():
        letter = db.session.get_one(Letter, letters["crew"])
        assert (letter.state, letter.tries, letter.address) == ("queued", 0, "new@example.org")
        assert letter.next_try_at == people.NOON + timedelta(hours=1)
        event = db.session.scalars(select(Event).where(Event.verb == "letter.resend")).one()
        assert (event.before, event.after, event.actor_name) == ("failed", "queued", stage.admin.name)
        assert event.changes == {"address": ["", "new@example.org"]}
    assert "已重新发送邮件" in client.get(f"/letters/{letters['crew']}").text


def test_only_who_looks_after_letters_sends_them_again(stage, letters, client_of):
    address = f"/admin/letters/{letters['crew']}/resend"
    for who, status in (("crew", 403), ("supervisor", 404), ("stranger", 404)):
        client = client_of(who)
        answer = client.post(address, data={"csrf_token": people.token(client, "/letters"), "version": 2})
        assert answer.status_code == status, who


def test_one_reads_ones_own_letters_and_nobody_elses(letters, client_of):
    crew = client_of("crew")
    assert "crew 第1封" in crew.get("/letters").text
    assert "inspector 第1封" not in crew.get("/letters").text
    page = crew.get(f"/letters/{letters['crew']}").text
    assert '<a href="https://roads.example/workorders/1"' in page
    assert "&lt;script&gt;" in page
    assert "Message-ID" not in page
    for ending in ("", ".eml"):
        assert crew.get(f"/letters/{letters['inspector']}{ending}").status_code == 404
        assert client_of("admin").get(f"/letters/{letters['inspector']}{ending}").status_code == 200


def test_the_whole_mail_is_a_file_for_a_mail_program(letters, client_of):
    answer = client_of("crew").get(f"/letters/{letters['crew']}.eml")
    assert answer.mimetype == "message/rfc822"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"Message-ID: <" in answer.data


def test_without_a_mail_server_the_page_says_where_letters_go(letters, stage, client_of):
    stage.app.config["MAIL_SERVER"] = None
    assert "没有配置邮件服务器" in client_of("admin").get("/admin/letters").text


def test_all_failed_letters_are_sent_again_in_one_act_on_record(stage, letters, client_of):
    client = client_of("admin")
    with stage.app.app_context():
        stage.crew.email = "new@example.org"
        stage.engineer.email = None
        people.letter(stage, "supervisor")
        people.letter(stage, "supervisor", 2, kind="digest")
        db.session.commit()
        db.session.execute(update(Letter).where(Letter.kind == "digest").values(state="failed", fault="550 full"))
        db.session.execute(update(Letter).where(Letter.subject == "stranger 第1封").values(state="failed"))
        db.session.commit()
        stage.supervisor.email = "boss@example.org"
        db.session.commit()
    shown = client.get("/admin/letters").text
    assert "/admin/letters/resend" in shown
    page = client.get("/admin/letters/resend").text
    assert "重新发送 2 封" in page
    assert "550 full：1" in page
    assert "另有 1 封" in page, "the engineer has no address"
    upto = re.search(r'name="upto" value="(\d+)"', page).group(1)
    data = {"csrf_token": people.token(client, "/admin/letters/resend"), "upto": upto}
    assert client.post("/admin/letters/resend", data={**data, "upto": "x"}).status_code == 400
    with clock.at(people.NOON + timedelta(hours=1)):
        assert client.post("/admin/letters/resend", data=data).status_code == 302
        assert client.post("/admin/letters/resend", data=data).status_code == 302, "twice does no harm"
    with stage.app.app_context():
        rows = {letter.subject: letter for letter in db.session.scalars(select(Letter))}
        crew = rows["crew 第1封"]
        assert (crew.state, crew.tries, crew.address, crew.fault) == ("queued", 0, "new@example.org", None)
        assert crew.next_try_at == people.NOON + timedelta(hours=1)
        assert rows["supervisor 第2封"].state == "queued"
        assert {rows[f"{who} 第1封"].state for who in ("engineer", "stranger")} == {"failed"}
        event = db.session.scalars(select(Event).where(Event.verb == "letter.resend_all")).one()
        assert (event.chain, event.actor_name, event.facts["letters"]) == (stage.district_id, stage.admin.name, 2)
        assert event.facts["ids"] == sorted([crew.id, rows["supervisor 第2封"].id])
        assert list(audit.faults(stage.district_id)) == []
    assert "已重新发送全部失败的邮件：2" in client.get("/admin/letters").text
    assert "已重新发送全部失败的邮件" in client.get(f"/letters/{letters['crew']}").text
    assert "已重新发送全部失败的邮件" not in client.get(f"/letters/{letters['engineer']}").text


def test_an_older_failed_letter_that_a_newer_one_overtook_is_left_and_an_urgent_one_is_not(stage, letters):
    with stage.app.app_context():
        stage.crew.email = "new@example.org"
        for kind in ("reminders", "urgent"):
            for n in (7, 8):
                people.letter(stage, "crew", n, kind=kind, key=f"{kind}:{n}")
        db.session.commit()
        db.session.execute(update(Letter).where(Letter.person_id == stage.crew.id).values(state="failed"))
        db.session.commit()
        kinds = [(letter.kind, letter.key[-1]) for letter in db.session.scalars(resending.failed(stage.admin))]
        assert ("reminders", "8") in kinds
        assert ("reminders", "7") not in kinds
        assert ("reminders", "1") not in kinds
        assert {("urgent", "7"), ("urgent", "8")} <= set(kinds)
