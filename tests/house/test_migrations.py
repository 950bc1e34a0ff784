"""Migrations up and down with data in the tables, on both databases; two at once do no harm."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from roadworks import create_app
from roadworks.base.db import db
from roadworks.defects.models import Defect
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


def schema() -> dict[str, object]:
    """Tables, columns, types, keys, checks, indexes and triggers as the database itself tells them."""
    eye, found = sa.inspect(db.engine), {}
    for table in eye.get_table_names():
        columns = sorted((c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in eye.get_columns(table))
        keys = sorted(repr(sorted(key.items())) for key in (*eye.get_foreign_keys(table), eye.get_pk_constraint(table)))
        unique = sorted((u["name"], *u["column_names"]) for u in eye.get_unique_constraints(table))
        checks = sorted((c["name"], c["sqltext"]) for c in eye.get_check_constraints(table))
        indexes = sorted(repr(sorted(i.items(), key=str)) for i in eye.get_indexes(table))
        found[table] = [columns, keys, unique, checks, indexes]
    if db.engine.dialect.name == "sqlite":
        triggers = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    else:
        triggers = (
            "SELECT t.tgname, pg_get_triggerdef(t.oid), p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal ORDER BY 1"
        )
    with db.engine.connect() as connection:
        found["triggers"] = [tuple(row) for row in connection.execute(sa.text(triggers))]
    return found


def columns() -> dict[str, set[str]]:
    """The columns of each table."""
    eye = sa.inspect(db.engine)
    return {table: {column["name"] for column in eye.get_columns(table)} for table in eye.get_table_names()}


def only(found: dict[str, list[dict]], known: dict[str, set[str]]) -> dict[str, list[str]]:
    """The same values, of these columns only."""
    return {
        table: sorted(repr(sorted((k, v) for k, v in row.items() if k in known[table])) for row in rows)
        for table, rows in found.items()
        if table in known and table != "alembic_version"
    }


def rows() -> dict[str, list[dict]]:
    """Every value of every table."""
    with db.engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')).mappings()]
            for table in sa.inspect(connection).get_table_names()
            if table != "alembic_version"
        }


def test_each_migration_goes_down_and_up_again_and_leaves_schema_and_values_as_they_were(either_app, noon):
    with either_app.app_context():
        people.closed(people.make_cast())
        db.session.commit()
        db.session.remove()
        steps = []
        while True:
            here, kept = schema(), rows()
            assert here["triggers"] or not steps, "the trail's triggers"
            downgrade()
            lower, known = rows(), columns()
            if not lower:
                upgrade(revision="+1")
                assert schema() == here
                break
            for table, values in lower.items():
                assert len(values) == len(kept[table]), table
            upgrade(revision="+1")
            assert schema() == here
            # What a lower revision has no column for is lost on the way down, and nothing else.
            assert only(rows(), known) == only(lower, known) == only(kept, known)
            downgrade()
            steps.append(lower.keys())
        assert steps, "more than one migration was walked"


def test_a_lost_photo_becomes_a_fact_in_whatever_language_it_was_written_and_a_sentence_on_the_way_down(
    either_app, noon
):
    asked = sa.text("SELECT no_photo_reason FROM defect ORDER BY id")
    with either_app.app_context():
        cast = people.make_cast()
        said = ["照片已在手机上丢失。", "The photo was lost on the phone.", "雨太大", "雨太大"]
        for reason in said:
            people.filed(cast, no_photo_reason=reason)
        db.session.commit()
        db.session.remove()
        downgrade(revision="0009")
        with db.engine.connect() as connection:
            assert connection.scalars(asked).all() == said
        upgrade()
        found = db.session.execute(sa.select(Defect.no_photo_reason, Defect.photo_lost).order_by(Defect.id)).all()
        assert found == [(None, True), (None, True), ("雨太大", False), ("雨太大", False)]
        db.session.remove()
        downgrade(revision="0009")
        with db.engine.connect() as connection:
            assert connection.scalars(asked).all() == [said[0], said[0], "雨太大", "雨太大"]
        upgrade()


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
        _out, fault = process.communicate(timeout=300)
        assert process.returncode == 0, fault[-800:]
    app = create_app(databases.options(tmp_path, url))
    with app.app_context():
        assert counts()["defect"] == 0
        db.session.remove()
        db.engine.dispose()
    postgresql.drop(url)
