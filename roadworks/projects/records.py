"""What is recorded of a project and of its sections: papers, progress, condition surveys."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import Person
from roadworks.base.db import Model
from roadworks.network.models import Section
from roadworks.projects.models import Project
from roadworks.projects.tables import GatePaper


class Paper(Model):
    """One version of a paper; a newer one replaces it and keeps it."""

    __tablename__ = "paper"
    __table_args__ = (Index("ix_paper_project", "project_id", "stage", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    stage: Mapped[str] = mapped_column(String(16))
    gate_paper_id: Mapped[int | None] = mapped_column(ForeignKey("gate_paper.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    filename: Mapped[str] = mapped_column(String(120), doc="as the person's machine called it; shown, never used")
    kind: Mapped[str] = mapped_column(String(8), doc="by content: pdf, docx, xlsx, pptx, doc, xls, ppt, jpg, png")
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(default=1, doc="which version it is")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"), index=True)
    replaced: Mapped[bool] = mapped_column(default=False, doc="a newer version is there")
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    gate_paper: Mapped[GatePaper | None] = relationship()
    uploaded_by: Mapped[Person] = relationship()

    @property
    def key(self) -> str:
        """Where it lies in the storage."""
        return f"papers/{self.sha256[:2]}/{self.sha256}.{self.kind}"


class ProgressEntry(Model):
    """How far a project is: per cent, words, and photos (of kind progress)."""

    __tablename__ = "progress_entry"
    __table_args__ = (Index("ix_progress_entry_project", "project_id", "on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    stage: Mapped[str] = mapped_column(String(16))
    on: Mapped[date] = mapped_column(Date)
    percent: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    written_by: Mapped[Person] = relationship()


class Survey(Model):
    """One condition index of a section as surveyed 定期检测; a patrol estimate is never stored here."""

    __tablename__ = "survey"
    __table_args__ = (Index("ix_survey_section", "section_id", "kind", "surveyed_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    kind: Mapped[str] = mapped_column(String(4), doc="pci, fci or iri (m/km)")
    value: Mapped[Decimal]
    surveyed_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(120), default="", doc="who surveyed, which report")
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]

    section: Mapped[Section] = relationship()
