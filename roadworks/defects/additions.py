"""What a phone adds to a defect that is there already: photos and a remark, once however often they are sent."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from flask_login import current_user
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.contract import NOT_UNDERSTOOD, PREFIX, as_form, body
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict, NotFound, WrongStep
from roadworks.base.fields import UUID, clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.web import one
from roadworks.defects import photos
from roadworks.defects.models import Defect, Photo
from roadworks.defects.records import Addition
from roadworks.defects.sync import hashes_of
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.words import say

bp = Blueprint("additions", __name__, url_prefix=PREFIX)
NEEDS_PHOTO = _l("Take a photo first: it shows how the place looks today.")
OTHER_CONTENT = _l("This has already been sent with other content.")
LONGEST_NOTE = 300


def add(by: Actor, defect: Defect, shown: Sequence[Photo], *, client_id: str, note: str, content_hash: str) -> Addition:
    """Add photos and a remark; what was merged into another meanwhile goes to that one.

    Raises NotFound, NotAllowed, BadInput (too many photos), Conflict, WrongStep (closed or rejected meanwhile).
    """
    check(by, "defect.add_photo", defect)
    while defect.state == "duplicate" and defect.duplicate_of is not None:
        defect = defect.duplicate_of
    photos.add(by, defect, shown, note=note)
    row = Addition(
        district_id=defect.district_id,
        client_id=client_id,
        content_hash=content_hash,
        defect_id=defect.id,
        person_id=by.id or 0,
        photos=sorted({photo.sha256 for photo in shown}),
        received_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def sent_before(by: Actor, client_id: str, content_hash: str) -> Addition | None:
    """What this id added before; raises NotFound (somebody else sent it), Conflict (other content).

    Holds the district's lock from here on, so that the same sent twice at once is added once.
    """
    audit.lock(by.district_id or 0)
    statement = select(Addition).where(Addition.district_id == by.district_id, Addition.client_id == client_id)
    found = db.session.scalars(statement).one_or_none()
    if found is None:
        return None
    if found.person_id != by.id:
        raise NotFound()
    if found.content_hash != content_hash:
        raise Conflict(OTHER_CONTENT, thing=found.defect)
    return found


@bp.post("/additions")
def addition() -> tuple[Response, int]:
    """Add to a defect; 201 the first time, 200 again, 422 with faults or missing photos, 409 where it is closed."""
    check(current_user, "defect.add_photo")
    client_id, defect_id, note, hashes = _read(body())
    mark = sha256(json.dumps([defect_id, note, sorted(hashes)]).encode()).hexdigest()
    before = sent_before(current_user, client_id, mark)
    if before is not None:
        return jsonify(_receipt(before)), 200
    if not hashes:
        return jsonify(faults={"photos": [str(NEEDS_PHOTO)]}), 422
    shown = photos.by_hash(current_user, hashes, "")
    missing = [sha for sha in hashes if sha not in shown]
    if missing:
        return jsonify(missing=missing), 422
    defect = one(within(current_user, Defect).where(Defect.id == defect_id))
    return _added(defect, list(shown.values()), client_id, note, mark)


def _added(defect: Defect, shown: list[Photo], client_id: str, note: str, mark: str) -> tuple[Response, int]:
    """The answer; a refusal names why and takes nothing, so that the phone keeps the photos for a filing of its own."""
    number = defect.number
    try:
        row = add(current_user, defect, shown, client_id=client_id, note=note, content_hash=mark)
    except BadInput as fault:
        db.session.rollback()
        return jsonify(faults={fault.field or "": [str(fault.message)]}), 422
    except WrongStep as fault:
        state = say("defect", fault.thing.state)
        db.session.rollback()
        return jsonify(faults={"": [_("%(number)s is %(state)s by now.", number=number, state=state)]}), 409
    db.session.commit()
    return jsonify(_receipt(row)), 201


def _read(said: dict[str, Any]) -> tuple[str, int, str, list[str]]:
    """Id, defect, remark and SHA-256 of the photos, from a phone's record. Raises BadInput."""
    hashes = hashes_of(said.pop("photos", []))
    form = as_form({name: said.get(name) for name in ("client_id", "defect", "note")})
    client_id, defect = form.get("client_id", ""), form.get("defect", "")
    if not UUID.fullmatch(client_id) or not (defect.isascii() and defect.isdecimal() and len(defect) <= 9):
        raise BadInput(NOT_UNDERSTOOD)
    return client_id, int(defect), (clean_text(form.get("note", "")) or "")[:LONGEST_NOTE], hashes


def _receipt(row: Addition) -> dict[str, Any]:
    """What makes a record safe to clear on the phone."""
    return {
        "number": row.defect.number,
        "url": url_for("defects.defect", defect_id=row.defect_id),
        "photos": row.photos,
        "received_at": row.received_at.isoformat(),
    }
