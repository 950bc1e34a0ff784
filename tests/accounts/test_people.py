"""People, crews and districts: who may change whom."""

import re

import pytest

from roadworks.accounts import actions, queries
from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound, Stale
from roadworks.workflow import audit
from tests.support import cast as people

LONG = "足够长的一句短话就好了"


def values(person, **change):
    return {name: getattr(person, name) for name in actions.PERSON_FIELDS} | change


def test_an_admin_adds_somebody_who_can_then_sign_in(stage, client_of):
    client = client_of("admin")
    data = {
        "csrf_token": people.token(client, "/account"),
        "username": "王五",
        "name": "王五",
        "role": "crew",
        "district_id": stage.district_id,
    }
    data |= {"crew_id": stage.crew_id, "phone": "138 1234 5678", "active": "y", "password": LONG}
    assert client.post("/admin/people/new", data=data).status_code == 302
    people.sign_in(stage.app.test_client(), "王五", LONG)
    with stage.app.app_context():
        added = next(p for p in people.everybody() if p.username == "王五")
        assert added.phone == "13812345678"
        assert [e.verb for e in audit.history(added)] == ["people.edit"]


@pytest.mark.parametrize(
    "change",
    [
        {"phone": "12"},
        {"email": "x"},
        {"role": "crew", "crew_id": ""},
        {"password": "kurz"},
        {"username": "inspector"},
        {"role": "king"},
    ],
)
def test_what_is_wrong_is_told_and_kept(stage, client_of, change):
    client = client_of("admin")
    data = {
        "csrf_token": people.token(client, "/account"),
        "username": "neu",
        "name": "新人甲",
        "role": "leader",
        "district_id": stage.district_id,
        "active": "y",
        "password": LONG,
    }
    answer = client.post("/admin/people/new", data={**data, **change})
    assert answer.status_code == 400
    assert "新人甲" in answer.text


def test_nobody_changes_their_own_role_and_the_last_admin_stays(cast):
    with pytest.raises(BadInput):
        actions.change_person(cast.admin, cast.admin, values(cast.admin, role="leader"), seen=cast.admin.version)
    chief = cast.chief
    actions.change_person(chief, cast.admin, values(cast.admin, role="leader"), seen=cast.admin.version)
    with pytest.raises(BadInput):
        actions.change_person(chief, chief, values(chief, active=False), seen=chief.version)


def test_an_admin_of_one_district_does_not_reach_into_another(cast):
    with pytest.raises(NotFound):
        actions.change_person(cast.admin, cast.stranger, values(cast.stranger, name="x"), seen=1)
    with pytest.raises(NotFound):
        actions.add_person(
            cast.admin,
            username="neu",
            password=LONG,
            values={"name": "x", "role": "leader", "district_id": cast.other_id},
        )
    with pytest.raises(NotAllowed):
        actions.add_district(cast.admin, "410104", people.DISTRICT | {"name_zh": "管城"})
    with pytest.raises(NotAllowed):
        actions.add_crew(cast.supervisor, cast.supervisor.district, {"name_zh": "x", "name_en": "x"})


def test_somebody_is_found_by_any_part_of_a_name_in_any_letters(either_cast):
    either_cast.crew.name = "Wang Wei"
    db.session.flush()
    for words in ("wang", "WEI", "王", "cre"):
        found = {person.username for person in db.session.scalars(queries.people(either_cast.admin, words))}
        assert ("crew" in found) == (words != "王"), words


def test_who_comes_second_sees_what_is_there_and_what_they_typed(stage, client_of):
    client = client_of("admin")
    data = {"csrf_token": people.token(client, "/account"), "version": "99", "name": "新名字", "role": "crew"}
    data |= {"username": "crew", "district_id": stage.district_id, "crew_id": stage.crew_id, "active": "y"}
    stale = client.post(f"/admin/people/{stage.ids['crew']}", data=data)
    assert stale.status_code == 409
    assert "新名字" in stale.text
    assert "crew·甲" in stale.text


def test_two_admins_at_once(cast):
    person = cast.inspector
    seen = person.version
    actions.change_person(cast.admin, person, values(person, name="改"), seen=seen)
    with pytest.raises(Stale):
        actions.change_person(cast.admin, person, values(person, name="又改"), seen=seen)


def test_a_new_district_has_its_deadlines_and_its_trail(cast):
    from sqlalchemy import func, select

    from roadworks.workorders.rules import DEFAULT_RULES
    from roadworks.workorders.tables import DeadlineRule

    district = actions.add_district(cast.chief, "410104", people.DISTRICT | {"name_zh": "管城"})
    db.session.commit()
    count = db.session.scalar(
        select(func.count()).select_from(DeadlineRule).where(DeadlineRule.district_id == district.id)
    )
    assert count == len(DEFAULT_RULES)
    assert list(audit.faults(district.id)) == []
    assert district.zoom == 13
    assert actions.add_crew(cast.chief, district, {"name_zh": "三班", "name_en": "x", "chat_url": ""}).chat_url is None


def test_an_administrator_sets_when_mail_goes_out_and_the_digest_is_written(stage, client_of):
    client = client_of("chief")
    address = f"/admin/districts/{stage.district_id}"
    page = client.get(address).text
    said = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page)) | {"quiet_from": "20", "quiet_until": "6"}
    said |= {"digest_weekday": "4", "digest_hour": "17"}
    assert client.post(address, data=said).status_code == 302
    with stage.app.app_context():
        home = db.session.get_one(District, stage.district_id)
        assert (home.quiet_from, home.quiet_until, home.digest_weekday, home.digest_hour) == (20, 6, 4, 17)
        told = audit.history(home)[-1].changes
        assert told["digest_weekday"] == [0, 4]
    assert client.post(address, data={**said, "zoom": "", "version": "2"}).status_code == 302, "it stays as it was"
    assert client.post(address, data={**said, "quiet_from": "24", "version": "3"}).status_code == 400


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"photo_px": "1023"}, "1024"),
        ({"photo_px": "2049"}, "2048"),
        ({"photo_px": ""}, "像素"),
        ({"photo_quality": "49"}, "50"),
        ({"photo_quality": "96"}, "95"),
        ({"photo_quality": "hoch"}, "95"),
    ],
)
def test_photos_are_made_no_smaller_and_no_larger_than_makes_sense(stage, client_of, change, fault):
    client = client_of("chief")
    address = f"/admin/districts/{stage.district_id}"
    said = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', client.get(address).text))
    said |= {"quiet_from": "21", "quiet_until": "7", "digest_weekday": "0", "digest_hour": "8"}
    answer = client.post(address, data={**said, **change})
    assert answer.status_code == 400
    assert fault in answer.text
    fitting = {"photo_px": "1024", "photo_quality": "50", "photo_original": "y"}
    assert client.post(address, data={**said, **fitting}).status_code == 302
    with stage.app.app_context():
        home = db.session.get_one(District, stage.district_id)
        assert (home.photo_px, home.photo_quality, home.photo_original) == (1024, 50, True)
        assert audit.history(home)[-1].changes["photo_quality"] == [86, 50]
