"""The command that loads the demo."""

from datetime import UTC, datetime

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.demo import half_year, letters, plan, setting, spots
from roadworks.network.models import Section


def load() -> int:
    """Load the district's half-year into an empty database; gives the number of happenings. Raises ClickException."""
    if is_loaded():
        raise click.ClickException("The demo goes into an empty database; this one has a district.")
    with clock.at(datetime(2017, 12, 29, 1, tzinfo=UTC)):
        stage = setting.build()
    sections = db.session.scalars(select(Section).where(Section.centreline.is_not(None)).order_by(Section.id)).unique()
    places = [spot for section in sections for spot in spots.along(section)]
    year = half_year.HalfYear(stage, plan.make(places))
    letters.plan(year)
    span = (plan.LAST - plan.FIRST).days + 1
    happenings, reached = 0, 0
    with click.progressbar(length=span, label="Living through the first half of 2018") as bar:
        for moment in year.live():
            happenings += 1
            day = (moment.date() - plan.FIRST).days
            if day > reached:
                bar.update(day - reached)
                reached = day
        bar.update(span - reached)
    return happenings


def is_loaded() -> bool:
    """Whether there is a district already."""
    return db.session.scalars(select(District).limit(1)).first() is not None


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Load 中原区 as it was published for the first half of 2018, into an empty database (demo only)."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("The demo is loaded only where ROADWORKS_DEMO=1 is set.")
    click.echo(f"{load()} happenings, each on record")


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(demo)
