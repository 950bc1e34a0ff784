"""What is in a phone's pack: sections, crews, open defects, what was mended, and where their small pictures lie."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from roadworks.accounts.queries import crews
from roadworks.base.db import db
from roadworks.base.i18n import label
from roadworks.defects import around, neighbours, repeats
from roadworks.defects.models import Defect, Photo
from roadworks.network.geometry import metres_between
from roadworks.workflow.permissions import Actor

MOST_CREWS = 200
# How far around its place a phone is told what is open and what was mended, in metres, and how many of each.
WITHIN_M, MOST_OPEN, MOST_MENDED, MOST_UNPLACED = 3000, 500, 300, 100


def sections(person: Actor, centre: tuple[float, float]) -> list[dict[str, Any]]:
    """The sections nearest to `centre` with their lines; `surface`: the one that most defects there were filed for."""
    usual = around.usual_surfaces(person)
    return [
        {
            "id": s.id,
            "name": label(s),
            "road": label(s.road),
            "pavement": s.pavement,
            "line": s.centreline,
            "surface": usual.get(s.id),
        }
        for s in db.session.scalars(around.sections_around(person, *centre)).unique()
    ]


def crew_names(person: Actor) -> list[dict[str, Any]]:
    """The district's crews, those at work first: a phone has their names in both languages wherever it meets an id."""
    rows = db.session.scalars(crews(person).limit(MOST_CREWS))
    return [{"id": c.id, "name_zh": c.name_zh, "name_en": c.name_en, "active": c.active} for c in rows]


def opened(person: Actor, centre: tuple[float, float]) -> list[dict[str, Any]]:
    """Open defects around `centre`, nearest first; `thumb`: where their first picture lies, small."""
    found = db.session.scalars(around.open_around(person, *centre, within_m=WITHIN_M, limit=MOST_OPEN)).all()
    return _open_rows(found, first_photos([d.id for d in found]))


def unplaced(person: Actor, centre: tuple[float, float]) -> list[dict[str, Any]]:
    """Open defects without a position, on the sections around `centre`; phones fetch no pictures of these."""
    found = around.unplaced_around(person, *centre, within_m=WITHIN_M, limit=MOST_UNPLACED)
    return _open_rows(db.session.scalars(found).all(), {})


def _open_rows(found: Sequence[Defect], first: Mapping[int, int]) -> list[dict[str, Any]]:
    return [
        neighbours.open_card(d)
        | {"type": d.type_code, "name": label(d.type), "lon": d.lon, "lat": d.lat, "thumb": thumb(first.get(d.id))}
        | {"section_id": d.section_id, "place": d.place}
        for d in found
    ]


def mended(person: Actor, centre: tuple[float, float]) -> list[dict[str, Any]]:
    """What was mended around `centre`, nearest first; `thumb`: where the picture after the work lies, small."""
    found = repeats.mended_around(person, *centre, within_m=WITHIN_M, limit=MOST_MENDED)
    told = repeats.mendings(list(db.session.scalars(found)))
    return [
        neighbours.mended_card(one)
        | {"lon": one.defect.lon, "lat": one.defect.lat, "crew_id": one.defect.crew_id}
        | {"thumb": thumb(one.photo.id if one.photo else None)}
        for one in told
    ]


def reach_m(centre: tuple[float, float], near: Sequence[Any], mended_near: Sequence[Any]) -> int:
    """How far around `centre` these are all there are: where there are many the farthest is where knowledge ends."""
    full = [rows[-1] for rows, most in ((near, MOST_OPEN), (mended_near, MOST_MENDED)) if len(rows) >= most]
    return int(min([WITHIN_M, *(metres_between(*centre, row["lon"], row["lat"]) for row in full)]))


def first_photos(ids: Collection[int]) -> dict[int, int]:
    """Defect id → the id of its first picture."""
    statement = select(Photo.defect_id, func.min(Photo.id)).where(Photo.defect_id.in_(ids)).group_by(Photo.defect_id)
    rows: Sequence[Any] = db.session.execute(statement).all() if ids else []
    return {defect_id: photo_id for defect_id, photo_id in rows}


def thumb(photo_id: int | None) -> str | None:
    """Where the smallest form of a picture lies: its content never changes."""
    return url_for("defects.photo", photo_id=photo_id, size="small") if photo_id else None
