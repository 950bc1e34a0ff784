"""A process killed at each write, flush, rename and statement of what a phone sends, by each of its doors, and of an order's
issue at the desk: all or nothing, every time."""

import hashlib
import io
import os
import sys
from typing import Any

import pytest
from sqlalchemy import func, select

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects.models import Defect, Photo
from roadworks.defects.records import Addition
from roadworks.defects.voices import VoiceNote
from roadworks.rounds.models import Round
from roadworks.workflow import audit
from roadworks.workorders import actions
from roadworks.workorders.models import SentStep, WorkOrder
from tests.support import cast as people
from tests.support import databases

POINTS = frozenset(
    {
        "write",
        "fsync",
        "flush",
        "replace",
        "rename",
        "mkdir",
        "open",
        "close",
        "execute",
        "executemany",
        "fetchall",
        "fetchone",
        "commit",
        "rollback",
    }
)
KILLED, WHOLE, FAULT = 9, 0, 1


class Killer:
    """Ends the process, without a word, at the N-th call that touches disk or database."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, _frame, event, called) -> None:
        if event == "c_call" and called.__name__ in POINTS:
            self.count += 1
            if self.count == self.at:
                os._exit(KILLED)


def in_child(work, at: int) -> int:
    """Fork, do the work, be killed at point `at`; gives how the child ended."""
    child = os.fork()
    if child == 0:
        code = FAULT
        try:
            with clock.at(people.NOON):
                sys.setprofile(Killer(at))
                work()
                sys.setprofile(None)
                code = WHOLE
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Phone:
    """A phone on which somebody has signed in, that sends as queue.js does, a photo that was not sent yet before its record."""

    def __init__(self, app, who: str) -> None:
        self.client = app.test_client()
        people.sign_in(self.client, who)
        self.head = {"X-CSRFToken": self.client.get("/sync/1/hello").json["token"], "Accept": "application/json"}

    def keep(self, door: str, content: bytes) -> str:
        """Send a file ahead; gives its SHA-256."""
        sha = hashlib.sha256(content).hexdigest()
        part = {"sha256": sha, "photo": (io.BytesIO(content), "photo")}
        answer = self.client.post(f"/sync/1/{door}", data=part, headers=self.head)
        assert answer.status_code == 201, answer.text
        return sha

    def send(self, door: str, said: dict) -> dict:
        """Send a record; gives its receipt."""
        answer = self.client.post(f"/sync/1/{door}", json=said, headers=self.head)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    def file(self, client_id: str, shade: int) -> dict:
        """Send a defect with a photo that is like no other."""
        sha = self.keep("photos", people.jpeg(f"#{shade:06x}"))
        said = {"client_id": client_id, "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "2.5"}
        return self.send("filings", {**said, "place": "路口", "photos": [sha]})


def sent(app, ask) -> Any:
    """What a phone gets for an answer, outside of any context that would tell who asks; no connection is carried over a fork."""
    with clock.at(people.NOON):
        answer = ask()
    with app.app_context():
        put_away()
    return answer


def put_away() -> None:
    """No connection is carried over a fork."""
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def world(tmp_path, sqlite_template):
    """An app with nobody watching, and its people's ids."""
    databases.copy_sqlite(sqlite_template, tmp_path)
    app = create_app(databases.options(tmp_path))
    with app.app_context(), clock.at(people.NOON):
        ids = people.make_cast().ids
        put_away()
    return app, ids


def look(app) -> None:
    """What must hold after every death."""
    for defect in db.session.scalars(select(Defect)):
        assert len(defect.photos) == 1 or defect.no_photo_reason, "a row without its photo"
        assert [e.verb for e in audit.history(defect)][0] == "defect.file"
    for photo in db.session.scalars(select(Photo)):
        for key in (photo.key, photo.thumb_key):
            with storage().open(key) as file:
                content = file.read()
            assert content.startswith(b"\xff\xd8")
            assert content.endswith(b"\xff\xd9"), "half a photo"
    assert list(audit.faults(1)) == []


def test_a_filing_killed_at_any_point_is_whole_or_not_there_and_can_be_sent_again(world):
    app, _ids = world
    phone = sent(app, lambda: Phone(app, "inspector"))
    point, killed = 1, 0
    while True:
        client_id = f"00000000-0000-4000-8000-{point:012d}"
        ended = in_child(lambda c=client_id, p=point: phone.file(c, p), point)
        assert ended in {KILLED, WHOLE}
        killed += ended == KILLED
        receipt = sent(app, lambda c=client_id, p=point: phone.file(c, p))
        with app.app_context():
            if point % 9 == 0 or ended == WHOLE:
                look(app)
            found = db.session.scalars(select(Defect).where(Defect.client_id == client_id)).all()
            assert [(one.number, [photo.sha256 for photo in one.photos]) for one in found] == [
                (receipt["number"], receipt["photos"])
            ]
            put_away()
        if ended == WHOLE:
            break
        point += 1
    assert killed >= 160, f"only {killed} points"


def did(thing, verb: str) -> int:
    """How often the trail says that this was done with it."""
    return [event.verb for event in audit.history(thing)].count(verb)


def counted(model, *which) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*which))


def a_step(cast: people.Cast, client_id: str, sha: str):
    """An order reported done."""
    order = people.working(cast)
    db.session.commit()
    order_id, line = order.id, order.lines[0].id
    said = {"order": order_id, "verb": "finish", "seen": order.version, "at": people.NOON.isoformat(), "photos": [sha]}

    def there() -> set[int]:
        row = db.session.get_one(WorkOrder, order_id)
        state = [("working", "ordered"), ("done", "mended")].index((row.state, row.lines[0].defect.state))
        rows = counted(SentStep, SentStep.client_id == client_id), counted(Photo, Photo.order_id == order_id)
        return {state, *rows, did(row, "order.finish")}

    return said | {f"m2-{line}": "3.1", f"photos-{line}": sha}, there


def an_addition(cast: people.Cast, client_id: str, sha: str):
    """A photo of a defect that is there already."""
    defect = people.filed(cast)
    db.session.commit()
    said = {"defect": defect.id, "note": "又大了", "photos": [sha]}

    def there() -> set[int]:
        row = db.session.get_one(Defect, said["defect"])
        return {counted(Addition, Addition.client_id == client_id), len(row.photos), did(row, "defect.add_photo")}

    return said, there


def a_note(cast: people.Cast, _client_id: str, sha: str):
    """What was spoken to a filing."""
    defect = people.filed(cast)
    db.session.commit()
    said, defect_id = {"filing": defect.client_id, "photos": [sha]}, defect.id

    def there() -> set[int]:
        hangs = counted(VoiceNote, VoiceNote.defect_id == defect_id)
        return {hangs, did(db.session.get_one(Defect, defect_id), "defect.add_voice")}

    return said, there


def a_round(cast: people.Cast, client_id: str, _sha: str):
    """A round from its start to its end."""
    tick = {"section_id": cast.section_id, "at": people.NOON.isoformat(), "how": "hand", "reason": "没电"}
    said = {"started_at": people.NOON.isoformat(), "ended_at": people.NOON.isoformat(), "ticks": [tick], "photos": []}

    def there() -> set[int]:
        rows = db.session.scalars(select(Round).where(Round.client_id == client_id)).all()
        return {len(rows), sum(len(row.passes) for row in rows), sum(did(row, "round.end") for row in rows)}

    return said, there


FILES = {"steps": "photos", "additions": "photos", "notes": "voices"}


@pytest.mark.parametrize(
    ("door", "make", "who", "least"),
    [("steps", a_step, "crew", 130), ("additions", an_addition, "inspector", 70), ("notes", a_note, "inspector", 60), ("rounds", a_round, "inspector", 100)],
    ids=["steps", "additions", "notes", "rounds"],
)  # fmt: skip
def test_a_record_killed_at_any_point_of_its_door_is_whole_or_not_there(world, door, make, who, least):
    app, ids = world
    phone = sent(app, lambda: Phone(app, who))
    # What is prepared once in a process is prepared by a first one: in each child it took longer than all the rest.
    for client_id, shade in (("00000000-0000-4000-8000-0000000000aa", 1), ("00000000-0000-4000-8000-0000000000bb", 2)):
        kept = people.spoken(serial=shade) if door == "notes" else people.jpeg(f"#{shade:06x}")
        sha = sent(app, lambda k=kept: phone.keep(FILES[door], k)) if door in FILES else ""
        with app.app_context(), clock.at(people.NOON):
            said, there = make(people.Cast(1, 2, 1, 2, 1, 2, ids), client_id, sha)
            assert there() == {0}
            put_away()
        said["client_id"] = client_id
        if shade == 1:
            sent(app, lambda s=said: phone.send(door, s))
    point, whole = 0, False
    while not whole:
        point += 1
        ended = in_child(lambda: phone.send(door, said), point)
        with app.app_context():
            assert there() in ({0}, {1}), f"half of it is there, killed at {point}"
            whole = there() == {1}
            assert ended == KILLED or (ended == WHOLE and whole)
            if point % 9 == 0 or whole:
                look(app)
            put_away()
    assert point >= least, f"only {point} points"
    assert sent(app, lambda: phone.send(door, said))["photos"] == said["photos"]
    with app.app_context():
        assert there() == {1}, "sent again"
        put_away()


def test_a_voice_note_killed_at_any_point_of_its_way_is_whole_or_not_there_and_can_be_sent_again(world):
    app, _ids = world
    phone = sent(app, lambda: Phone(app, "inspector"))
    sent(app, lambda: phone.keep("voices", people.spoken(serial=0)))
    point, ended = 0, KILLED
    while ended == KILLED:
        point += 1
        spoken = people.spoken(serial=point)
        sha = hashlib.sha256(spoken).hexdigest()
        ended = in_child(lambda s=spoken: phone.keep("voices", s), point)
        assert ended in {KILLED, WHOLE}
        for again in (False, True):
            if again:
                sent(app, lambda s=spoken: phone.keep("voices", s))
            with app.app_context():
                rows = db.session.scalars(select(VoiceNote).where(VoiceNote.sha256 == sha)).all()
                assert len(rows) == 1 if again or ended == WHOLE else len(rows) <= 1
                lies = storage().path(VoiceNote(sha256=sha, kind="ogg").key)
                assert lies.exists() or not rows, f"a row without its file, killed at {point}"
                assert not lies.exists() or lies.read_bytes() == spoken, f"half a file, killed at {point}"
                put_away()
    assert point >= 60, f"only {point} points"


def issue(app, ids: dict, defect_ids: list[int]) -> None:
    """What the desk's form does: several defects, one order."""
    cast = people.Cast(1, 2, 1, 2, 1, 2, ids)
    with app.app_context():
        chosen = [db.session.get(Defect, defect_id) for defect_id in defect_ids]
        actions.issue(cast.supervisor, chosen, crew=cast.crew_row)
        db.session.commit()


def test_an_order_killed_at_any_point_of_its_issue_is_whole_or_not_there(world):
    app, ids = world
    with app.app_context(), clock.at(people.NOON):
        defect_ids = [people.confirmed(people.Cast(1, 2, 1, 2, 1, 2, ids)).id for _ in range(3)]
        db.session.commit()
        put_away()
    point, whole = 1, False
    while not whole and in_child(lambda: issue(app, ids, defect_ids), point) == KILLED:
        with app.app_context():
            orders = db.session.scalars(select(WorkOrder)).all()
            states = {db.session.get(Defect, defect_id).state for defect_id in defect_ids}
            assert (len(orders), states) in [(0, {"confirmed"}), (1, {"ordered"})]
            whole = len(orders) == 1
            assert not whole or len(orders[0].live_lines) == 3
            assert list(audit.faults(1)) == []
            put_away()
        point += 1
    assert point >= 145, f"only {point} points"
