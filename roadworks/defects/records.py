"""What phones sent once and may send again: the same id is answered with what it made."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.base.db import Model
from roadworks.defects.models import Defect


class Addition(Model):
    """Photos and a remark that a phone added to a defect that was there: the same id is the same addition."""

    __tablename__ = "addition"
    __table_args__ = (UniqueConstraint("district_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    client_id: Mapped[str] = mapped_column(String(36), doc="made on the device")
    content_hash: Mapped[str] = mapped_column(String(64), doc="of what was sent: same id, other content is a conflict")
    defect_id: Mapped[int] = mapped_column(ForeignKey("defect.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    photos: Mapped[list[str]] = mapped_column(JSON, doc="the SHA-256 of each, as received")
    received_at: Mapped[datetime]

    defect: Mapped[Defect] = relationship()
