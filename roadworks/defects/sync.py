"""What phones send from their queue: photos, then the filing that names them; the same again gives the same answer.

Contract 1. Each request carries the token of `hello` in X-CSRFToken; answers are JSON. A record is safe to clear on the
phone when the answer to its filing names its number and the SHA-256 of each of its photos.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from roadworks.base import clock, seals
from roadworks.base.contract import CONTRACT, NOT_UNDERSTOOD, PREFIX, SHA256, as_form, body, refused, whole_file
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict
from roadworks.base.fields import UUID
from roadworks.base.i18n import _
from roadworks.defects import field, filing, otherwise, patrols, photos, queries
from roadworks.defects import pack as contents
from roadworks.defects.forms import DefectForm
from roadworks.defects.models import Defect, Photo
from roadworks.network.views import asked_position, home
from roadworks.workflow.permissions import check

bp = Blueprint("sync", __name__, url_prefix=PREFIX)


@bp.get("/hello")
def hello() -> Response:
    """Who is signed in, the token for what follows, the server's time, and what the phone says of what it damaged."""
    check(current_user, "defect.read")
    person = {"id": current_user.id, "name": current_user.name}
    damaged = {
        "photos": _("A photo is damaged on this phone and cannot be sent. Take it again, or leave it out."),
        "voices": _("The voice note is damaged on this phone and cannot be sent. Throw it away."),
    }
    now = clock.now().isoformat()
    return jsonify(contract=CONTRACT, person=person, token=generate_csrf(), now=now, damaged=damaged)


@bp.get("/pack")
def pack() -> Any:
    """What the phone keeps to work alone: sections, crews, open defects, what was mended; around `lon`, `lat` if many.

    `reach_m`: how far around it what is open and what was mended is all there is. What was asked is not repeated, for
    the answer bears a key and goes compressed (BREACH); `lon` and `lat` are told where none were asked.
    `photo`: how small the district wants photos (px of the longer side, JPEG quality in %, or as taken).
    `holder`: the name of the person, for pages that name nobody.
    `seal`: the key by which the phone seals what this person did.
    `used`: the person's last filings by type. A section's `surface` is the one that most defects on it were filed for.
    """
    check(current_user, "defect.read")
    district = home()
    centre = asked_position() if "lon" in request.args else (district.lon, district.lat)
    opened, mended = contents.opened(current_user, centre), contents.mended(current_user, centre)
    response = jsonify(
        contract=CONTRACT,
        person=current_user.id,
        holder=current_user.name,
        sections=contents.sections(current_user, centre),
        crews=contents.crew_names(current_user),
        open=opened + contents.unplaced(current_user, centre),
        mended=mended,
        **({} if "lon" in request.args else {"lon": district.lon, "lat": district.lat}),
        reach_m=contents.reach_m(centre, opened, mended),
        photo={"px": district.photo_px, "quality": district.photo_quality, "original": district.photo_original},
        used=dict(queries.favourites(current_user)),
        seal={"person": current_user.id, "key": seals.key_of(current_user.id).hex()},
    )
    response.add_etag(weak=True)
    # Not even in the browser's own cache: the page takes the key out and keeps it where no script can read it.
    response.headers["Cache-Control"] = "private, no-store"
    return response.make_conditional(request)


@bp.post("/photos")
def photo() -> tuple[Response, int]:
    """Take one photo with the SHA-256 it had on the phone; the same again is the same. 422 where it came damaged."""
    check(current_user, "defect.file")
    file = whole_file("photo")
    if file is None:
        return jsonify(
            faults={"photos": [_("The photo was damaged on the way. It will be sent again.")]}, again=True
        ), 422
    kept, faults = field.keep_uploads([], [file])
    if faults:
        return jsonify(faults={"photos": faults}), 422
    photos.tell_when(kept[0], request.form.get("taken_at", ""))
    receipt = {"sha256": kept[0].sha256, "id": kept[0].id}
    db.session.commit()
    return jsonify(receipt), 201


@bp.post("/filings")
def file() -> tuple[Response, int]:
    """File a defect; 201 the first time, 200 again, 422 with the faults by field, or with the photos still missing.

    409 with both states where it is here with other content. What no phone says, as an id that is none or a number
    that is not finite, is a 400.
    """
    check(current_user, "defect.file")
    said = body()
    if not isinstance(said.get("client_id"), str) or not UUID.fullmatch(said["client_id"]):
        raise BadInput(NOT_UNDERSTOOD, field="client_id")
    hashes = hashes_of(said.pop("photos", []))
    form = DefectForm(as_form(said), meta={"csrf": False})
    if not form.validate():
        return jsonify(faults=form.errors), 422
    shown = photos.by_hash(current_user, hashes, form.client_id.data or "")
    missing = [sha for sha in hashes if sha not in shown]
    if missing:
        return jsonify(missing=missing), 422
    try:
        return _filed(field.read_filing(form, sent=request.headers.get("X-Sent-At", "")), shown)
    except BadInput as fault:
        db.session.rollback()
        return refused(fault)


def _filed(told: filing.Filing, shown: dict[str, Photo]) -> tuple[Response, int]:
    """The answer where what was read makes sense."""
    try:
        defect, fresh = filing.file(current_user, told, list(shown.values()))
    except Conflict as fault:
        if fault.thing is None:
            raise
        db.session.rollback()
        error = {"code": 409, "message": str(fault.message)}
        return jsonify(error=error, filed=otherwise.told(fault.thing, told, shown)), 409
    receipt = _receipt(defect)
    db.session.commit()
    return jsonify(receipt), 201 if fresh else 200


def _receipt(defect: Defect) -> dict[str, Any]:
    """What makes a record safe to clear on the phone; and what is to be told of it."""
    late = patrols.too_late_for(defect)
    return {
        **({"told": str(patrols.TOO_LATE) % {"number": late.number}} if late else {}),
        "number": defect.number,
        "url": url_for("defects.defect", defect_id=defect.id),
        "filed": url_for("field.filed", defect_id=defect.id),
        "photos": sorted(photo.sha256 for photo in defect.photos if photo.kind == "before"),
        "received_at": defect.received_at.isoformat(),
    }


def hashes_of(said: Any, *, most: int = photos.MOST_PHOTOS) -> list[str]:
    """The SHA-256 of the photos that a record names, each once, `most` of them. Raises BadInput."""
    if not isinstance(said, list) or not all(isinstance(sha, str) and SHA256.fullmatch(sha) for sha in said):
        raise BadInput(NOT_UNDERSTOOD, field="photos")
    if len(said) > most:
        raise BadInput(photos.TOO_MANY, field="photos")
    return list(dict.fromkeys(said))
