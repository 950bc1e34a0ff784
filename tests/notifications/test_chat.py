"""Chat hooks: the same words for a person's or a crew's chat, by a real hook on this machine; mail never waits for it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications import chat, outbox, sender
from roadworks.notifications.models import Letter

WORDS = {"subject": "〔3 件逾期〕待您答复", "text": "GD20180627-0001 修复超时", "html": "<p>GD20180627-0001</p>"}


@pytest.fixture
def group():
    """A chat group that takes messages, or answers with `status`."""

    class Group(BaseHTTPRequestHandler):
        told: list[dict] = []
        status = 200

        def do_POST(self):
            Group.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(Group.status)
            self.end_headers()

        def log_message(self, *words):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Group)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    Group.url = f"json://127.0.0.1:{server.server_port}/"
    yield Group
    server.shutdown()
    thread.join()
    server.server_close()


def written(person, key: str, kind: str = "reminders"):
    """A letter of today."""
    return outbox.write(person, key=f"{kind}:{key}", kind=kind, **WORDS)


def states() -> dict[str, str]:
    """Kind → state of each letter."""
    return {letter.kind: letter.state for letter in db.session.scalars(select(Letter).order_by(Letter.id))}


def test_a_crew_is_told_once_a_day_of_the_same_thing_and_a_person_in_their_own_chat(either_cast, group, noon):
    either_cast.crew_row.chat_url = group.url
    either_cast.supervisor.chat_url = group.url + "boss"
    written(either_cast.crew, "1")
    written(either_cast.crew, "2", "urgent")
    written(either_cast.supervisor, "3")
    db.session.commit()
    while sender.send_due():
        pass
    assert len(group.told) == 2
    assert {said["title"] for said in group.told} == {WORDS["subject"]}
    assert {said["message"] for said in group.told} == {WORDS["text"]}
    assert set(states().values()) == {"sent"}


def test_a_hook_that_refuses_is_asked_again_and_holds_up_no_mail(either_cast, group, noon):
    group.status = 503
    either_cast.crew.chat_url = group.url
    written(either_cast.crew, "1")
    db.session.commit()
    sender.send_due()
    assert states() == {"reminders": "sent", "chat": "queued"}
    letter = db.session.scalars(select(Letter).where(Letter.kind == "chat")).one()
    assert "refused" in letter.fault
    assert group.url not in letter.fault, "the hook holds a secret"
    written(either_cast.crew, "2", "digest")
    db.session.commit()
    sender.send_due()
    assert states()["digest"] == "sent"
    group.status = 200
    with clock.at(letter.next_try_at):
        sender.send_due()
    assert len({said["message"] for said in group.told}) == 1
    assert "queued" not in states().values()


def test_without_the_extra_nothing_is_written_for_chat(cast, group, monkeypatch):
    monkeypatch.setattr(chat, "ready", lambda: False)
    cast.crew.chat_url = group.url
    written(cast.crew, "1")
    assert states() == {"reminders": "queued"}


def test_nobody_without_a_hook_is_told_by_chat(cast):
    written(cast.crew, "1")
    assert states() == {"reminders": "queued"}
