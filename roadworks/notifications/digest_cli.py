"""`flask digest`: write a week's digests by hand, or print them without storing anything."""

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications import digest
from roadworks.notifications.weeks import Week, read_week, week_of

OVER = "{week} is not due yet in {name}: see it with --dry-run."


def _week(text: str | None) -> Week:
    try:
        return read_week(text) if text else week_of(clock.now())
    except ValueError as fault:
        raise click.BadParameter("an ISO week such as 2018-W26", param_hint="--week") from fault


@click.command("digest")
@click.option("--week", "label", default=None, help="ISO week, e.g. 2018-W26; the present one by default.")
@click.option("--district", "code", default=None, help="Code of one district, e.g. 410102; all by default.")
@click.option("--dry-run", is_flag=True, help="Print the text of each; store nothing, send nothing.")
@with_appcontext
def command(label: str | None, code: str | None, dry_run: bool) -> None:
    """Write the digests of a week that are still missing; those already written stay as they are."""
    week = _week(label)
    statement = select(District).order_by(District.code)
    districts = list(db.session.scalars(statement.where(District.code == code) if code else statement))
    if not districts:
        raise click.ClickException("There is no such district.")
    for district_id in [district.id for district in districts]:
        if dry_run:
            _print(district_id, week)
        else:
            _write(district_id, week)


def _write(district_id: int, week: Week) -> None:
    district = db.session.get_one(District, district_id)
    name = district.name_zh
    if clock.now() < week.due_at(district.digest_weekday, district.digest_hour):
        raise click.ClickException(OVER.format(week=week, name=name))
    click.echo(f"{name} {week}: {digest.write_week(district_id, week)} written")


def _print(district_id: int, week: Week) -> None:
    for batch in digest.worded(district_id, week, again=True):
        for written in batch:
            reader = written.reader
            click.echo(f"===== {reader.name} · {reader.role} · {reader.language}\n{written.mail.subject}\n")
            click.echo(written.mail.text)


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(command)
