"""What takes long at a door, unpacking, decoding, writing files, keeps nobody else from writing."""

import pysqlite3
import pytest

from roadworks.base import imaging
from roadworks.base.storage import LocalStorage
from roadworks.defects import rescue_file
from tests.defects.test_rescue import bring_in
from tests.defects.test_voices import upload
from tests.support import cast as people
from tests.support.rescue_files import record, whole


@pytest.fixture
def busy(stage, monkeypatch):
    """Whether others could write each time when something took long; raises where they could not."""
    done = []
    address = stage.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")

    def watch(place, name: str) -> None:
        work = getattr(place, name)

        def watched(*args, **named):
            other = pysqlite3.connect(address, timeout=0)
            other.execute("BEGIN IMMEDIATE")
            other.close()
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
