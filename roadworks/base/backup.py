"""Backup and restore for both databases, photos included: one ZIP, taken while people work, checked before use."""

import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from alembic.migration import MigrationContext
from flask import Flask
from flask.cli import with_appcontext

from roadworks.base.db import db, read_only
from roadworks.base.errors import NotFound
from roadworks.base.storage import storage

CHUNK = 500
# A flipped bit shows as any of these.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, LookupError, ValueError, TypeError, AttributeError),
    RuntimeError,  # a way of packing or locking that zipfile does not know
)


class BadBackup(click.ClickException):
    """The file cannot be trusted, or the place it should go to is not fit."""


def _tables() -> list[sa.Table]:
    return list(db.metadata.sorted_tables)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _lines(connection: sa.Connection, table: sa.Table) -> Iterator[bytes]:
    order = list(table.primary_key.columns)
    rows = connection.execution_options(yield_per=CHUNK).execute(sa.select(table).order_by(*order))
    for row in rows:
        yield json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def write(path: Path) -> dict[str, int]:
    """Write a backup of one moment; the files after the rows, so that every row has its file. Gives rows per table."""
    manifest: dict[str, Any] = {"format": 1, "sha256": {}, "rows": {}}
    partial = path.with_suffix(path.suffix + ".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as out:
        engine = read_only(db.engine).execution_options(**_snapshot())
        with engine.connect() as connection:
            manifest["revision"] = _revision(connection)
            for table in _tables():
                mark, count = sha256(), 0
                with out.open(f"tables/{table.name}.jsonl", "w") as file:
                    for line in _lines(connection, table):
                        mark.update(line)
                        file.write(line)
                        count += 1
                manifest["sha256"][f"tables/{table.name}.jsonl"] = mark.hexdigest()
                manifest["rows"][table.name] = count
        for key in storage().keys():  # noqa: SIM118  a store, not a dict
            try:
                with storage().open(key) as stored:
                    content = stored.read()
            except NotFound:  # a photo never filed, swept this very moment
                continue
            manifest["sha256"][f"files/{key}"] = sha256(content).hexdigest()
            out.writestr(zipfile.ZipInfo(f"files/{key}"), content)
        out.writestr("manifest.json", json.dumps(manifest, indent=1))
    with partial.open("rb") as whole:
        os.fsync(whole.fileno())
    partial.replace(path)
    return dict(manifest["rows"])


def _snapshot() -> dict[str, Any]:
    """One moment for all tables: SQLite's read transaction is that by itself."""
    return {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def check(path: Path) -> dict[str, Any]:
    """The manifest of a backup whose every part has its mark; raises BadBackup."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
            tables = {f"tables/{name}.jsonl" for name in manifest["rows"]}
            names = set(archive.namelist()) - {"manifest.json"}
            if names != set(manifest["sha256"]) or not tables <= names or "revision" not in manifest:
                raise BadBackup("the backup is not whole: parts are missing or were added")
            for name, expected in manifest["sha256"].items():
                mark = sha256()
                with archive.open(name) as part:
                    while block := part.read(1 << 20):
                        mark.update(block)
                if mark.hexdigest() != expected:
                    raise BadBackup(f"the backup is damaged: {name}")
    except DAMAGE as error:
        raise BadBackup(f"this is not a whole backup: {error}") from error
    return manifest


def read(path: Path) -> dict[str, int]:
    """Restore into an empty, migrated database; all rows in one transaction. Raises BadBackup."""
    manifest = check(path)
    with zipfile.ZipFile(path) as archive, db.engine.begin() as connection:
        _take_time(connection)
        if _revision(connection) != manifest["revision"]:
            raise BadBackup(
                f"the database is not at revision {manifest['revision']}: run 'flask db upgrade' of that release"
            )
        for table in _tables():
            if connection.scalar(sa.select(sa.func.count()).select_from(table)):
                raise BadBackup(f"the database is not empty: {table.name} has rows")
        # The files before the commit: what is refused leaves none, and no row comes without its file.
        for name in manifest["sha256"]:
            if name.startswith("files/"):
                storage().put(name.removeprefix("files/"), archive.read(name))
        for table in _tables():
            _fill(connection, table, archive)
    return dict(manifest["rows"])


def _take_time(connection: sa.Connection) -> None:
    """Let the transaction stand idle while thousands of files are flushed."""
    if connection.dialect.name == "postgresql":
        waits = ("idle_in_transaction_session_timeout", "statement_timeout")
        connection.execute(sa.select(*(sa.func.set_config(wait, "0", True) for wait in waits)))


def _fill(connection: sa.Connection, table: sa.Table, archive: zipfile.ZipFile) -> None:
    """Insert a table's rows; a column that points into its own table is set after, except in the append-only trail."""
    late = [
        c.name for c in table.columns if table.name != "event" and any(k.column.table is table for k in c.foreign_keys)
    ]
    batch: list[dict[str, Any]] = []
    after: list[dict[str, Any]] = []
    with archive.open(f"tables/{table.name}.jsonl") as file:
        for line in file:
            row = {c.name: _value(c, v) for c, v in zip(table.columns, json.loads(line), strict=True)}
            if any(row[name] is not None for name in late):
                after.append({"key": row["id"], **{name: row[name] for name in late}})
                row |= dict.fromkeys(late)
            batch.append(row)
            if len(batch) >= CHUNK:
                connection.execute(sa.insert(table), batch)
                batch.clear()
    if batch:
        connection.execute(sa.insert(table), batch)
    for change in after:
        key = change.pop("key")
        connection.execute(sa.update(table).where(table.c.id == key).values(**change))
    if connection.dialect.name == "postgresql" and "id" in table.columns:
        newest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 1)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), newest)))


def _value(column: sa.Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, sa.JSON):
        return value
    kind = column.type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return Decimal(value) if kind is Decimal else value


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def backup_command(file: Path) -> None:
    """Write a backup of database and files to FILE, while people work."""
    rows = write(file)
    click.echo(f"{sum(rows.values())} rows of {len(rows)} tables in {file}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_appcontext
def restore_command(file: Path) -> None:
    """Restore FILE into an empty, migrated database."""
    rows = read(file)
    click.echo(f"{sum(rows.values())} rows of {len(rows)} tables restored")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)
