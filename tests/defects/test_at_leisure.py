"""What takes long at a door, unpacking, decoding, writing files, keeps nobody else from writing."""

import pysqlite3
import pytest
from flask import template_rendered

from roadworks.base import imaging
from roadworks.base.db import db
from roadworks.base.storage import LocalStorage
from roadworks.defects import rescue_file
from tests.defects.test_rescue import bring_in
from tests.defects.test_voices import upload
from tests.support import cast as people
from tests.support.rescue_files import record, whole


def others_write(stage) -> None:
    """Raises where nobody else could write."""
    other = pysqlite3.connect(stage.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"), timeout=0)
    try:
        other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()


@pytest.fixture
def busy(stage, monkeypatch):
    """Whether others could write each time when something took long; raises where they could not."""
    done = []

    def watch(place, name: str) -> None:
        work = getattr(place, name)

        def watched(*args, **named):
            others_write(stage)
            done.append(name)
            return work(*args, **named)

        monkeypatch.setattr(place, name, watched)

    watch(imaging, "_decode")
    watch(LocalStorage, "put_from")
    watch(rescue_file, "read")
    return done


def test_a_rescue_file_is_taken_and_brought_in_while_others_write(stage, client_of, busy):
    note, shots = people.spoken(), (people.jpeg("red"), people.jpeg("blue"))
    filed = record(stage, *shots)
    said = [filed, record(stage, note, kind="voice") | {"fields": {"filing": filed["id"]}}, record(stage, shots[0])]
    page = bring_in(client_of("supervisor"), whole(said, (*shots, note)))
    assert page.text.count("已在服务器上") > 0
    assert (busy.count("_decode"), busy.count("put_from")) == (3, 1 + 6 + 1)


def test_photos_and_notes_are_kept_while_others_write(stage, client_of, busy):
    phone = client_of("inspector")
    csrf = people.token(phone, "/defects/new")
    people.send_ahead(phone, csrf)
    assert upload(phone, csrf, people.spoken()).status_code == 201
    assert busy == ["_decode", "put_from", "put_from", "put_from"]


def test_a_refused_form_is_drawn_while_others_write(stage, client_of):
    with stage.app.app_context():
        defect, order = people.confirmed(stage), people.working(stage)
        paths = {
            "/defects/new": "inspector",
            f"/defects/{defect.id}/edit": "supervisor",
            f"/workorders/new?defect={defect.id}": "supervisor",
            f"/workorders/{order.id}/finish": "crew",
            f"/workorders/{order.id}/pass": "crew",
        }
        db.session.commit()
    drawn = []

    def look(_app, template, **_said):
        others_write(stage)
        drawn.append(template.name)

    for path, who in paths.items():
        client = client_of(who)
        csrf = people.token(client, "/account")
        with template_rendered.connected_to(look, stage.app):
            answer = client.post(path, data={"csrf_token": csrf, "version": 1})
        assert answer.status_code in {400, 403}, path
    assert drawn == [
        *("defects/new.html", "defects/edit.html", "workorders/new.html"),
        "workorders/finish.html",
        "errors/error.html",
    ]
