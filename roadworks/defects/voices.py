"""Voice notes: kept at once for who sent them, then hung on a defect; the file is on disk before its row is written."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import Model, db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.base.sounds import Sound
from roadworks.base.storage import storage
from roadworks.defects.models import Defect
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.transitions import move

MOST_NOTES = 8
TOO_MANY = _l("At most 8 voice notes for one defect.")


class VoiceNote(Model):
    """What somebody said at the place; before it belongs to a defect it belongs to who sent it."""

    __tablename__ = "voice_note"
    __table_args__ = (
        UniqueConstraint("defect_id", "sha256"),
        Index("ix_voice_note_kept", "uploaded_by_id", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    defect_id: Mapped[int | None] = mapped_column(ForeignKey("defect.id"))
    sha256: Mapped[str] = mapped_column(String(64), doc="of the bytes as received")
    kind: Mapped[str] = mapped_column(String(4), doc="ogg, webm or mp4")
    size: Mapped[int] = mapped_column(doc="bytes")
    seconds: Mapped[int]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]

    uploaded_by: Mapped[Person] = relationship()

    @property
    def key(self) -> str:
        """Where it lies in the storage."""
        return f"voices/{self.sha256[:2]}/{self.sha256}.{self.kind}"


FREE = VoiceNote.defect_id.is_(None)


def store(sound: Sound) -> None:
    """Put a voice note where its rows will find it; to be done before any lock is held."""
    storage().put(VoiceNote(sha256=sound.sha256, kind=sound.kind).key, sound.content)


def keep(by: Actor, sound: Sound) -> VoiceNote:
    """Store a voice note and give its row, as `enter` does."""
    store(sound)
    return enter(by, sound)


def enter(by: Actor, sound: Sound) -> VoiceNote:
    """The row that holds a stored voice note for `by` until it is hung up; the same one twice is one row."""
    note = VoiceNote(
        district_id=by.district_id,
        sha256=sound.sha256,
        kind=sound.kind,
        size=len(sound.content),
        seconds=sound.seconds,
        uploaded_by_id=by.id,
        uploaded_at=clock.now(),
    )
    mine = _kept_by(by).where(VoiceNote.sha256 == sound.sha256, FREE)
    kept = db.session.scalars(mine.limit(1)).first()
    if kept is not None:
        return kept
    db.session.add(note)
    db.session.flush()
    return note


def by_hash(by: Actor, hashes: Sequence[str], defect: Defect) -> dict[str, VoiceNote]:
    """The notes of these SHA-256 that `by` has kept, or that the defect already has."""
    mine = _kept_by(by).where(VoiceNote.sha256.in_(hashes))
    rows = db.session.scalars(mine.where(FREE | (VoiceNote.defect_id == defect.id)).order_by(VoiceNote.id))
    found: dict[str, VoiceNote] = {}
    for note in rows:
        if note.sha256 not in found or note.defect_id is not None:
            found[note.sha256] = note
    return found


def _kept_by(by: Actor) -> Select[VoiceNote]:
    """What somebody sent, in the district that is theirs now: a note is heard where it was sent to."""
    statement: Select[VoiceNote] = within(by, VoiceNote)
    return statement.where(VoiceNote.uploaded_by_id == by.id)


def add(by: Actor, defect: Defect, notes: Sequence[VoiceNote]) -> None:
    """Hang kept notes on a defect; what it already has is left as it is. Raises BadInput, NotAllowed, WrongStep."""
    audit.lock(defect.district_id)
    have = {note.sha256 for note in of(defect)}
    fresh = [note for note in {note.sha256: note for note in notes}.values() if note.sha256 not in have]
    if not fresh:
        return
    check(by, "defect.add_voice", defect)
    if len(have) + len(fresh) > MOST_NOTES:
        raise BadInput(TOO_MANY, field="voice")
    taken = update(VoiceNote).where(VoiceNote.id.in_([note.id for note in fresh]), FREE)
    db.session.execute(taken.values(defect_id=defect.id).execution_options(synchronize_session="fetch"))
    move(defect, "defect.add_voice", by, voices=[note.sha256 for note in fresh])


def of(defect: Defect) -> list[VoiceNote]:
    """The voice notes of a defect, oldest first."""
    return list(db.session.scalars(select(VoiceNote).where(VoiceNote.defect_id == defect.id).order_by(VoiceNote.id)))


def sweep(before: datetime) -> int:
    """Take away notes that were never hung up and came before this moment; commits, gives how many."""
    old = db.session.scalars(select(VoiceNote).where(FREE, VoiceNote.uploaded_at < before))
    notes = [note for note in old if not storage().fresh(note.key)]
    for note in notes:
        key, shared = note.key, select(VoiceNote.id).where(VoiceNote.sha256 == note.sha256).limit(1)
        # The row first, and only if nobody has hung it up meanwhile: a file too many is better than a row without one.
        db.session.execute(delete(VoiceNote).where(VoiceNote.id == note.id, FREE))
        db.session.commit()
        if db.session.scalar(shared) is None:
            storage().delete_old(key)
    return len(notes)
