"""TIMETABLE: job → when; `flask jobs run | once NAME | list`. Every job may run twice without harm."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import click
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import delete, select

from roadworks.base import clock, slots  # noqa: F401  its tables
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects.models import Photo
from roadworks.projects import cover
from roadworks.workflow.permissions import System
from roadworks.workorders import actions, queries

log = logging.getLogger("roadworks.jobs")
group = AppGroup("jobs", help="What happens by itself.")
KEEP_UPLOADS = timedelta(days=7)


@dataclass(frozen=True)
class Job:
    """What runs, and when."""

    run: Callable[[], int]
    trigger: BaseTrigger


def resume_orders() -> int:
    """Resume suspended orders whose day has come; gives how many."""
    due = list(db.session.scalars(queries.resumable(clock.now())))
    for order in due:
        actions.resume(System(order.district_id), order)
        db.session.commit()
    return len(due)


def release_stalled() -> int:
    """Give the dangerous defects of stalled projects back to be ordered; gives how many."""
    released = cover.release_all_stalled()
    db.session.commit()
    return released


def sweep_files() -> int:
    """Take away what a crash left half-written, and photos that were never filed within a week; gives how many."""
    swept = storage().sweep()
    old = select(Photo).where(Photo.defect_id.is_(None), Photo.uploaded_at < clock.now() - KEEP_UPLOADS)
    photos = list(db.session.scalars(old))
    for photo in photos:
        keys = (photo.key, photo.thumb_key)
        shared = select(Photo.id).where(Photo.sha256 == photo.sha256).limit(1)
        # The row first, and only if nobody has filed it meanwhile: a file too many is better than a row without one.
        db.session.execute(delete(Photo).where(Photo.id == photo.id, Photo.defect_id.is_(None)))
        db.session.commit()
        if db.session.scalar(shared) is None:
            for key in keys:
                storage().delete(key)
    return swept + len(photos)


def checkpoint() -> int:
    """Fold SQLite's log into the database file; PostgreSQL does so itself."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return 0


TIMETABLE = {
    "resume-orders": Job(resume_orders, IntervalTrigger(minutes=1)),
    "release-stalled": Job(release_stalled, CronTrigger(hour=0, minute=20, timezone=clock.ZONE)),
    "sweep-files": Job(sweep_files, CronTrigger(hour=4, minute=10, timezone=clock.ZONE)),
    "checkpoint": Job(checkpoint, CronTrigger(hour=4, minute=40, timezone=clock.ZONE)),
}


def run_once(app: Flask, name: str) -> int:
    """Run one job in a context of its own; a fault is logged and the next run tries again."""
    with app.app_context():
        count = TIMETABLE[name].run()
        db.session.rollback()
    if count:
        log.info("job %s: %d", name, count)
    return count


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)

    @group.command("run")
    def run() -> None:
        """Run the timetable until stopped."""
        scheduler = BlockingScheduler(timezone=clock.ZONE)
        for name, job in TIMETABLE.items():
            scheduler.add_job(
                run_once,
                job.trigger,
                args=[app, name],
                id=name,
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
        scheduler.start()

    @group.command("once")
    @click.argument("name", type=click.Choice(sorted(TIMETABLE)))
    def once(name: str) -> None:
        """Run one job now."""
        click.echo(f"{name}: {run_once(app, name)}")

    @group.command("list")
    def show() -> None:
        """Show the timetable."""
        for name, job in TIMETABLE.items():
            click.echo(f"{name:15} {job.trigger}  {(job.run.__doc__ or '').splitlines()[0]}")
