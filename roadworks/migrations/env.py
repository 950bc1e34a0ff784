"""How migrations run: one process at a time, foreign keys off on SQLite, and no row lost on the way."""

import logging
from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from roadworks.base.db import Hundredths, UtcDateTime, db

log = logging.getLogger("alembic.env")
LOCK = 0x526F6164  # "Road": the advisory lock that keeps two migrations apart


def render_item(kind: str, item: Any, autogen: Any) -> Any:
    """Write our column types as plain ones, so that a migration does not change with the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Hundredths):
        return "sa.BigInteger()"
    return False


def counts(connection: sa.Connection) -> dict[str, int]:
    """Rows per table."""
    tables = sa.inspect(connection).get_table_names()
    return {name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in tables}


def run(connection: sa.Connection) -> None:
    """Run the migrations on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_sqlite(engine: sa.Engine) -> None:
    """SQLite: a batch migration drops and makes tables anew, which with foreign keys on deletes children."""
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")  # outside any transaction: inside it does nothing
        try:
            with connection.begin():
                before = counts(connection)
                run(connection)
                compare(before, counts(connection))
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"migration breaks foreign keys: {broken[:5]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def run_postgresql(engine: sa.Engine) -> None:
    """PostgreSQL: under a lock, so that two servers starting at once do not both migrate."""
    with engine.connect() as connection, connection.begin():
        connection.execute(sa.text("SET LOCAL lock_timeout = '120s'"))
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        before = counts(connection)
        run(connection)
        compare(before, counts(connection))


def compare(before: dict[str, int], after: dict[str, int]) -> None:
    """Raise RuntimeError if a table that is still there has lost rows."""
    lost = {n: (c, after[n]) for n, c in before.items() if n in after and after[n] < c and n != "alembic_version"}
    if lost:
        raise RuntimeError(f"migration loses rows: {lost}")


engine = current_app.extensions["migrate"].db.engine
(run_sqlite if engine.dialect.name == "sqlite" else run_postgresql)(engine)
