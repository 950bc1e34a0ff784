"""What left a reader's list since their last digest, and why: by comparing what each remembered with the trail."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, or_, select

from roadworks.base.db import db
from roadworks.notifications.digest_rows import SHOWN, Facts, Scope
from roadworks.notifications.digest_stalled import answer_of
from roadworks.notifications.models import Digest, Reminder
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import within

# Steps that take a thing off a list without changing its state.
QUIET_STEPS = ("order.extend", "order.make_safe")
# How many ids one statement may name.
CHUNK = 500
# A question is remembered by its thing: `asked:order:7`.
ASKED = "asked:"


def last_digests(person_ids: Iterable[int], before: str) -> dict[int, tuple[str, list[str]]]:
    """Reader → the week of their last digest before this one, and what it remembered."""
    newest = (
        select(Digest.person_id, func.max(Digest.week).label("week"))
        .where(Digest.person_id.in_(list(person_ids)), Digest.week < before)
        .group_by(Digest.person_id)
        .subquery()
    )
    found = select(Digest.person_id, Digest.week, Digest.facts).join(
        newest, (newest.c.person_id == Digest.person_id) & (newest.c.week == Digest.week)
    )
    return {who: (week, facts.get("track", [])) for who, week, facts in db.session.execute(found)}


def left_lists(
    scope: Scope, tracks: Mapping[int, list[str]], last: Mapping[int, tuple[str, list[str]]]
) -> dict[int, Facts | None]:
    """Reader → what left since their last digest; None for whom this is the first."""
    gone: dict[int, list[str]] = {}
    for who, (_week, then) in last.items():
        now = set(tracks[who])
        gone[who] = [key for key in then if key not in now]
    why = _reasons(scope, {key for keys in gone.values() for key in keys})
    told: dict[int, Facts | None] = dict.fromkeys(tracks)
    for who, keys in gone.items():
        rows = [why.get(key) or _unknown(key) for key in keys]
        rows.sort(key=lambda row: row["at"] or "", reverse=True)
        told[who] = {"week": last[who][0], "n": len(keys), "rows": rows[:SHOWN]}
    return told


def _unknown(key: str) -> Facts:
    """A thing of which neither trail nor reminders tell anything new."""
    kind, thing_id = key.removeprefix(ASKED).split(":")
    return {"kind": kind, "id": int(thing_id), "number": f"#{thing_id}", "after": None, "at": None}


def _reasons(scope: Scope, keys: set[str]) -> dict[str, Facts]:
    """Key → the last step that the trail knows of the thing; for a question, its answer or that it settled."""
    by_type: dict[str, list[int]] = {}
    asked: dict[str, list[int]] = {}
    for key in sorted(keys):
        kind, thing_id = key.removeprefix(ASKED).split(":")
        (asked if key.startswith(ASKED) else by_type).setdefault(kind, []).append(int(thing_id))
    found: dict[str, Facts] = {}
    for kind, ids in by_type.items():
        for start in range(0, len(ids), CHUNK):
            for step in _last_steps(scope, kind, ids[start : start + CHUNK]):
                found[f"{kind}:{step.thing_id}"] = _step_row(step)
    for kind, ids in asked.items():
        for start in range(0, len(ids), CHUNK):
            for reminder in _last_questions(scope, kind, ids[start : start + CHUNK]):
                found[f"{ASKED}{kind}:{reminder.thing_id}"] = _question_row(reminder)
    return found


def _last_steps(scope: Scope, kind: str, ids: list[int]) -> Iterable[Event]:
    moved = or_(Event.before != Event.after, Event.verb.in_(QUIET_STEPS))
    newest = (
        select(func.max(Event.id))
        .where(Event.chain == scope.by.district_id, Event.thing_type == kind, Event.thing_id.in_(ids), moved)
        .group_by(Event.thing_id)
    )
    return db.session.scalars(select(Event).where(Event.id.in_(newest)))


def _step_row(step: Event) -> Facts:
    changes = {name: pair[1] for name, pair in step.changes.items()}
    return {
        "kind": step.thing_type,
        "id": step.thing_id,
        "number": step.thing_label,
        "verb": step.verb,
        "after": step.after,
        "by": step.actor_name,
        "why": step.facts.get("reason") or _told(changes, "reason"),
        "at": step.at.isoformat(),
    }


def _told(changes: Mapping[str, Any], ending: str) -> str | None:
    """The reason where a step keeps it in a column of the thing (`hand_back_reason`, `suspended_reason`)."""
    return next((str(value) for name, value in changes.items() if name.endswith(ending) and value), None)


def _last_questions(scope: Scope, kind: str, ids: list[int]) -> Iterable[Reminder]:
    newest = (
        select(func.max(Reminder.id))
        .where(Reminder.district_id == scope.by.district_id, Reminder.thing_type == kind, Reminder.thing_id.in_(ids))
        .group_by(Reminder.thing_id)
    )
    return db.session.scalars(within(scope.by, Reminder).where(Reminder.id.in_(newest)))


def _question_row(reminder: Reminder) -> Facts:
    moment = reminder.settled_at or reminder.answered_at
    return {
        "kind": reminder.thing_type,
        "id": reminder.thing_id,
        "number": reminder.thing_label,
        "after": "settled" if reminder.state == "settled" else "answered",
        "asked": True,
        "at": moment.isoformat() if moment else None,
        **answer_of(reminder),
    }
