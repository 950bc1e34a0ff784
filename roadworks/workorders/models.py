"""Work orders, their lines, and the table of deadlines."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import Crew, District, Person
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, label, show_datetime
from roadworks.defects.models import Defect, Photo, one_of
from roadworks.workflow.transitions import ORDER_RUNNING, ORDER_STATES
from roadworks.workflow.undo import thing
from roadworks.workflow.words import say


@thing
class WorkOrder(Row, Model):
    """An order 工单 to one crew to mend one or several defects, with two clocks."""

    __tablename__ = "work_order"
    __thing__ = "order"
    __table_args__ = (
        UniqueConstraint("district_id", "number"),
        one_of("state", ORDER_STATES),
        Index("ix_work_order_state", "district_id", "state", "repair_due_at", "id"),
        Index("ix_work_order_due", "district_id", "repair_due_at", "id"),
        Index("ix_work_order_crew", "crew_id", "state", "repair_due_at", "id"),
        Index("ix_work_order_closed", "district_id", "closed_at", "id"),
        Index("ix_work_order_issued", "district_id", "issued_at", "id"),
        one_of("purpose", ("repair", "make_safe")),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default="issued")
    crew_id: Mapped[int] = mapped_column(ForeignKey("crew.id"))
    leader_name: Mapped[str] = mapped_column(String(60), default="", doc="班长 at the time of issue")
    severity: Mapped[str] = mapped_column(String(10), doc="the worst of its defects")
    instruction: Mapped[str] = mapped_column(Text, default="", doc="处理意见")
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    make_safe_due_at: Mapped[datetime | None]
    make_safe_unit: Mapped[str | None] = mapped_column(String(12))
    repair_due_at: Mapped[datetime]
    repair_unit: Mapped[str] = mapped_column(String(12), doc="the unit of time its clock runs in")
    basis: Mapped[dict[str, Any]] = mapped_column(JSON, doc="which rule set which clock, as it was at issue")
    accepted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    made_safe_at: Mapped[datetime | None]
    made_safe_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hand_back_count: Mapped[int] = mapped_column(default=0)
    hand_back_reason: Mapped[str | None] = mapped_column(String(300))
    rework_count: Mapped[int] = mapped_column(default=0)
    rework_reason: Mapped[str | None] = mapped_column(String(300))
    failed_at: Mapped[datetime | None] = mapped_column(doc="verification, last: no photo from before proves the rework")
    suspended_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    suspended_reason: Mapped[str | None] = mapped_column(String(300))
    suspended_from: Mapped[str | None] = mapped_column(String(12), doc="the state it returns to")
    suspended_left: Mapped[dict[str, Any] | None] = mapped_column(JSON, doc="clock → seconds left in its own unit")
    suspended_count: Mapped[int] = mapped_column(default=0)
    purpose: Mapped[str] = mapped_column(
        String(10), default="repair", server_default="repair", doc="make_safe: its defects stay with their project"
    )
    warranty_repair: Mapped[bool] = mapped_column(
        default=False, server_default=false(), doc="返修: asked of the crew whose own mending did not hold"
    )
    extension_count: Mapped[int] = mapped_column(default=0, server_default="0", doc="延期, at most twice")
    extension_asked_at: Mapped[datetime | None]
    extension_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    extension_reason: Mapped[str | None] = mapped_column(String(300))
    reconstructed: Mapped[bool] = mapped_column(default=False)

    district: Mapped[District] = relationship()
    crew: Mapped[Crew] = relationship()
    issued_by: Mapped[Person] = relationship(foreign_keys=[issued_by_id])
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id])
    extension_asked_by: Mapped[Person | None] = relationship(foreign_keys=[extension_asked_by_id])
    verified_by: Mapped[Person | None] = relationship(foreign_keys=[verified_by_id])
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.id")

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.number

    @property
    def running(self) -> bool:
        """Whether its clocks run."""
        return self.state in ORDER_RUNNING

    @property
    def live_lines(self) -> list["OrderLine"]:
        """The lines still of this order: a defect rejected, covered or ordered elsewhere meanwhile has left it."""
        return [line for line in self.lines if line.live]

    @property
    def shown_lines(self) -> list["OrderLine"]:
        """The lines its sheet prints: those still of this order; all of one that only made them safe and is closed."""
        return self.lines if self.purpose == "make_safe" and self.state == "closed" else self.live_lines

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [
            (_("Number"), self.number),
            (_("State"), say("order", self.state)),
            (_("Crew"), label(self.crew)),
            (_("Mend by"), show_datetime(self.repair_due_at)),
        ]


class OrderLine(Model):
    """One defect on one order, and what was measured when it was mended."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "defect_id"),
        one_of("surface", ("carriageway", "sidewalk", "ancillary")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"))
    defect_id: Mapped[int] = mapped_column(ForeignKey("defect.id"), index=True)
    surface: Mapped[str] = mapped_column(String(12), doc="on which the m² count in the bulletin")
    mended_m2: Mapped[Decimal | None]
    mended_m: Mapped[Decimal | None] = mapped_column(doc="kerbs and sealed cracks, reported apart, never in m²")

    order: Mapped[WorkOrder] = relationship(back_populates="lines")
    defect: Mapped[Defect] = relationship()

    @property
    def live(self) -> bool:
        """Whether the defect is still this order's to mend, or was mended by it."""
        return self.defect.order_id == self.order_id and self.defect.state in {"ordered", "mended", "closed"}

    @property
    def after_photos(self) -> list[Photo]:
        """The pictures taken after the work of this order."""
        return [p for p in self.defect.photos if p.kind == "after" and p.order_id == self.order_id]

    @property
    def proof_photos(self) -> list[Photo]:
        """The pictures that prove the work: after it, and for a make-safe order those of the safe place too."""
        if self.order.purpose != "make_safe":
            return self.after_photos
        return [p for p in self.defect.photos if p.kind in {"after", "safe"} and p.order_id == self.order_id]


class SentStep(Model):
    """A step that came from a phone's queue, by the id it got there: the same again gets the same answer."""

    __tablename__ = "sent_step"
    __table_args__ = (UniqueConstraint("district_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    client_id: Mapped[str] = mapped_column(String(36))
    content_hash: Mapped[str] = mapped_column(String(64), doc="of what was sent, without what the phone saw and when")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), index=True)
    verb: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10), doc="taken, already (somebody else had), kept (as a remark)")
    version: Mapped[int] = mapped_column(doc="of the order afterwards: what the phone's next step has seen")
    told_at: Mapped[datetime] = mapped_column(doc="by the device's clock, set right by its age")
    received_at: Mapped[datetime] = mapped_column(doc="by ours")
    photos: Mapped[list[str]] = mapped_column(JSON, doc="SHA-256 of each that hangs on the order")

    order: Mapped[WorkOrder] = relationship()
