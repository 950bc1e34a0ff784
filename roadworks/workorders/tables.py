"""The district's table of deadlines."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import Person
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, label
from roadworks.defects.catalogue import TYPES
from roadworks.workflow.words import say, span


class DeadlineRule(Row, Model):
    """How long a step may take; a row is never changed: a new one takes its place and the old one keeps its end."""

    __tablename__ = "deadline_rule"
    __thing__ = "deadline"
    __table_args__ = (Index("ix_deadline_rule_in_force", "district_id", "ended_at"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    clock: Mapped[str] = mapped_column(String(12), doc="make_safe or repair")
    severity: Mapped[str | None] = mapped_column(String(10))
    maintenance_grade: Mapped[str | None] = mapped_column(String(3))
    type_code: Mapped[str | None] = mapped_column(String(30), doc="an override for one type of defect")
    amount: Mapped[int]
    unit: Mapped[str] = mapped_column(String(12), doc="urgent_hour, work_hour, work_day, natural_day")
    source: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")

    set_by: Mapped[Person | None] = relationship()

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return " ".join(x for x in (self.clock, self.type_code, self.severity, self.maintenance_grade) if x)

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows; what has ended has no limit any more."""
        kind = label(TYPES[self.type_code]) if self.type_code else ""
        of = (kind, say("severity", self.severity), say("maintenance_grade", self.maintenance_grade))
        limit = [] if self.ended_at else [(_("Limit"), span(self.amount, self.unit))]
        return [(say("clock", self.clock), " · ".join(word for word in of if word)), *limit]
