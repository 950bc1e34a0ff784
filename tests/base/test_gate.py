"""The gate lets a few in, lets a few wait a moment, and tells the rest at once to come again."""

import io
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from roadworks.accounts import sign_in
from roadworks.base import gate
from roadworks.base.db import db
from roadworks.base.errors import Unavailable
from roadworks.worklist import views


def test_a_place_is_given_back_and_taken_again():
    door = gate.Gate(slots=1, queue=0)
    for _ in range(3):
        door.enter()
        door.leave()


def test_who_finds_the_line_full_is_told_at_once(monkeypatch):
    door = gate.Gate(slots=1, queue=1)
    door.enter()
    waiting = threading.Thread(target=lambda: (door.enter(), door.leave()))
    waiting.start()
    while door._line._value:  # until the second stands in the line
        threading.Event().wait(0.005)
    with pytest.raises(Unavailable) as refused:
        door.enter()
    assert refused.value.facts["retry_after"] > 0
    door.leave()
    waiting.join()
    door.enter()


def test_who_waits_too_long_is_sent_away_and_leaves_no_place_taken(monkeypatch):
    monkeypatch.setattr(gate, "LONGEST_WAIT_S", 0.01)
    door = gate.Gate(slots=1, queue=1)
    door.enter()
    with pytest.raises(Unavailable):
        door.enter()
    door.leave()
    door.enter()


def test_a_busy_server_answers_503_with_retry_after_and_recovers(stage, client_of, monkeypatch):
    client = client_of("leader")

    def shut(self) -> None:
        raise Unavailable(gate.BUSY, retry_after=5)

    with monkeypatch.context() as patch:
        patch.setattr(gate.Gate, "enter", shut)
        answer = client.get("/defects")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert client.get("/healthz").status_code == 200
    assert client.get("/defects").status_code == 200


def test_a_busy_database_is_503_and_not_a_fault(stage, client_of, monkeypatch):
    client = client_of("supervisor")

    def locked(*_args):
        raise OperationalError("SELECT", {}, type("OperationalError", (Exception,), {})("database is locked"))

    monkeypatch.setattr(views, "load", locked)
    answer = client.get("/")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "locked" not in answer.text


def test_a_forgotten_migration_is_a_fault_and_not_busy(stage, client_of, monkeypatch):
    client = client_of("supervisor")
    monkeypatch.setattr(views, "load", lambda *_args: db.session.execute(text("SELECT 1 FROM no_such_table")))
    assert client.get("/").status_code == 500


@pytest.mark.parametrize(
    ("path", "shut", "tries"), [("/defects", False, 1), ("/sync/1/hello", False, 1), ("/nowhere", False, 1), ("/", True, 0)]
)  # fmt: skip
def test_a_database_that_cannot_tell_who_asks_is_waited_for_once(stage, client_of, monkeypatch, path, shut, tries):
    client, asked = client_of("leader"), []

    def locked(token):
        asked.append(token)
        raise OperationalError("BEGIN", {}, type("OperationalError", (Exception,), {})("database is locked"))

    def full(self) -> None:
        raise Unavailable(gate.BUSY, retry_after=5)

    stage.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(sign_in.manager, "_user_callback", locked)
    if shut:
        monkeypatch.setattr(gate.Gate, "enter", full)
    answer = client.get(path)
    assert (answer.status_code, answer.headers.get("Retry-After"), len(asked)) == (503, "5", tries)


class Counted(io.BytesIO):
    """A body that counts the bytes that were read of it."""

    count = 0

    def readinto(self, place):
        came = super().readinto(place)
        self.count += came
        return came


def test_a_form_with_files_that_is_none_is_not_held_in_memory(stage, client_of):
    client = client_of("supervisor")
    body = Counted(b"x" * 5_000_000)
    head = {"Content-Type": "multipart/form-data", "Content-Length": "5000000"}
    assert client.post("/rescue", input_stream=body, headers=head).status_code == 400
    assert body.count < 1_000_000


def test_only_forms_with_files_may_be_larger_than_the_rest(stage, client_of):
    head = {"Accept": "application/json"}
    large = client_of("supervisor").post("/rescue", json=["x" * 2_500_000], headers=head)
    assert large.status_code == 413, "held in memory whole, whatever the page may take in files"
