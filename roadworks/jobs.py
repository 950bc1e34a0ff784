"""TIMETABLE: job → what runs, and when; `flask jobs run | once NAME | list`. Every job may run twice without harm."""

import logging
from collections.abc import Callable
from datetime import timedelta

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import delete, select

from roadworks.accounts import sign_in
from roadworks.accounts.models import District
from roadworks.base import clock, clockwork, slots
from roadworks.base.db import db
from roadworks.base.i18n import _l, show_datetime
from roadworks.base.storage import storage
from roadworks.base.timetable import At, Every, Job
from roadworks.defects import voices
from roadworks.defects.models import Photo
from roadworks.defects.photos import FREE
from roadworks.notifications import carriers, digest, reminders, sender
from roadworks.projects import actions as projects
from roadworks.projects import cover, legal_rules, months, stages
from roadworks.workflow.permissions import System
from roadworks.workorders import actions, queries

log = logging.getLogger("roadworks.jobs")
KEEP_UPLOADS = timedelta(days=7)


def in_each_district(do: Callable[[int], int]) -> int:
    """Do it for one district after the other, each in a transaction of its own; gives how many in all.

    A district's fault is logged and holds up no other; the first is raised at the end: the run counts as failed.
    """
    count = 0
    faults: list[Exception] = []
    for district_id in db.session.scalars(select(District.id).order_by(District.id)).all():
        try:
            count += do(district_id)
            db.session.commit()
        except Exception as fault:  # whatever it is: it is raised below, once the others have had their turn
            db.session.rollback()
            log.exception("district %d", district_id)
            faults.append(fault)
    if faults:
        raise faults[0]
    return count


def raise_reminders() -> int:
    """Ask about what stalls, and write the letters that say so; gives how many reminders were raised."""
    return in_each_district(reminders.raise_due)


def resume_orders() -> int:
    """Resume suspended orders whose day has come; gives how many."""
    return in_each_district(_resume_orders)


def _resume_orders(district_id: int) -> int:
    due = list(db.session.scalars(queries.resumable(district_id, clock.now())))
    for order in due:
        actions.resume(System(district_id), order)
        db.session.commit()
    return len(due)


def resume_projects() -> int:
    """Resume suspended projects whose day has come; gives how many."""
    return in_each_district(projects.resume_due)


def release_stalled() -> int:
    """Give the dangerous defects of stalled projects back to be ordered; gives how many."""
    return in_each_district(cover.release_due)


def complete_tables() -> int:
    """Give districts made before there were projects the stages and legal rules that they lack; gives how many."""
    return in_each_district(lambda district_id: stages.complete(district_id) + legal_rules.complete(district_id))


def write_digests() -> int:
    """Write the weekly digests that are due and not yet there; gives how many."""
    return in_each_district(digest.write_due)


def close_month() -> int:
    """Keep the project wall of the months that have ended; gives how many."""
    return in_each_district(months.close_month)


def sweep_files() -> int:
    """Take away what a crash left half-written, and photos and voice notes not filed within a week; gives how many.

    What is just sent again stays: its file is there before its row.
    """
    swept = storage().sweep() + carriers.letters_folder().sweep()
    old = select(Photo).where(*FREE, Photo.uploaded_at < clock.now() - KEEP_UPLOADS)
    photos = [photo for photo in db.session.scalars(old) if not storage().fresh(photo.key)]
    for photo in photos:
        keys = (photo.key, photo.thumb_key, photo.original_key)
        shared = select(Photo.id).where(Photo.sha256 == photo.sha256).limit(1)
        # The row first, and only if nobody has filed it meanwhile: a file too many is better than a row without one.
        db.session.execute(delete(Photo).where(Photo.id == photo.id, *FREE))
        db.session.commit()
        if db.session.scalar(shared) is None:
            for key in keys:
                storage().delete_old(key)
    return swept + len(photos) + voices.sweep(clock.now() - KEEP_UPLOADS)


def checkpoint() -> int:
    """Fold SQLite's log into the database file; PostgreSQL does so itself."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return 0


def prune_runs() -> int:
    """Forget old runs of the timetable, and sign-ins that ended long ago; gives how many."""
    count = slots.prune() + sign_in.forget_old()
    db.session.commit()
    return count


# Times are local. After missed slots a job runs once for all of them: it looks at what is due, not at the slot.
TIMETABLE = {
    # each minute, and each few
    "remind": Job(raise_reminders, Every(timedelta(minutes=5)), _l("Ask about what stalls")),
    "resume-orders": Job(resume_orders, Every(timedelta(minutes=1)), _l("Resume suspended orders")),
    "resume-projects": Job(resume_projects, Every(timedelta(minutes=5)), _l("Resume projects put on hold")),
    "send-letters": Job(sender.send_due, Every(timedelta(minutes=1)), _l("Send letters")),
    # The hour is the district's own setting: what is due is looked for each hour.
    "write-digests": Job(write_digests, Every(timedelta(hours=1)), _l("Write the weekly digests")),
    # at night
    "release-stalled": Job(release_stalled, At(0, 20), _l("Give dangerous defects of stalled projects back")),
    "complete-tables": Job(complete_tables, At(0, 10), _l("Complete the tables of older districts")),
    "sweep-files": Job(sweep_files, At(4, 10), _l("Take away files that belong to nothing")),
    "checkpoint": Job(checkpoint, At(4, 40), _l("Fold the log into the database file")),
    "prune-runs": Job(prune_runs, At(4, 50), _l("Forget old runs of the timetable and old sign-ins")),
    # once a month
    "close-month": Job(close_month, At(0, 10, day=1), _l("Keep the project wall of the month that has ended")),
}


def init_app(app: Flask) -> None:
    """Hang up the timetable and add the commands."""
    app.extensions["timetable"] = TIMETABLE
    group = AppGroup("jobs", help="What happens by itself.")
    app.cli.add_command(group)

    @group.command("run")
    def run() -> None:
        """Run the timetable until stopped."""
        clockwork.serve(app)

    @group.command("once")
    @click.argument("name", type=click.Choice(sorted(TIMETABLE)))
    def once(name: str) -> None:
        """Run one job now, whether it is due or not."""
        count = clockwork.run_now(app, name)
        if count < 0:
            raise click.ClickException(f"{name} failed; the log says why")
        click.echo(f"{name}: {count}")

    @group.command("list")
    def show() -> None:
        """Show the timetable: last run, its length and outcome, next run."""
        for standing in slots.standings():
            run = standing.last
            last = f"{show_datetime(run.started_at)}, {_ended(run)}" if run else "never"
            click.echo(f"{standing.name:16} last: {last}; next: {show_datetime(standing.next)}")


def _ended(run: slots.JobRun) -> str:
    """How a run ended, for the command line."""
    if run.took is None:
        return "running"
    return f"{run.outcome} in {run.took.total_seconds():.1f} s ({run.fault or run.count})"
