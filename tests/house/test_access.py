"""Who gets in where: every endpoint, every role, and nobody into another district."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from roadworks import jobs
from roadworks.base import clock, sounds
from roadworks.base.db import db
from roadworks.defects import voices
from roadworks.notifications import digest
from roadworks.notifications.models import Reminder
from roadworks.notifications.weeks import read_week
from roadworks.projects.tables import LegalRule
from tests.house.access import ALL, OPEN, PAGES, POSTS
from tests.support import cast as people
from tests.support import rescue_files


@pytest.fixture
def furnished(stage):
    """The stage with a filed defect, a working order, a photo and a programme."""
    with stage.app.app_context():
        defect = people.filed(stage)
        order = people.working(stage)
        photo = people.picture(stage.inspector, "red")
        from roadworks.defects import photos

        photos.add(stage.inspector, defect, [photo])
        note = voices.keep(stage.inspector, sounds.look(people.spoken()))
        voices.add(stage.inspector, defect, [note])
        names = {
            "voice": note.id,
            "defect": defect.id,
            "order": order.id,
            "photo": photo.id,
            "section": stage.section_id,
        }
        names["round"] = people.walked(stage).id
        project = people.project(stage, "tender")
        names |= {"project": project.id, "paper": people.paper(stage, project).id}
        names["rescue"], names["rescued"] = rescue_files.taken_in(stage.supervisor)
        names["legal"] = db.session.scalars(
            select(LegalRule.id).where(LegalRule.district_id == stage.district_id)
        ).first()
        stage.__dict__["letters"] = {role: people.letter(stage, role).id for role in ALL}
        names["letter"] = stage.letters["crew"]
        stage.__dict__["names"] = names
        stage.names["programme"] = people.programme(stage).id
        db.session.commit()
        with clock.at(people.NOON + timedelta(hours=6)):
            jobs.raise_reminders()
        names["reminder"] = db.session.scalars(select(Reminder.id).where(Reminder.code == "triage")).one()
        # A digest is due on the Monday after: its page is there for each of them.
        digest.write_week(stage.district_id, read_week("2018-W27"))
    return stage


def test_every_endpoint_stands_in_exactly_one_list(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == OPEN | set(PAGES) | POSTS, "add the new page to tests/house/access.py"
    assert not (OPEN & set(PAGES)) | (OPEN & POSTS) | (POSTS & set(PAGES))


@pytest.mark.parametrize("role", ALL)
def test_each_role_gets_in_where_it_may_and_nowhere_else(furnished, client_of, role):
    client = client_of(role)
    names = furnished.names | {"letter": furnished.letters[role]}
    for endpoint, (address, roles) in PAGES.items():
        answer = client.get(address.format(**names))
        if role in roles:
            assert answer.status_code in {200, 302}, f"{endpoint} for {role}: {answer.status_code}"
        else:
            assert answer.status_code == 403, f"{endpoint} for {role}: {answer.status_code}"


def test_nobody_gets_in_without_signing_in(furnished):
    client = furnished.app.test_client()
    for endpoint, (address, _roles) in PAGES.items():
        answer = client.get(address.format(**furnished.names))
        json = address.split("?")[0].endswith((".json", ".geojson"))
        assert answer.status_code == (401 if json else 302), endpoint
        assert json or answer.location.startswith("/login"), endpoint


def test_a_row_of_another_district_is_not_there(furnished, client_of):
    client = client_of("stranger")
    for endpoint, (address, _roles) in PAGES.items():
        if "{" in address or address.startswith("/roads/1"):
            assert client.get(address.format(**furnished.names)).status_code == 404, endpoint


def test_lists_searches_and_maps_show_nothing_of_another_district(furnished, client_of):
    with furnished.app.app_context():
        number = people.filed(furnished, place="秘密地点").number
        db.session.commit()
    client = client_of("stranger")
    for address in (
        "/defects",
        "/defects?q=秘密",
        "/defects.geojson",
        "/defects.csv",
        "/workorders",
        "/",
        "/reports/bulletin.json",
    ):
        text = client.get(address).get_data(as_text=True)
        assert number not in text, address
        assert "秘密地点" not in text, address
    assert client.get("/reports/bulletin.json").json["defects_found"] == 0
    assert client.get(f"/defects/near.json?lon={people.LON}&lat={people.LAT}").json["defects"] == []
    own = client.get(f"/sections/nearest.json?lon={people.LON}&lat={people.LAT}").json["sections"]
    assert [s["id"] for s in own] == [furnished.other_section_id]


def test_a_crew_sees_only_its_own_orders(furnished, client_of):
    address = f"/workorders/{furnished.names['order']}"
    assert client_of("crew").get(address).status_code == 200
    assert client_of("crew2").get(address).status_code == 404


def test_steps_on_another_districts_things_are_not_there(furnished, client_of):
    client = client_of("stranger")
    csrf = people.token(client, "/defects/new")
    name = furnished.names
    projects = [f"/projects/{name['project']}/{last}" for last in ("cancel", "advance", "papers", "progress", "edit")]
    for address in (f"/defects/{name['defect']}/confirm", f"/workorders/{name['order']}/void", *projects):
        answer = client.post(address, data={"csrf_token": csrf, "version": 1, "reason": "x"})
        assert answer.status_code == 404, address


def test_no_get_writes(furnished, client_of):
    """The connection of a GET cannot write at all, on either database."""
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    app = furnished.app
    with app.test_request_context("/", method="GET"), pytest.raises(OperationalError, match="readonly"):
        db.session.execute(text("UPDATE person SET name = 'x'"))


def test_no_get_writes_on_postgresql(either_app):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    with either_app.test_request_context("/", method="GET"), pytest.raises(DBAPIError, match="(?i)read-?only"):
        db.session.execute(text("DELETE FROM person"))


def test_a_form_without_token_is_refused_on_every_post(furnished, client_of):
    for endpoint in sorted(POSTS | {"field.new", "orders.new"}):
        rules = [r for r in furnished.app.url_map.iter_rules() if r.endpoint == endpoint]
        address = (
            rules[0].rule.split("<")[0]
            if "<" not in rules[0].rule
            else {
                "defects.step": f"/defects/{furnished.names['defect']}/confirm",
                "neighbours.repeat": f"/defects/{furnished.names['defect']}/repeat",
                "field.add_photo": f"/defects/{furnished.names['defect']}/add-photo",
                "voices.add": f"/defects/{furnished.names['defect']}/add-voice",
                "admin.person_settings": "/admin/people/1/settings",
                "dispatch.resend": f"/admin/letters/{furnished.names['letter']}/resend",
                "orders.step": f"/workorders/{furnished.names['order']}/void",
                "rounds.step": f"/rounds/{furnished.names['round']}/end",
                "rounds.tick": f"/rounds/{furnished.names['round']}/tick",
                "projects.step": f"/projects/{furnished.names['project']}/cancel",
                "project_tables.papers": "/admin/stages/1/papers",
                "project_records.add_paper": f"/projects/{furnished.names['project']}/papers",
                "project_records.add_progress": f"/projects/{furnished.names['project']}/progress",
                "planning.take": "/projects/1/cover",
                "rescue.bring_in": f"/rescue/{furnished.names['rescue']}/bring-in",
                "planning.claim": f"/defects/{furnished.names['defect']}/warranty",
            }[endpoint]
        )
        answer = client_of("supervisor").post(address, data={"version": "1"})
        assert answer.status_code == 400, endpoint
