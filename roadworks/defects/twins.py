"""Open defects at the same place, before one is filed and beside one that is: one hole is not two records."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import selectinload

from roadworks.base.db import db
from roadworks.defects.around import near
from roadworks.defects.models import Defect, Photo
from roadworks.defects.queries import OPEN, same_filing
from roadworks.workflow.permissions import Actor, within

MOST = 6


@dataclass(frozen=True)
class Twin:
    """An open defect that it might be, its first photo, and how far it lies away in metres where that is known."""

    defect: Defect
    metres: int | None = None

    @property
    def photo(self) -> Photo | None:
        """What it looked like."""
        return self.defect.photos[0] if self.defect.photos else None


def alike(
    person: Actor,
    *,
    client_id: str,
    type_code: str,
    position: tuple[float, float] | None,
    section_id: int | None,
    kept: Sequence[Photo],
) -> list[Twin]:
    """Open defects of this type within 30 m of the position, the form's or else a photo's; without any position those
    of the same section. None for a form that was sent before: it is answered with what it made.
    """
    position = position or next(((p.lon, p.lat) for p in kept if p.lon is not None and p.lat is not None), None)
    if position is not None:
        found = [Twin(defect, round(metres)) for defect, metres in near(person, *position, type_code=type_code)[:MOST]]
    else:
        found = [Twin(defect) for defect in on_section(person, section_id, type_code, MOST)] if section_id else []
    sent_before = found and same_filing(person.district_id or 0, client_id) is not None
    return [] if sent_before else found


def beside(person: Actor, defect: Defect) -> list[Twin]:
    """Open defects that this one may be a duplicate of: within 30 m of it, those of its type first; where it has no
    position, those of its type on its section.
    """
    if defect.lon is not None and defect.lat is not None:
        found = [Twin(other, round(metres)) for other, metres in near(person, defect.lon, defect.lat)]
    elif defect.section_id is not None:
        found = [Twin(other) for other in on_section(person, defect.section_id, defect.type_code, MOST + 1)]
    else:
        found = []
    others = [twin for twin in found if twin.defect.id != defect.id]
    return sorted(others, key=lambda twin: twin.defect.type_code != defect.type_code)[:MOST]


def on_section(person: Actor, section_id: int, type_code: str, limit: int) -> Sequence[Defect]:
    """Open defects of one type on a section, newest first."""
    statement = within(person, Defect).where(
        Defect.section_id == section_id, Defect.type_code == type_code, Defect.state.in_(OPEN)
    )
    statement = statement.options(selectinload(Defect.photos)).order_by(Defect.id.desc())
    return db.session.scalars(statement.limit(limit)).all()
