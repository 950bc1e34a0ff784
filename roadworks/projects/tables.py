"""The bureau's own tables for projects: stages with their gate papers, and the legal calendar."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.base.db import Model, Row
from roadworks.base.i18n import _l
from roadworks.defects.models import one_of
from roadworks.projects.models import CATEGORIES, STAGES


class StageRule(Row, Model):
    """A stage of one category, where it stands, how long it may take; who changed it and why stands in the trail."""

    __tablename__ = "stage_rule"
    __thing__ = "stage"
    __called__ = _l("Stage")
    __table_args__ = (
        UniqueConstraint("district_id", "category", "code"),
        one_of("category", CATEGORIES),
        one_of("code", STAGES),
        Index("ix_stage_rule_order", "district_id", "category", "position"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    category: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(16))
    name_zh: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    typical_days: Mapped[int | None] = mapped_column(doc="calendar days it usually takes, for planning backwards")
    stall_days: Mapped[int | None] = mapped_column(doc="calendar days after which it counts as stalled; None: never")

    papers: Mapped[list["GatePaper"]] = relationship(back_populates="rule", order_by="GatePaper.position")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return f"{self.category} {self.name_zh}"


class GatePaper(Row, Model):
    """A paper that must be there before a stage is left."""

    __tablename__ = "gate_paper"
    __table_args__ = (Index("ix_gate_paper_rule", "stage_rule_id", "position"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    stage_rule_id: Mapped[int] = mapped_column(ForeignKey("stage_rule.id"))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)
    required: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)

    rule: Mapped[StageRule] = relationship(back_populates="papers")

    def summary(self) -> list[tuple[str, str]]:
        """Those of its stage."""
        return self.rule.summary()


class LegalRule(Row, Model):
    """A rule of the legal calendar (domain.md §5.3): a warning at planning, with the article cited."""

    __tablename__ = "legal_rule"
    __thing__ = "legal"
    __called__ = _l("Rule")
    __table_args__ = (UniqueConstraint("district_id", "code"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(String(20), doc="no_dig_new, no_dig_overhaul, winter, holiday, event")
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120))
    values: Mapped[dict[str, Any]] = mapped_column(JSON, doc="years; from and to as MM-DD; days before and after")
    citation: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.name_zh
