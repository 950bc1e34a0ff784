"""What becomes of reminders: settled when the thing moved on, broken when a promise passed, handed over on leave."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from roadworks.base import clock
from roadworks.base.calendar import WorkCalendar
from roadworks.base.db import db, read_only
from roadworks.notifications.dated import OTHERS
from roadworks.notifications.models import LIVE, Reminder, ReminderRule
from roadworks.notifications.rules import in_force
from roadworks.notifications.scanning import BATCH
from roadworks.notifications.staff import Staff
from roadworks.notifications.stalled import bare, stamp
from roadworks.notifications.watches import WATCHES, Watch

COPIED = (
    *("district_id", "code", "thing_type", "thing_id", "thing_label", "level", "occasion", "urgent", "since"),
    *("state", "version"),
)


def insert_new(names: Sequence[str] = (), rows: Select[Any] | None = None) -> Any:
    """An INSERT, of values or from a SELECT, that leaves out what the unique key has already."""
    make = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    statement = make(Reminder.__table__)  # type: ignore[arg-type]
    if rows is not None:
        statement = statement.from_select(names, rows)
    return statement.on_conflict_do_nothing()


def settle(district_id: int, now: datetime, days: WorkCalendar) -> None:
    """Settle what moved on and mark promises that passed unkept, in the whole district; commits batch by batch."""
    rules = {rule.code: rule for rule in db.session.scalars(in_force(district_id)) if rule.active}
    db.session.commit()
    _close(Reminder.district_id == district_id, Reminder.code.not_in(rules), now=now)
    for code, rule in rules.items():
        if code in WATCHES:
            _settle(district_id, WATCHES[code], now)
        else:
            _settle_dated(rule, now, days)


def close(*which: ColumnElement[bool], now: datetime) -> None:
    """Settle the live reminders that fit; the caller commits."""
    statement = update(Reminder).where(Reminder.state.in_(LIVE), *which)
    db.session.execute(
        statement.values(state="settled", settled_at=now, version=Reminder.version + 1).execution_options(
            synchronize_session=False
        )
    )


def _close(*which: ColumnElement[bool], now: datetime) -> None:
    close(*which, now=now)
    db.session.commit()


def _live(code: str, *which: ColumnElement[bool]) -> Any:
    columns = (Reminder.id, Reminder.thing_id, Reminder.occasion, Reminder.state, Reminder.answer_until)
    return select(*columns, Reminder.broken_at).where(Reminder.code == code, Reminder.state.in_(LIVE), *which)


def watched(watch: Watch, *which: ColumnElement[bool]) -> Any:
    """The live reminders of one rule that fit, each beside the `moment` that its limit counts from now, if any."""
    thing = and_(watch.model.id == Reminder.thing_id, *watch.base)
    statement = _live(watch.code, *which).add_columns(watch.moment.label("moment"))
    return statement.select_from(Reminder).outerjoin(watch.model, thing)


def moved_on(row: Any) -> bool:
    """Whether what a reminder asked about (a row of `watched`) is so no more."""
    return row.moment is None or stamp(row.moment) != bare(row.occasion)


def _settle(district_id: int, watch: Watch, now: datetime) -> None:
    """Compare the live reminders of one rule with the rows they are about, as they are now."""

    def over(row: Any) -> bool:
        return moved_on(row) or (watch.ahead and row.state == "open" and bool(row.moment <= now))

    _judge(watched(watch, Reminder.district_id == district_id), over, now)


def _settle_dated(rule: ReminderRule, now: datetime, days: WorkCalendar) -> None:
    """The same for dates of tenders, warranties and the holiday year."""
    near = {(item.thing_id, item.occasion) for item in OTHERS[rule.code](rule, now, days)}
    db.session.commit()
    live = _live(rule.code, Reminder.district_id == rule.district_id)
    _judge(live, lambda row: (row.thing_id, bare(row.occasion)) not in near, now)


def _judge(statement: Any, over: Any, now: datetime) -> None:
    today = clock.local(now).date()
    for batch in _streamed(statement):
        past = [row.id for row in batch if over(row)]
        broken = [
            row.id
            for row in batch
            if row.state == "answered" and row.broken_at is None and row.answer_until and row.answer_until < today
        ]
        if past:
            _close(Reminder.id.in_(past), now=now)
        if broken:
            missed = update(Reminder).where(
                Reminder.id.in_(broken), Reminder.state == "answered", Reminder.broken_at.is_(None)
            )
            db.session.execute(missed.values(broken_at=now).execution_options(synchronize_session=False))
            db.session.commit()


def _streamed(statement: Any) -> Iterator[Sequence[Any]]:
    with read_only(db.engine).connect() as reading:
        rows = iter(reading.execution_options(yield_per=BATCH).execute(statement))
        while batch := list(islice(rows, BATCH)):
            yield batch


def hand_over(district_id: int, staff: Staff, now: datetime) -> None:
    """Give the open questions of people on leave to who stands in for them, saying for whom; commits."""
    for person_id in staff.away:
        whom = staff.stand_in(person_id)
        if whom == person_id:
            continue
        values = [getattr(Reminder, name) for name in COPIED]
        moment = literal(now, Reminder.raised_at.type)
        open_ones = select(*values, moment, literal(whom), literal(person_id)).where(
            Reminder.district_id == district_id, Reminder.person_id == person_id, Reminder.state == "open"
        )
        names = [*COPIED, "raised_at", "person_id", "for_id"]
        db.session.execute(insert_new(names, open_ones))
    db.session.commit()
