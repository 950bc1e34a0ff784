"""The same hole again: what counts as a repeat, who judges otherwise, whose warranty it is, and "it is this one"."""

import hashlib
import io
import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from roadworks.accounts.models import Crew, District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed
from roadworks.defects import actions, clocks, judging, repeats
from roadworks.defects.models import Defect, Photo
from roadworks.defects.records import Addition
from roadworks.workflow import audit
from roadworks.workorders import actions as orders
from roadworks.workorders import warranty
from tests.support import cast as people

METRE = 1 / 111_320
ENGLISH = {"Accept-Language": "en"}


def mended(cast, days: int = 100, **change) -> Defect:
    """A defect that an order mended, verified so many days before noon."""
    with clock.at(people.NOON - timedelta(days=days)):
        return people.closed(cast, **change).lines[0].defect


@pytest.mark.parametrize(("metres", "again"), [(0, True), (14.9, True), (15.2, False)])
def test_within_15_m_of_a_mended_one_it_is_the_same_hole_again(either_cast, metres, again):
    before = mended(either_cast)
    found = people.filed(either_cast, lat=people.LAT + metres * METRE)
    assert found.repeat_of_id == (before.id if again else None)


@pytest.mark.parametrize(
    ("moment", "again"),
    [("2016-06-27T08:00", True), ("2016-06-27T00:00", True), ("2016-06-26T23:59", False)],
)
def test_within_24_months_by_the_calendar_it_is_the_same_hole_again(either_cast, moment, again):
    with clock.at(clock.datetime.fromisoformat(moment).replace(tzinfo=clock.ZONE)):
        before = people.closed(either_cast).lines[0].defect
    assert people.filed(either_cast).repeat_of_id == (before.id if again else None)


def test_a_phone_whose_clock_is_years_ahead_finds_the_same_hole_again(either_cast):
    before = mended(either_cast)
    told = clocks.found((people.NOON + timedelta(days=3000)).isoformat())
    found = people.filed(either_cast, found_at=told.at, clock_doubtful=told.doubtful)
    assert found.clock_doubtful
    assert found.repeat_of_id == before.id
    assert warranty.proposed([found], warranty.earlier_mendings([found])) == before.crew_id


def test_another_type_an_open_one_and_what_no_order_mended_are_none(either_cast):
    people.filed(either_cast)
    people.done(either_cast)
    owned = people.confirmed(either_cast)
    actions.forward(either_cast.supervisor, owned, seen=owned.version, owner="自来水公司")
    actions.settle(either_cast.supervisor, owned, seen=owned.version)
    assert owned.state == "closed"
    assert people.filed(either_cast).repeat_of_id is None
    mended(either_cast)
    other = people.filed(either_cast, type_code="ac_raveling", depth_mm=None, area_m2=Decimal(1))
    assert other.repeat_of_id is None
    assert people.filed(either_cast, lon=None, lat=None).repeat_of_id is None
    assert people.filed(either_cast, found_at=people.NOON - timedelta(days=101)).repeat_of_id is None, "found before"


def test_of_two_the_nearest_and_of_two_alike_the_newest_is_meant(either_cast):
    mended(either_cast, 30, lat=people.LAT + 9 * METRE)
    old = mended(either_cast, 200)
    assert people.filed(either_cast).repeat_of_id == old.id
    new = mended(either_cast, 20)
    assert people.filed(either_cast).repeat_of_id == new.id


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([(300, 4.0), (40, 4.0), (200, 11.0), (10, 14.0), (90, 2.0)]))
def test_the_order_in_which_they_came_in_does_not_matter(cast, order):
    with db.session.begin_nested() as savepoint:
        made = {(days, metres): mended(cast, days, lat=people.LAT + metres * METRE) for days, metres in order}
        found = people.filed(cast)
        assert found.repeat_of_id == made[90, 2.0].id
        near = repeats.mended_near(cast.inspector, people.LON, people.LAT, people.NOON, type_code="ac_pothole")
        assert [d.id for d, _m in near] == [
            made[k].id for k in ((90, 2.0), (40, 4.0), (300, 4.0), (200, 11.0), (10, 14.0))
        ]
        savepoint.rollback()


def test_a_corrected_place_or_type_is_asked_again_until_a_supervisor_has_judged(cast):
    before = mended(cast)
    found = people.filed(cast, lat=people.LAT + 40 * METRE)
    assert found.repeat_of_id is None
    event = actions.edit(cast.inspector, found, {"lat": people.LAT}, seen=found.version)
    assert found.repeat_of_id == before.id
    assert event.changes["repeat_of_id"] == [None, before.id]
    judging.judge(cast.supervisor, found, None, seen=found.version, reason="另一处，隔一条车道")
    actions.edit(cast.inspector, found, {"lat": people.LAT + METRE}, seen=found.version)
    assert (found.repeat_of_id, found.repeat_reason) == (None, "另一处，隔一条车道")
    told = audit.history(found)[-2]
    assert (told.verb, told.facts["reason"]) == ("defect.repeat", "另一处，隔一条车道")


def test_a_supervisor_names_only_what_was_mended_before_it_was_found(cast):
    before, open_one = mended(cast, lat=people.LAT + 40 * METRE), people.filed(cast)
    found = people.filed(cast)
    for wrong in (open_one, found):
        with pytest.raises(BadInput):
            judging.judge(cast.supervisor, found, wrong, seen=found.version, reason="同一处")
    with pytest.raises(NotAllowed):
        judging.judge(cast.inspector, found, before, seen=found.version, reason="同一处")
    judging.judge(cast.supervisor, found, before, seen=found.version, reason="同一处，定位偏差")
    assert found.repeat_of_id == before.id


def test_the_warranty_ends_with_its_last_day_and_a_district_sets_it(cast):
    before = mended(cast, 100)
    one = repeats.mending(before)
    assert str(one.until) == "2019-03-19", "12 months after 2018-03-19"
    last = clock.datetime.fromisoformat("2019-03-19T23:59+08:00")
    assert one.covers(last)
    assert not one.covers(last + timedelta(minutes=1))
    assert one.photo.kind == "after"
    assert one.order.startswith("GD")
    db.session.get_one(District, cast.district_id).repair_warranty_months = 0
    assert repeats.mending(before).until is None


def again(cast, **change) -> Defect:
    """Confirmed, and the same hole again."""
    return people.confirmed(cast, **change)


def test_rework_is_proposed_to_the_crew_that_mended_it_and_only_to_that(cast):
    mended(cast)
    found = again(cast)
    assert warranty.proposed([found], warranty.earlier_mendings([found])) == cast.crew_id
    other = people.confirmed(cast, lat=people.LAT + 60 * METRE)
    assert warranty.proposed([found, other], warranty.earlier_mendings([found, other])) is None
    with pytest.raises(BadInput):
        orders.issue(cast.supervisor, [found, other], crew=cast.crew_row, warranty_repair=True)
    with pytest.raises(BadInput):
        orders.issue(cast.supervisor, [found], crew=db.session.get_one(Crew, cast.crew2_id), warranty_repair=True)
    order = orders.issue(cast.supervisor, [found], crew=cast.crew_row, warranty_repair=True)
    assert order.warranty_repair
    assert audit.history(order)[0].facts["warranty_repair"] is True


def test_after_the_warranty_nothing_is_proposed(cast):
    mended(cast, 400)
    found = again(cast)
    assert found.repeat_of_id is not None
    assert warranty.proposed([found], warranty.earlier_mendings([found])) is None


def test_the_supervisor_sees_the_proposal_and_may_choose_otherwise(stage, client_of):
    with stage.app.app_context():
        mended(stage)
        first, second = again(stage), again(stage)
        db.session.commit()
        ids = first.id, second.id
    client = client_of("supervisor")
    page = client.get(f"/workorders/new?defect={ids[0]}", headers=ENGLISH).text
    assert "under warranty until" in page
    assert re.search(rf'name="crew" value="{stage.crew_id}" checked', page)
    assert re.search(r'name="warranty_repair" value="1" checked', page)
    said = {"csrf_token": people.token(client, "/account"), "defect": ids[0], "crew": stage.crew_id}
    answer = client.post("/workorders/new", data={**said, "warranty_repair": "1"})
    assert "返修" in client.get(answer.location).text
    answer = client.post("/workorders/new", data={**said, "defect": ids[1], "crew": stage.crew2_id})
    assert answer.status_code == 302
    assert "返修</span>" not in client.get(answer.location).text


def test_the_pages_tell_of_the_repeat_and_the_list_filters_by_it(stage, client_of):
    with stage.app.app_context():
        before, found, other = mended(stage), people.filed(stage), people.filed(stage, lat=people.LAT + 60 * METRE)
        db.session.commit()
        known, number, apart = before.number, found.number, other.number
        found_id, before_id = found.id, before.id
    client = client_of("supervisor")
    for address in (f"/defects/{found_id}", f"/defects/{found_id}/filed"):
        page = client.get(address, headers=ENGLISH).text
        assert (
            f'Repeat of</dt><dd><a href="/defects/{before_id}"' in page
            or f'Repeat of <a href="/defects/{before_id}"' in page
        )
        assert "mended by Crew 1 on" in page
        assert "/thumb" in page
    assert number in client.get(f"/defects/{before_id}").text
    page = client.get("/defects?repeat=1").text
    assert number in page
    assert apart not in page
    assert number in client.get(f"/defects?repeat_crew={stage.crew_id}").text
    assert number not in client.get(f"/defects?repeat_crew={stage.crew2_id}").text
    row = next(line for line in client.get("/defects.csv").text.splitlines() if line.startswith(number))
    assert known in row
    said = {"csrf_token": people.token(client, f"/defects/{found_id}"), "version": "1", "before": "", "reason": "不同"}
    assert client.post(f"/defects/{found_id}/repeat", data={**said, "reason": ""}).status_code == 409
    assert client.post(f"/defects/{found_id}/repeat", data={**said, "before": "BH1"}).status_code == 400
    assert client.post(f"/defects/{found_id}/repeat", data=said).status_code == 302
    assert f">{number}</a>" not in client.get("/defects?repeat=1").text


def test_neighbours_of_any_type_and_what_was_mended_are_told_with_photos(stage, client_of):
    with stage.app.app_context():
        before = mended(stage, lat=people.LAT + 14 * METRE)
        mended(stage, lat=people.LAT + 16 * METRE)
        people.filed(stage, lat=people.LAT + 29 * METRE, type_code="ac_raveling", depth_mm=None)
        people.filed(stage, lat=people.LAT + 31 * METRE)
        db.session.commit()
        number = before.number
    address = f"/defects/near.json?lon={people.LON}&lat={people.LAT}"
    said = client_of("inspector").get(address, headers=ENGLISH).json
    assert [(d["code"], d["distance_m"]) for d in said["defects"]] == [("ac_raveling", 29)]
    [card] = said["mended"]
    assert (card["number"], card["crew"], card["distance_m"]) == (number, "Crew 1", 14)
    assert card["order"].startswith("GD")
    assert card["until"]
    assert card["photo"].endswith("/thumb")
    assert client_of("stranger").get(address).json == {"defects": [], "mended": []}
    pack = client_of("inspector").get("/sync/1/pack", headers=ENGLISH).json
    assert {(d["crew"], d["crew_id"]) for d in pack["mended"]} == {("Crew 1", pack["crews"][0]["id"])}
    assert {d["thumb"] for d in pack["mended"] if d["number"] == number} == {card["photo"].replace("thumb", "small")}
    assert len(pack["open"]) == 2
    assert client_of("stranger").get("/sync/1/pack").json["mended"] == []


def test_of_many_the_pack_has_the_nearest_mended_ones(either_cast):
    for n in (1, 3, 2):
        mended(either_cast, lat=people.LAT + n * 50 * METRE)
    found = repeats.mended_around(either_cast.inspector, people.LON, people.LAT, within_m=3000, limit=2)
    assert [round((d.lat - people.LAT) / METRE) for d in db.session.scalars(found).unique()] == [50, 100]


def test_without_a_position_the_open_ones_of_the_type_on_the_section_are_told(stage, client_of):
    nowhere = {"lon": None, "lat": None, "position_source": "manual"}
    with stage.app.app_context():
        numbers = [people.filed(stage, place="路口东", **nowhere).number, people.filed(stage).number]
        people.filed(stage, type_code="ac_raveling", depth_mm=None)
        people.filed(stage, section=None, place="别处")
        db.session.commit()
    address = f"/defects/near.json?section={stage.section_id}&type=ac_pothole"
    said = client_of("inspector").get(address).json
    assert [(d["number"], d["place"]) for d in said["defects"]] == [(numbers[1], ""), (numbers[0], "路口东")]
    assert said["mended"] == []
    assert client_of("stranger").get(address).json["defects"] == []
    for nonsense in ("section=x&type=ac_pothole", f"section={stage.section_id}", "section=1&type=x"):
        assert client_of("inspector").get(f"/defects/near.json?{nonsense}").status_code == 400
    packed = client_of("inspector").get("/sync/1/pack").json["open"]
    alike = {
        d["number"]: (d["lat"], d["place"])
        for d in packed
        if d["section_id"] == stage.section_id and d["type"] == "ac_pothole"
    }
    assert alike == {numbers[0]: (None, "路口东"), numbers[1]: (people.LAT, "")}
    far = client_of("inspector").get(f"/sync/1/pack?lon={people.LON + 1}&lat={people.LAT}").json
    assert far["open"] == []


@pytest.fixture
def phone(client_of):
    """A phone on which somebody has signed in."""

    class Phone:
        def __init__(self, who: str) -> None:
            self.client = client_of(who)
            self.head = {"X-CSRFToken": self.client.get("/sync/1/hello").json["token"], "Accept": "application/json"}

        def add(self, said):
            return self.client.post("/sync/1/additions", json=said, headers=self.head)

        def shoot(self, shot: bytes) -> str:
            sha = hashlib.sha256(shot).hexdigest()
            data = {"sha256": sha, "photo": (io.BytesIO(shot), "photo")}
            assert self.client.post("/sync/1/photos", data=data, headers=self.head).status_code == 201
            return sha

    return Phone


def said(defect_id: int, *hashes: str, **change) -> dict:
    """An addition as a phone sends it."""
    fields = {"client_id": str(uuid.uuid4()), "defect": str(defect_id), "note": "更深了", "photos": list(hashes)}
    return {**fields, **change}


def known(stage, make=people.filed) -> int:
    """The id of a defect in the database."""
    with stage.app.app_context():
        defect = make(stage)
        db.session.commit()
        return defect.id


def photos_of(stage, defect_id: int) -> list[str]:
    with stage.app.app_context():
        kept = select(Photo.sha256).where(Photo.defect_id == defect_id, Photo.kind == "before").order_by(Photo.sha256)
        return list(db.session.scalars(kept))


def test_an_addition_is_one_however_often_it_is_sent(stage, phone):
    defect_id, inspector = known(stage), phone("inspector")
    record = said(defect_id, inspector.shoot(people.jpeg("red")), inspector.shoot(people.jpeg("blue")))
    first = inspector.add(record)
    assert first.status_code == 201
    assert first.json["photos"] == sorted(record["photos"])
    again = inspector.add(record)
    assert (again.status_code, again.json) == (200, first.json)
    assert photos_of(stage, defect_id) == sorted(record["photos"])
    with stage.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Addition)) == 1
        added = audit.history(db.session.get_one(Defect, defect_id))[1:]
        assert [(e.verb, e.facts["note"]) for e in added] == [("defect.add_photo", "更深了")]
    assert inspector.add({**record, "note": "别的"}).status_code == 409
    assert phone("inspector2").add(record).status_code == 404


def test_an_addition_names_what_is_missing_and_needs_a_photo_or_a_word(stage, phone):
    defect_id, inspector = known(stage), phone("inspector")
    sha = hashlib.sha256(people.jpeg("red")).hexdigest()
    answer = inspector.add(said(defect_id, sha))
    assert (answer.status_code, answer.json) == (422, {"missing": [sha]})
    assert "photos" in inspector.add(said(defect_id, note=" ")).json["faults"]
    assert photos_of(stage, defect_id) == []


def test_what_is_closed_meanwhile_takes_nothing_and_the_photos_can_be_filed(stage, phone):
    defect_id, inspector = known(stage), phone("inspector")
    sha = inspector.shoot(people.jpeg("red"))
    record = said(defect_id, sha)
    with stage.app.app_context():
        defect = db.session.get_one(Defect, defect_id)
        actions.reject(stage.supervisor, defect, seen=defect.version, reason="无")
        db.session.commit()
        number = defect.number
    answer = inspector.add(record)
    assert answer.status_code == 409
    assert number in answer.json["faults"][""][0]
    filing = {"client_id": record["client_id"], "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "1"}
    filing |= {"section_id": str(stage.section_id), "lon": people.LON, "lat": people.LAT, "photos": [sha]}
    answer = inspector.client.post("/sync/1/filings", json=filing, headers=inspector.head)
    assert (answer.status_code, answer.json["photos"]) == (201, [sha])


def test_what_was_added_before_it_was_closed_is_told_again(stage, phone):
    defect_id, inspector = known(stage), phone("inspector")
    record = said(defect_id, inspector.shoot(people.jpeg("red")))
    first = inspector.add(record)
    with stage.app.app_context():
        defect = db.session.get_one(Defect, defect_id)
        actions.reject(stage.supervisor, defect, seen=defect.version, reason="无")
        db.session.commit()
    assert (inspector.add(record).status_code, inspector.add(record).json) == (200, first.json)


def test_what_was_merged_meanwhile_goes_to_the_original(stage, phone):
    twin_id, original_id, inspector = known(stage), known(stage), phone("inspector")
    with stage.app.app_context():
        twin, original = db.session.get_one(Defect, twin_id), db.session.get_one(Defect, original_id)
        actions.merge(stage.supervisor, twin, original, seen=twin.version)
        db.session.commit()
    sha = inspector.shoot(people.jpeg("red"))
    assert inspector.add(said(twin_id, sha)).status_code == 201
    assert photos_of(stage, original_id) == [sha]


def test_nobody_adds_to_what_is_not_theirs_or_makes_no_sense(stage, phone, client_of):
    defect_id = known(stage)
    stranger = phone("stranger")
    assert stranger.add(said(defect_id, stranger.shoot(people.jpeg("red")))).status_code == 404
    assert phone("leader").add(said(defect_id)).status_code == 403
    assert client_of("inspector").post("/sync/1/additions", json=said(defect_id)).status_code == 400
    inspector = phone("inspector")
    for nonsense in ({"defect": "x"}, {"defect": "9" * 12}, {"client_id": "1"}, {"photos": "x"}, {"note": {"a": 1}}):
        assert inspector.add(said(defect_id, **nonsense)).status_code == 400, nonsense
