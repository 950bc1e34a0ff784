"""Bringing in what a phone could not send: each record is judged, then filed by the verb that phones use.

The id made at the shutter makes it happen once: the phone that sends the same later gets its receipt, and the reverse.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from roadworks.accounts.models import Person
from roadworks.base.contract import as_form
from roadworks.base.db import db
from roadworks.base.errors import Refusal
from roadworks.base.i18n import _, _l
from roadworks.base.imaging import read_photo
from roadworks.defects import field, filing, photos
from roadworks.defects.forms import DefectForm
from roadworks.defects.models import Defect
from roadworks.defects.queries import same_filing
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, may

UNKNOWN = _l("Whoever made it does not belong to this district.")
MAY_NOT_FILE = _l("Whoever made it may not file defects.")
DISABLED = _l("Whoever made it has no access any more. You decide whether it is filed in their name.")
NOT_FINISHED = _l("It was not finished on the phone. It stays in the file.")
NO_DOOR = _l("This kind cannot be brought in from a file yet. It stays in the file and on the phone.")
GONE = _l("A photo is missing from the file or damaged: %(sha)s…")
OTHER = _l("It is on the server with other content: %(number)s.")
ELSEWHERE = _l("Its road section is not one of this district.")
BRING_FIRST = _l("Bring in part %(parts)s of this rescue first, then this one again.")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a record: new, there, held (a person decides), refused or kept in the file; and why.

    `behind`: not even a person's word brings it in while what stands before it in the same file is held itself.
    """

    word: str
    finder: str = ""
    number: str = ""
    thing_id: int | None = None
    why: tuple[str, ...] = ()
    behind: bool = False
    thing: Any = None


@dataclass(frozen=True)
class Kind:
    """How records of a kind are judged and done; rooms further down the street add theirs to KINDS."""

    judge: Callable[[Person, Record, Rescue], Verdict]
    take: Callable[[Actor, Person, Record, Rescue, Event], Verdict]
    address: Callable[[int], str]


def judge(by: Actor, record: Record, rescue: Rescue) -> Verdict:
    """What would become of a record, those before it in the file having been judged; writes nothing."""
    found = _judged(by, record, rescue)
    rescue.said[record.id] = found.word
    return found


def _judged(by: Actor, record: Record, rescue: Rescue) -> Verdict:
    finder = db.session.get(Person, record.person_id)
    if finder is None or finder.district_id is None or finder.district_id != by.district_id:
        return Verdict("refused", why=(str(UNKNOWN),))
    if record.state == "draft":
        return Verdict("kept", finder.name, why=(str(NOT_FINISHED),))
    if record.kind not in KINDS:
        return Verdict("kept", finder.name, why=(str(NO_DOOR),))
    found = KINDS[record.kind].judge(finder, record, rescue)
    if found.word in ("new", "held") and not finder.active:
        return replace(found, word="held", why=(*found.why, str(DISABLED)))
    return found


def bring_in(by: Actor, record: Record, rescue: Rescue, *, cause: Event, anyway: bool = False) -> Verdict:
    """Do what the record says in the name of who made it; `anyway` where a person was asked and says so."""
    found = judge(by, record, rescue)
    if found.word != "new" and not (found.word == "held" and anyway and not found.behind):
        return found
    done = _taken(by, record, rescue, cause)
    rescue.said[record.id] = done.word
    return done


def _taken(by: Actor, record: Record, rescue: Rescue, cause: Event) -> Verdict:
    finder = db.session.get_one(Person, record.person_id)
    try:
        done = KINDS[record.kind].take(by, finder, record, rescue, cause)
        if done.thing is not None:
            # Its steps are their doer's; that they came by this file, and by whom, stands beside them.
            audit.record(by, "rescue.bring_in", done.thing, cause=cause, found_by=finder.name)
        return done
    except Refusal as refusal:
        db.session.rollback()
        return Verdict("refused", finder.name, why=(str(refusal.message),))


def _read(record: Record) -> tuple[filing.Filing | None, tuple[str, ...]]:
    """The filing that the record holds, or the faults that a phone would be told."""
    try:
        typed: MultiDict[str, str] = as_form({**record.fields, "client_id": record.id})
        form = DefectForm(typed, meta={"csrf": False})
        if not form.validate():
            return None, tuple(
                f"{form[name].label.text}: {' '.join(map(str, said))}" for name, said in form.errors.items() if name
            )
        said = field.read_filing(form)
        filing.check_sense(said, record.photos)
    except Refusal as refusal:
        return None, (str(refusal.message) or str(ELSEWHERE),)
    return said, ()


def _judge_filing(finder: Person, record: Record, rescue: Rescue) -> Verdict:
    before = same_filing(finder.district_id or 0, record.id)
    said, faults = _read(record)
    if before is not None:
        return _compared(finder, before, said.content_hash(record.photos) if said else "")
    if not may(finder, "defect.file"):
        faults = (str(MAY_NOT_FILE),)
    held = photos.by_hash(finder, record.photos, record.id)
    lost = [sha for sha in record.photos if sha not in held and not rescue.holds(sha)]
    faults += tuple(str(GONE) % {"sha": sha[:8]} for sha in lost)
    return Verdict("refused" if faults else "new", finder.name, why=faults)


def _compared(finder: Person, before: Defect, content_hash: str) -> Verdict:
    """It was filed before: the same, other content, or by somebody else (who is not told of)."""
    if before.filed_by_id != finder.id:
        return Verdict("refused", finder.name, why=(str(UNKNOWN),))
    if before.content_hash != content_hash:
        return Verdict("refused", finder.name, why=(str(OTHER) % {"number": before.number},))
    return Verdict("there", finder.name, before.number, before.id)


def _take_filing(by: Actor, finder: Person, record: Record, rescue: Rescue, cause: Event) -> Verdict:
    said, faults = _read(record)
    if said is None:
        return Verdict("refused", finder.name, why=faults)
    shown = photos.by_hash(finder, record.photos, record.id)
    lacking = [sha for sha in record.photos if sha not in shown]
    pictures = [read_photo(io.BytesIO(rescue.photo(sha) or b"")) for sha in lacking]
    shown |= {picture.sha256: photos.keep(finder, picture) for picture in pictures}
    defect, fresh = filing.file(by, said, [shown[sha] for sha in record.photos], finder=finder, cause=cause)
    return Verdict("filed" if fresh else "there", finder.name, defect.number, defect.id)


def defect_address(defect_id: int) -> str:
    """The page of a defect."""
    return url_for("defects.defect", defect_id=defect_id)


KINDS: dict[str, Kind] = {"filing": Kind(_judge_filing, _take_filing, defect_address)}
KIND_WORDS: dict[str, Any] = {
    "filing": _l("Defect"),
    "step": _l("Step on an order"),
    "round": _l("Patrol round"),
    "addition": _l("Addition to a defect"),
    "voice": _l("Voice note"),
}


def bring_first(rescue: Rescue) -> tuple[str, ...]:
    """Which parts of the rescue to bring in before; nothing where all of them are in."""
    lacking = ", ".join(map(str, rescue.lacking))
    return (str(BRING_FIRST) % {"parts": lacking},) if lacking else ()


def address_of(kind: str, thing_id: int) -> str:
    """The page of what a record made."""
    return KINDS[kind].address(thing_id)


def kind_word(kind: str) -> str:
    """What a kind of record is called."""
    return str(KIND_WORDS.get(kind, _("Unknown kind")))
