"""What stalls, with the reasons that were given: one line for a thing, however many people were asked about it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from roadworks.base.db import db
from roadworks.notifications.digest_rows import SHOWN, TRACKED, Facts, Scope
from roadworks.notifications.models import LIVE, Reminder
from roadworks.workflow.permissions import within

Key = tuple[str, int]


@dataclass
class Stalled:
    """How many things stall, the longest of them with reasons, and which are remembered."""

    n: int
    rows: list[Facts]
    keys: list[Key]


def of_district(scope: Scope) -> Stalled:
    """What stalls in the district, the longest first."""
    return _stalled(scope, within(scope.by, Reminder).where(Reminder.state.in_(LIVE)))


def reasons(scope: Scope, keys: list[Key]) -> dict[Key, Facts]:
    """Thing → its line, for those of these things that stall; one statement."""
    return {(row["kind"], row["id"]): row for row in _rows(scope, keys)}


def _stalled(scope: Scope, active: Select[Any]) -> Stalled:
    grouped = active.with_only_columns(Reminder.thing_type, Reminder.thing_id, func.min(Reminder.since).label("since"))
    things = grouped.group_by(Reminder.thing_type, Reminder.thing_id)
    n = db.session.scalar(select(func.count()).select_from(things.subquery())) or 0
    if not n:
        return Stalled(0, [], [])
    first = things.order_by(func.min(Reminder.since), Reminder.thing_type, Reminder.thing_id).limit(TRACKED)
    keys = [(kind, thing_id) for kind, thing_id, _since in db.session.execute(first)]
    return Stalled(n, _rows(scope, keys[:SHOWN]), keys)


def _rows(scope: Scope, keys: list[Key]) -> list[Facts]:
    if not keys:
        return []
    by_type: dict[str, list[int]] = {}
    for kind, thing_id in keys:
        by_type.setdefault(kind, []).append(thing_id)
    wanted = or_(*(and_(Reminder.thing_type == k, Reminder.thing_id.in_(ids)) for k, ids in by_type.items()))
    statement = within(scope.by, Reminder).where(Reminder.state.in_(LIVE), wanted)
    statement = statement.options(joinedload(Reminder.person), joinedload(Reminder.passed_to)).order_by(Reminder.id)
    asked: dict[Key, list[Reminder]] = {}
    for reminder in db.session.scalars(statement).unique():
        asked.setdefault((reminder.thing_type, reminder.thing_id), []).append(reminder)
    return [_row(asked[key]) for key in keys if key in asked]


def _row(asked: list[Reminder]) -> Facts:
    """One thing: what it is, since when, and the newest answer, else who was asked at the highest level."""
    answers = [r for r in asked if r.answered_at is not None]
    told = max(answers, key=lambda r: (r.answered_at, r.id)) if answers else max(asked, key=lambda r: (r.level, r.id))
    return {
        "kind": told.thing_type,
        "id": told.thing_id,
        "number": told.thing_label,
        "rule": told.code,
        "since": min(r.since for r in asked).isoformat(),
        "who": told.person.name,
        **answer_of(told),
    }


def answer_of(reminder: Reminder) -> Facts:
    """What was answered, until when, in which words, and whether the day passed unkept."""
    return {
        "answer": reminder.answer,
        "until": reminder.answer_until.isoformat() if reminder.answer_until else None,
        "why": reminder.answer_text,
        "to": reminder.passed_to.name if reminder.passed_to else None,
        "broken": reminder.broken_at is not None,
    }
