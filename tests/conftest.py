"""What all tests share: real databases, a strict client, the cast, a live server, a real browser."""

import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from tests.support import cast as people
from tests.support import databases, live
from tests.support.html import check_page

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_report_header() -> str:
    """Say where the real records are, or that they are not there."""
    return f"real records: {'found' if SHARED_DATA.is_dir() else 'not beside this checkout; the tests use their own files'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """A migrated SQLite file."""
    return databases.sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgresql():
    """A real PostgreSQL server."""
    return databases.PostgreSQL()


def _furnish(instance: Path, url: str = "") -> people.Cast:
    """Put the people into a migrated database."""
    app = create_app(databases.options(instance, url))
    with clock.at(people.NOON), app.app_context():
        made = people.make_cast()
        db.session.remove()
        db.engine.dispose()
    return made


@pytest.fixture(scope="session")
def sqlite_people(tmp_path_factory, sqlite_template) -> tuple[Path, people.Cast]:
    """A migrated SQLite file with the people in it, made once, and who they are."""
    folder = tmp_path_factory.mktemp("people")
    databases.copy_sqlite(sqlite_template, folder)
    made = _furnish(folder)
    return folder / "roadworks.db", made


@pytest.fixture(scope="session")
def postgresql_people(tmp_path_factory, postgresql):
    """The URL of a migrated PostgreSQL database with the people in it, made once, and who they are."""
    url = postgresql.fresh()
    yield url, _furnish(tmp_path_factory.mktemp("people"), url)
    postgresql.drop(url)


class StrictClient(FlaskClient):
    """A client that looks at every page it gets and at what the request left behind."""

    def open(self, *args, **kwargs):
        """Send a request; fails on a bad page or on changes neither committed nor rolled back."""
        answer = super().open(*args, **kwargs)
        left = self.application.extensions.get("left_behind")
        assert not left, f"the request left changes uncommitted: {left}"
        if answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303}:
            check_page(answer)
        return answer


def _watch_leftovers(app) -> None:
    """Notice a flush that no commit or rollback follows within a request that went well."""

    @app.before_request
    def begin() -> None:
        db.session.info["flushed"] = False
        app.extensions["left_behind"] = None

    @app.after_request
    def look(response):
        pending = list(db.session.new) + list(db.session.dirty) + list(db.session.deleted)
        if response.status_code < 400 and (pending or db.session.info.get("flushed")):
            app.extensions["left_behind"] = pending or "flushed"
        return response


@event.listens_for(db.session, "after_flush")
def _flushed(session, _context) -> None:
    session.info["flushed"] = True


@event.listens_for(db.session, "after_commit")
@event.listens_for(db.session, "after_rollback")
def _settled(session) -> None:
    session.info["flushed"] = False


@pytest.fixture(scope="session")
def app_on(tmp_path_factory):
    """Gives an app for a folder and a database; each template is compiled once for all of them."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))

    def make(instance: Path, url: str = ""):
        app = create_app(databases.options(instance, url))
        app.jinja_env.bytecode_cache = compiled
        app.test_client_class = StrictClient
        _watch_leftovers(app)
        return app

    return make


def _people(request, kind: str) -> tuple[Path | str, people.Cast] | None:
    """The database with the people, and who they are, where the test asks for them."""
    if not {"cast", "stage", "either_cast"} & set(request.fixturenames):
        return None
    where, made = request.getfixturevalue(f"{kind}_people")
    return where, replace(made, ids=dict(made.ids))


@pytest.fixture(scope="session")
def own_sqlite(app_on, tmp_path_factory):
    """The app that a process lends to its tests on SQLite: to make one for each took a third of their time."""
    return app_on(tmp_path_factory.mktemp("sqlite") / "instance")


@pytest.fixture(scope="session")
def own_postgresql(app_on, tmp_path_factory, postgresql):
    """The app that a process lends to its tests on PostgreSQL; its database is made anew for each."""
    url = postgresql.named()
    yield app_on(tmp_path_factory.mktemp("postgresql") / "instance", url)
    postgresql.drop(url)


@contextmanager
def _lent(app, found):
    """An app on an empty folder, for one test; what is set or hung on it goes with the test."""
    folder = app.config["INSTANCE"]
    shutil.rmtree(folder)
    folder.mkdir()
    config, extensions, loader = dict(app.config), dict(app.extensions), app.jinja_env.loader
    app.extensions["people"] = found and found[1]
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    for kept, before in ((app.config, config), (app.extensions, extensions)):
        kept.clear()
        kept.update(before)
    app.jinja_env.loader = loader


@pytest.fixture
def app(request, sqlite_template, own_sqlite):
    """An app on SQLite."""
    found = _people(request, "sqlite")
    with _lent(own_sqlite, found) as app:
        databases.copy_sqlite(found[0] if found else sqlite_template, app.config["INSTANCE"])
        yield app


@pytest.fixture(params=["sqlite", "postgresql"])
def either_app(request):
    """An app on SQLite, and again on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("app")
        return
    server, found = request.getfixturevalue("postgresql"), _people(request, "postgresql")
    with _lent(request.getfixturevalue("own_postgresql"), found) as app:
        server.anew(app.config["SQLALCHEMY_DATABASE_URI"], like=found[0] if found else "")
        yield app


@pytest.fixture
def noon():
    """The clock stands at 10:00 on Wednesday 27 June 2018 in Zhengzhou."""
    with clock.at(people.NOON):
        yield people.NOON


@pytest.fixture
def cast(app, noon):
    """The people, on SQLite, inside an app context (for tests of actions)."""
    with app.app_context():
        yield app.extensions["people"]


@pytest.fixture
def either_cast(either_app, noon):
    """The people, on each database, inside an app context."""
    with either_app.app_context():
        yield either_app.extensions["people"]


@pytest.fixture
def stage(app, noon):
    """The people without an open context: for tests that send requests (`with stage.app.app_context()` to look)."""
    made = app.extensions["people"]
    made.__dict__["app"] = app
    return made


@pytest.fixture
def client_of(stage):
    """Gives a signed-in client for a sign-in name."""

    def make(who: str) -> FlaskClient:
        client = stage.app.test_client()
        people.sign_in(client, who)
        return client

    return make


@pytest.fixture
def demo_folder(tmp_path, tmp_path_factory, sqlite_template):
    """An own copy of the demo."""
    whole = live.demo_instance(tmp_path_factory.getbasetemp().parent / "shared", sqlite_template)
    return shutil.copytree(whole, tmp_path / "instance")
