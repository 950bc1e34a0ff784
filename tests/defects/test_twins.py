"""Is it one of these? Asked before a filing that has open neighbours of its type, also where no script runs."""

import io
import re

import pytest
from sqlalchemy import func, select

from roadworks.base.db import db
from roadworks.defects import actions
from roadworks.defects.models import Defect, Photo
from tests.defects.test_filing import form
from tests.support import cast as people

ASKED = "is open here already"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def known(stage):
    """The number of an open pothole with a photo, at the place where the form files the next."""
    with stage.app.app_context():
        defect = people.filed(stage)
        db.session.commit()
        return defect.number


def send(client, **change):
    return client.post("/defects/new", data=form(client, **change), headers=ENGLISH)


def count(stage) -> int:
    with stage.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Defect))


def kept(page: str) -> str:
    return re.search(r'name="photo_ids" value="([^"]*)"', page).group(1)


def test_the_form_comes_back_with_the_neighbours_and_keeps_everything(stage, known, client_of):
    client = client_of("inspector")
    answer = send(client, note="很深")
    assert answer.status_code == 200
    assert ASKED in answer.text
    assert known in answer.text
    assert "0 m away" in answer.text
    assert kept(answer.text), "the photo is kept"
    assert "很深" in answer.text
    assert count(stage) == 1


def test_another_one_is_filed_by_its_own_button(stage, known, client_of):
    client = client_of("inspector")
    said = form(client, photos=None)
    page = client.post("/defects/new", data={**said, "photos": (io.BytesIO(people.jpeg()), "a.jpg")}, headers=ENGLISH)
    choice = re.search(r'name="decided" value="([^"]+)">', page.text).group(1)
    again = {**said, "photo_ids": kept(page.text), "decided": choice}
    assert client.post("/defects/new", data=again).status_code == 302
    assert count(stage) == 2
    once_more = client.post("/defects/new", data={**again, "decided": ""})
    assert (once_more.status_code, "again=1" in once_more.location) == (302, True), "what was sent is not asked about"


def test_it_is_that_one_adds_the_photos_there(stage, known, client_of):
    client = client_of("inspector")
    page = send(client)
    target = re.search(r'name="add_to" value="(\d+)"', page.text).group(1)
    answer = client.post(
        "/defects/new", data=form(client, photos=None, photo_ids=kept(page.text), add_to=target, note="更深了")
    )
    assert answer.location == f"/defects/{target}"
    assert count(stage) == 1
    with stage.app.app_context():
        assert [p.defect_id for p in db.session.scalars(select(Photo))] == [int(target)]


def test_nobody_adds_to_a_defect_of_another_district(stage, known, client_of):
    client = client_of("stranger")
    page = send(client)
    assert page.status_code == 302, "what lies in another district is not shown"
    photo_id = people.send_ahead(client, people.token(client, "/defects/new"))
    said = form(client, photos=None, photo_ids=str(photo_id), add_to="1")
    assert client.post("/defects/new", data=said).status_code == 404


def test_another_one_is_said_of_those_that_were_shown_and_of_no_others(stage, known, client_of):
    client = client_of("inspector")
    seen = re.search(r'name="decided" value="([^"]+)">', send(client).text).group(1)
    assert send(client, decided=seen).status_code == 302
    # There is one more now, and it was not among them.
    once_more = send(client, decided=seen)
    assert ASKED in once_more.text
    assert known in once_more.text, "all are shown"
    further = {"lat": str(people.LAT + 0.001), "decided": seen}
    assert send(client, **further).status_code == 302
    assert ASKED in send(client, **further).text, "the position is another than the word was given for"
    assert ASKED in send(client, decided="ac_pothole").text, "a type says nothing of what is there"


def test_without_a_position_the_photos_own_counts_and_else_the_section(stage, known, client_of):
    client = client_of("inspector")
    nowhere = {"lon": None, "lat": None}
    assert send(client, **nowhere).status_code == 302, "neither position nor section: nothing to compare"
    on_it = send(client, **nowhere, section_id=str(stage.section_id))
    assert ASKED in on_it.text
    assert " m away" not in on_it.text
    photo_id = people.send_ahead(client, people.token(client, "/defects/new"))
    with stage.app.app_context():
        photo = db.session.get(Photo, photo_id)
        photo.lon, photo.lat = people.LON, people.LAT
        db.session.commit()
    assert "0 m away" in send(client, **nowhere, photos=None, photo_ids=str(photo_id)).text


def test_what_is_far_closed_or_of_another_type_is_not_asked_about(stage, known, client_of):
    client = client_of("inspector")
    assert send(client, lat=str(people.LAT + 0.001)).status_code == 302
    assert send(client, type_code="ac_alligator").status_code == 302
    with stage.app.app_context():
        first = db.session.scalars(select(Defect).where(Defect.number == known)).one()
        actions.reject(stage.supervisor, first, seen=first.version, reason="无")
        db.session.commit()
    assert send(client).status_code == 302
