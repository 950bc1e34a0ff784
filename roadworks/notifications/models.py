"""Rules of reminding, the reminders themselves, the letters that carry them, and the digests as they were sent."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import Person
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _
from roadworks.defects.models import one_of
from roadworks.workflow.words import say, span

REMINDER_STATES = ("open", "answered", "settled")
# Not settled yet.
LIVE = ("open", "answered")
LETTER_STATES = ("queued", "sending", "sent", "failed", "unknown", "stale")


class ReminderRule(Row, Model):
    """When a thing counts as stalled, and who is told at which level; a row is never changed: a new one follows it."""

    __tablename__ = "reminder_rule"
    __thing__ = "reminder_rule"
    __table_args__ = (Index("ix_reminder_rule_in_force", "district_id", "ended_at"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(String(24), doc="what it watches: triage, unaccepted, repair_overdue, …")
    amount: Mapped[int] = mapped_column(doc="the limit; for tender and warranty: days before")
    unit: Mapped[str] = mapped_column(String(12), doc="urgent_hour, work_hour, work_day, natural_day")
    levels: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, doc="1 to 3 of {to: [crew, supervisor, in_charge, …], after: n, unit: …} counted from the limit"
    )
    urgent: Mapped[bool] = mapped_column(default=False, doc="goes at once, whatever the hour")
    active: Mapped[bool] = mapped_column(default=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")

    set_by: Mapped[Person | None] = relationship()

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.code

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows; each stage has a limit of its own, and what has ended has none."""
        limit = [] if self.code == "stage" or self.ended_at else [(_("Limit"), span(self.amount, self.unit))]
        return [(_("Rule"), say("reminder_rule", self.code)), *limit]


class Reminder(Row, Model):
    """One question to one person about one thing on one occasion: what about it?"""

    __tablename__ = "reminder"
    __thing__ = "reminder"
    __table_args__ = (
        UniqueConstraint("code", "thing_type", "thing_id", "person_id", "level", "occasion"),
        one_of("state", REMINDER_STATES),
        Index("ix_reminder_person", "person_id", "state", "raised_at", "id"),
        Index("ix_reminder_thing", "thing_type", "thing_id", "state"),
        Index("ix_reminder_open", "district_id", "state", "id"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(String(24))
    thing_type: Mapped[str] = mapped_column(String(20))
    thing_id: Mapped[int]
    thing_label: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), doc="for whom, while they are away")
    level: Mapped[int] = mapped_column(default=1)
    occasion: Mapped[str] = mapped_column(String(40), doc="what made it due: entry of the state, deadline, promise")
    urgent: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime] = mapped_column(doc="since when the thing is past its limit")
    raised_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"), index=True, doc="which tells of it")
    state: Mapped[str] = mapped_column(String(10), default="open")
    answer: Mapped[str | None] = mapped_column(String(12), doc="doing, waiting, not_mine, extension")
    answer_until: Mapped[date | None] = mapped_column(Date, doc="silent until the end of this day")
    answer_text: Mapped[str | None] = mapped_column(String(300))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    passed_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    broken_at: Mapped[datetime | None] = mapped_column(doc="the promise passed unkept: up one level, once")
    settled_at: Mapped[datetime | None] = mapped_column(doc="the thing moved on by itself")

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    on_behalf_of: Mapped[Person | None] = relationship(foreign_keys=[for_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    passed_to: Mapped[Person | None] = relationship(foreign_keys=[passed_to_id])

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return f"{self.code} {self.thing_label}"

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [(say("reminder_rule", self.code), self.thing_label), (_("State"), say("reminder", self.state))]


class Letter(Row, Model):
    """A mail to be sent, written in the transaction of its cause; the key makes it one."""

    __tablename__ = "letter"
    __thing__ = "letter"
    __table_args__ = (
        UniqueConstraint("key"),
        one_of("state", LETTER_STATES),
        Index("ix_letter_due", "state", "next_try_at", "id"),
        Index("ix_letter_kind", "kind", "state", "next_try_at"),
        Index("ix_letter_person", "person_id", "id"),
        Index("ix_letter_district", "district_id", "state", "id"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    key: Mapped[str] = mapped_column(String(160), doc="kind, thing, person, period")
    kind: Mapped[str] = mapped_column(String(12), doc="reminders, urgent, digest")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(120), doc="fixed when written")
    written_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    give_up_at: Mapped[datetime] = mapped_column(doc="it is tried as long as next_try_at lies before this")
    dropped_at: Mapped[datetime | None] = mapped_column(doc="the line went dead after the final dot: tried once more")
    sent_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(300), doc="what the server said last")

    person: Mapped[Person] = relationship()

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.subject

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [(_("Subject"), self.subject), (_("State"), say("letter", self.state))]


class Digest(Model):
    """A person's weekly digest as it was written: shown again unchanged, whatever is edited later."""

    __tablename__ = "digest"
    __table_args__ = (
        UniqueConstraint("person_id", "week"),
        Index("ix_digest_week", "district_id", "week", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    week: Mapped[str] = mapped_column(String(8), doc="ISO week, 2018-W26")
    role: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(300))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, doc="every figure and row it was made of")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
