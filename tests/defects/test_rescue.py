"""Rescue files at the desk: looked into first, filed once, with their finder's name; broken ones do no harm."""

import hashlib
import io
import struct
import uuid
import zipfile

import pytest
from sqlalchemy import func, select

from roadworks.accounts import actions as accounts
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.defects import actions, rescue_file, voices
from roadworks.defects.models import Defect, Photo
from roadworks.rounds.models import Round
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support.rescue_files import part, raw, record, sealed, whole, words

RED, BLUE = people.jpeg("red"), people.jpeg("blue")


def count(stage, model=Defect) -> int:
    with stage.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def send(client, content: bytes):
    data = {"file": (io.BytesIO(content), "roadworks-rescue.zip"), "csrf_token": people.token(client, "/rescue")}
    return client.post("/rescue", data=data)


def bring_in(client, content: bytes, *anyway: str):
    """Send a file and bring it in; gives the page after."""
    address = send(client, content).location
    assert address.startswith("/rescue/"), address
    said = {"csrf_token": people.token(client, "/rescue"), "anyway": words(client.get(address).text, anyway)}
    assert client.post(f"{address}/bring-in", data=said).location == address
    return client.get(address)


def test_a_file_is_looked_into_first_and_then_filed_in_the_finders_name(stage, client_of):
    boss, said = client_of("supervisor"), record(stage, RED, BLUE, title="Pothole")
    page = boss.get(send(boss, whole([said], (RED, BLUE))).location)
    assert "将要填报" in page.text
    assert "inspector·甲" in page.text
    assert "坑槽" in page.text, "told in the reader's language"
    assert "Pothole" not in page.text
    assert all(f"photos/{sha}/thumb" in page.text for sha in said["photos"])
    assert count(stage) == 0
    page = bring_in(boss, whole([said], (RED, BLUE)))
    assert "已填报 1 条记录" in page.text
    assert "已在服务器上" in page.text
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert defect.filed_by_id == stage.inspector.id
        assert {photo.sha256 for photo in defect.photos} == set(said["photos"])
        assert defect.found_at.isoformat() == "2018-06-20T01:00:00+00:00"
        [event] = audit.history(defect)
        assert (event.actor_name, event.facts["found_by"]) == ("supervisor·甲", "inspector·甲")
        assert event.cause.verb == "rescue.bring_in"


def test_twice_and_by_the_phone_as_well_it_is_one_record_with_one_receipt(stage, client_of):
    boss, said = client_of("supervisor"), record(stage, RED)
    for _time in range(2):
        bring_in(boss, whole([said], (RED,)))
    phone = client_of("inspector")
    head = {"X-CSRFToken": phone.get("/sync/1/hello").json["token"], "Accept": "application/json"}
    shot = {"sha256": said["photos"][0], "photo": (io.BytesIO(RED), "photo")}
    assert phone.post("/sync/1/photos", data=shot, headers=head).status_code == 201
    filing = {**said["fields"], "client_id": said["id"], "photos": said["photos"]}
    answer = phone.post("/sync/1/filings", json=filing, headers=head)
    assert answer.status_code == 200, answer.text
    assert answer.json["photos"] == said["photos"]
    assert count(stage) == 1


def test_what_the_phone_has_sent_already_is_there_already(stage, client_of):
    said = record(stage)
    phone = client_of("inspector")
    head = {"X-CSRFToken": phone.get("/sync/1/hello").json["token"], "Accept": "application/json"}
    number = phone.post(
        "/sync/1/filings", json={**said["fields"], "client_id": said["id"], "photos": []}, headers=head
    ).json["number"]
    page = bring_in(client_of("supervisor"), whole([said, record(stage)]))
    assert number in page.text
    assert count(stage) == 2
    other = {**said, "fields": {**said["fields"], "area_m2": "9"}}
    assert "内容不同" in bring_in(client_of("supervisor"), whole([other])).text
    assert count(stage) == 2


def test_records_of_somebody_without_access_wait_for_a_decision(stage, client_of):
    said = record(stage, RED)
    with stage.app.app_context():
        stage.inspector.active = False
        db.session.commit()
    boss = client_of("supervisor")
    assert "由您决定" in bring_in(boss, whole([said], (RED,))).text
    assert count(stage) == 0
    bring_in(boss, whole([said], (RED,)), said["id"])
    assert count(stage) == 1


def test_a_word_holds_for_the_doubts_that_stood_there_and_for_no_later_one(stage, client_of):
    said, boss = record(stage, RED), client_of("supervisor")
    address = send(boss, raw([said], (RED,))).location
    [tick] = words(boss.get(address).text, (said["id"],))
    csrf = people.token(boss, "/rescue")
    with stage.app.app_context():
        stage.inspector.active = False
        db.session.commit()
    for word in (said["id"], tick):
        boss.post(f"{address}/bring-in", data={"csrf_token": csrf, "anyway": word})
        page = boss.get(address).text
        assert "请重新确认" in page
        assert "账号已停用" in page
        assert count(stage) == 0
    boss.post(f"{address}/bring-in", data={"csrf_token": csrf, "anyway": words(page, (said["id"],))})
    assert count(stage) == 1


@pytest.mark.parametrize("forge", ["version 1", "no seal", "another's seal", "changed after"])
def test_what_the_phone_has_not_sealed_waits_for_a_word_that_the_trail_keeps(stage, client_of, forge):
    said, boss = record(stage, RED), client_of("supervisor")
    rows = {"no seal": sealed(said) | {"seal": ""}, "another's seal": sealed(said, stage.ids["supervisor"])}
    rows["changed after"] = sealed(said | {"fields": {"area_m2": "1"}}) | {"text": sealed(said)["text"]}
    content = raw([said], (RED,)) if forge == "version 1" else part(1, 1, [], (RED,), rows=[rows[forge]])
    assert "不是手机签章的记录" in bring_in(boss, content).text
    assert count(stage) == 0
    bring_in(boss, content, said["id"])
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert [(e.verb, e.actor_name, e.facts.get("unsealed")) for e in audit.history(defect)] == [
            ("defect.file", "supervisor·甲", None),
            ("rescue.bring_in", "supervisor·甲", True),
        ]
        address = f"/defects/{defect.id}"
    assert "未经手机签章" in boss.get(address).text


def test_a_seal_outlives_the_password_and_the_sign_in_but_not_the_access(stage, client_of):
    said, later = record(stage), record(stage)
    with stage.app.app_context():
        accounts.set_password(stage.admin, stage.inspector, "雨后初晴的清晨八点半去巡查")
        db.session.commit()
    boss = client_of("supervisor")
    bring_in(boss, whole([said]))
    assert count(stage) == 1
    with stage.app.app_context():
        stage.inspector.active = False
        db.session.commit()
    page = bring_in(boss, whole([later]))
    assert "由您决定" in page.text
    assert "签章" not in page.text
    assert count(stage) == 1


def test_what_bears_ones_own_name_needs_the_seal_as_well_for_anybody_can_write_a_name(stage, client_of):
    boss, forged = client_of("supervisor"), record(stage, who="supervisor")
    page = bring_in(boss, raw([forged])).text
    assert "是否为您本人所做" in page
    assert "将要填报" not in page
    assert count(stage) == 0
    bring_in(boss, raw([forged]), forged["id"])
    bring_in(boss, whole([record(stage, who="supervisor")]))
    assert count(stage) == 2
    with stage.app.app_context():
        told = [
            [event.facts.get("unsealed") for event in audit.history(one)] for one in db.session.scalars(select(Defect))
        ]
    assert told == [[None, True], [None]]


def test_each_record_is_judged_for_itself_and_told_why(stage, client_of):
    damaged = record(stage, RED)
    shots = [record(stage, fields={"area_m2": "一大块"}), record(stage, who="stranger"), record(stage, person=999_999)]
    shots += [damaged, record(stage, fields={"section_id": str(stage.other_section_id)}), record(stage, who="leader")]
    shots += [record(stage, kind="telegram"), record(stage, state="draft"), record(stage)]
    page = bring_in(client_of("supervisor"), whole(shots, extra={f"photos/{damaged['photos'][0]}": BLUE}))
    for text in (
        "不是数字",
        "不属于本区",
        "缺失、损坏或不是照片",
        "不在本区",
        "无权上报",
        "尚不能从文件导入",
        "未在手机上填完",
        "已填报 1 条记录",
    ):
        assert text in page.text, text
    assert count(stage) == 1


def test_a_picture_that_is_none_holds_up_its_own_record_only(stage, client_of):
    none, boss = b"<svg onload=alert(1)>", client_of("supervisor")
    bad = record(stage, none)
    content = whole([bad, record(stage, RED)], (none, RED))
    assert "不是照片" in bring_in(boss, content).text
    assert count(stage) == 1
    assert count(stage, Photo) == 1
    bring_in(boss, content, bad["id"])
    assert (count(stage), count(stage, Photo)) == (2, 1)


def bomb() -> bytes:
    """A list that would unpack to 64 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("records.json", b" " * 64_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"x" * 1000, bomb(), whole([])[:-30], whole([], extra={"../../x": b"1"}), whole([], extra={"photos/x": b""})]
    + [whole([], method=zipfile.ZIP_BZIP2), whole([], method=zipfile.ZIP_LZMA)]
    + [whole([], format="x"), whole([], version=3), raw("x"), raw([None]), raw([{"id": 1}]), raw([{}] * 1001), whole([], made_at="\ud800")],
    ids=lambda content: f"{len(content)} bytes",
)  # fmt: skip
def test_what_is_no_rescue_file_is_refused_and_not_kept(stage, client_of, content):
    boss = client_of("supervisor")
    assert send(boss, content).status_code == 400
    assert "尚无应急文件" in boss.get("/rescue").text


@pytest.mark.parametrize(
    ("count", "size", "before"), [(3001, 0, b""), (1, 10**6, b""), (1, 50, b"PK\x06\x07" + bytes(16))]
)
def test_an_index_that_is_too_large_is_not_even_built(monkeypatch, count, size, before):
    monkeypatch.delattr(zipfile, "ZipFile")
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, 0, 0)
    with pytest.raises(BadInput):
        rescue_file.read(io.BytesIO(before + end))


@pytest.mark.parametrize("change", [{"photos": ["../x"]}, {"photos": ["0" * 64] * 401}, {"person": True}, {"person": 2**40}, {"id": "x"}, {"fields": []}], ids=str)  # fmt: skip
def test_a_record_of_another_shape_is_refused(stage, client_of, change):
    assert send(client_of("supervisor"), whole([record(stage) | change])).status_code == 400


@pytest.mark.parametrize("change", [{"rescue": "x"}, {"rescue": 7}, {"part": 0}, {"part": 4}, {"part": "1"}, {"part": True}, {"parts": 10**9}, {"rows": [{}]}, {"rows": [{"text": "{", "seal": ""}]}, {"rows": [{"text": '{"id": "\\ud800"}', "seal": ""}]}], ids=str)  # fmt: skip
def test_a_part_of_another_shape_is_refused(stage, client_of, change):
    assert send(client_of("supervisor"), part(1, 3, [record(stage)], **change)).status_code == 400


def test_parts_of_a_rescue_are_told_apart_and_what_is_missing_is_named(stage, client_of):
    boss, shots = client_of("supervisor"), [record(stage, RED), record(stage, RED), record(stage)]
    one, two, three = [part(n + 1, 3, [shots[n]], (RED,)) for n in range(3)]
    page = bring_in(boss, two)
    assert "第 2 部分，共 3 部分" in page.text
    assert page.text.count("尚未收到，请索取") == 2
    assert "缺少：1, 3" in boss.get("/rescue").text
    send(boss, part(2, 3, [shots[1]], (RED,), made_at="made twice: one of them is enough"))
    for content in (one, three):
        page = bring_in(boss, content)
    assert "尚未收到" not in page.text
    assert page.text.count("已导入</li>") == 2
    assert "缺少" not in boss.get("/rescue").text
    assert count(stage) == 3


def test_finds_and_their_round_come_in_any_order_and_a_note_waits_for_its_filing(stage, client_of):
    boss, note, walk = client_of("supervisor"), people.spoken(), str(uuid.uuid4())
    fields = {"started_at": "2018-06-20T00:30:00Z", "ended_at": "2018-06-20T03:00:00Z", "weather": "晴", "note": ""}
    find = record(stage, RED, fields={"round_client_id": walk})
    spoken = record(stage, note, kind="voice") | {"fields": {"filing": find["id"]}}
    one = part(1, 3, [record(stage, kind="round", id=walk) | {"fields": fields}])
    two, three = part(2, 3, [find], (RED,)), part(3, 3, [spoken], (note,))
    assert "请先导入同一批应急文件的第 1, 2 部分" in bring_in(boss, three).text
    for content in (two, three, one, three):
        page = bring_in(boss, content)
    assert "请先导入" not in page.text
    with stage.app.app_context():
        [walked], [defect] = db.session.scalars(select(Round)), db.session.scalars(select(Defect))
        assert (defect.round_id, len(voices.of(defect))) == (walked.id, 1)


def test_a_file_belongs_to_its_district(stage, client_of):
    content = whole([record(stage)])
    address = send(client_of("supervisor"), content).location
    assert address.endswith(hashlib.sha256(content).hexdigest())
    assert client_of("stranger").get(address).status_code == 404
    assert client_of("inspector").get(address).status_code == 403


def test_a_round_is_brought_in_as_its_walkers_and_no_second_time(stage, client_of):
    fields = {
        "started_at": "2018-06-26T01:00:00Z",
        "ended_at": "2018-06-26T03:00:00Z",
        "weather": "晴",
        "note": "无病害",
    }
    fields |= {
        "ticks": [{"section_id": stage.section_id, "at": "2018-06-26T02:00:00Z", "how": "position", "share": 90}]
    }
    walked = record(stage, kind="round", title="巡查") | {"fields": fields}
    broken = record(stage, kind="round") | {"fields": {"started_at": "gestern"}}
    for _time in range(2):
        page = bring_in(
            client_of("supervisor"),
            whole([walked, broken, record(stage, kind="round", who="leader") | {"fields": fields}]),
        )
        assert "无权巡查" in page.text
        assert "XC" in page.text
    with stage.app.app_context():
        [made] = db.session.scalars(select(Round))
        assert (made.inspector_id, made.state, len(made.passes)) == (stage.inspector.id, "ended", 1)
        [brought] = [event for event in audit.history(made) if event.verb == "rescue.bring_in"]
        assert brought.actor_name == "supervisor·甲"


def test_a_round_with_which_the_phone_had_come_further_is_brought_in_again(stage, client_of):
    begun = record(stage, kind="round") | {"fields": {"started_at": "2018-06-26T01:00:00Z"}}
    tick = {"section_id": stage.section_id, "at": "2018-06-26T02:00:00Z", "how": "position", "share": 90}
    further = begun | {"fields": begun["fields"] | {"ticks": [tick]}}
    for said in (begun, further, begun, further):
        bring_in(client_of("supervisor"), whole([said]))
    with stage.app.app_context():
        [made] = db.session.scalars(select(Round))
        assert (made.state, len(made.passes)) == ("running", 1)
        assert [e.verb for e in audit.history(made)].count("rescue.bring_in") == 2


def test_a_round_that_was_only_paused_or_went_on_since_is_further_too(stage, client_of):
    begun = record(stage, kind="round") | {"fields": {"started_at": "2018-06-26T01:00:00Z"}}
    halt, gone = "2018-06-26T02:00:00Z", "2018-06-26T02:20:00Z"
    paused = begun | {"fields": begun["fields"] | {"pauses": [[halt, None]]}}
    going = begun | {"fields": begun["fields"] | {"pauses": [[halt, gone]]}}
    stands = []
    for said in (begun, paused, paused, going, paused, begun):
        bring_in(client_of("supervisor"), whole([said]))
        with stage.app.app_context():
            [made] = db.session.scalars(select(Round))
            brought = [event.verb for event in audit.history(made)].count("rescue.bring_in")
            stands.append((made.state, brought))
    last = ("running", 3)
    assert stands == [("running", 1), ("paused", 2), ("paused", 2), last, last, last]


def test_an_addition_is_brought_in_once_as_its_takers_and_closed_ones_take_none(stage, client_of):
    with stage.app.app_context():
        opened, shut = people.filed(stage), people.filed(stage)
        actions.reject(stage.supervisor, shut, seen=shut.version, reason="无")
        db.session.commit()
        opened_id, shut_id = opened.id, shut.id
    added = record(stage, RED, kind="addition") | {"fields": {"defect": opened_id, "note": "更深了"}}
    late = record(stage, BLUE, kind="addition") | {"fields": {"defect": shut_id, "note": ""}}
    lost = record(stage, BLUE, kind="addition") | {"fields": {"defect": opened_id, "note": ""}}
    lost["photos"] = ["0" * 64]
    foreign = record(stage, RED, kind="addition") | {"fields": {"defect": 999, "note": ""}}
    for _time in range(2):
        page = bring_in(client_of("supervisor"), whole([added, late, lost, foreign], (RED, BLUE))).text
        assert "现已为" in page
        assert "00000000…" in page
    with stage.app.app_context():
        [photo] = db.session.scalars(select(Photo).where(Photo.defect_id == opened_id))
        assert (photo.sha256, photo.uploaded_by_id) == (added["photos"][0], stage.inspector.id)
        verbs = [event.verb for event in audit.history(db.session.get_one(Defect, opened_id))]
        assert verbs == ["defect.file", "defect.add_photo", "rescue.bring_in"]
        assert not list(db.session.scalars(select(Photo).where(Photo.defect_id == shut_id)))
