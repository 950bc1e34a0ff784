"""What is open around a position, what was mended there before, and a supervisor's word on the same hole again."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, request, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _, label, show_date
from roadworks.base.web import back_or, one, seen_version
from roadworks.defects import around, judging, repeats, twins
from roadworks.defects.catalogue import TYPES
from roadworks.defects.filters import read_id
from roadworks.defects.models import Defect
from roadworks.network.views import asked_position
from roadworks.workflow.permissions import check, within
from roadworks.workflow.words import say, taken

bp = Blueprint("neighbours", __name__)
MOST = 60
MOST_MENDED = 6
LONGEST_REASON = 300


@bp.get("/defects/near.json")
def near() -> Response:
    """Open defects within 30 m of `lon`, `lat`, and what was mended within 15 m; of one type where `type` is given.

    Who has no position names a `section`, and a `type`: the open ones of that type on it, newest first.
    """
    check(current_user, "defect.read")
    kind = request.args.get("type") or None
    if kind is not None and kind not in TYPES:
        raise BadInput(field="type")
    section_id = read_id({"section": [request.args.get("section", "")]}, "section")
    if section_id and kind:
        known = twins.on_section(current_user, section_id, kind, MOST)
        return jsonify(defects=[_card(defect) | {"place": defect.place} for defect in known], mended=[])
    lon, lat = asked_position()
    found = around.near(current_user, lon, lat, type_code=kind)[:MOST]
    mended = repeats.mended_near(current_user, lon, lat, clock.now(), type_code=kind)[:MOST_MENDED]
    told = repeats.mendings([defect for defect, _metres in mended])
    return jsonify(
        defects=[_card(defect) | {"distance_m": round(metres)} for defect, metres in found],
        mended=[
            mended_card(one) | {"distance_m": round(metres), "photo": _thumb(one.photo)}
            for one, (_defect, metres) in zip(told, mended, strict=True)
        ],
    )


def _card(defect: Defect) -> dict[str, Any]:
    return open_card(defect) | {
        "url": url_for("defects.defect", defect_id=defect.id),
        "days": (clock.today() - clock.local(defect.found_at).date()).days,
        "photo": _thumb(defect.photos[0] if defect.photos else None),
    }


def _thumb(photo: Any) -> str | None:
    return url_for("defects.photo", photo_id=photo.id, size="thumb") if photo else None


def open_card(defect: Defect) -> dict[str, Any]:
    """What a phone tells of an open defect, apart from its place and picture."""
    return {
        "id": defect.id,
        "number": defect.number,
        "code": defect.type_code,
        "type": label(defect.type),
        "state": say("defect", defect.state),
        "found_at": defect.found_at.isoformat(),
    }


def mended_card(mending: repeats.Mending) -> dict[str, Any]:
    """What a phone tells of a place mended before: by whom, when, on which order, and how long they answer for it."""
    defect = mending.defect
    return {
        "id": defect.id,
        "number": defect.number,
        "code": defect.type_code,
        "type": label(defect.type),
        "url": url_for("defects.defect", defect_id=defect.id),
        "crew": label(defect.crew) if defect.crew else "",
        "order": mending.order,
        "mended": show_date(clock.local(defect.closed_at).date()) if defect.closed_at else "",
        "until": show_date(mending.until) if mending.covers(clock.now()) else "",
    }


@bp.post("/defects/<int:defect_id>/repeat")
def repeat(defect_id: int) -> Any:
    """A supervisor names the mended defect that this one repeats, or says that it repeats none."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, "defect.repeat", found)
    judging.judge(current_user, found, _before(), seen=seen_version(), reason=_reason())
    db.session.commit()
    flash(taken(found.number, "defect.repeat"))
    return back_or("defects.defect", defect_id=found.id)


def _reason() -> str:
    text = clean_text(request.form.get("reason"))
    if len(text) > LONGEST_REASON:
        raise BadInput(_("At most 300 characters."), field="reason")
    return text


def _before() -> Defect | None:
    number = clean_text(request.form.get("before")).upper()[:20]
    if not number:
        return None
    found = db.session.scalars(within(current_user, Defect).where(Defect.number == number)).first()
    if found is None:
        raise BadInput(_("There is no defect with this number."), field="before")
    return found
