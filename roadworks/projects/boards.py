"""What hangs on the wall: the months of the 挂图 as they were, and the bureau's other yearly targets."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.base.db import Model, Row
from roadworks.base.i18n import _l


class WallMonth(Model):
    """The wall of a month as it stood when the month was closed; never changed afterwards."""

    __tablename__ = "wall_month"
    __table_args__ = (UniqueConstraint("district_id", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    month: Mapped[date] = mapped_column(Date, doc="its first day")
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    closed_at: Mapped[datetime]


class Programme(Row, Model):
    """A yearly target of the bureau 目标任务 with counts by exclusive stage."""

    __tablename__ = "programme"
    __thing__ = "programme"
    __called__ = _l("Programme")
    __table_args__ = (Index("ix_programme_year", "district_id", "year", "position"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str | None] = mapped_column(String(120))
    year: Mapped[int]
    unit_zh: Mapped[str] = mapped_column(String(20))
    unit_en: Mapped[str] = mapped_column(String(40))
    target: Mapped[Decimal | None] = mapped_column(doc="NULL where none was published")
    target_derived: Mapped[bool] = mapped_column(default=False, doc="worked out from a printed percentage")
    sited: Mapped[Decimal | None] = mapped_column(doc="the sited total 选址 that exclusive stages must add up to")
    as_printed: Mapped[str] = mapped_column(Text, default="", doc="note where published figures do not add up")
    position: Mapped[int] = mapped_column(default=0)

    counts: Mapped[list["ProgrammeCount"]] = relationship(back_populates="programme", order_by="ProgrammeCount.id")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.name_zh


class ProgrammeCount(Model):
    """How many of a programme stood in a stage on a day; a milestone is told apart and enters no sum."""

    __tablename__ = "programme_count"
    __table_args__ = (Index("ix_programme_count_day", "programme_id", "as_of", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    stage_zh: Mapped[str] = mapped_column(String(40))
    stage_en: Mapped[str | None] = mapped_column(String(60))
    count: Mapped[Decimal]
    milestone: Mapped[bool] = mapped_column(default=False, doc="cumulative, not an exclusive stage")
    approximate: Mapped[bool] = mapped_column(default=False, doc="printed as 余: more than")
    as_of: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime]

    programme: Mapped[Programme] = relationship(back_populates="counts")
