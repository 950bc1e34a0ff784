"""Is it one of these? Asked before a filing that has open neighbours of its type, also where no script runs."""

import io
import re

import pytest
from sqlalchemy import event, func, select

from roadworks.base.db import db
from roadworks.defects import actions, filing
from roadworks.defects.models import Defect, Photo
from tests.defects.test_filing import form
from tests.support import cast as people

ASKED = "is open here already"
BESIDE = re.compile(r'name="original" value="([^"]+)"')
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


def pictured(stage, colour="red", **change) -> Defect:
    """A defect just filed, with a photo."""
    return filing.file(stage.inspector, people.said(stage, **change), [people.picture(stage.inspector, colour)])[0]


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


def test_a_defect_is_merged_by_one_press_into_an_open_one_beside_it(stage, client_of):
    north = 1 / 111_320
    with stage.app.app_context():
        at = {name: people.LAT + metres * north for name, metres in (("same", 20), ("other", 5), ("far", 31))}
        mine, same = people.filed(stage), pictured(stage, lat=at["same"])
        other, far = (people.filed(stage, lat=at[which]) for which in ("other", "far"))
        gone = people.filed(stage)
        actions.edit(stage.inspector, other, {"type_code": "ac_alligator"}, seen=other.version)
        actions.reject(stage.supervisor, gone, seen=gone.version, reason="无")
        db.session.commit()
        number, numbers, mine = far.number, [same.number, other.number], mine.id
    boss, address = client_of("supervisor"), f"/defects/{mine}"
    page = boss.get(address, headers=ENGLISH).text
    assert BESIDE.findall(page) == numbers, "those of its type first; not itself, what is far or what is closed"
    assert "20 m away" in page
    assert f'alt="Photo of {numbers[0]}"' in page
    assert BESIDE.findall(client_of("inspector").get(address).text) == [], "who may not merge is shown none"
    said = {"csrf_token": people.token(boss, address), "version": "1", "original": numbers[0]}
    assert boss.post(f"{address}/merge", data=said).status_code == 302
    with stage.app.app_context():
        merged = db.session.get_one(Defect, mine)
        assert (merged.state, merged.duplicate_of.number) == ("duplicate", numbers[0])
    assert number not in page


def test_without_a_position_those_of_its_type_on_the_section_are_beside_it(stage, client_of):
    nowhere = {"lon": None, "lat": None, "position_source": "manual"}
    with stage.app.app_context():
        first, known = people.filed(stage, **nowhere), people.filed(stage)
        number = known.number
        unknown = people.filed(stage, **nowhere, section=None, place="路口")
        db.session.commit()
        addresses = [f"/defects/{one.id}" for one in (first, unknown)]
    boss = client_of("supervisor")
    assert [BESIDE.findall(boss.get(address).text) for address in addresses] == [[number], []]


def test_many_beside_it_cost_no_more_statements_than_one(stage, client_of):
    boss, costs = client_of("supervisor"), []
    for many in (2, 10):
        with stage.app.app_context():
            for colour in ("red", "teal", "navy", "plum", "peru", "gold", "gray", "pink", "tan", "lime")[:many]:
                pictured(stage, colour)
            db.session.commit()
            engine = db.engine
        counted: list[str] = []
        keep = lambda c, cur, statement, *a: counted.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", keep)
        page = boss.get("/defects/1").text
        event.remove(engine, "before_cursor_execute", keep)
        costs.append(len([s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]))
        assert len(BESIDE.findall(page)) == (1 if many == 2 else 6)
    assert costs[0] == costs[1]
