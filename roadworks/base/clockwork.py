"""The clockwork: a process that looks every half minute which jobs are due, claims their slots and runs them.

APScheduler only ticks. What is due is read from the slots in the database, so that a restart, a missed hour or a
second clockwork gives each slot one effective run, and missed slots are caught up once.
"""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from datetime import datetime, timedelta
from types import FrameType

from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from roadworks.base import clock, slots
from roadworks.base.db import db
from roadworks.base.timetable import timetable

log = logging.getLogger("roadworks.jobs")
TICK_S = 30.0
OWNER = f"{socket.gethostname()[:40]} {os.getpid()} {secrets.token_hex(4)}"

# Set when the process is asked to end: a long job looks at it between two things.
stopping = threading.Event()
_held: set[slots.Claim] = set()


def tick(app: Flask) -> int:
    """Run the newest slot of each job unless it is done; gives how many ran."""
    ran = 0
    with app.app_context():
        due = [(name, job.when.latest(clock.now())) for name, job in timetable().items()]
    for name, slot in due:
        if stopping.is_set():
            break
        try:
            ran += run_slot(app, name, slot) is not None
        except SQLAlchemyError:
            log.exception("job %s: its slot could not be claimed or ended", name)
    return ran


def held() -> list[slots.Claim]:
    """The slots at work in this process."""
    return list(_held)


def report(app: Flask) -> None:
    """Write the heartbeat, and keep the slots at work from being taken over."""
    with app.app_context():
        slots.beat()
        for claim in held():
            slots.renew(claim, slots.LEASE)
        db.session.commit()


def run_slot(app: Flask, name: str, slot: datetime) -> int | None:
    """Claim a slot and run its job in a context of its own; None where it is not ours, -1 where the job failed."""
    with app.app_context():
        claim = slots.claim(name, slot, owner=OWNER, lease=slots.LEASE)
        db.session.commit()
    if claim is None:
        return None
    _held.add(claim)
    try:
        count, fault = _run(app, name)
        with app.app_context():
            if not slots.end(claim, count=count, fault=fault):
                log.warning("job %s: another process has taken over the slot %s", name, slot)
            db.session.commit()
    finally:
        _held.discard(claim)
    return -1 if count is None else count


def _run(app: Flask, name: str) -> tuple[int | None, str | None]:
    """What the job did, or the kind of its fault."""
    try:
        with app.app_context():
            count = timetable()[name].run()
            db.session.rollback()
    except Exception as error:  # whatever it is: it is logged and recorded, and the other jobs go on
        log.exception("job %s failed", name)
        return None, type(error).__name__
    if count:
        log.info("job %s: %d", name, count)
    return count, None


def run_now(app: Flask, name: str) -> int:
    """Run a job at once, whether it is due or not; on record as a run of its own. -1: it failed."""
    moment = clock.now()
    while (count := run_slot(app, name, moment)) is None:
        moment += timedelta(microseconds=1)
    return count


def serve(app: Flask, every_s: float = TICK_S) -> None:
    """Tick until SIGTERM or Ctrl-C; a job at work is waited for."""
    scheduler = BlockingScheduler(timezone=clock.ZONE)
    same = {"args": [app], "misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    at_once = datetime.fromtimestamp(time.time(), clock.ZONE)  # APScheduler lives in real time, whatever ours is
    for work in (report, tick):
        scheduler.add_job(work, "interval", seconds=every_s, next_run_time=at_once, **same)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    log.info("clockwork %s runs %s", OWNER, ", ".join(app.extensions["timetable"]))
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        stopping.set()
        scheduler.shutdown(wait=True)
        log.info("clockwork %s ended", OWNER)
