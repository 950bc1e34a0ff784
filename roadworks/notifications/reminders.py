"""`raise_due()`: one question to one person about one stalled thing on one occasion, in one district; what follows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from sqlalchemy import select

from roadworks.base import calendar, clock
from roadworks.base.calendar import WorkCalendar
from roadworks.base.db import db
from roadworks.notifications import following, letters, settling  # noqa: F401  following hears of each step
from roadworks.notifications.dated import midnight
from roadworks.notifications.models import Reminder, ReminderRule
from roadworks.notifications.rules import Level, complete_rules, in_force, levels_of
from roadworks.notifications.scanning import BATCH, scan
from roadworks.notifications.staff import Staff
from roadworks.notifications.stalled import Stalled, bare, unpassed
from roadworks.notifications.watches import family, heir_of


def raise_due(district_id: int) -> int:
    """Settle what moved on in a district, raise what is due, write the letters; gives how many were raised.

    Each batch is a transaction of its own; the table's unique key makes two runs at once raise each row once.
    """
    complete_rules(district_id)
    db.session.commit()
    raised = _raise(district_id)
    letters.write(district_id)
    return raised


def _raise(district_id: int) -> int:
    now, days = clock.now(), calendar.load()
    rules = [rule for rule in db.session.scalars(in_force(district_id)) if rule.active]
    staff = Staff(district_id, clock.local(now).date())
    db.session.commit()
    settling.settle(district_id, now, days)
    settling.hand_over(district_id, staff, now)
    raised = 0
    by_code = {rule.code: rule for rule in rules}
    for code, items in groupby(scan(rules, now, days), key=lambda item: item.code):
        rule = by_code[code]
        for batch in _batches(items):
            raised += _insert(list(_rows(rule, batch, staff, now, days)))
            db.session.commit()
    return raised


def _batches(items: Iterator[Stalled]) -> Iterator[list[Stalled]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _rows(
    rule: ReminderRule, batch: Sequence[Stalled], staff: Staff, now: datetime, days: WorkCalendar
) -> Iterator[dict[str, Any]]:
    """The rows that are still missing for a batch of things stalled by one rule."""
    before = _told(rule.code, batch)
    levels = levels_of(rule)
    for item in batch:
        occasion, wanted = _due(item, before[item.thing_id], levels, now, days)
        told: dict[int, tuple[int, int | None]] = {}
        for number in wanted:
            for word in levels[number - 1].to:
                for person_id in staff.addressees(word, item):
                    whom = staff.stand_in(person_id)
                    told[whom] = (number, person_id if whom != person_id else None)
        for person_id, (number, for_id) in told.items():
            yield _row(rule, item, occasion, person_id, for_id, number, now, days)


def _told(code: str, batch: Sequence[Stalled]) -> dict[int, list[Any]]:
    """What was raised before about the things of a batch, by this rule and those that belong to it."""
    statement = select(
        Reminder.thing_id,
        Reminder.code,
        Reminder.level,
        Reminder.occasion,
        Reminder.state,
        Reminder.answer_until,
    ).where(
        Reminder.thing_type == batch[0].thing_type,
        Reminder.thing_id.in_([item.thing_id for item in batch]),
        Reminder.code.in_(family(code)),
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(statement):
        found[row.thing_id].append(row)
    return found


def _due(
    item: Stalled, before: Sequence[Any], levels: Sequence[Level], now: datetime, days: WorkCalendar
) -> tuple[str, list[int]]:
    """The occasion, and the levels that are due on it and were not told yet; none while an answer holds."""
    promise = _promise(item, before)
    today = clock.local(now).date()
    if promise is not None and promise.answer_until >= today:
        return item.occasion, []
    occasion, first, last = item.occasion, 1, min(item.level, len(levels))
    if promise is not None and promise.code in heir_of(item.code):
        occasion = f"{item.occasion}+{promise.answer_until:%Y%m%d}"
        first = min(promise.level + 1, len(levels))
        last = max(first, _level_since(promise.answer_until, levels, now, days))
    # Who stands at two levels is told once, at the higher: then the lower ones have been told, too.
    told = [row.level for row in before if row.code == item.code and unpassed(row.occasion) == occasion]
    return occasion, list(range(max([first, *(level + 1 for level in told)]), last + 1))


def _promise(item: Stalled, before: Sequence[Any]) -> Any:
    """The latest answer with a day; for dates of a tender only an answer about the same date."""
    named = bool(item.named)
    return max(
        (
            row
            for row in before
            if row.state == "answered"
            and row.answer_until is not None
            and (not named or bare(row.occasion) == item.occasion)
        ),
        key=lambda row: row.answer_until,
        default=None,
    )


def _level_since(day: date, levels: Sequence[Level], now: datetime, days: WorkCalendar) -> int:
    """The level that time alone has come to since a promise ended with its day."""
    ended = midnight(day + timedelta(days=1))
    edges = (days.back(now, level.after, level.unit) for level in levels)
    return max((number for number, edge in enumerate(edges, 1) if ended <= edge), default=0)


def _row(
    rule: ReminderRule,
    item: Stalled,
    occasion: str,
    person_id: int,
    for_id: int | None,
    level: int,
    now: datetime,
    days: WorkCalendar,
) -> dict[str, Any]:
    return {
        "district_id": rule.district_id,
        "code": rule.code,
        "thing_type": item.thing_type,
        "thing_id": item.thing_id,
        "thing_label": item.label[:120],
        "person_id": person_id,
        "for_id": for_id,
        "level": level,
        "occasion": occasion,
        "urgent": rule.urgent,
        "since": item.since(days),
        "raised_at": now,
    }


def _insert(rows: list[dict[str, Any]]) -> int:
    """Insert what is not there yet; gives how many rows that were."""
    if not rows:
        return 0
    return len(db.session.execute(settling.insert_new().returning(Reminder.id), rows).all())
