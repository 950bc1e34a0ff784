"""Voice notes through the door: from a phone's queue, from the page of a defect, and back to be heard."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, request, send_file, url_for
from flask_login import current_user

from roadworks.base.contract import NOT_UNDERSTOOD, PREFIX, body, whole_file
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import UUID
from roadworks.base.headers import shut_in
from roadworks.base.i18n import _
from roadworks.base.sounds import MEDIA, MOST_BYTES, Sound, SoundRefused, look
from roadworks.base.storage import storage
from roadworks.base.web import one
from roadworks.defects import voices
from roadworks.defects.additions import defect_of
from roadworks.defects.models import Defect
from roadworks.defects.sync import hashes_of
from roadworks.defects.voices import VoiceNote
from roadworks.workflow.permissions import check, within

bp = Blueprint("voices", __name__)
WHOLE_NOTE = MOST_BYTES + 100_000


def _sent() -> Sound:
    file = request.files.get("voice") or request.files.get("photo")
    if file is None or not file.filename:
        raise BadInput(_("Choose a voice note."), field="voice")
    return look(file.stream.read(MOST_BYTES + 1))


def _stored(sound: Sound) -> Sound:
    """The same, on disk; the transaction, and on SQLite the writer's lock, is let go meanwhile."""
    db.session.rollback()
    voices.store(sound)
    return sound


@bp.post(f"{PREFIX}/voices")
def upload() -> tuple[Response, int]:
    """Take one voice note with the SHA-256 it had on the phone; the same again is the same. 422 where it is none."""
    check(current_user, "defect.add_voice")
    file = whole_file("voice", "photo")
    if file is None:
        return jsonify(faults={"voice": [_("It was damaged on the way. It will be sent again.")]}, again=True), 422
    try:
        sound = look(file.stream.read(MOST_BYTES + 1))
    except SoundRefused as fault:
        return jsonify(faults={"voice": [str(fault.message)]}), 422
    note = voices.enter(current_user, _stored(sound))
    receipt = {"sha256": note.sha256, "id": note.id}
    db.session.commit()
    return jsonify(receipt), 201


@bp.post(f"{PREFIX}/notes")
def hang_up() -> tuple[Response, int]:
    """Hang voice notes on the defect of a filing of this phone; `missing` where it or a note is not there yet."""
    check(current_user, "defect.add_voice")
    said = body()
    hashes = hashes_of(said.get("photos", []))
    filing_id = said.get("filing")
    if not isinstance(filing_id, str) or not UUID.fullmatch(filing_id) or not hashes:
        raise BadInput(NOT_UNDERSTOOD)
    defect = defect_of(current_user, filing_id)
    if defect is None:
        return jsonify(missing=[]), 422
    found = voices.by_hash(current_user, hashes, defect)
    missing = [sha for sha in hashes if sha not in found]
    if missing:
        return jsonify(missing=missing), 422
    voices.add(current_user, defect, list(found.values()))
    receipt = {"number": defect.number, "url": url_for("defects.defect", defect_id=defect.id), "photos": hashes}
    db.session.commit()
    return jsonify(receipt), 200


@bp.post("/defects/<int:defect_id>/add-voice")
def add(defect_id: int) -> Any:
    """Add a voice note to a defect from its page."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, "defect.add_voice", found)
    voices.add(current_user, found, [voices.enter(current_user, _stored(_sent()))])
    address = url_for("defects.defect", defect_id=found.id)
    db.session.commit()
    flash(_("The voice note is added."))
    return redirect(address)


@bp.get("/voices/<int:note_id>")
def voice(note_id: int) -> Response:
    """A voice note, for those who may see its defect, or who sent it; in parts where a player asks so."""
    check(current_user, "defect.read")
    shown = VoiceNote.defect_id.is_not(None) | (VoiceNote.uploaded_by_id == current_user.id)
    found = one(within(current_user, VoiceNote).where(VoiceNote.id == note_id, shown))
    with storage().open(found.key) as file:
        content = BytesIO(file.read())
    response = send_file(content, MEDIA[found.kind], download_name=f"roadworks-voice-{found.id}.{found.kind}")
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return shut_in(response, heard=True)
