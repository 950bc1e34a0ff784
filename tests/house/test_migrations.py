"""Migrations up and down with data in the tables, on both databases; two at once do no harm."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from roadworks import create_app
from roadworks.base.db import db
from tests.support import cast as people
from tests.support import databases, live


def counts() -> dict[str, int]:
    """Rows per table."""
    with db.engine.connect() as connection:
        tables = [t for t in db.metadata.tables if t != "alembic_version"]
        return {name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in tables}


def test_the_models_and_the_migrations_say_the_same(either_app):
    answer = either_app.test_cli_runner().invoke(args=["db", "check"])
    assert answer.exit_code == 0, answer.output


def test_rows_stay_on_the_way_and_all_goes_down_and_up_again(either_app, noon):
    with either_app.app_context():
        people.closed(people.make_cast())
        db.session.commit()
        db.session.remove()
        before = counts()
        assert before["defect"] == before["work_order"] == 1
        upgrade()
        assert counts() == before
        downgrade(revision="base")
        assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert set(counts().values()) == {0}
        people.closed(people.make_cast())
        db.session.commit()
        with pytest.raises(sa.exc.DatabaseError, match="append-only"):
            db.session.execute(sa.text("DELETE FROM event"))
        db.session.rollback()


def test_constraints_hold_in_the_database_itself(either_app, noon):
    with either_app.app_context():
        people.filed(people.make_cast())
        db.session.commit()
        for statement in (
            "UPDATE defect SET state = 'gone'",
            "UPDATE defect SET area_m2 = -1",
            "UPDATE defect SET surface = 'roof'",
        ):
            with pytest.raises(sa.exc.IntegrityError):
                db.session.execute(sa.text(statement))
            db.session.rollback()


def test_a_migration_that_loses_rows_is_refused():
    source = (live.ROOT / "roadworks" / "migrations" / "env.py").read_text("utf-8")
    assert "PRAGMA foreign_keys=OFF" in source
    scope: dict = {}
    start, end = source.index("def compare"), source.index("engine = current_app")
    exec(source[start:end], scope)
    scope["compare"]({"photo": 2, "gone": 3}, {"photo": 2})
    with pytest.raises(RuntimeError, match="photo"):
        scope["compare"]({"photo": 2}, {"photo": 0})


def test_two_servers_migrating_an_empty_postgresql_at_once(postgresql, tmp_path):
    url = postgresql.fresh(empty=True)
    code = "import sys; from pathlib import Path; from tests.support import databases as d; d.migrated(Path(sys.argv[1]), sys.argv[2])"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), url], cwd=live.ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in both:
        _out, fault = process.communicate(timeout=60)
        assert process.returncode == 0, fault[-800:]
    app = create_app(databases.options(tmp_path, url))
    with app.app_context():
        assert counts()["defect"] == 0
        db.session.remove()
        db.engine.dispose()
    postgresql.drop(url)
