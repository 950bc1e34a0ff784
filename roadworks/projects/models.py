"""Projects, the sections they lie on, the dates of their stages, and their tenders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import District, Person
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, label
from roadworks.defects.models import one_of
from roadworks.network.models import Section
from roadworks.workflow.transitions import PROJECT_STATES
from roadworks.workflow.undo import thing
from roadworks.workflow.words import say

CATEGORIES = ("minor", "medium", "major", "reconstruct")
# The vocabulary of stages (domain.md §5.1); which of them a category walks, and in what order, is data (StageRule).
STAGES = (
    *("reserve", "approved", "scheme", "drawings", "drawing_review", "budget_review", "tender", "contract"),
    *("start", "construction", "substantial", "acceptance", "handover", "warranty", "settlement", "closed"),
)
METHODS = ("open", "invited", "consultation", "negotiation", "inquiry", "single", "framework")
PAUSES = ("control", "funds", "design", "utilities", "weather", "dispute", "event", "other")


@thing
class Project(Row, Model):
    """A repair with its own design (CJJ 36-2016: 中修、大修、改扩建): one or several sections, walked by stages."""

    __tablename__ = "project"
    __thing__ = "project"
    __table_args__ = (
        UniqueConstraint("district_id", "number"),
        UniqueConstraint("district_id", "client_id"),
        one_of("state", PROJECT_STATES),
        one_of("category", CATEGORIES),
        one_of("stage", STAGES),
        Index("ix_project_stage", "district_id", "stage", "stage_entered_at", "id"),
        Index("ix_project_state", "district_id", "state", "stage_entered_at", "id"),
        Index("ix_project_in_charge", "in_charge_id", "state"),
        Index("ix_project_number", "district_id", "opened_at", "id"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    number: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[str | None] = mapped_column(String(36), doc="of the form that made it: sent twice it makes one")
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str | None] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="running", doc="running, or beside the stages")
    stage: Mapped[str] = mapped_column(String(16), default="reserve")
    stage_entered_at: Mapped[datetime]
    limits_zh: Mapped[str] = mapped_column(String(120), default="", doc="from—to in words, as printed")
    limits_en: Mapped[str | None] = mapped_column(String(160))
    in_charge_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), doc="负责人")
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), doc="责任领导")
    designer: Mapped[str | None] = mapped_column(String(120))
    contractor: Mapped[str | None] = mapped_column(String(120))
    supervisor_firm: Mapped[str | None] = mapped_column(String(120), doc="监理单位")
    estimate_yuan: Mapped[Decimal | None]
    ceiling_yuan: Mapped[Decimal | None] = mapped_column(doc="招标控制价")
    contract_yuan: Mapped[Decimal | None]
    settled_yuan: Mapped[Decimal | None]
    wished_on: Mapped[date | None] = mapped_column(Date, doc="wished day of completion, for planning backwards")
    expected_on: Mapped[date | None] = mapped_column(Date, doc="day on which traffic should be restored")
    accepted_on: Mapped[date | None] = mapped_column(Date, doc="completion acceptance 竣工验收: warranty begins")
    warranty_months: Mapped[int] = mapped_column(default=12)
    warranty_ends_on: Mapped[date | None] = mapped_column(Date)
    paused_at: Mapped[datetime | None]
    pause_code: Mapped[str | None] = mapped_column(String(12))
    pause_reason: Mapped[str | None] = mapped_column(String(300))
    paused_until: Mapped[date | None] = mapped_column(Date)
    retender_count: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime | None] = mapped_column(doc="when its dangerous defects went back because it stalled")
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSON, doc="the candidate's arithmetic as it was")
    note: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reconstructed: Mapped[bool] = mapped_column(default=False)

    district: Mapped[District] = relationship()
    in_charge: Mapped[Person | None] = relationship(foreign_keys=[in_charge_id])
    leader: Mapped[Person | None] = relationship(foreign_keys=[leader_id])
    stretches: Mapped[list["ProjectSection"]] = relationship(back_populates="project", order_by="ProjectSection.id")
    dates: Mapped[list["StageDate"]] = relationship(back_populates="project", order_by="StageDate.id")
    # The bureau's own row of the stage in which it stands, from tables.py; as of the last loading.
    rule: Mapped[Any] = relationship(
        "StageRule",
        primaryjoin="and_(foreign(Project.district_id) == StageRule.district_id,"
        " foreign(Project.category) == StageRule.category, foreign(Project.stage) == StageRule.code)",
        viewonly=True,
    )
    tenders: Mapped[list["Tender"]] = relationship(back_populates="project", order_by="Tender.round")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return f"{self.number} {self.name_zh}"

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [
            (_("Number"), self.number),
            (_("Project"), label(self)),
            (_("Stage"), label(self.rule) if self.rule else say("stage", self.stage)),
            (_("State"), say("project", self.state)),
        ]


class ProjectSection(Model):
    """A stretch of a project: a section of the register where it is known, and its limits in words."""

    __tablename__ = "project_section"
    __table_args__ = (UniqueConstraint("project_id", "section_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    limits_zh: Mapped[str] = mapped_column(String(120), default="")
    limits_en: Mapped[str | None] = mapped_column(String(160))

    project: Mapped[Project] = relationship(back_populates="stretches")
    section: Mapped[Section | None] = relationship()


class StageDate(Row, Model):
    """When a stage of a project was planned, entered and left; one row per stage."""

    __tablename__ = "stage_date"
    __table_args__ = (UniqueConstraint("project_id", "stage"), Index("ix_stage_date_plan", "district_id", "planned_on"))

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    stage: Mapped[str] = mapped_column(String(16))
    planned_on: Mapped[date | None] = mapped_column(Date, doc="day by which it should be left")
    entered_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    skipped_reason: Mapped[str | None] = mapped_column(String(300), doc="its gate was skipped, by a supervisor, why")

    project: Mapped[Project] = relationship(back_populates="dates")

    def summary(self) -> list[tuple[str, str]]:
        """Those of its project."""
        return self.project.summary()


class Tender(Row, Model):
    """One round of tendering 招标 with the dates that the law measures (domain.md §5.2)."""

    __tablename__ = "tender"
    __table_args__ = (UniqueConstraint("project_id", "round"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    round: Mapped[int] = mapped_column(default=1)
    method: Mapped[str] = mapped_column(String(16), default="open")
    notice_on: Mapped[date | None] = mapped_column(Date)
    sale_from: Mapped[date | None] = mapped_column(Date)
    sale_to: Mapped[date | None] = mapped_column(Date)
    clarified_on: Mapped[date | None] = mapped_column(Date, doc="last clarification or amendment 澄清修改")
    bid_deadline_on: Mapped[date | None] = mapped_column(Date)
    opening_on: Mapped[date | None] = mapped_column(Date)
    evaluated_on: Mapped[date | None] = mapped_column(Date)
    publicity_from: Mapped[date | None] = mapped_column(Date)
    publicity_to: Mapped[date | None] = mapped_column(Date)
    award_on: Mapped[date | None] = mapped_column(Date)
    report_on: Mapped[date | None] = mapped_column(Date, doc="written report to the supervising authority")
    contract_on: Mapped[date | None] = mapped_column(Date)
    bidders: Mapped[int | None]
    winner: Mapped[str | None] = mapped_column(String(120))
    bid_bond_yuan: Mapped[Decimal | None]
    performance_bond_yuan: Mapped[Decimal | None]
    failed_reason: Mapped[str | None] = mapped_column(String(300), doc="流标")

    project: Mapped[Project] = relationship(back_populates="tenders")

    def summary(self) -> list[tuple[str, str]]:
        """Those of its project."""
        return self.project.summary()
