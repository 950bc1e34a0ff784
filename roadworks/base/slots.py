"""Slots of the timetable: a job claims its slot in the database, so that each slot has one effective run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Mapped, mapped_column

from roadworks.base import clock
from roadworks.base.db import Model, db
from roadworks.base.timetable import Job, timetable

SCHEDULER = "scheduler"
LATE_AFTER = timedelta(minutes=5)
LEASE = timedelta(minutes=3)
RETRY_AFTER = timedelta(minutes=10)
KEEP_RUNS = timedelta(days=14)


class JobRun(Model):
    """One run of a job for one slot; the primary key lets only one process have it."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_started", "job", "started_at"),)

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(80), doc="host and process")
    started_at: Mapped[datetime]
    leased_until: Mapped[datetime] = mapped_column(doc="past it another process may take the slot over")
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(8), doc="done or failed")
    count: Mapped[int | None]
    fault: Mapped[str | None] = mapped_column(String(300))

    @property
    def took(self) -> timedelta | None:
        """How long it ran; None while it does."""
        return None if self.ended_at is None else self.ended_at - self.started_at


class Heartbeat(Model):
    """When a scheduler last reported."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


@dataclass(frozen=True)
class Claim:
    """A slot in our hands, until the lease is past."""

    job: str
    slot: datetime
    owner: str
    started_at: datetime

    def ours(self) -> Any:
        """The condition that nobody has taken it over."""
        same = (JobRun.job == self.job) & (JobRun.slot == self.slot) & JobRun.ended_at.is_(None)
        return same & (JobRun.owner == self.owner) & (JobRun.started_at == self.started_at)


def insert(model: type[Any]) -> Any:
    """INSERT with ON CONFLICT, as either database words it."""
    return insert_sqlite(model) if db.engine.dialect.name == "sqlite" else insert_postgresql(model)


def claim(job: str, slot: datetime, *, owner: str, lease: timedelta = LEASE) -> Claim | None:
    """Take a slot; None where it is done, failed a moment ago, or in the hands of a process that lives.

    A slot whose process died, or that failed ten minutes ago, is taken over.
    """
    now = clock.now()
    fresh = {"owner": owner, "started_at": now, "leased_until": now + lease, "ended_at": None, "outcome": None}
    statement = insert(JobRun).values(job=job, slot=slot, **fresh)
    statement = statement.on_conflict_do_update(
        index_elements=["job", "slot"],
        set_=fresh | {"count": None, "fault": None},
        where=JobRun.outcome.is_distinct_from("done") & (JobRun.leased_until < now),
    )
    taken = db.session.execute(statement.returning(JobRun.job)).first()
    return Claim(job, slot, owner, now) if taken else None


def renew(held: Claim, lease: timedelta = LEASE) -> None:
    """Tell the others that we live."""
    db.session.execute(update(JobRun).where(held.ours()).values(leased_until=clock.now() + lease))


def end(held: Claim, *, count: int | None = None, fault: str | None = None) -> bool:
    """Record how the run ended; False where another process has taken the slot over meanwhile."""
    now = clock.now()
    values = {"ended_at": now, "outcome": "failed" if fault else "done", "count": count, "fault": fault and fault[:300]}
    if fault:
        values["leased_until"] = now + RETRY_AFTER
    return bool(db.session.execute(update(JobRun).where(held.ours()).values(values)).rowcount)  # type: ignore[attr-defined]


def beat() -> None:
    """Report that the scheduler lives."""
    statement = insert(Heartbeat).values(name=SCHEDULER, at=clock.now())
    db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": clock.now()}))


@dataclass(frozen=True)
class Pulse:
    """When the scheduler last reported, and whether that is too long ago."""

    last: datetime | None
    late: bool


def pulse() -> Pulse:
    """Whether the scheduler lives: it is late when it has not reported for five minutes."""
    last = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == SCHEDULER))
    return Pulse(last, last is None or clock.now() - last > LATE_AFTER)


@dataclass(frozen=True)
class Standing:
    """A job with its last run (None: never) and its next slot."""

    name: str
    job: Job
    last: JobRun | None
    next: datetime


def standings() -> list[Standing]:
    """Every job of the timetable, in its order."""
    newest = select(JobRun).order_by(JobRun.started_at.desc()).limit(1)
    return [
        Standing(
            name,
            job,
            db.session.scalars(newest.where(JobRun.job == name)).one_or_none(),
            job.when.following(clock.now()),
        )
        for name, job in timetable().items()
    ]


def prune() -> int:
    """Forget runs older than two weeks; gives how many.

    The newest slot of each job stays, and the one that is due now: it says what is done, also where a later run by hand
    looks like a newer slot.
    """
    now = clock.now()
    last = select(JobRun.job, func.max(JobRun.slot).label("slot")).group_by(JobRun.job).subquery()
    newest = select(last.c.slot).where(last.c.job == JobRun.job).scalar_subquery()
    due = [(JobRun.job == name) & (JobRun.slot >= job.when.latest(now)) for name, job in timetable().items()]
    old = delete(JobRun).where(JobRun.started_at < now - KEEP_RUNS, JobRun.slot < newest, ~or_(*due))
    return int(db.session.execute(old, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]
