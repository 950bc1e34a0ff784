"""Roads and their sections."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import District
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, label, show_m2, show_metres
from roadworks.workflow.words import say

GRADES = ("expressway", "arterial", "secondary", "branch", "lane")
MAINTENANCE_GRADES = ("I", "II", "III")
MANAGED_BY = ("district", "city", "owner")
PAVEMENTS = ("asphalt", "concrete")


class Road(Row, Model):
    """A road of the register 道路台账; what is not known is NULL, never invented."""

    __tablename__ = "road"
    __thing__ = "road"
    __table_args__ = (UniqueConstraint("district_id", "name_zh"), UniqueConstraint("district_id", "code"))

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str | None] = mapped_column(String(80))
    code: Mapped[str | None] = mapped_column(String(20), doc="e.g. 410102-ZG-0001")
    grade: Mapped[str | None] = mapped_column(String(12))
    maintenance_grade: Mapped[str | None] = mapped_column(String(3))
    managed_by: Mapped[str] = mapped_column(String(10), default="district")
    search_key: Mapped[str] = mapped_column(String(300), default="", doc="Chinese, pinyin, initials, English")
    source_note: Mapped[str | None] = mapped_column(String(200), doc="where its line comes from")

    district: Mapped[District] = relationship()
    sections: Mapped[list["Section"]] = relationship(back_populates="road", order_by="Section.id")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.name_zh

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [
            (_("Road"), label(self)),
            (_("Road code"), self.code or "–"),
            (_("Road grade"), say("grade", self.grade) or _("Not known")),
            (_("Maintenance grade"), say("maintenance_grade", self.maintenance_grade) or _("Not known")),
            (_("Managed by"), say("managed_by", self.managed_by)),
        ]


class PastGrade(Model):
    """The maintenance grade that a road had up to a day; the one it has now stands on the road itself."""

    __tablename__ = "past_grade"
    __table_args__ = (UniqueConstraint("road_id", "until_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    road_id: Mapped[int] = mapped_column(ForeignKey("road.id"))
    grade: Mapped[str | None] = mapped_column(String(3), doc="NULL: nobody knew")
    until_on: Mapped[date] = mapped_column(doc="the first day on which it no longer held")


class Section(Row, Model):
    """A stretch of a road between two limits, with its centre-line."""

    __tablename__ = "section"
    __thing__ = "section"
    __table_args__ = (
        UniqueConstraint("road_id", "from_zh", "to_zh"),
        Index("ix_section_box", "district_id", "west", "south"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    road_id: Mapped[int] = mapped_column(ForeignKey("road.id"), index=True)
    from_zh: Mapped[str] = mapped_column(String(60), default="")
    to_zh: Mapped[str] = mapped_column(String(60), default="")
    from_en: Mapped[str | None] = mapped_column(String(80))
    to_en: Mapped[str | None] = mapped_column(String(80))
    length_m: Mapped[Decimal | None]
    carriageway_m2: Mapped[Decimal | None]
    sidewalk_m2: Mapped[Decimal | None]
    pavement: Mapped[str | None] = mapped_column(String(10))
    centreline: Mapped[list[list[float]] | None] = mapped_column(JSON, deferred=True, doc="[[lon, lat], …], WGS-84")
    west: Mapped[float | None]
    south: Mapped[float | None]
    east: Mapped[float | None]
    north: Mapped[float | None]
    error_m: Mapped[int | None] = mapped_column(doc="how far the centre-line may be off; NULL where surveyed")
    last_overhaul_on: Mapped[date | None]
    warranty_ends_on: Mapped[date | None]
    updated_at: Mapped[datetime]
    added_on: Mapped[date | None] = mapped_column(doc="when it came into the register; NULL: before that was noted")

    road: Mapped[Road] = relationship(back_populates="sections", lazy="joined")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return f"{self.road.name_zh} {self.from_zh}—{self.to_zh}".strip(" —")

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [
            (_("Section"), label(self)),
            (_("Length"), show_metres(self.length_m) or _("Not known")),
            (_("Carriageway area"), show_m2(self.carriageway_m2) or _("Not known")),
            (_("Sidewalk area"), show_m2(self.sidewalk_m2) or _("Not known")),
        ]

    @property
    def name_zh(self) -> str:
        """Road and limits in Chinese."""
        return between_zh(self.road.name_zh, self.from_zh, self.to_zh)

    @property
    def name_en(self) -> str:
        """Road and limits in English, in Chinese where no English is known."""
        road = self.road.name_en or self.road.name_zh
        return between_en(road, self.from_en or self.from_zh, self.to_en or self.to_zh)


def between_zh(road: str, begins: str, ends: str) -> str:
    """A section's name in Chinese."""
    return f"{road}（{begins}—{ends}）" if begins else road


def between_en(road: str, begins: str, ends: str) -> str:
    """A section's name in English."""
    return f"{road} ({begins} – {ends})" if begins else road
