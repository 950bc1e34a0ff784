"""A backup taken while people work restores whole, on either database; a damaged one is refused."""

import itertools
import threading
import zipfile
from contextlib import suppress

import pytest
from PIL import Image
from sqlalchemy import func, select

from roadworks import create_app
from roadworks.base import backup, clock
from roadworks.base.db import db
from roadworks.base.storage import LocalStorage, storage
from roadworks.defects import filing
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support import databases


@pytest.fixture
def furnished(either_app, noon):
    """An app with closed orders, photos and a duplicate that points to a later row."""
    with either_app.app_context():
        cast = people.make_cast()
        people.closed(cast, n=2)
        early, late = people.confirmed(cast), people.filed(cast)
        from roadworks.defects import actions

        actions.merge(cast.supervisor, early, late, seen=early.version)
        db.session.commit()
    return either_app


def restored(tmp_path, template, file, request, kind):
    """A fresh app on a kind of database with the backup in it."""
    home = tmp_path / "restored"
    home.mkdir()
    url = ""
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        url = server.fresh()
        request.addfinalizer(lambda: server.drop(url))
    else:
        databases.copy_sqlite(template, home)
    options = databases.options(home, url)
    if url:
        _slow_store(options, request.getfixturevalue("monkeypatch"))
    app = create_app(options)
    answer = app.test_cli_runner().invoke(args=["restore", str(file)])
    assert answer.exit_code == 0, answer.output
    return app


def _slow_store(options, monkeypatch):
    """A store that takes longer for its files than a transaction may stand idle."""
    waits, put, slow = options["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"], LocalStorage.put, iter([1.5])
    waits["options"] = waits["options"].replace("session_timeout=30000", "session_timeout=1000")

    def put_slowly(self, key, content):
        threading.Event().wait(next(slow, 0))
        put(self, key, content)

    monkeypatch.setattr(LocalStorage, "put", put_slowly)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_taken_while_people_file_restores_on_either_database(
    furnished, tmp_path, sqlite_template, request, kind
):
    file, stop, begun = tmp_path / "whole.zip", threading.Event(), threading.Event()

    def keep_filing() -> None:
        with furnished.app_context(), clock.at(people.NOON):
            from roadworks.accounts.models import Person

            ids = dict(db.session.execute(select(Person.username, Person.id)).all())
            cast = people.Cast(1, 0, 0, 0, 1, 0, ids)
            for shade in itertools.count():
                if stop.is_set():
                    break
                picture = people.picture(cast.inspector, f"#{shade % 0xFFFFFF:06x}")
                filing.file(cast.inspector, people.said(cast, no_photo_reason=None), [picture])
                db.session.commit()
                begun.set()
            db.session.remove()

    writer = threading.Thread(target=keep_filing)
    writer.start()
    assert begun.wait(60)
    answer = furnished.test_cli_runner().invoke(args=["backup", str(file)])
    stop.set()
    writer.join()
    assert answer.exit_code == 0, answer.output
    manifest = backup.check(file)
    app = restored(tmp_path, sqlite_template, file, request, kind)
    with app.app_context(), clock.at(people.NOON):
        assert db.session.scalar(select(func.count()).select_from(Defect)) == manifest["rows"]["defect"] >= 5
        assert list(audit.faults(1)) == []
        for photo in db.session.scalars(select(Photo)):
            for key in (photo.key, photo.thumb_key):
                with storage().open(key) as picture:
                    Image.open(picture).load()
        twin = db.session.scalars(select(Defect).where(Defect.duplicate_of_id.is_not(None))).one()
        assert twin.duplicate_of_id > twin.id
        from roadworks.accounts.models import Person

        ids = dict(db.session.execute(select(Person.username, Person.id)).all())
        people.filed(people.Cast(1, 0, 0, 0, 1, 0, ids))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("harm", ["cut", "changed", "part missing", "part added", "not a zip"])
def test_a_damaged_backup_is_refused(app, noon, tmp_path, harm):
    file = tmp_path / "b.zip"
    with app.app_context():
        people.make_cast()
        backup.write(file)
    whole = file.read_bytes()
    bad = tmp_path / "bad.zip"
    if harm in {"cut", "not a zip"}:
        bad.write_bytes(whole[: len(whole) // 2] if harm == "cut" else b"hello")
    else:
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(bad, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "tables/person.jsonl":
                    if harm == "part missing":
                        continue
                    content = content.replace(b"inspector", b"inspectre") if harm == "changed" else content
                new.writestr(name, content)
            if harm == "part added":
                new.writestr("files/../../evil", b"x")
    answer = app.test_cli_runner().invoke(args=["restore", str(bad)])
    assert answer.exit_code == 1
    assert "Error" in answer.output


def test_a_backup_goes_only_into_an_empty_database(app, noon, tmp_path):
    file = tmp_path / "b.zip"
    with app.app_context():
        people.closed(people.make_cast())
        db.session.commit()
        backup.write(file)
        for key in list(storage().keys()):
            storage().path(key).unlink()
    answer = app.test_cli_runner().invoke(args=["restore", str(file)])
    assert answer.exit_code == 1
    assert "not empty" in answer.output
    assert not list((app.config["INSTANCE"] / "files").rglob("*.jpg")), "what is refused leaves no file"


def test_a_bit_that_flipped_anywhere_is_refused_in_words_or_changes_nothing(app, noon, tmp_path):
    file, bad = tmp_path / "b.zip", tmp_path / "bad.zip"
    with app.app_context():
        cast = people.make_cast()
        people.closed(cast)
        db.session.commit()
        backup.write(file)
    whole, refused = file.read_bytes(), 0
    for place in range(0, len(whole), 29):
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        with suppress(backup.BadBackup):  # any other fault fails the test
            backup.check(bad)
            continue
        refused += 1
    assert refused > len(whole) // 29 * 0.8
    for manifest in ("[]", "{}", "null", '{"sha256": []}', '{"sha256": {}}', '{"sha256": {}, "rows": {}}'):
        with zipfile.ZipFile(bad, "w") as made:
            made.writestr("manifest.json", manifest)
        with pytest.raises(backup.BadBackup):
            backup.check(bad)


def test_a_photo_swept_while_the_backup_runs_does_not_end_it(app, noon, tmp_path, monkeypatch):
    with app.app_context():
        people.closed(people.make_cast())
        db.session.commit()
        keys = [*storage().keys(), "photos/aa/gone.jpg"]
        monkeypatch.setattr(storage(), "keys", lambda: iter(keys))
        backup.write(tmp_path / "b.zip")
        assert "files/photos/aa/gone.jpg" not in backup.check(tmp_path / "b.zip")["sha256"]
