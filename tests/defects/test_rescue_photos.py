"""Photos in rescue files: kept as the phone would have sent them; what is lost holds its record up only until a word."""

import hashlib
import io

import pytest
from PIL import Image
from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects import actions
from roadworks.defects.models import Defect, Photo
from roadworks.network.models import Section
from roadworks.workflow import audit
from tests.defects.test_rescue import bring_in, count
from tests.support import cast as people
from tests.support.rescue_files import record, whole

RED, BLUE = people.jpeg("red"), people.jpeg("blue")
LOST = hashlib.sha256(b"lost").hexdigest()


def phone_sends(client_of, door: str, said: dict, photos: list[str]):
    """What the phone is answered that sends it all the same."""
    phone = client_of("inspector")
    head = {"X-CSRFToken": phone.get("/sync/1/hello").json["token"], "Accept": "application/json"}
    return phone.post(
        f"/sync/1/{door}", json={**said["fields"], "client_id": said["id"], "photos": photos}, headers=head
    )


def test_a_lost_photo_holds_its_filing_and_a_word_brings_it_in_without(stage, client_of):
    said, boss = record(stage, RED), client_of("supervisor")
    there, said["photos"] = said["photos"], [*said["photos"], LOST]
    content = whole([said], (RED,))
    page = bring_in(boss, content).text
    assert "由您决定" in page
    assert f"{LOST[:8]}…" in page
    assert count(stage) == 0
    bring_in(boss, content, said["id"])
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert [photo.sha256 for photo in defect.photos] == there
        filed, brought = audit.history(defect)
        assert (filed.verb, brought.verb, brought.facts["lacking"]) == ("defect.file", "rescue.bring_in", [LOST])
        assert "unsealed" not in brought.facts
        address = f"/defects/{defect.id}"
    assert "未含已丢失的 1 张照片" in boss.get(address).text
    page = bring_in(boss, content, said["id"]).text
    assert "已在服务器上" in page
    assert "内容不同" not in page
    answer = phone_sends(client_of, "filings", said, there)
    assert (answer.status_code, answer.json["photos"]) == (200, there), "its person left the lost one out"
    assert count(stage) == 1


def test_a_photo_that_ends_in_the_middle_is_lost_as_well(stage, client_of):
    out = io.BytesIO()
    Image.effect_noise((640, 480), 90).convert("RGB").save(out, "JPEG")
    cut, boss = out.getvalue()[: len(out.getvalue()) // 2], client_of("supervisor")
    said = record(stage, RED, cut)
    content = whole([said], (RED, cut))
    page = bring_in(boss, content).text
    assert "由您决定" in page
    assert f"{said['photos'][1][:8]}…" in page
    bring_in(boss, content, said["id"])
    with stage.app.app_context():
        assert [photo.sha256 for photo in db.session.scalars(select(Defect)).one().photos] == said["photos"][:1]


def test_what_was_sent_without_a_photo_is_there_when_an_older_file_still_names_it(stage, client_of):
    said = record(stage)
    assert phone_sends(client_of, "filings", said, []).status_code == 201
    page = bring_in(client_of("supervisor"), whole([said | {"photos": [LOST]}])).text
    assert "已在服务器上" in page
    assert count(stage) == 1


def test_a_filing_that_has_lost_all_its_photos_says_so_where_its_photos_would_be(stage, client_of):
    said, boss = record(stage) | {"photos": [LOST]}, client_of("supervisor")
    said["fields"]["no_photo_reason"] = ""
    bring_in(boss, whole([said]), said["id"])
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert (defect.no_photo_reason, defect.photo_lost) == (None, True)
        page = f"/defects/{defect.id}"
    for language, text in (("zh", "照片已在手机上丢失。"), ("en", "The photo was lost on the phone.")):
        assert text in boss.get(page, headers={"Accept-Language": language}).text
    assert "已在服务器上" in bring_in(boss, whole([said])).text


def test_a_fault_in_the_form_is_refused_whatever_the_photos(stage, client_of):
    said = record(stage, fields={"area_m2": "一大块"}) | {"photos": [LOST]}
    page = bring_in(client_of("supervisor"), whole([said]), said["id"]).text
    assert "不是数字" in page
    assert f"{LOST[:8]}…" in page
    assert count(stage) == 0


@pytest.mark.parametrize("original", [True, False])
def test_a_photo_keeps_its_hour_and_where_the_district_asks_for_it_its_original(stage, client_of, original):
    with stage.app.app_context():
        db.session.get_one(District, stage.district_id).photo_original = original
        db.session.commit()
    said = record(stage, RED, BLUE)
    said["taken"] = {said["photos"][0]: "2018-06-19T23:30:00Z", said["photos"][1]: "gestern"}
    bring_in(client_of("supervisor"), whole([said], (RED, BLUE)))
    with stage.app.app_context():
        rows = {photo.sha256: photo for photo in db.session.scalars(select(Photo))}
        first, second = (rows[sha] for sha in said["photos"])
        assert first.taken_at.isoformat() == "2018-06-19T23:30:00+00:00"
        assert second.taken_at is None
        assert (first.original, second.original) == (original, original)
        if original:
            with storage().open(first.original_key) as kept:
                assert kept.read() == RED


def test_an_addition_is_brought_in_with_the_photos_that_are_left(stage, client_of):
    with stage.app.app_context():
        defect_id = people.filed(stage).id
        db.session.commit()
    boss = client_of("supervisor")
    added = record(stage, RED, kind="addition") | {"fields": {"defect": defect_id, "note": ""}}
    there, added["photos"] = added["photos"], [LOST, *added["photos"]]
    spoken = record(stage, kind="addition") | {"fields": {"defect": defect_id, "note": "更深了"}, "photos": [LOST]}
    empty = record(stage, kind="addition") | {"fields": {"defect": defect_id, "note": ""}, "photos": [LOST]}
    content, ids = whole([added, spoken, empty], (RED,)), [added["id"], spoken["id"], empty["id"]]
    bring_in(boss, content)
    with stage.app.app_context():
        assert not db.session.scalars(select(Photo).where(Photo.defect_id == defect_id)).all()
    page = bring_in(boss, content, *ids).text
    assert page.count('name="anyway"') == 0, "what has nothing left is refused, the others are there"
    with stage.app.app_context():
        defect = db.session.get_one(Defect, defect_id)
        assert [photo.sha256 for photo in defect.photos] == there
        told = [e.facts.get("lacking") for e in audit.history(defect) if e.verb == "rescue.bring_in"]
        assert told == [[LOST], [LOST]]
    assert phone_sends(client_of, "additions", added, there).status_code == 200


def test_the_form_behind_an_addition_is_told_for_its_defect_may_be_closed_by_now(stage, client_of):
    with stage.app.app_context():
        shut = people.filed(stage)
        actions.reject(stage.supervisor, shut, seen=shut.version, reason="无")
        db.session.commit()
        shut_id = shut.id
    form = {"type_code": "ac_rutting", "length_m": "3", "width_m": "1.2", "area_m2": "3.6", "note": "更深了"}
    form |= {
        "section_id": str(stage.section_id),
        "lon": "113.62",
        "lat": "34.75",
        "place": "桥下",
        "severity": "severe",
    }
    late = record(stage, RED, kind="addition") | {"fields": {"defect": shut_id, "note": "更深了"}, "form": form}
    foreign = late | {"id": record(stage)["id"], "form": {"section_id": str(stage.other_section_id)}}
    page = bring_in(client_of("supervisor"), whole([late, foreign], (RED,))).text
    for text in ("车辙", "3 × 1.2 m", "3.6 m²", "34.75, 113.62", "桥下", "更深了", "严重程度：重"):
        assert text in page, text
    with stage.app.app_context():
        assert page.count(stage.section.name_zh) == 1, "of the same name in another district, and not told of"
        assert db.session.get_one(Section, stage.other_section_id).name_zh == stage.section.name_zh


def test_what_was_left_out_on_the_phone_is_in_sight_and_is_not_brought_in(stage, client_of):
    sent, said = record(stage) | {"state": "sent"}, record(stage, RED)
    said["out"] = [hashlib.sha256(BLUE).hexdigest(), "../x", 7]
    sent["out"] = [LOST]
    page = bring_in(client_of("supervisor"), whole([sent, said], (RED, BLUE)))
    assert page.text.count("在手机上未随附，不予导入") == 2
    assert f"photos/{said['out'][0]}/thumb" in page.text
    assert "../x" not in page.text
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert [photo.sha256 for photo in defect.photos] == said["photos"]


@pytest.mark.parametrize(
    "besides", [{"taken": 7}, {"taken": {"x": 7}}, {"out": "x"}, {"form": []}, {"left": [1]}], ids=str
)
def test_what_is_told_besides_in_another_shape_holds_nothing_up(stage, client_of, besides):
    bring_in(client_of("supervisor"), whole([record(stage, RED) | besides], (RED,)))
    assert count(stage) == 1
