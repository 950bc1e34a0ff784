"""What phones send from their queue: once, again, damaged, as somebody else, and with nonsense."""

import hashlib
import io
import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from roadworks.accounts.models import Crew, District
from roadworks.base.db import db
from roadworks.defects.models import Defect, Photo
from roadworks.defects.street import SHELLS
from roadworks.workflow import audit
from roadworks.workflow.permissions import ROLES
from tests.support import cast as people


@pytest.fixture
def phone(client_of):
    """Gives a phone on which somebody has signed in: `send(path, json)` and `shoot(bytes)`."""

    class Phone:
        def __init__(self, who: str) -> None:
            self.client = client_of(who)
            hello = self.client.get("/sync/1/hello").json
            assert (hello["contract"], set(hello["damaged"])) == (1, {"photos", "voices"})
            self.head = {"X-CSRFToken": hello["token"], "Accept": "application/json"}

        def send(self, said, **more):
            return self.client.post("/sync/1/filings", json=said, headers=self.head, **more)

        def shoot(self, shot: bytes, sha: str = ""):
            sha = sha or hashlib.sha256(shot).hexdigest()
            data = {"sha256": sha, "photo": (io.BytesIO(shot), "photo")}
            return self.client.post("/sync/1/photos", data=data, headers=self.head)

    return Phone


def said(stage, *shots: bytes, **change) -> dict:
    """A filing as a phone sends it."""
    fields = {"client_id": str(uuid.uuid4()), "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "２.５"}
    fields |= {"section_id": str(stage.section_id), "lon": people.LON, "lat": people.LAT, "position_source": "gps"}
    fields |= {"photos": [hashlib.sha256(shot).hexdigest() for shot in shots], "no_photo_reason": "" if shots else "雨"}
    return {**fields, **change}


def count(stage, model=Defect) -> int:
    with stage.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def test_a_filing_with_photos_is_one_defect_however_often_it_is_sent(stage, phone):
    shots = [people.jpeg("red"), people.jpeg("blue")]
    inspector = phone("inspector")
    for shot in (*shots, *shots):
        assert inspector.shoot(shot).status_code == 201
    filing = said(stage, *shots)
    first = inspector.send(filing)
    assert first.status_code == 201
    assert first.json["photos"] == sorted(filing["photos"])
    again = inspector.send(filing)
    assert (again.status_code, again.json) == (200, first.json)
    assert count(stage) == 1
    assert count(stage, Photo) == 2


def test_a_photo_that_has_not_arrived_is_asked_for(stage, phone):
    filing = said(stage, people.jpeg("red"), people.jpeg("blue"))
    inspector = phone("inspector")
    inspector.shoot(people.jpeg("red"))
    answer = inspector.send(filing)
    assert (answer.status_code, answer.json) == (422, {"missing": [filing["photos"][1]]})
    assert count(stage) == 0
    inspector.shoot(people.jpeg("blue"))
    assert inspector.send(filing).status_code == 201


def test_a_photo_that_came_damaged_is_asked_for_again_and_one_that_is_none_is_refused(phone):
    inspector = phone("inspector")
    answer = inspector.shoot(people.jpeg("red"), "0" * 64)
    assert answer.status_code == 422
    assert answer.json["again"] is True
    # One byte is another: it cannot be opened here, and is whole on the phone.
    shot = people.jpeg("red")
    broken = shot[: len(shot) // 2] + bytes([shot[len(shot) // 2] ^ 0xFF]) + shot[len(shot) // 2 + 1 :]
    answer = inspector.shoot(broken, hashlib.sha256(shot).hexdigest())
    assert (answer.status_code, answer.json["again"]) == (422, True)
    assert inspector.client.post("/sync/1/photos", headers=inspector.head).json["again"] is True
    answer = inspector.shoot(b"<svg onload=alert(1)>")
    assert answer.status_code == 422
    assert "again" not in answer.json


DOORS = ("filings", "additions", "steps", "rounds", "notes")


def test_ten_thousand_records_at_once_are_none(stage, phone):
    inspector = phone("inspector")
    for place, status in (("路口", 400), ("路口" * 50, 413)):
        batch = [said(stage, client_id=str(uuid.UUID(int=n, version=4)), place=place) for n in range(10_000)]
        if status == 400:
            batch = [{"client_id": one["client_id"], "place": place} for one in batch]
        body = json.dumps(batch, ensure_ascii=False)
        assert (len(body.encode()) > 2 * 1024 * 1024) == (status == 413)
        for door in DOORS:
            answer = inspector.client.post(
                f"/sync/1/{door}", data=body.encode(), headers=inspector.head, content_type="application/json"
            )
            assert (answer.status_code, answer.is_json) == (status, True), door
    assert count(stage) == 0


def test_a_record_that_came_damaged_is_asked_for_again_as_it_was(phone):
    inspector = phone("inspector")
    broken = '{"place": "路口"}'.encode().replace(b"\xe8", b"\x17")
    said = {"data": broken, "headers": inspector.head, "content_type": "application/json"}
    for door in DOORS:
        answer = inspector.client.post(f"/sync/1/{door}", **said)
        assert (answer.status_code, answer.json["error"].get("again")) == (400, True), door


def test_faults_come_back_by_field_and_nothing_is_written(stage, phone):
    answer = phone("inspector").send(said(stage, area_m2="一大块", surface="roof", lon="", lat="", section_id=""))
    assert answer.status_code == 422
    assert {"area_m2", "surface"} <= set(answer.json["faults"])
    answer = phone("inspector").send(said(stage, section_id="", place=""))
    assert "section" in answer.json["faults"]
    assert count(stage) == 0


def test_the_same_id_with_other_content_or_by_somebody_else_tells_nothing(stage, phone):
    filing = said(stage)
    assert phone("inspector").send(filing).status_code == 201
    assert phone("inspector").send({**filing, "area_m2": "9"}).status_code == 409
    other = phone("inspector2").send(filing)
    assert other.status_code == 404
    assert "BH" not in other.text
    assert phone("stranger").send({**filing, "section_id": ""} | {"place": "路口"}).status_code == 201, (
        "another district"
    )


def test_what_came_before_otherwise_is_told_with_both_states_and_what_is_new_can_be_added(stage, phone):
    red, blue = people.jpeg("red"), people.jpeg("blue")
    inspector, filing = phone("inspector"), said(stage, red, note="浅")
    inspector.shoot(red)
    number = inspector.send(filing).json["number"]
    inspector.shoot(blue)
    shas = [hashlib.sha256(shot).hexdigest() for shot in (red, blue)]
    answer = inspector.send({**filing, "area_m2": "9", "note": "很深", "depth_mm": "80", "photos": shas})
    assert (answer.status_code, list(answer.json)) == (409, ["error", "filed"])
    filed = answer.json["filed"]
    assert (filed["number"], filed["fresh"]) == (number, shas[1:])
    differs = {one["what"]: (one["server"], one["phone"]) for one in filed["differs"]}
    assert differs == {"面积": ("2.5\u202fm²", "9\u202fm²"), "深度": ("", "80\u202fmm"), "备注": ("浅", "很深")}
    added = {"client_id": str(uuid.uuid4()), "defect": filed["id"], "note": filed["note"], "photos": filed["fresh"]}
    bare = {**added, "client_id": str(uuid.uuid4()), "photos": []}
    for body, status in ((added, 201), (added, 200), (bare, 201)):
        answer = inspector.client.post("/sync/1/additions", json=body, headers=inspector.head)
        assert (answer.status_code, answer.json["photos"]) == (status, body["photos"])
    nothing = {**bare, "client_id": str(uuid.uuid4()), "note": ""}
    assert inspector.client.post("/sync/1/additions", json=nothing, headers=inspector.head).status_code == 422
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert (str(defect.area_m2), defect.note, len(defect.photos)) == ("2.50", "浅", 2), "what is here stays"
        notes = [event.facts["note"] for event in audit.history(defect) if event.verb == "defect.add_photo"]
    assert notes == [filed["note"]] * 2
    assert all(text in notes[0] for text in ("9\u202fm²", "80\u202fmm", "很深"))


@pytest.mark.parametrize(
    "body",
    ["[]", "null", '"x"', "{}", "{", "[" * 100_000, '{"client_id": %s}' % ("9" * 5000), '{"area_m2": {"a": 1}}', '{"note": true}']
    + ['{"photos": "x"}', '{"photos": ["x"]}', '{"photos": [1, 2]}', '{"note": "\\u0000"}'],
    ids=lambda body: body[:24],
)  # fmt: skip
def test_nonsense_is_a_400(stage, phone, body):
    assert refused(phone("inspector"), body)
    assert count(stage) == 0


def refused(inspector, body: str) -> bool:
    """Whether this body is answered in JSON that it makes no sense."""
    answer = inspector.client.post(
        "/sync/1/filings", data=body, headers=inspector.head, content_type="application/json"
    )
    return answer.status_code == 400 and answer.is_json


@pytest.mark.parametrize(
    ("name", "value"),
    [("area_m2", "NaN"), ("lon", "-Infinity"), ("lat", "1e400"), ("depth_mm", "1e400")]
    + [("client_id", value) for value in ("7", "{}", "NaN", "null", '""', f'"{"x" * 300}"')],
)
def test_numbers_that_are_none_and_ids_that_are_none_are_a_400(stage, phone, name, value):
    body = json.dumps(said(stage, **{name: "HERE"})).replace('"HERE"', value)
    assert refused(phone("inspector"), body)
    assert count(stage) == 0


def test_without_a_photo_or_a_reason_the_fault_is_told_at_its_field(stage, phone):
    answer = phone("inspector").send(said(stage, no_photo_reason=""))
    assert (answer.status_code, list(answer.json["faults"])) == (422, ["photos"])


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("clock_off", "age", "sends", "found", "doubtful"),
    [
        (timedelta(minutes=9), HOUR, True, timedelta(minutes=-51), False),
        (-HOUR, timedelta(0), True, -HOUR, True),
        (HOUR, timedelta(days=2), True, -timedelta(days=2) + HOUR, True),
        (timedelta(0), timedelta(days=29), True, -timedelta(days=29), False),
        # What was reset says years that were not: its age counts where it tells it.
        (datetime(1970, 1, 1, tzinfo=UTC) - people.NOON, timedelta(0), True, timedelta(0), True),
        (datetime(2099, 1, 1, tzinfo=UTC) - people.NOON, 2 * HOUR, True, -2 * HOUR, True),
        (datetime(2099, 1, 1, tzinfo=UTC) - people.NOON, 2 * HOUR, False, timedelta(0), True),
    ],
    ids=["nine minutes fast", "an hour slow", "an hour fast", "right", "1970", "2099", "2099, not told"],
)
def test_a_wrong_clock_is_taken_and_flagged_by_what_it_says_on_sending(
    stage, phone, client_of, clock_off, age, sends, found, doubtful
):
    inspector = phone("inspector")
    by_device = people.NOON + clock_off
    inspector.head |= {"X-Sent-At": by_device.isoformat()} if sends else {}
    answer = inspector.send(said(stage, found_at=(by_device - age).isoformat()))
    assert answer.status_code == 201
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert (defect.found_at - defect.received_at, defect.clock_doubtful) == (found, doubtful)
        [event] = audit.history(defect)
    replaced = abs(clock_off) > timedelta(days=3650)
    assert ("claimed_at" in event.facts) == replaced
    page = client_of("inspector").get(answer.json["url"], headers={"Accept-Language": "en"}).text
    assert ("device clock doubtful" in page) == doubtful
    assert ("which cannot be; our clock counts" in page) == replaced


@pytest.mark.parametrize(("told", "sent"), [("noon", ""), ("+010000-01-01T00:00:00.000Z", ""), ("9999-12-31T23:59:59-12:00", ""), ("0001-01-01T00:00", ""), ("", "noon"), (people.NOON.isoformat(), "noon")])  # fmt: skip
def test_a_clock_that_cannot_be_read_is_taken_and_flagged(stage, phone, told, sent):
    inspector = phone("inspector")
    inspector.head |= {"X-Sent-At": sent}
    assert inspector.send(said(stage, found_at=told)).status_code == 201
    with stage.app.app_context():
        [defect] = db.session.scalars(select(Defect))
        assert (defect.found_at, defect.clock_doubtful) == (defect.received_at, True)


def test_without_token_or_sign_in_nothing_is_taken(stage, phone, client_of):
    assert client_of("inspector").post("/sync/1/filings", json=said(stage)).status_code == 400
    asked = {"path": "/sync/1/hello", "headers": {"Accept": "application/json"}}
    nobody = stage.app.test_client().get(**asked)
    assert (nobody.status_code, "closed" in nobody.json["error"]) == (401, False)
    assert phone("leader").send(said(stage)).status_code == 403
    disabled = client_of("inspector")
    with stage.app.app_context():
        stage.inspector.active = False
        db.session.commit()
    told = disabled.get(**asked)
    assert (told.status_code, told.json["error"]["closed"]) == (401, stage.ids["inspector"]), "no sign-in helps"


def test_the_pack_is_the_districts_own_and_unchanged_costs_nothing(stage, client_of):
    client = client_of("stranger")
    with stage.app.app_context():
        people.filed(stage, place="秘密地点")
        db.session.commit()
    answer = client.get("/sync/1/pack")
    assert [s["id"] for s in answer.json["sections"]] == [stage.other_section_id]
    assert answer.json["open"] == []
    assert client.get("/sync/1/pack", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    mine = client_of("inspector").get(f"/sync/1/pack?lon={people.LON}&lat={people.LAT}").json
    assert [s["id"] for s in mine["sections"]] == [stage.section_id]
    assert len(mine["open"]) == 1
    assert [mine["seal"]["person"], answer.json["seal"]["person"]] == [stage.ids["inspector"], stage.ids["stranger"]]
    assert mine["seal"]["key"] != answer.json["seal"]["key"]
    assert answer.headers["Cache-Control"] == "private, no-store", "a key is not left in the browser's own cache"


def test_the_pack_names_the_crews_and_where_the_small_pictures_lie(stage, phone, client_of):
    shot, inspector = people.jpeg("red", (800, 600)), phone("inspector")
    inspector.shoot(shot)
    assert inspector.send(said(stage, shot)).status_code == 201
    with stage.app.app_context():
        people.filed(stage, lon=people.LON + 0.001)
        db.session.get_one(Crew, stage.crew2_id).active = False
        db.session.commit()
    told = client_of("crew").get("/sync/1/pack").json
    bare, shown = sorted(told["open"], key=lambda row: row["thumb"] or "")
    assert bare["thumb"] is None
    picture = client_of("crew").get(shown["thumb"])
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (240, 180)
    assert client_of("stranger").get(shown["thumb"]).status_code == 404
    assert [(c["name_en"], c["active"]) for c in told["crews"]] == [("Crew 1", True), ("Crew 2", False)]
    assert {c["id"] for c in told["crews"]}.isdisjoint(
        c["id"] for c in client_of("stranger").get("/sync/1/pack").json["crews"]
    )


def test_the_pack_tells_the_usual_surface_the_own_types_and_how_small_photos_are_wanted(stage, client_of):
    with stage.app.app_context():
        for surface, kind in (("sidewalk", "sw_ramp"), ("sidewalk", "sw_ramp"), ("carriageway", "ac_pothole")):
            people.filed(stage, surface=surface, type_code=kind)
        home = db.session.get_one(District, stage.district_id)
        home.photo_px, home.photo_quality = 1600, 70
        db.session.commit()
    told = client_of("inspector").get("/sync/1/pack").json
    assert told["photo"] == {"px": 1600, "quality": 70, "original": False}
    [section] = told["sections"]
    assert section["surface"] == "sidewalk"
    assert section["name"].startswith(section["road"])
    assert told["used"] == {"sw_ramp": 2, "ac_pothole": 1}
    assert client_of("stranger").get("/sync/1/pack").json["sections"][0]["surface"] is None


def test_the_original_is_kept_only_where_the_district_asks_for_it(stage, phone, client_of):
    inspector, shots = phone("inspector"), [people.jpeg("red"), people.jpeg("blue")]
    assert inspector.shoot(shots[0]).status_code == 201
    with stage.app.app_context():
        db.session.get_one(District, stage.district_id).photo_original = True
        db.session.commit()
    assert inspector.shoot(shots[1]).status_code == 201
    assert inspector.send(said(stage, *shots)).status_code == 201
    with stage.app.app_context():
        plain, whole = db.session.scalars(select(Photo).order_by(Photo.id))
        assert (plain.original, whole.original) == (False, True)
    assert client_of("inspector").get(f"/photos/{plain.id}/original").status_code == 404
    answer = client_of("supervisor").get(f"/photos/{whole.id}/original")
    assert answer.data == shots[1], "bit for bit as sent"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client_of("stranger").get(f"/photos/{whole.id}/original").status_code == 404


def test_a_page_kept_on_the_phone_names_nobody(stage, client_of):
    client = client_of("inspector")
    for address in ("/street/new", "/queue"):
        answer = client.get(address)
        assert "inspector" not in answer.text
        assert "csrf_token" not in answer.text
        assert answer.headers["X-Roadworks-Version"]


@pytest.mark.parametrize("role", ROLES)
def test_a_phone_is_told_to_keep_the_pages_that_its_person_may_open_and_no_others(client_of, role):
    client = client_of(role)
    [told] = re.findall(r'data-shells="(.*?)"', client.get("/account").text)
    assert told.split() == [address for address in SHELLS if client.get(address).status_code == 200]


def test_a_picture_that_shows_a_projects_progress_is_no_free_one(stage, phone):
    shot, engineer = people.jpeg("red"), phone("engineer")
    assert engineer.shoot(shot).status_code == 201
    with stage.app.app_context():
        db.session.execute(update(Photo).values(progress_id=1))
        db.session.commit()
    filing = said(stage, shot)
    assert engineer.send(filing).json == {"missing": filing["photos"]}
    engineer.shoot(shot)
    assert engineer.send(filing).status_code == 201
    assert count(stage, Photo) == 2


@pytest.mark.parametrize("path", ["/sync/1/pack?lat=inf&lon=1", "/sync/1/pack?lon=x&lat=1", "/defects/near.json?lon=1&lat=1&type=%00"])  # fmt: skip
def test_an_address_that_names_no_place_and_no_type_is_a_400(client_of, path):
    assert client_of("inspector").get(path).status_code == 400


def test_half_a_sign_and_an_id_that_is_none_are_refused(stage, phone):
    inspector = phone("inspector")
    assert inspector.send(said(stage, note="\ud800")).status_code == 400
    for filing in ("\x00", "\ud800", "x"):
        answer = inspector.client.post(
            "/sync/1/notes", json={"filing": filing, "photos": ["a" * 64]}, headers=inspector.head
        )
        assert answer.status_code == 400, filing
