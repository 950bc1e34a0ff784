"""Defects and their photos."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import Crew, District, Person
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, label, show_m2
from roadworks.defects.catalogue import TYPES, DefectType
from roadworks.network.models import Section
from roadworks.rounds.models import Round
from roadworks.workflow.transitions import DEFECT_STATES
from roadworks.workflow.undo import thing
from roadworks.workflow.words import say

SURFACES = ("carriageway", "sidewalk", "ancillary")
SEVERITIES = ("emergency", "severe", "moderate", "slight")
POSITION_SOURCES = ("gps", "map", "manual", "photo")
SIDES = ("left", "right", "both", "middle")


def one_of(name: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that a column holds one of these values."""
    return CheckConstraint(f"{name} IN ({', '.join(repr(v) for v in values)})", name=name)


@thing
class Defect(Row, Model):
    """A fault of a road 病害, from report to mended."""

    __tablename__ = "defect"
    __thing__ = "defect"
    __table_args__ = (
        UniqueConstraint("district_id", "number"),
        UniqueConstraint("district_id", "client_id"),
        one_of("state", DEFECT_STATES),
        one_of("surface", SURFACES),
        one_of("severity", SEVERITIES),
        CheckConstraint("area_m2 >= 0", name="area"),
        Index("ix_defect_found", "district_id", "found_at", "id"),
        Index("ix_defect_state", "district_id", "state", "found_at", "id"),
        Index("ix_defect_surface", "district_id", "surface", "found_at", "id"),
        Index("ix_defect_type", "district_id", "type_code", "found_at", "id"),
        Index("ix_defect_severity", "district_id", "severity", "found_at", "id"),
        Index("ix_defect_road", "road_id", "found_at", "id"),
        Index("ix_defect_crew", "crew_id", "found_at", "id"),
        Index("ix_defect_area", "district_id", "area_m2", "id"),
        Index("ix_defect_place", "district_id", "lon", "lat"),
        Index("ix_defect_state_place", "district_id", "state", "lon", "lat"),
        Index("ix_defect_order", "order_id"),
        Index("ix_defect_project", "project_id", "state"),
        Index("ix_defect_section_state", "section_id", "state", "found_at"),
        Index("ix_defect_duplicate_of", "duplicate_of_id"),
        Index("ix_defect_round", "round_id"),
        Index("ix_defect_round_client", "round_client_id"),
        Index("ix_defect_repeat_of", "repeat_of_id"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    number: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[str] = mapped_column(String(36), doc="made on the device: the same id is the same defect")
    content_hash: Mapped[str] = mapped_column(String(64), doc="of what was sent: same id, other content is a conflict")
    state: Mapped[str] = mapped_column(String(12), default="filed")
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    road_id: Mapped[int | None] = mapped_column(ForeignKey("road.id"), doc="the section's, kept for the index")
    lon: Mapped[float | None] = mapped_column(doc="WGS-84")
    lat: Mapped[float | None]
    accuracy_m: Mapped[int | None] = mapped_column(doc="95 % radius told by the device")
    position_source: Mapped[str] = mapped_column(String(8), default="manual")
    side: Mapped[str | None] = mapped_column(String(8))
    place: Mapped[str] = mapped_column(String(200), default="", doc="in words")
    chainage_m: Mapped[Decimal | None]
    surface: Mapped[str] = mapped_column(String(12))
    type_code: Mapped[str] = mapped_column(String(30))
    severity: Mapped[str] = mapped_column(String(10))
    severity_proposed: Mapped[str] = mapped_column(String(10))
    length_m: Mapped[Decimal | None]
    width_m: Mapped[Decimal | None]
    depth_mm: Mapped[int | None]
    count: Mapped[int] = mapped_column(default=1, doc="places 处, for what is counted and not measured")
    area_m2: Mapped[Decimal]
    no_photo_reason: Mapped[str | None] = mapped_column(String(200))
    photo_lost: Mapped[bool] = mapped_column(
        default=False, server_default=false(), doc="photos were taken, and all were lost on the phone"
    )
    note: Mapped[str] = mapped_column(Text, default="")
    found_at: Mapped[datetime] = mapped_column(doc="by the device's clock")
    received_at: Mapped[datetime] = mapped_column(doc="by ours")
    clock_doubtful: Mapped[bool] = mapped_column(default=False, doc="what no queue explains, or a clock that was wrong")
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crew.id"), doc="who is to mend it")
    order_id: Mapped[int | None] = mapped_column(doc="the work order that holds it now; a row of a later room")
    project_id: Mapped[int | None] = mapped_column(doc="the project that covers it; a row of a later room")
    warranty_project_id: Mapped[int | None] = mapped_column(doc="the project whose contractor was asked to mend it")
    round_id: Mapped[int | None] = mapped_column(ForeignKey("patrol_round.id"), doc="the round on which it was found")
    round_client_id: Mapped[str | None] = mapped_column(String(36), doc="its id on the phone: it may arrive later")
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("defect.id"))
    repeat_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("defect.id"), doc="the one mended here before, by the rule of defects/repeats.py or by hand"
    )
    repeat_reason: Mapped[str | None] = mapped_column(
        String(300), doc="why a supervisor judged otherwise than the rule"
    )
    reject_reason: Mapped[str | None] = mapped_column(String(300))
    owner: Mapped[str | None] = mapped_column(String(100), doc="owner of the asset 产权单位 it was forwarded to")
    owner_due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reconstructed: Mapped[bool] = mapped_column(default=False, doc="made from published totals, not a single record")
    words: Mapped[str] = mapped_column(Text, default="", doc="what the word search looks through, lower case")

    district: Mapped[District] = relationship()
    section: Mapped[Section | None] = relationship()
    filed_by: Mapped[Person] = relationship(foreign_keys=[filed_by_id])
    crew: Mapped[Crew | None] = relationship()
    round: Mapped[Round | None] = relationship()
    duplicate_of: Mapped["Defect | None"] = relationship(
        remote_side="Defect.id", foreign_keys=[duplicate_of_id], back_populates="duplicates"
    )
    duplicates: Mapped[list["Defect"]] = relationship(foreign_keys=[duplicate_of_id], back_populates="duplicate_of")
    repeat_of: Mapped["Defect | None"] = relationship(remote_side="Defect.id", foreign_keys=[repeat_of_id])
    photos: Mapped[list["Photo"]] = relationship(back_populates="defect", order_by="Photo.id")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.number

    @property
    def type(self) -> DefectType:
        """Its entry in the catalogue."""
        return TYPES[self.type_code]

    @property
    def why_no_photo(self) -> str:
        """In the words of its finder, or else in the reader's language; empty where nobody said why."""
        return self.no_photo_reason or (_("The photo was lost on the phone.") if self.photo_lost else "")

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [
            (_("Number"), self.number),
            (_("State"), say("defect", self.state)),
            (_("Type"), label(self.type)),
            (_("Area"), show_m2(self.area_m2)),
        ]


class Photo(Model):
    """A picture, stored once per content; before it belongs to a defect it belongs to who sent it."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("defect_id", "sha256", "kind"),
        Index("ix_photo_kept", "uploaded_by_id", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    defect_id: Mapped[int | None] = mapped_column(ForeignKey("defect.id"))
    order_id: Mapped[int | None] = mapped_column(index=True, doc="of the work that it shows, for kind after")
    progress_id: Mapped[int | None] = mapped_column(index=True, doc="the progress entry of a project that it shows")
    kind: Mapped[str] = mapped_column(String(10), default="before", doc="before, safe, after or progress")
    sha256: Mapped[str] = mapped_column(String(64), doc="of the bytes as received")
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime | None]
    lon: Mapped[float | None] = mapped_column(doc="from the picture's own data, WGS-84")
    lat: Mapped[float | None]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    original: Mapped[bool] = mapped_column(default=False, server_default=false(), doc="kept as received, too")

    defect: Mapped[Defect | None] = relationship(back_populates="photos")

    @property
    def key(self) -> str:
        """Where its picture lies in the storage."""
        return f"photos/{self.sha256[:2]}/{self.sha256}.jpg"

    @property
    def original_key(self) -> str:
        """Where the file as received lies in the storage, where it is kept."""
        return f"photos/{self.sha256[:2]}/{self.sha256}.original"

    @property
    def thumb_key(self) -> str:
        """Where its thumbnail lies in the storage."""
        return f"photos/{self.sha256[:2]}/{self.sha256}.thumb.jpg"
