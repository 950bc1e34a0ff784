"""Slots of the timetable: a job claims its slot in the database, so that each slot has one effective run."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from roadworks.base.db import Model


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


class Heartbeat(Model):
    """When a scheduler last reported."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
