"""Bringing in what a phone could not send: each record is judged, then filed by the verb that phones use.

The id made at the shutter makes it happen once: the phone that sends the same later gets its receipt, and the reverse.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from flask import url_for

from roadworks.accounts.models import Person
from roadworks.base import seals
from roadworks.base.db import db, reading
from roadworks.base.errors import Refusal
from roadworks.base.i18n import _, _l, label
from roadworks.defects.catalogue import TYPES
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workflow.words import VERBS

UNKNOWN = _l("Whoever made it does not belong to this district.")
MAY_NOT_FILE = _l("Whoever made it may not file defects.")
DISABLED = _l("Whoever made it has no access any more. You decide whether it is filed in their name.")
UNSEALED = _l(
    "Not sealed by the phone: nothing shows that %(name)s did this. You decide whether it is brought in in their name."
)
OWN_UNSEALED = _l(
    "Not sealed by the phone, and it bears your own name: did you do this? Bring it in only if you know that you did."
)
NOT_FINISHED = _l("It was not finished on the phone. It stays in the file.")
SENT = _l("It is on the server. What was left out of it on the phone is only here.")
NO_DOOR = _l("This kind cannot be brought in from a file yet. It stays in the file and on the phone.")
OTHER = _l("It is on the server with other content: %(number)s.")
ELSEWHERE = _l("Its road section is not one of this district.")
BRING_FIRST = _l("Bring in part %(parts)s of this rescue first, then this one again.")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a record: new, there, held (a person decides), refused or kept in the file; and why.

    `behind`: not even a person's word brings it in while what stands before it in the same file is held itself.
    `lacking`: the photos without which it was brought in.
    """

    word: str
    finder: str = ""
    number: str = ""
    thing_id: int | None = None
    why: tuple[str, ...] = ()
    behind: bool = False
    thing: Any = None
    lacking: tuple[str, ...] = ()

    @property
    def doubts(self) -> list[str]:
        """What a person is asked about, each as a mark: their word holds for these, and not for what comes up later."""
        return [sha256(text.encode()).hexdigest()[:12] for text in self.why]


@dataclass(frozen=True)
class Kind:
    """How records of a kind are judged and done; rooms further down the street add theirs to KINDS.

    `prepare` does what takes long, while no lock is held.
    """

    judge: Callable[[Person, Record, Rescue], Verdict]
    take: Callable[[Actor, Person, Record, Rescue, Event], Verdict]
    address: Callable[[int], str]
    prepare: Callable[[Person, Record, Rescue], None] = lambda _finder, _record, _rescue: None


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
    if record.state == "sent":
        return Verdict("kept", finder.name, why=(str(SENT),))
    if record.kind not in KINDS:
        return Verdict("kept", finder.name, why=(str(NO_DOOR),))
    found = KINDS[record.kind].judge(finder, record, rescue)
    doubts: tuple[str, ...] = () if finder.active else (str(DISABLED),)
    if not sealed(record):
        doubts += (str(OWN_UNSEALED) if finder.id == by.id else str(UNSEALED) % {"name": finder.name},)
    if found.word in ("new", "held") and doubts:
        return replace(found, word="held", why=(*found.why, *doubts))
    return found


def sealed(record: Record) -> bool:
    """Whether a phone on which its person had signed in says so: whoever brings it in, for a name is soon written."""
    return seals.fits(record.person_id, record.text, record.seal)


def bring_in(
    by: Actor, record: Record, rescue: Rescue, *, cause: Event, anyway: Collection[str] | None = None
) -> Verdict:
    """Do what the record says in the name of who made it; `anyway`: the doubts of which a person says that it is to be.

    A doubt that is not among them is asked about again. It is judged twice: what takes long is done before a lock is
    held, and meanwhile it may have come by the phone as well.
    """
    with reading():
        found = judge(by, record, rescue)
        if _goes(found, anyway):
            rescue.stored.clear()
            KINDS[record.kind].prepare(db.session.get_one(Person, record.person_id), record, rescue)
    if not _goes(found, anyway):
        return found
    audit.lock(by.district_id or 0)
    found = judge(by, record, rescue)
    if not _goes(found, anyway):
        return found
    done = _taken(by, record, rescue, cause)
    rescue.said[record.id] = done.word
    return done


def _goes(found: Verdict, anyway: Collection[str] | None) -> bool:
    """Whether it is brought in: it is new, or a person has said so to every doubt."""
    decided = found.word == "held" and anyway is not None and not found.behind and set(found.doubts) <= set(anyway)
    return found.word == "new" or decided


def _taken(by: Actor, record: Record, rescue: Rescue, cause: Event) -> Verdict:
    finder = db.session.get_one(Person, record.person_id)
    try:
        done = KINDS[record.kind].take(by, finder, record, rescue, cause)
        if done.thing is not None:
            # Its steps are their doer's; that they came by this file, and by whom, stands beside them.
            about: dict[str, Any] = {
                "unsealed": None if sealed(record) else True,
                "lacking": list(done.lacking) or None,
            }
            audit.record(by, "rescue.bring_in", done.thing, cause=cause, found_by=finder.name, **about)
        return done
    except Refusal as refusal:
        db.session.rollback()
        return Verdict("refused", finder.name, why=(str(refusal.message),))


def defect_address(defect_id: int) -> str:
    """The page of a defect."""
    return url_for("defects.defect", defect_id=defect_id)


KINDS: dict[str, Kind] = {}
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


def title_of(record: Record) -> str:
    """What was done in the reader's language, as far as the server knows the words; else as the phone called it."""
    kind, verb = TYPES.get(str(record.fields.get("type_code"))), f"order.{record.fields.get('verb')}"
    if record.kind == "filing" and kind:
        return label(kind)
    if record.kind == "step" and verb in VERBS:
        return str(VERBS[verb][0])
    return kind_word(record.kind) if record.kind in KIND_WORDS else record.title


def kind_word(kind: str) -> str:
    """What a kind of record is called."""
    return str(KIND_WORDS.get(kind, _("Unknown kind")))
