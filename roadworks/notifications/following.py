"""What a step answers at once: reminders whose cause it took away, given back where the step is taken back."""

from typing import Any

from sqlalchemy import bindparam, case, select, update

from roadworks.base.db import db
from roadworks.notifications.models import LIVE, Reminder
from roadworks.notifications.settling import close, moved_on, watched
from roadworks.notifications.watches import WATCHES
from roadworks.workflow import audit
from roadworks.workflow.audit import Event

WATCHED = frozenset(watch.thing for watch in WATCHES.values())
# Every step asks this: built once.
_ASKED = (
    select(Reminder.code)
    .where(Reminder.thing_type == bindparam("kind"), Reminder.thing_id == bindparam("thing"))
    .where(Reminder.state.in_(LIVE))
    .distinct()
)


def follow(thing: Any, event: Event) -> None:
    """Settle what was asked about the thing and is so no more: card and bell do not wait for the next run.

    A deadline that has passed meanwhile is left to the run, which asks the next question in the same breath.
    """
    if event.before is None or event.thing_type not in WATCHED:
        return
    about = (Reminder.thing_type == event.thing_type, Reminder.thing_id == event.thing_id)
    asked = db.session.scalars(_ASKED, {"kind": event.thing_type, "thing": event.thing_id}).all()
    rows = [row for code in asked if code in WATCHES for row in db.session.execute(watched(WATCHES[code], *about))]
    if past := [row.id for row in rows if moved_on(row)]:
        close(Reminder.id.in_(past), now=event.at)
    if event.verb.endswith(".undo"):  # after it: what the step had caused is taken back only now
        _give_back(event)


def _give_back(event: Event) -> None:
    """Ask again what the step that is taken back had settled: no run would, for it was asked on this occasion."""
    undone = db.session.get_one(Event, event.facts["undoes"])
    settled = update(Reminder).where(
        Reminder.thing_type == event.thing_type,
        Reminder.thing_id == event.thing_id,
        Reminder.state == "settled",
        Reminder.settled_at == undone.at,
    )
    state = case((Reminder.answered_at.is_(None), "open"), else_="answered")
    given = settled.values(state=state, settled_at=None, version=Reminder.version + 1)
    db.session.execute(given.execution_options(synchronize_session=False))


audit.FOLLOWED.append(follow)
