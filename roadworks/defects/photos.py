"""Photos: kept at once for who sent them, then attached to a defect; the file is on disk before its row is written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO

from sqlalchemy import and_, or_, select, update

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict
from roadworks.base.i18n import _l
from roadworks.base.imaging import Picture
from roadworks.base.storage import storage
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import move

# Of one report: a filing, an addition, a place made safe, work reported done on one defect.
MOST_PHOTOS = 8
# Of one kind on one defect, of each order apart: ten full reports, however often it is added to or mended anew.
MOST_WHOLE = 10 * MOST_PHOTOS
# What proves work must not be a picture that shows something else already.
PROOF = ("safe", "after")
# A camera that tells an earlier year does not know the time.
EARLIEST = 2000
# What tells a picture that belongs to nothing yet but to who sent it.
FREE = (Photo.defect_id.is_(None), Photo.progress_id.is_(None))

TOO_MANY = _l("At most 8 photos at once.")
FULL = _l("There are %(have)d photos here already, and room for %(most)d: report it with fewer new ones.")
ELSEWHERE = _l("This photo was handed in for an earlier order already. Please take a new one.")
SHOWN = _l("This photo was handed in for this defect earlier already. Please take a new one.")
GONE = _l("One of the photos belongs to something else. Please add it again.")


def tell_when(photo: Photo, said: str) -> None:
    """When the phone says that it was taken, for a picture that does not tell; nonsense and the future say nothing."""
    try:
        told = datetime.fromisoformat(said)
        moment = clock.of_device(told if told.tzinfo else told.replace(tzinfo=clock.ZONE)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return
    if photo.taken_at is None and moment.year >= EARLIEST and moment <= clock.now():
        photo.taken_at = moment


def store(picture: Picture, original: tuple[IO[bytes], int] | None = None) -> None:
    """Put a picture where its rows will find it; to be done before any lock is held.

    `original`: the file as received and its size in bytes, to be kept as well.
    """
    named = Photo(sha256=picture.sha256)
    if original is not None:
        storage().put_from(named.original_key, *original)
    storage().put(named.key, picture.jpeg)
    storage().put(named.thumb_key, picture.thumb)


def keep(by: Actor, picture: Picture) -> Photo:
    """Store a picture and give its row, as `enter` does."""
    store(picture)
    return enter(by, picture)


def enter(by: Actor, picture: Picture, *, original: bool = False) -> Photo:
    """The row that holds a stored picture for `by` until it is attached; the same one twice is one row."""
    photo = Photo(
        district_id=by.district_id,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        taken_at=picture.taken_at,
        lon=picture.lon,
        lat=picture.lat,
        uploaded_by_id=by.id,
        uploaded_at=clock.now(),
        original=original,
    )
    kept = db.session.scalars(_kept_by(by).where(Photo.sha256 == picture.sha256).limit(1)).first()
    if kept is not None:
        kept.original = kept.original or photo.original
        return kept
    db.session.add(photo)
    db.session.flush()
    return photo


def kept(by: Actor, ids: Sequence[int], *, sent_before: int | None = None) -> list[Photo]:
    """The pictures of these ids that `by` has kept and not yet attached, in the order given; raises BadInput.

    Those of the defect `sent_before` count too: the same form sent again names the same pictures.
    """
    if not ids:
        return []
    mine = select(Photo).where(Photo.uploaded_by_id == by.id, Photo.district_id == by.district_id, Photo.id.in_(ids))
    found = {
        photo.id: photo for photo in db.session.scalars(mine.where(or_(and_(*FREE), Photo.defect_id == sent_before)))
    }
    if set(ids) - set(found):
        raise BadInput(GONE, field="photos")
    return [found[i] for i in dict.fromkeys(ids)]


def by_hash(by: Actor, hashes: Sequence[str], client_id: str) -> dict[str, Photo]:
    """The pictures of these SHA-256 that `by` has kept, or that the filing of `client_id` already holds."""
    statement = select(Photo).outerjoin(Defect, Defect.id == Photo.defect_id)
    statement = statement.where(
        Photo.uploaded_by_id == by.id,
        Photo.district_id == by.district_id,
        Photo.sha256.in_(hashes),
        and_(*FREE) | ((Defect.client_id == client_id) & (Defect.filed_by_id == by.id)),
    )
    found: dict[str, Photo] = {}
    for photo in db.session.scalars(statement.order_by(Photo.id)):
        if photo.sha256 not in found or photo.defect_id is not None:
            found[photo.sha256] = photo
    return found


def attach(
    by: Actor, defect: Defect, photos: Sequence[Photo], *, kind: str = "before", order_id: int | None = None
) -> None:
    """Hang kept pictures on a defect; one that it already has in this kind is left out. Raises BadInput, Conflict.

    Eight at once, so that what was done anew can be shown anew; the whole has a bound of its own. Remarks are not
    counted: what came too late has no other place, and each arrival has a limit of its own.
    """
    if not photos:
        return
    have = {photo.sha256 for photo in defect.photos if photo.kind == kind and photo.order_id == order_id}
    fresh = list({photo.sha256: photo for photo in photos if photo.sha256 not in have}.values())
    if kind != "remark":
        _check_room(len(have), len(fresh))
    _check_new(defect, {photo.sha256 for photo in fresh}, kind)
    for photo in fresh:
        statement = (
            update(Photo)
            .where(Photo.id == photo.id, *FREE, Photo.uploaded_by_id == by.id)
            .values(defect_id=defect.id, kind=kind, order_id=order_id)
            .execution_options(synchronize_session=False)
        )
        if db.session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(GONE)
        db.session.refresh(photo)
    db.session.expire(defect, ["photos"])


def _check_room(have: int, fresh: int) -> None:
    if fresh > MOST_PHOTOS:
        raise BadInput(TOO_MANY, field="photos")
    if fresh and have + fresh > MOST_WHOLE:
        raise BadInput(str(FULL) % {"have": have, "most": MOST_WHOLE}, field="photos")


def _check_new(defect: Defect, fresh: set[str], kind: str) -> None:
    """Whether none of these SHA-256 hangs on the defect as something that it cannot be as well; raises BadInput."""
    shown = {name: {photo.sha256 for photo in defect.photos if photo.kind == name} for name in ("before", *PROOF)}
    if fresh & shown.get(kind, set()):
        raise BadInput(ELSEWHERE, field="photos")
    if kind in PROOF and any(fresh & hashes for hashes in shown.values()):
        raise BadInput(SHOWN, field="photos")


def show_progress(by: Actor, photos: Sequence[Photo], *, progress_id: int) -> None:
    """Hang kept pictures on an entry of a project's progress; raises BadInput, Conflict."""
    if len(photos) > MOST_PHOTOS:
        raise BadInput(TOO_MANY, field="photos")
    for photo in photos:
        statement = update(Photo).where(Photo.id == photo.id, *FREE, Photo.uploaded_by_id == by.id)
        taken = statement.values(progress_id=progress_id, kind="progress").execution_options(synchronize_session=False)
        if db.session.execute(taken).rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(GONE)
        db.session.refresh(photo)


def add(by: Actor, defect: Defect, photos: Sequence[Photo], *, note: str = "") -> audit.Event:
    """Add pictures to a defect that is there already, with a remark for the trail."""
    check(by, "defect.add_photo", defect)
    audit.lock(defect.district_id)
    attach(by, defect, photos)
    shown = [photo.sha256 for photo in photos]
    return move(defect, "defect.add_photo", by, note=note or None, photos=shown)


def _kept_by(by: Actor):  # type: ignore[no-untyped-def]
    return select(Photo).where(Photo.uploaded_by_id == by.id, Photo.district_id == by.district_id, *FREE)
