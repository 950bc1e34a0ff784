"""What a phone adds to a defect that is there already: photos and a remark, once however often they are sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from flask_login import current_user
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.contract import NOT_UNDERSTOOD, PREFIX, as_form, body, refused
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict, NotFound, WrongStep
from roadworks.base.fields import UUID, clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import whole_number
from roadworks.base.web import one
from roadworks.defects import photos
from roadworks.defects.models import Defect, Photo
from roadworks.defects.queries import same_filing
from roadworks.defects.records import Addition
from roadworks.defects.sync import hashes_of
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.words import say

bp = Blueprint("additions", __name__, url_prefix=PREFIX)
NEEDS_PHOTO = _l("Take a photo first: it shows how the place looks today.")
OTHER_CONTENT = _l("This has already been sent with other content.")
# A filing's own, and what else a filing says that is there already with other content.
LONGEST_NOTE = 4000


@dataclass(frozen=True)
class Said:
    """What a phone says of an addition; `photos` are SHA-256."""

    client_id: str
    defect_id: int
    note: str
    photos: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether it adds nothing at all: who typed something may have no photo to it."""
        return not self.photos and not self.note

    @property
    def mark(self) -> str:
        """What makes two additions the same: the defect, the remark and the photos."""
        return sha256(json.dumps([self.defect_id, self.note, sorted(self.photos)]).encode()).hexdigest()


def read(said: dict[str, Any]) -> Said:
    """An addition from the fields of a phone's record. Raises BadInput."""
    hashes = hashes_of(said.get("photos", []))
    form = as_form({name: said.get(name) for name in ("client_id", "defect", "note")})
    client_id, defect_id = form.get("client_id", ""), whole_number(form.get("defect"))
    if not UUID.fullmatch(client_id) or defect_id is None:
        raise BadInput(NOT_UNDERSTOOD)
    note = (clean_text(form.get("note", "")) or "")[:LONGEST_NOTE]
    return Said(client_id, defect_id, note, tuple(hashes))


def add(by: Actor, defect: Defect, shown: Sequence[Photo], said: Said) -> Addition:
    """Add photos and a remark; what was merged into another meanwhile goes to that one.

    Raises NotFound, NotAllowed, BadInput (too many photos), Conflict, WrongStep (closed or rejected meanwhile).
    """
    check(by, "defect.add_photo", defect)
    root = root_of(defect)
    photos.add(by, root, shown, note=said.note)
    row = Addition(
        district_id=root.district_id,
        client_id=said.client_id,
        content_hash=said.mark,
        defect_id=root.id,
        person_id=by.id or 0,
        photos=sorted({photo.sha256 for photo in shown}),
        received_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def root_of(defect: Defect) -> Defect:
    """The defect itself, or the one that it was found to be a duplicate of."""
    while defect.state == "duplicate" and defect.duplicate_of is not None:
        defect = defect.duplicate_of
    return defect


def by_now(defect: Defect) -> str:
    """Why it takes no more photos."""
    return _("%(number)s is %(state)s by now.", number=defect.number, state=say("defect", defect.state))


def same_addition(district_id: int, client_id: str) -> Addition | None:
    """What this device id added before, if anything."""
    statement = select(Addition).where(Addition.district_id == district_id, Addition.client_id == client_id)
    return db.session.scalars(statement).one_or_none()


def defect_of(by: Actor, client_id: str) -> Defect | None:
    """The defect that this person's form became: filed by it, or there already and added to."""
    filed = same_filing(by.district_id or 0, client_id)
    if filed is not None:
        return filed if filed.filed_by_id == by.id else None
    added = same_addition(by.district_id or 0, client_id)
    return added.defect if added is not None and added.person_id == by.id else None


def sent_before(by: Actor, said: Said) -> Addition | None:
    """What this id added before; raises NotFound (somebody else sent it), Conflict (other content).

    Holds the district's lock from here on, so that the same sent twice at once is added once.
    """
    audit.lock(by.district_id or 0)
    found = same_addition(by.district_id or 0, said.client_id)
    if found is None:
        return None
    if found.person_id != by.id:
        raise NotFound()
    if found.content_hash != said.mark:
        raise Conflict(OTHER_CONTENT, thing=found.defect)
    return found


@bp.post("/additions")
def addition() -> tuple[Response, int]:
    """Add to a defect; 201 the first time, 200 again, 422 with faults or missing photos, 409 where it is closed."""
    check(current_user, "defect.add_photo")
    said = read(body())
    before = sent_before(current_user, said)
    if before is not None:
        return jsonify(_receipt(before)), 200
    if said.empty:
        return jsonify(faults={"photos": [str(NEEDS_PHOTO)]}), 422
    shown = photos.by_hash(current_user, said.photos, "")
    missing = [sha for sha in said.photos if sha not in shown]
    if missing:
        return jsonify(missing=missing), 422
    return _added(one(within(current_user, Defect).where(Defect.id == said.defect_id)), list(shown.values()), said)


def _added(defect: Defect, shown: list[Photo], said: Said) -> tuple[Response, int]:
    """The answer; a refusal names why and takes nothing, so that the phone keeps the photos for a filing of its own."""
    try:
        row = add(current_user, defect, shown, said)
    except BadInput as fault:
        db.session.rollback()
        return refused(fault)
    except WrongStep as fault:
        why = by_now(fault.thing)
        db.session.rollback()
        return jsonify(faults={"": [why]}), 409
    receipt = _receipt(row)
    db.session.commit()
    return jsonify(receipt), 201


def _receipt(row: Addition) -> dict[str, Any]:
    """What makes a record safe to clear on the phone."""
    return {
        "number": row.defect.number,
        "url": url_for("defects.defect", defect_id=row.defect_id),
        "photos": row.photos,
        "received_at": row.received_at.isoformat(),
    }
