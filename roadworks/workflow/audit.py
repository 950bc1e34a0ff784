"""DID: the trail, appended, chained by HMAC, never edited; its head row is also the district's write lock."""

import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, bindparam, event, select
from sqlalchemy.orm import Mapped, Session, aliased, joinedload, mapped_column, relationship

from roadworks.base import clock
from roadworks.base.db import Model, db
from roadworks.workflow.permissions import Actor

START = "0" * 64


class Event(Model):
    """One thing done: who, what, to which, from which state to which, what changed, and what caused it."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        Index("ix_event_thing", "thing_type", "thing_id", "id"),
        Index("ix_event_at", "chain", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int] = mapped_column(doc="the district's id, 0 for what belongs to none")
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))
    actor_role: Mapped[str] = mapped_column(String(20))
    verb: Mapped[str] = mapped_column(String(40))
    thing_type: Mapped[str] = mapped_column(String(20))
    thing_id: Mapped[int]
    thing_label: Mapped[str] = mapped_column(String(80))
    before: Mapped[str | None] = mapped_column(String(20))
    after: Mapped[str | None] = mapped_column(String(20))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON, doc="field → [old, new], as JSON values")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, doc="what else was said: reasons, numbers, names")
    cause_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    hash: Mapped[str] = mapped_column(String(64))

    cause: Mapped["Event | None"] = relationship(remote_side=[id])

    @property
    def cause_label(self) -> str | None:
        """The thing whose step caused this one."""
        return self.cause.thing_label if self.cause else None

    def digest(self, key: bytes, previous: str, cause_seq: int | None) -> str:
        """The HMAC-SHA256 of this event on top of the one before it, as hex."""
        body = [self.chain, self.seq, self.at.isoformat(), self.actor_id, self.actor_name, self.actor_role, self.verb]
        body += [self.thing_type, self.thing_id, self.thing_label, self.before, self.after, cause_seq]
        text = json.dumps([*body, self.changes, self.facts], ensure_ascii=True, sort_keys=True)
        return hmac.new(key, f"{previous}\n{text}".encode(), sha256).hexdigest()


# What later rooms do about what happened, in the transaction of the change: each is given the thing and the event.
FOLLOWED: list[Callable[[Any, Event], None]] = []


class AuditHead(Model):
    """The last event of a chain; whoever writes in the district holds this row first."""

    __tablename__ = "audit_head"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default=START)


def lock(chain: int) -> AuditHead:
    """Wait for the district's write lock and hold it to the end of the transaction.

    One writer per district at a time makes numbers gap-safe and rules deadlocks out; SQLite has one writer anyway.
    """
    held: dict[int, AuditHead] = db.session.info.setdefault("heads", {})
    if chain not in held:
        head = db.session.scalars(_HEAD, {"chain": chain}).one_or_none()
        if head is None:
            head = AuditHead(chain=chain, seq=0, hash=START)
            db.session.add(head)
        held[chain] = head
    return held[chain]


_HEAD = (
    select(AuditHead)
    .where(AuditHead.chain == bindparam("chain"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


@event.listens_for(Session, "after_transaction_end")
def _release(session: Session, transaction: Any) -> None:
    """The lock ends with the transaction."""
    if transaction.parent is None:
        session.info.pop("heads", None)


def record(
    by: Actor,
    verb: str,
    thing: Any,
    *,
    before: str | None = None,
    after: str | None = None,
    changes: dict[str, list[Any]] | None = None,
    cause: Event | None = None,
    **facts: Any,
) -> Event:
    """Append one event in the transaction of the change it tells of; `thing` must have its id."""
    chain = getattr(thing, "district_id", None) or 0
    head = lock(chain)
    done = Event(
        chain=chain,
        seq=head.seq + 1,
        at=clock.now(),
        actor_id=by.id,
        actor_name=by.name,
        actor_role=by.role,
        verb=verb,
        thing_type=thing.__thing__,
        thing_id=thing.id,
        thing_label=str(thing.title)[:80],
        before=before,
        after=after,
        changes={name: [plain(old), plain(new)] for name, (old, new) in (changes or {}).items()},
        facts={name: plain(value) for name, value in facts.items() if value is not None},
        cause=cause,
    )
    done.hash = done.digest(current_app.config["AUDIT_KEY"], head.hash, cause.seq if cause else None)
    head.seq, head.hash = done.seq, done.hash
    db.session.add(done)
    for follow in FOLLOWED:
        follow(thing, done)
    return done


def plain(value: Any) -> Any:
    """A value as JSON holds it: moments in ISO form, decimals as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def history(thing: Any) -> list[Event]:
    """All events of a thing, oldest first."""
    statement = select(Event).where(Event.thing_type == thing.__thing__, Event.thing_id == thing.id)
    return list(db.session.scalars(statement.options(joinedload(Event.cause)).order_by(Event.id)))


def trail(thing: Any) -> Sequence[Any]:
    """What a page tells of a thing's events, oldest first, without loading them as things."""
    return db.session.execute(_TRAIL, {"kind": thing.__thing__, "id": thing.id}).all()


_Cause = aliased(Event)
# The page of every thing asks this: built once.
_TRAIL = (
    select(Event.at, Event.actor_name, Event.verb, Event.before, Event.after, Event.facts)
    .add_columns(_Cause.thing_label.label("cause_label"))
    .outerjoin(_Cause, _Cause.id == Event.cause_id)
    .where(Event.thing_type == bindparam("kind"), Event.thing_id == bindparam("id"))
    .order_by(Event.id)
)


def faults(chain: int) -> Iterator[str]:
    """Verify one chain: yields a sentence for each event edited, missing, swapped or cut off."""
    key = current_app.config["AUDIT_KEY"]
    previous, expected = START, 0
    seqs: dict[int, int] = {}
    statement = select(Event).where(Event.chain == chain).order_by(Event.seq).execution_options(yield_per=1000)
    for done in db.session.scalars(statement):
        expected += 1
        seqs[done.id] = done.seq
        if done.seq != expected:
            yield f"chain {chain}: event {expected} is missing (found {done.seq})"
            expected = done.seq
        if done.hash != done.digest(key, previous, seqs.get(done.cause_id) if done.cause_id else None):
            yield f"chain {chain}: event {done.seq} does not match its seal"
        previous = done.hash
    head = db.session.get(AuditHead, chain)
    if (head.seq, head.hash) != (expected, previous) if head else expected:
        yield f"chain {chain}: the end is cut off or the head was changed"
