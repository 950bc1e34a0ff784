"""Steps from a phone's queue: each id has its effect once; what came too late is a choice, never a loss."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import Conflict, NotFound, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.defects import photos as pictures
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.transitions import STALE
from roadworks.workorders import actions, meanwhile, queries, remarks, steps
from roadworks.workorders.arrivals import Arrival
from roadworks.workorders.models import SentStep, WorkOrder

OTHER_CONTENT = _l("This step has already been sent with other content.")
HANDED_OVER = _l("The order was given to another crew meanwhile.")


def before(by: Actor, arrival: Arrival) -> SentStep | None:
    """What this id did when it came before; raises NotFound (somebody else's id), Conflict (other content)."""
    found = _sent(by, arrival.client_id)
    if found is None:
        return None
    if found.person_id != by.id:
        raise NotFound()
    if not arrival.says(found.content_hash):
        raise Conflict(OTHER_CONTENT)
    return found


def came(by: Actor, client_id: str) -> bool:
    """Whether the step of this id was sent before by the same person, whatever it did."""
    found = _sent(by, client_id)
    return found is not None and found.person_id == by.id


def _sent(by: Actor, client_id: str) -> SentStep | None:
    return db.session.scalars(within(by, SentStep).where(SentStep.client_id == client_id)).one_or_none()


def order_of(by: Actor, order_id: int) -> WorkOrder:
    """The order the step is about: one the person may see, or one that was their crew's; raises NotFound."""
    mine = queries.readable(by).where(WorkOrder.id == order_id).options(*queries.whole())
    found = db.session.scalars(mine).unique().one_or_none()
    if found is None:
        found = db.session.scalars(within(by, WorkOrder).where(WorkOrder.id == order_id)).one_or_none()
        if found is None or not meanwhile.was_theirs(by, found):
            raise NotFound()
    return found


def take(by: Actor, order: WorkOrder, arrival: Arrival, photos: Mapping[str, Photo]) -> SentStep:
    """Take the step, or keep it as a remark, and remember the id; the district's lock is held by the caller.

    Raises NotAllowed, Faults, BadInput, Stale, WrongStep, GateShut.
    """
    if arrival.as_remark:
        _remark(by, order, arrival, photos)
        return _remember(by, order, arrival, "kept")
    if not queries.within_reach(by, order):
        raise WrongStep(HANDED_OVER, thing=order)
    check(by, arrival.verb, order)
    seen = actions.wake(order, seen_by(by, arrival))
    if meanwhile.done_already(order, arrival.verb):
        if arrival.fields.get("note") or photos:
            _remark(by, order, arrival, photos)
        return _remember(by, order, arrival, "already")
    if seen != order.version and not meanwhile.fits(order, arrival.verb, seen):
        raise Stale(STALE, thing=order)
    shown = _by_field(arrival, photos)
    steps.TAKE[arrival.verb](by, order, steps.Said(order.version, arrival.fields, shown, arrival.at))
    _keep_rest(by, order, arrival, shown)
    return _remember(by, order, arrival, "taken")


def seen_by(by: Actor, arrival: Arrival) -> int:
    """The version that the phone saw, or made itself by the step it sent before."""
    previous = _sent(by, arrival.after) if arrival.after else None
    if previous is None or previous.person_id != by.id or previous.order_id != arrival.order_id:
        return arrival.seen
    return max(arrival.seen, previous.version)


def _by_field(arrival: Arrival, photos: Mapping[str, Photo]) -> dict[str, list[Photo]]:
    """The photos by the field they were taken for, whose value names their SHA-256; those of none for `photos`."""
    named = {name: value.split() for name, value in arrival.fields.items() if name.startswith("photos-")}
    shown = {name: [photos[sha] for sha in hashes if sha in photos] for name, hashes in named.items()}
    rest = photos.keys() - {sha for hashes in named.values() for sha in hashes}
    return {**shown, "photos": [photo for sha, photo in photos.items() if sha in rest]}


def _by_defect(order: WorkOrder, shown: Mapping[str, list[Photo]]) -> list[tuple[Defect, list[Photo]]]:
    """The photos with the defects that they show; those of no line with the first.

    A picture named twice is of the first: one row hangs on one defect.
    """
    of_line: dict[str, Defect] = {f"photos-{line.id}": line.defect for line in order.lines}
    left = {photo.sha256 for found in shown.values() for photo in found}
    hung = []
    for name, found in shown.items():
        mine = [photo for photo in found if photo.sha256 in left]
        left -= {photo.sha256 for photo in mine}
        hung.append((of_line.get(name, order.lines[0].defect), mine))
    return [(defect, mine) for defect, mine in hung if mine]


def _keep_rest(by: Actor, order: WorkOrder, arrival: Arrival, shown: Mapping[str, list[Photo]]) -> None:
    """Hang on the order what the step had no use for, as photos of a defect that left it meanwhile: none is lost."""
    db.session.flush()
    hangs = set(db.session.scalars(_hanging(order, arrival)))
    for defect, found in _by_defect(order, shown):
        rest = [photo for photo in found if photo.sha256 not in hangs]
        pictures.attach(by, defect, rest, kind="remark", order_id=order.id)


def _remark(by: Actor, order: WorkOrder, arrival: Arrival, photos: Mapping[str, Photo]) -> None:
    """Keep what was done as a remark: what was typed, and the photos with the defects that they show."""
    late = {"verb": arrival.verb, "at": arrival.at, "typed": steps.in_words(order, arrival.fields)}
    hung = _by_defect(order, _by_field(arrival, photos))
    said = steps.Said(order.version, arrival.fields)
    note = " ".join(text for text in (said.words("note"), said.words("reason")) if text)
    remarks.remark(by, order, note=note, photos=hung, late=late)


def _hanging(order: WorkOrder, arrival: Arrival) -> Select[str]:
    """The SHA-256 of what was sent that hangs on the order."""
    return select(Photo.sha256).where(Photo.order_id == order.id, Photo.sha256.in_(arrival.hashes)).distinct()


def _remember(by: Actor, order: WorkOrder, arrival: Arrival, outcome: str) -> SentStep:
    db.session.flush()
    sent = SentStep(
        district_id=order.district_id,
        client_id=arrival.client_id,
        content_hash=arrival.content_hash(),
        person_id=by.id,
        order_id=order.id,
        verb=arrival.verb,
        outcome=outcome,
        version=order.version,
        told_at=arrival.at,
        received_at=clock.now(),
        photos=sorted(db.session.scalars(_hanging(order, arrival))),
    )
    db.session.add(sent)
    db.session.flush()
    return sent


def lock(by: Actor) -> None:
    """Hold the district's write lock before looking; raises NotFound for who belongs to no district."""
    if by.district_id is None:
        raise NotFound()
    audit.lock(by.district_id)
