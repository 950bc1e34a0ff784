"""What all tests share: real databases, a strict client, the cast, a live server, a real browser."""

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
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


def _app(instance: Path, url: str = ""):
    app = create_app(databases.options(instance, url))
    app.test_client_class = StrictClient
    _watch_leftovers(app)
    return app


@pytest.fixture
def app(tmp_path, sqlite_template):
    """An app on SQLite."""
    databases.copy_sqlite(sqlite_template, tmp_path)
    app = _app(tmp_path)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_app(request, tmp_path):
    """An app on SQLite, and again on PostgreSQL."""
    if request.param == "sqlite":
        databases.copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
        app, url = _app(tmp_path), ""
    else:
        server = request.getfixturevalue("postgresql")
        url = server.fresh()
        app = _app(tmp_path, url)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if url:
        server.drop(url)


@pytest.fixture
def noon():
    """The clock stands at 10:00 on Wednesday 27 June 2018 in Zhengzhou."""
    with clock.at(people.NOON):
        yield people.NOON


@pytest.fixture
def cast(app, noon):
    """The people, on SQLite, inside an app context (for tests of actions)."""
    with app.app_context():
        yield people.make_cast()


@pytest.fixture
def either_cast(either_app, noon):
    """The people, on each database, inside an app context."""
    with either_app.app_context():
        yield people.make_cast()


@pytest.fixture
def stage(app, noon):
    """The people without an open context: for tests that send requests (`with stage.app.app_context()` to look)."""
    with app.app_context():
        made = people.make_cast()
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
