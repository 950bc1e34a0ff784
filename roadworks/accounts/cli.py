"""Commands: the first administrator, the permission table."""

import secrets

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from roadworks.accounts import actions, roles
from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.workflow.permissions import System


@click.command("create-admin")
@click.option("--username", prompt="Sign-in name", help="Sign-in name.")
@click.option("--name", prompt="Name", help="The person's name.")
@click.option("--district", default="", help="Code of the district, e.g. 410102; empty: all districts.")
@click.option("--random", "made", is_flag=True, help="Make a password and print it once.")
@with_appcontext
def create_admin(username: str, name: str, district: str, made: bool) -> None:
    """Add an administrator; asks for the password, or prints a random one once."""
    password = (
        secrets.token_urlsafe(15) if made else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    home = db.session.scalars(select(District).where(District.code == district)).one_or_none() if district else None
    if district and home is None:
        raise click.ClickException(f"There is no district {district}.")
    values = {"name": name, "role": "admin", "district_id": home.id if home else None, "active": True}
    try:
        actions.add_person(System(name="shell", role="admin"), username=username, password=password, values=values)
    except BadInput as fault:
        raise click.ClickException(str(fault.message)) from fault
    db.session.commit()
    click.echo(f"Administrator {username} added." + (f" Password, shown once: {password}" if made else ""))


@click.command("permissions")
@with_appcontext
def permissions() -> None:
    """Print the permission table, as docs/roles.md holds it."""
    click.echo(roles.markdown(), nl=False)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(create_admin)
    app.cli.add_command(permissions)
