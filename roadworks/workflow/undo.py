"""Taking a wrong step back: a step of its own, on the record, that reverses what the step caused."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, STEPS, write

THINGS: dict[str, Any] = {}
# What a later room still has to settle when a thing of an earlier one stepped back: thing type → function.
SETTLE: dict[str, Callable[[Any, Actor, Event], None]] = {}

# Steps that leave the state as it is and can still be taken back.
STAYING = frozenset({"order.make_safe", "project.cover", "project.release"})
STAYING |= {"order.ask_extension", "order.extend", "order.refuse_extension"}

NOTHING = _l("There is no step to take back.")
CAUSED = _l("This step was caused by %(label)s. Take it back there.")
FOLLOWED = _l("Something followed since: %(label)s has moved on. Take that back first.")
WHY = _l("Say why the step is taken back.")


def thing(model: type[Any]) -> type[Any]:
    """Register a table whose rows take steps, by its `__thing__`."""
    THINGS[model.__thing__] = model
    return model


def last_step(thing: Any) -> Event | None:
    """The last step of a thing that was not taken back; edits and photos do not count."""
    undone: set[int] = set()
    for done in reversed(audit.history(thing)):
        if done.verb.endswith(".undo"):
            undone.add(done.facts["undoes"])
        elif done.id not in undone and done.verb in STEPS and done.before is not None and _counts(done):
            return done
    return None


def _counts(done: Event) -> bool:
    return STEPS[done.verb].to is not None or done.verb in STAYING


def undo(thing: Any, by: Actor, reason: str, *, seen: int) -> Event:
    """Take back the last step of `thing` and all it caused; raises BadInput, NotAllowed, Stale, WrongStep."""
    check(by, f"{thing.__thing__}.undo", thing)
    audit.lock(thing.district_id)
    if seen != thing.version:
        raise Stale(STALE, thing=thing)
    if not reason.strip():
        raise BadInput(WHY, field="reason")
    step = last_step(thing)
    if step is None:
        raise WrongStep(NOTHING, thing=thing)
    if step.cause_id is not None:
        raise WrongStep(CAUSED % {"label": step.cause.thing_label if step.cause else ""}, thing=thing)
    taken_back = _step_back(thing, step, by, None, reason)
    caused = select(Event).where(Event.cause_id == step.id).order_by(Event.id.desc())
    for effect in list(db.session.scalars(caused)):
        if effect.before is None or effect.thing_type not in THINGS:
            continue  # what takes no steps itself is put right by SETTLE
        touched = db.session.get_one(THINGS[effect.thing_type], effect.thing_id)
        latest = last_step(touched) if _counts(effect) else effect
        if latest is None or latest.id != effect.id:
            raise WrongStep(FOLLOWED % {"label": effect.thing_label}, thing=thing)
        _step_back(touched, effect, by, taken_back, reason)
    return taken_back


def _step_back(thing: Any, step: Event, by: Actor, cause: Event | None, reason: str) -> Event:
    """Give a thing the state it had before one step, and the columns where they still hold what the step wrote."""
    before = thing.state
    if step.after is not None and before != step.after:
        raise WrongStep(FOLLOWED % {"label": step.thing_label}, thing=thing)
    values = {
        name: _restore(type(thing), name, old)
        for name, (old, new) in step.changes.items()
        if audit.plain(getattr(thing, name)) == new  # what was corrected since stays
    }
    told = write(thing, {**values, "state": step.before})
    told.pop("state", None)
    facts = {"undoes": step.id, "undone_verb": step.verb, "reason": reason}
    verb = f"{thing.__thing__}.undo"
    event = audit.record(by, verb, thing, before=before, after=step.before, changes=told, cause=cause, **facts)
    if thing.__thing__ in SETTLE:
        SETTLE[thing.__thing__](thing, by, event)
    return event


def _restore(model: type[Any], name: str, value: Any) -> Any:
    """A JSON value as its column holds it."""
    if value is None:
        return None
    kind = model.__table__.columns[name].type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return Decimal(value) if kind is Decimal else value
