"""The letters that carry reminders: one a day to a person, most urgent first; emergencies at once by their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select, update
from sqlalchemy.orm import joinedload

from roadworks.accounts.models import District, Person
from roadworks.base import calendar, clock
from roadworks.base.db import db
from roadworks.notifications import facts, mail, outbox
from roadworks.notifications.models import Letter, Reminder
from roadworks.notifications.posting import URGENT, outside_quiet
from roadworks.notifications.stalled import is_ahead

MORNING = 8
MOST_ITEMS = 50
# A letter that nobody got: what it told is told by the next one.
UNSENT = ("queued", "stale", "failed")
ORDER = (Reminder.urgent.desc(), Reminder.level.desc(), Reminder.since, Reminder.id)


def write(district_id: int) -> int:
    """Write what the district's people are to be told now; gives how many letters. Commits letter by letter."""
    now = clock.now()
    district = db.session.get_one(District, district_id)
    written = _urgent(district)
    if is_morning(district, now):
        written += _daily(district, now)
    return written


def is_morning(district: District, now: datetime) -> bool:
    """Whether the day's reminders may go out: working days from 08:00 on, outside the district's quiet hours."""
    there = clock.local(now)
    if there.hour < MORNING or not calendar.load().is_workday(there.date()):
        return False
    return outside_quiet(now, district.quiet_from, district.quiet_until) == now


def _open(district_id: int) -> list[ColumnElement[bool]]:
    return [Reminder.district_id == district_id, Reminder.state == "open"]


def _urgent(district: District) -> int:
    """A letter of its own for each emergency, whatever the hour."""
    waiting = select(Reminder.id).where(*_open(district.id), Reminder.urgent, Reminder.letter_id.is_(None))
    written = 0
    for reminder_id in db.session.scalars(waiting.order_by(Reminder.id)).all():
        reminder = db.session.get_one(Reminder, reminder_id)
        if reminder.person.stand_in.id == reminder.person_id:
            written += _send(district, reminder.person, f"urgent:{reminder.id}", URGENT, [reminder], 0)
        db.session.rollback()
    return written


def _untold() -> ColumnElement[bool]:
    unsent = select(Letter.id).where(Letter.id == Reminder.letter_id, Letter.state.in_(UNSENT)).exists()
    return or_(Reminder.letter_id.is_(None), unsent)


def _daily(district: District, now: datetime) -> int:
    """One letter to each person who has something new, with all of it; at most one a day by its key."""
    day = f"{clock.local(now):%Y-%m-%d}"
    key = literal("reminders:") + cast(Reminder.person_id, String) + literal(f":{day}")
    told = select(Letter.id).where(Letter.key == key).exists()
    new = select(Reminder.person_id).where(*_open(district.id), ~Reminder.urgent, Reminder.letter_id.is_(None))
    written = 0
    for person_id in db.session.scalars(new.where(~told).distinct()).all():
        person = db.session.get_one(Person, person_id)
        if person.active and person.stand_in.id == person.id:
            written += _daily_to(district, person, f"reminders:{person.id}:{day}")
        db.session.rollback()
    return written


def _daily_to(district: District, person: Person, key: str) -> int:
    mine = [*_open(district.id), Reminder.person_id == person.id]
    fresh = select(Reminder).where(*mine, ~Reminder.urgent, _untold()).options(joinedload(Reminder.on_behalf_of))
    items = list(db.session.scalars(fresh.order_by(*ORDER)))
    all_open = db.session.scalar(select(func.count()).select_from(Reminder).where(*mine)) or 0
    return _send(district, person, key, "reminders", items, all_open - len(items))


def _send(district: District, person: Person, key: str, kind: str, items: Sequence[Reminder], earlier: int) -> int:
    """Write one letter about these reminders and commit; 0 where another run was first."""
    shown = items[:MOST_ITEMS]
    about = facts.things(shown)
    values: dict[str, Any] = {
        "district": district,
        "person": person,
        "items": shown,
        "about": about,
        "more": len(items) - len(shown),
        "earlier": earlier,
        "late": sum(not is_ahead(item.code) for item in items),
        "facts": facts,
    }
    composed = mail.compose("urgent" if kind == URGENT else "reminders", person.language, count=len(items), **values)
    letter = outbox.write(
        person,
        key=key,
        kind=kind,
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        district_id=district.id,
    )
    if letter is None or _is_on_its_way(items):
        return 0
    ids = [item.id for item in items]
    for start in range(0, len(ids), 500):
        db.session.execute(
            update(Reminder)
            .where(Reminder.id.in_(ids[start : start + 500]))
            .values(letter_id=letter.id)
            .execution_options(synchronize_session=False)
        )
    db.session.commit()
    return 1


def _is_on_its_way(items: Sequence[Reminder]) -> bool:
    """Whether a letter that told of one of these was taken up by a sender since we looked."""
    before = {item.letter_id for item in items if item.letter_id is not None}
    if not before:
        return False
    gone = select(Letter.id).where(Letter.id.in_(before), Letter.state.not_in(UNSENT))
    return db.session.scalars(gone.limit(1)).first() is not None
