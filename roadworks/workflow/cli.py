"""Commands on the trail."""

import sys

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from roadworks.base.db import db
from roadworks.workflow.audit import AuditHead, Event, faults

group = AppGroup("audit", help="The trail of what was done.")


@group.command("verify")
def verify() -> None:
    """Check the seal of every event; prints each chain's head, to be kept elsewhere; exit 1 on a fault."""
    chains = set(db.session.scalars(select(Event.chain).distinct())) | set(db.session.scalars(select(AuditHead.chain)))
    wrong = 0
    for chain in sorted(chains):
        for fault in faults(chain):
            wrong += 1
            click.echo(fault)
        head = db.session.get(AuditHead, chain)
        click.echo(f"chain {chain}: {head.seq if head else 0} events, head {head.hash if head else '-'}")
    sys.exit(1 if wrong else 0)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
