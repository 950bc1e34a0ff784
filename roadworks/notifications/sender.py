"""The sender: takes one letter at a time, commits, hands it over, and records what became of it.

At least once, and twice only where SMTP cannot tell: when the line goes dead after the final dot, or when we are
killed between the server's 250 and our commit; the Message-ID is then the same. A try is counted before the letter is
handed over: one that never came back, because it killed us, is a fault like any other, with the same pauses and end.
"""

import time
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import aliased

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.clockwork import stopping
from roadworks.base.db import db
from roadworks.notifications import post
from roadworks.notifications.carriers import NEVER_BACK, Outcome
from roadworks.notifications.models import Letter
from roadworks.notifications.outbox import waiting
from roadworks.notifications.posting import CHAT, LEASE, UNKNOWN_PAUSE, URGENT, outside_quiet, pause

LAPSED_AT_ONCE = 100
RUN_S = 45.0  # then the other jobs have their turn


def send_due(run_s: float = RUN_S) -> int:
    """Send what is due, for at most `run_s` seconds; gives how many letters left. Commits after each."""
    until, sent = time.monotonic() + run_s, 0
    carrier = post.chosen()
    try:
        while time.monotonic() < until and not stopping.is_set():
            letter = claim()
            if letter is None:
                break
            outcome = carrier.carry(letter, lambda held=letter: hold(held))  # type: ignore[misc]
            settle(letter, outcome)
            sent += outcome.kind == "sent"
            if outcome.down:
                break
    finally:
        carrier.close()
    return sent


def claim() -> Letter | None:
    """Take the next letter for two minutes; None where nothing is due. It is given detached: no transaction is open.

    Urgent ones first; of a person's other letters the oldest unsent one before any younger.
    """
    now = clock.now()
    _give_back(now)
    for statement in _next(now):
        letter = db.session.scalars(statement.limit(1).with_for_update(skip_locked=True)).first()
        if letter is not None:
            taken = {"state": "sending", "tries": letter.tries + 1, "leased_until": now + LEASE}
            _update(Letter.id == letter.id, taken)
            db.session.refresh(letter)
            db.session.expunge(letter)
            break
    db.session.commit()
    return letter


def _give_back(now: datetime) -> None:
    """Letters of senders that never came back: the try was counted, and the letter waits its pause like any other."""
    lapsed = and_(Letter.state == "sending", Letter.leased_until < now)
    for letter in db.session.scalars(select(Letter).where(lapsed).order_by(Letter.id).limit(LAPSED_AT_ONCE)).all():
        values = {"leased_until": None, "fault": NEVER_BACK, **_again(letter, now)}
        _update(and_(_ours(letter), lapsed), values)


def _next(now: datetime) -> list[Select[Letter]]:
    """Where the next letter is looked for, each statement walking an index of its own."""
    due = and_(waiting(), Letter.next_try_at <= now)
    older = aliased(Letter)
    before = select(older.id).where(
        older.person_id == Letter.person_id,
        older.id < Letter.id,
        older.kind != URGENT,
        (older.kind == CHAT) == (Letter.kind == CHAT),
        or_(older.state == "sending", waiting(older)),
    )
    urgent = select(Letter).where(Letter.kind == URGENT, due).order_by(Letter.id)
    others = select(Letter).where(Letter.kind != URGENT, ~before.exists())
    again = others.where(Letter.state == "unknown", due).order_by(Letter.id)
    return [urgent, again, others.where(Letter.state == "queued", due).order_by(Letter.next_try_at, Letter.id)]


def _ours(letter: Letter) -> Any:
    """Nobody has taken the letter over: each claim raises the number of tries."""
    return and_(Letter.id == letter.id, Letter.state == "sending", Letter.tries == letter.tries)


def _update(condition: Any, values: dict[str, Any]) -> bool:
    statement = update(Letter).where(condition).values(version=Letter.version + 1, **values)
    found = db.session.execute(statement, execution_options={"synchronize_session": False})
    return bool(found.rowcount)  # type: ignore[attr-defined]


def hold(letter: Letter) -> bool:
    """Claim the letter for two minutes from now: opening the line may have taken long. False: it is ours no more."""
    held = _update(_ours(letter), {"leased_until": clock.now() + LEASE})
    db.session.commit()
    return held


def settle(letter: Letter, outcome: Outcome) -> None:
    """Record what became of a letter, and when it is tried again."""
    now = clock.now()
    values: dict[str, Any] = {"leased_until": None, "fault": outcome.said[:300] or None}
    if outcome.kind == "sent":
        values |= {"state": "sent", "sent_at": now}
    elif outcome.kind == "refused":
        values |= {"state": "failed"}
    elif outcome.kind == "unknown":
        values |= _unknown(letter, now)
    else:
        values |= _again(letter, now)
    if outcome.kind != "lost":
        _update(_ours(letter), values)
    db.session.commit()


def _unknown(letter: Letter, now: datetime) -> dict[str, Any]:
    """It may have arrived: one more try with the same Message-ID, and no third."""
    if letter.dropped_at is not None:
        return {"state": "unknown", "next_try_at": now, "give_up_at": now}
    again = now + UNKNOWN_PAUSE
    return {
        "state": "unknown",
        "dropped_at": now,
        "next_try_at": again,
        "give_up_at": max(letter.give_up_at, again + LEASE),
    }


def _again(letter: Letter, now: datetime) -> dict[str, Any]:
    """After a pause, outside quiet hours; or never: the three days are over, or a newer letter tells how it stands."""
    again = now + pause(letter.tries, letter.message_id)
    if letter.kind != URGENT:
        same = and_(Letter.person_id == letter.person_id, Letter.kind == letter.kind)
        if db.session.scalar(select(Letter.id).where(same, Letter.id > letter.id).limit(1)):
            return {"state": "stale"}
        district = db.session.get_one(District, letter.district_id)
        again = outside_quiet(again, district.quiet_from, district.quiet_until)
    if again >= letter.give_up_at:
        return {"state": "failed"}
    return {"state": "unknown" if letter.dropped_at else "queued", "next_try_at": again}
