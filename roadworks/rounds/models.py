"""The patrol plan, rounds, and the sections that they passed. No track is stored: only ticks (docs/decisions)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import District, Person
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, ngettext, show_datetime
from roadworks.network.models import MAINTENANCE_GRADES, Section
from roadworks.workflow.transitions import ROUND_STATES
from roadworks.workflow.undo import thing
from roadworks.workflow.words import say

# The grades of the plan; a road whose grade nobody knows has a row of its own.
UNGRADED = "-"
GRADES = (*MAINTENANCE_GRADES, UNGRADED)


class PatrolRule(Row, Model):
    """How often roads of a maintenance grade are patrolled from one day on; the old row keeps its end."""

    __tablename__ = "patrol_rule"
    __thing__ = "patrol"
    __table_args__ = (Index("ix_patrol_rule_grade", "district_id", "grade", "starts_on"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    grade: Mapped[str] = mapped_column(String(3), doc="I, II, III, or - for roads without one")
    days: Mapped[int | None] = mapped_column(doc="calendar days between two patrols; NULL: not patrolled")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None] = mapped_column(doc="the first day on which it no longer holds")
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300), default="")

    set_by: Mapped[Person | None] = relationship()

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.grade

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        grade = _("No grade on record") if self.grade == UNGRADED else say("maintenance_grade", self.grade)
        every = _("no patrol") if self.days is None else ngettext("%(num)d day", "%(num)d days", self.days)
        return [(_("Maintenance grade"), grade), (_("Every"), every)]


class Beat(Model):
    """Whose section it is to walk; a section without one is everybody's."""

    __tablename__ = "patrol_beat"

    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    person: Mapped[Person] = relationship()


@thing
class Round(Row, Model):
    """One patrol 巡查 of one person, from start to end; one on which nothing was found is a record too."""

    __tablename__ = "patrol_round"
    __thing__ = "round"
    __table_args__ = (
        UniqueConstraint("district_id", "number"),
        UniqueConstraint("district_id", "client_id"),
        CheckConstraint(f"state IN ({', '.join(repr(s) for s in ROUND_STATES)})", name="state"),
        Index("ix_patrol_round_started", "district_id", "started_at", "id"),
        Index("ix_patrol_round_inspector", "inspector_id", "started_at"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    number: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[str] = mapped_column(String(36), doc="made on the device: the same id is the same round")
    state: Mapped[str] = mapped_column(String(12), default="running")
    inspector_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime] = mapped_column(doc="by the device's clock, as all times of a round")
    ended_at: Mapped[datetime | None]
    pauses: Mapped[list[list[Any]]] = mapped_column(JSON, default=list, doc="[[from, to or null], …] in ISO form")
    weather: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(doc="by our clock, when we first heard of it")
    clock_doubtful: Mapped[bool] = mapped_column(default=False, doc="its times cannot all be right")
    clock_off_s: Mapped[int | None] = mapped_column(doc="how far the device's clock was ahead when it last sent")
    reconstructed: Mapped[bool] = mapped_column(default=False)

    district: Mapped[District] = relationship()
    inspector: Mapped[Person] = relationship()
    passes: Mapped[list["Pass"]] = relationship(back_populates="round", order_by="Pass.passed_at, Pass.id")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.number

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [
            (_("Number"), self.number),
            (_("State"), say("round", self.state)),
            (_("Started"), show_datetime(self.started_at)),
        ]


class Pass(Model):
    """A section passed on a round: by position, or ticked by hand with a reason."""

    __tablename__ = "patrol_pass"
    __table_args__ = (
        UniqueConstraint("round_id", "section_id"),
        CheckConstraint("how IN ('position', 'hand')", name="how"),
        CheckConstraint("how = 'position' OR reason <> ''", name="reason"),
        Index("ix_patrol_pass_section", "section_id", "passed_on"),
        Index("ix_patrol_pass_day", "district_id", "passed_on", "section_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("patrol_round.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    passed_at: Mapped[datetime] = mapped_column(doc="by the device's clock")
    passed_on: Mapped[date] = mapped_column(doc="the day it counts for; never after the day we heard of it")
    how: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(200), default="")
    share: Mapped[int | None] = mapped_column(doc="per cent of its length that was passed")
    lon: Mapped[float | None] = mapped_column(doc="where the device was at the tick, WGS-84")
    lat: Mapped[float | None]
    off_m: Mapped[int | None] = mapped_column(doc="how far that is from the section's line, as we measure it")

    round: Mapped[Round] = relationship(back_populates="passes")
    section: Mapped[Section] = relationship()
