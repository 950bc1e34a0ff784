"""Voice notes: from the queue and from the page, once each, heard by those who may see the defect, swept where left."""

import hashlib
import io
import uuid
from datetime import timedelta

from roadworks import jobs
from roadworks.base import clock, sounds
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects import voices
from roadworks.defects.models import Defect
from roadworks.defects.voices import VoiceNote
from roadworks.workflow import audit
from tests.defects.test_rescue import bring_in
from tests.house.test_jobs import aged
from tests.support import cast as people
from tests.support.rescue_files import record, whole


def upload(client, csrf, content, sha=""):
    data = {"photo": (io.BytesIO(content), "photo"), "sha256": sha or hashlib.sha256(content).hexdigest()}
    return client.post("/sync/1/voices", data=data | {"csrf_token": csrf})


def hang(client, csrf, filing, *contents):
    said = {"client_id": str(uuid.uuid4()), "filing": filing}
    said["photos"] = [hashlib.sha256(content).hexdigest() for content in contents]
    return client.post("/sync/1/notes", json=said, headers={"X-CSRFToken": csrf})


def test_a_note_waits_for_its_filing_and_hangs_on_it_once(stage, client_of):
    phone, note, client_id = client_of("inspector"), people.spoken(), str(uuid.uuid4())
    csrf = people.token(phone, "/defects/new")
    assert hang(phone, csrf, client_id, note).json == {"missing": []}, "the filing is not there yet"
    with stage.app.app_context():
        number = people.filed(stage, client_id=client_id).number
        db.session.commit()
    sha = hashlib.sha256(note).hexdigest()
    assert hang(phone, csrf, client_id, note).json == {"missing": [sha]}
    for _turn in range(2):
        assert upload(phone, csrf, note).json["sha256"] == sha
        answer = hang(phone, csrf, client_id, note)
        assert (answer.status_code, answer.json["number"], answer.json["photos"]) == (200, number, [sha])
    assert hang(client_of("inspector2"), csrf, client_id, note).status_code in {400, 422}
    with stage.app.app_context():
        defect = db.session.query(Defect).one()
        (kept,) = voices.of(defect)
        assert (kept.kind, kept.seconds, kept.size) == ("ogg", 3, len(note))
        with storage().open(kept.key) as file:
            assert file.read() == note, "bit for bit"
        assert [event.verb for event in audit.history(defect)] == ["defect.file", "defect.add_voice"]
        aged()
        assert voices.sweep(clock.now() + timedelta(days=1)) == 1, "the second upload, kept and hung nowhere"
        with storage().open(kept.key) as file:
            assert file.read() == note, "the file is still one's own"


def test_a_note_of_a_form_that_became_an_addition_hangs_on_what_was_added_to(stage, client_of):
    phone, note, shot, client_id = client_of("inspector"), people.spoken(), people.jpeg("red"), str(uuid.uuid4())
    csrf = people.token(phone, "/defects/new")
    with stage.app.app_context():
        known = people.filed(stage)
        db.session.commit()
        number, defect_id = known.number, known.id
    sha = hashlib.sha256(shot).hexdigest()
    phone.post("/sync/1/photos", data={"photo": (io.BytesIO(shot), "photo"), "sha256": sha, "csrf_token": csrf})
    added = {"client_id": client_id, "defect": defect_id, "note": "", "photos": [sha]}
    assert phone.post("/sync/1/additions", json=added, headers={"X-CSRFToken": csrf}).status_code == 201
    upload(phone, csrf, note)
    answer = hang(phone, csrf, client_id, note)
    assert (answer.status_code, answer.json.get("number")) == (200, number)


def test_what_is_no_voice_note_or_came_damaged_is_told(stage, client_of):
    phone = client_of("inspector")
    csrf = people.token(phone, "/defects/new")
    refused = upload(phone, csrf, b"<html>")
    assert (refused.status_code, list(refused.json["faults"])) == (422, ["voice"])
    damaged = upload(phone, csrf, people.spoken(), "0" * 64)
    assert (damaged.status_code, damaged.json["again"]) == (422, True)
    # It cannot be read here, and is whole on the phone.
    damaged = upload(phone, csrf, b"?" + people.spoken()[1:], hashlib.sha256(people.spoken()).hexdigest())
    assert (damaged.status_code, damaged.json["again"]) == (422, True)
    assert upload(phone, csrf, people.spoken(90)).status_code == 422
    assert client_of("leader").post("/sync/1/voices").status_code in {400, 403}


def test_the_page_takes_a_file_and_only_those_who_see_the_defect_hear_it(stage, client_of):
    with stage.app.app_context():
        people.filed(stage)
        db.session.commit()
    crew, note = client_of("crew"), people.spoken(12)
    data = {"csrf_token": people.token(crew, "/defects/1"), "voice": (io.BytesIO(note), "备忘.ogg")}
    assert crew.post("/defects/1/add-voice", data=data).status_code == 302
    page = client_of("leader").get("/defects/1").text
    assert 'src="/voices/1"' in page
    heard = client_of("leader").get("/voices/1")
    assert (heard.data, heard.mimetype) == (note, "audio/ogg")
    assert "sandbox" in heard.headers["Content-Security-Policy"]
    part = client_of("leader").get("/voices/1", headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.data) == (206, b"Og"), "as Safari asks"
    assert client_of("stranger").get("/voices/1").status_code == 404
    headers = client_of("crew").get("/defects/1").headers
    assert "media-src 'self' blob:;" in headers["Content-Security-Policy"]
    assert headers["Permissions-Policy"] == "geolocation=(self), camera=(self), microphone=(self)"


def test_a_note_that_was_never_hung_up_is_its_senders_and_goes_after_a_week(either_cast):
    cast = either_cast
    note = voices.keep(cast.inspector, sounds.look(people.spoken()))
    assert voices.keep(cast.inspector, sounds.look(people.spoken())) is note
    db.session.commit()
    aged()
    assert jobs.sweep_files() == 0
    with clock.at(people.NOON + timedelta(days=8)):
        assert jobs.sweep_files() == 1
    assert db.session.query(VoiceNote).count() == 0
    assert not [key for key in storage().keys() if key.startswith("voices/")]  # noqa: SIM118


def test_a_rescue_file_brings_notes_to_their_defect_once(stage, client_of):
    boss, note, shot = client_of("supervisor"), people.spoken(5), people.jpeg("red")
    filing = record(stage, shot)
    spoken = record(stage, note, kind="voice", title="语音备注") | {"fields": {"filing": filing["id"]}}
    lost = record(stage, note, kind="voice") | {"fields": {"filing": str(uuid.uuid4())}}
    damaged = record(stage, b"<html>", kind="voice") | {"fields": {"filing": filing["id"]}}
    content = whole([filing, spoken, lost, damaged], (shot, note, b"<html>"))
    for _turn in range(2):
        page = bring_in(boss, content).text
        assert "既不在服务器上" in page, "one without its defect stays in the file"
        assert "只接收 Ogg" in page
    phone = client_of("inspector")
    csrf = people.token(phone, "/defects/new")
    assert upload(phone, csrf, note).status_code == 201
    assert hang(phone, csrf, filing["id"], note).status_code == 200, "the phone gets its receipt, too"
    with stage.app.app_context():
        [defect] = db.session.query(Defect).all()
        assert [(n.seconds, n.uploaded_by_id) for n in voices.of(defect)] == [(5, stage.ids["inspector"])]


def test_a_note_arrives_even_after_the_defect_was_closed(cast):
    defect = people.defect_in(cast, "closed")
    voices.add(cast.inspector, defect, [voices.keep(cast.inspector, sounds.look(people.spoken()))])
    assert defect.state == "closed"
    assert len(voices.of(defect)) == 1
