"""The database: naming rules, column types, and how SQLite and PostgreSQL are opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Select,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from roadworks.base.i18n import _l, label

# Every constraint has a name from the first table on: without it SQLite cannot drop one later.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC (SQLite drops the zone in silence, so it is put back here)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What Python sees."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; give UTC, without zone for SQLite."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hundredths(TypeDecorator[Decimal]):
    """An exact Decimal with two places (m², m, 元), stored as a whole number of hundredths: sums are exact."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        """What Python sees."""
        return Decimal

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Give hundredths; refuse what would lose a digit."""
        if value is None:
            return None
        scaled = Decimal(value) * 100
        if scaled != scaled.to_integral_value():
            raise ValueError(f"more than two decimal places: {value}")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give the Decimal back."""
        return None if value is None else Decimal(int(value)).scaleb(-2)


class Base(DeclarativeBase):
    """What all tables share."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime, Decimal: Hundredths},
    )
    metadata = registry.metadata


class RoutedSession(FlaskSession):
    """One session per request; requests that only read get a connection that cannot write."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """The engine for this statement: read-only inside GET, HEAD and OPTIONS."""
        engine = super().get_bind(*args, **kwargs)
        asked = has_request_context() and request.method in READING
        if isinstance(engine, Engine) and (asked or self.info.get("reading")):
            return read_only(engine)
        return engine


def read_only(engine: Engine) -> Engine:
    """The same engine and pool, opening transactions that cannot write."""
    # Kept on the engine itself, so that both go together.
    kept = vars(engine)
    if "reading" not in kept:
        kept["reading"] = engine.execution_options(readonly=True, postgresql_readonly=True)
    return cast(Engine, kept["reading"])


# What a statement over several columns gives.
Rows = Select[*tuple[Any, ...]]

db = SQLAlchemy(model_class=Base, session_options={"class_": RoutedSession})
migrate = Migrate()


@contextmanager
def reading() -> Iterator[None]:
    """Read on a connection that cannot write, outside a request too: long readings hold up nobody.

    Ends the transaction before and after; raises RuntimeError where something still waits to be written.
    """
    if db.session.new or db.session.dirty or db.session.deleted:
        raise RuntimeError("commit first")
    db.session.rollback()
    db.session.info["reading"] = True
    try:
        yield
    finally:
        db.session.rollback()
        db.session.info.pop("reading")


@contextmanager
def drawing() -> Iterator[None]:
    """Draw a page with its form: a refused one takes back what it began, and holds up nobody who writes meanwhile."""
    if request.method in READING:
        yield
        return
    db.session.rollback()
    with reading():
        yield


if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class Row:
    """A table with a typed key and a version that each change raises by one."""

    __called__: Any = _l("Name")  # what kind of thing it is, on the page of a conflict

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows: by default what it is, and its name in the language in force."""
        return [(str(self.__called__), label(self))]


def literal(text: str) -> str:
    """A LIKE pattern, escaped by a backslash, that finds `text` itself, wherever it stands."""
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, "\\" + sign)
    return f"%{text}%"


def normalise_url(url: str) -> str:
    """Understand `postgres://` and `postgresql://` as PostgreSQL by psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def engine_options(url: str) -> dict[str, Any]:
    """How to open the database at `url`; raises sqlalchemy.exc.ArgumentError on a malformed one."""
    if make_url(url).get_backend_name() == "sqlite":
        # The system's SQLite may carry the WAL-reset fault that several processes on one file can meet.
        import pysqlite3.dbapi2 as driver

        return {"module": driver, "connect_args": {"timeout": 5}, "pool_size": 32, "max_overflow": 0}
    waits = "-c lock_timeout=3000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
    return {
        "pool_pre_ping": True,
        "pool_size": 16,
        "max_overflow": 16,
        "pool_timeout": 5,
        "connect_args": {"options": waits, "connect_timeout": 5},
    }


def init_app(app: Flask) -> None:
    """Bind the database to the app; nothing is opened before the first statement."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(app.config["MIGRATIONS"]), render_as_batch=True)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set SQLite up for several processes, safe against a power cut."""
    if not type(connection).__module__.startswith(("pysqlite3", "sqlite3")):
        return
    connection.isolation_level = None  # we write BEGIN ourselves, below
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "journal_size_limit=67108864",
    ):
        connection.execute("PRAGMA " + pragma)


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Take SQLite's writer lock at once when writing: a read that turns into a write fails under load."""
    if connection.dialect.name != "sqlite":
        return
    reading = bool(connection.get_execution_options().get("readonly"))
    if connection.info.get("query_only") != reading:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["query_only"] = reading
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
