"""Sending again what failed: one letter, or all of a district at once; each act on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.orm import aliased

from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.notifications.models import Letter
from roadworks.notifications.posting import CHAT, TRY_FOR, URGENT
from roadworks.workflow import audit, transitions
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.transitions import STALE

NOT_AGAIN = _l("This letter is on its way, or was sent.")
CHUNK = 500
MOST_TOLD = 1000
MOST_ACTS = 50


def resend(by: Actor, letter: Letter, *, seen: int) -> None:
    """Have a letter that failed, or went without an answer, sent again to the person's present address.

    The Message-ID stays. Raises NotFound, NotAllowed, Stale, WrongStep (it is on its way, or was sent).
    """
    check(by, "letter.resend", letter)
    audit.lock(letter.district_id)
    if letter.version != seen:
        raise Stale(STALE, thing=letter)
    if not may_resend(letter):
        raise WrongStep(NOT_AGAIN)
    now, before = clock.now(), letter.state
    told = transitions.write(
        letter,
        {"state": "queued", "tries": 0, "next_try_at": now, "give_up_at": now + TRY_FOR}
        | {"fault": None, "dropped_at": None, "address": CHAT if letter.kind == CHAT else letter.person.email or ""},
    )
    changes = {"address": told["address"]} if "address" in told else None
    audit.record(by, "letter.resend", letter, before=before, after="queued", changes=changes)


def may_resend(letter: Letter) -> bool:
    """Whether nobody tries to send it any more."""
    return letter.state == "failed" or (letter.state == "unknown" and letter.next_try_at >= letter.give_up_at)


@dataclass(frozen=True)
class Outbox:
    """The letters of a district, as the trail calls them."""

    __thing__: ClassVar[str] = "letters"
    district_id: int
    title: str

    @property
    def id(self) -> int:
        """One for each district."""
        return self.district_id


def failed(by: Actor) -> Select[Letter]:
    """The failed letters that are worth another try.

    Not those of people without an address, nor those whose person got a newer letter of the kind: it tells more.
    """
    newer = aliased(Letter)
    same = (newer.person_id == Letter.person_id, newer.kind == Letter.kind, newer.id > Letter.id)
    overtaken = select(newer.id).where(*same).exists()
    statement: Select[Letter] = within(by, Letter).join(Person, Person.id == Letter.person_id)
    return statement.where(
        Letter.state == "failed",
        or_(Letter.kind == CHAT, func.coalesce(Person.email, "") != ""),
        or_(Letter.kind == URGENT, ~overtaken),
    )


def resend_all(by: Actor, *, upto: int) -> int:
    """Have all failed letters up to the id `upto` sent again: one act on record for each district; gives how many.

    Raises NotAllowed.
    """
    check(by, "letter.resend_all")
    chosen = failed(by).where(Letter.id <= upto)
    districts = list(db.session.scalars(chosen.with_only_columns(Letter.district_id).distinct()))
    return sum(_district_again(by, district_id, chosen) for district_id in sorted(districts))


def _district_again(by: Actor, district_id: int, chosen: Select[Letter]) -> int:
    audit.lock(district_id)
    mine = chosen.where(Letter.district_id == district_id).with_only_columns(Letter.id).order_by(Letter.id)
    ids = list(db.session.scalars(mine))
    count = sum(_queue(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))
    if count:
        told: dict[str, Any] = {"letters": count, "ids": ids[:MOST_TOLD]}
        outbox = Outbox(district_id, str(count))
        audit.record(by, "letter.resend_all", outbox, before="failed", after="queued", **told)
    return count


def _queue(ids: Sequence[int]) -> int:
    """Put these failed letters back, to the present addresses; the Message-IDs stay."""
    now = clock.now()
    address = select(func.coalesce(Person.email, "")).where(Person.id == Letter.person_id).scalar_subquery()
    fresh = {"state": "queued", "tries": 0, "next_try_at": now, "give_up_at": now + TRY_FOR}
    fresh |= {"fault": None, "dropped_at": None, "version": Letter.version + 1}
    statement = update(Letter).where(Letter.id.in_(ids), Letter.state == "failed")
    done = db.session.execute(
        statement.values(**fresh, address=case((Letter.kind == CHAT, CHAT), else_=address)),
        execution_options={"synchronize_session": False},
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def acts(by: Actor, limit: int = 10) -> list[Event]:
    """When all were sent again, and by whom; newest first."""
    statement = select(Event).where(Event.thing_type == Outbox.__thing__, Event.verb == "letter.resend_all")
    if by.district_id is not None:
        statement = statement.where(Event.chain == by.district_id)
    return list(db.session.scalars(statement.order_by(Event.id.desc()).limit(limit)))


def acts_on(letter: Letter) -> list[Event]:
    """The acts that sent this letter again among all others, as far as they tell their ids."""
    here = (Event.chain == letter.district_id, Event.thing_type == Outbox.__thing__, Event.at >= letter.written_at)
    found = db.session.scalars(select(Event).where(*here).order_by(Event.id.desc()).limit(MOST_ACTS))
    return [event for event in found if letter.id in event.facts.get("ids", ())]
