"""STEPS: verb → from, to, what is needed; move() is the only writer of a state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from roadworks.base.db import db
from roadworks.base.errors import GateShut, NotAllowed, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check, may


@dataclass(frozen=True)
class Step:
    """From which states to which; `to` None leaves the state; a `caused` step happens only through another."""

    of: frozenset[str]
    to: str | None = None
    needs: tuple[str, ...] = ()
    caused: bool = False


def _step(of: str | Sequence[str], to: str | None = None, *needs: str, caused: bool = False) -> Step:
    return Step(frozenset(of.split() if isinstance(of, str) else of), to, needs, caused)


DEFECT_STATES = (
    *("filed", "confirmed", "ordered", "mended", "closed"),
    *("rejected", "duplicate", "forwarded", "covered"),
)
ORDER_STATES = (
    *("issued", "accepted", "working", "done", "closed"),
    *("handed_back", "rework", "suspended", "void"),
)
ROUND_STATES = ("running", "paused", "ended")
PROJECT_STATES = ("running", "coordinating", "suspended", "retender", "cancelled", "closed")
# Its clocks run; it is the crew's to do, though perhaps not yet.
ORDER_RUNNING = ("issued", "accepted", "working", "rework")
ORDER_ON_THE_ROAD = (*ORDER_RUNNING, "suspended")
# It is to get on; it is not over, though it may stand still with a reason.
PROJECT_MOVING = ("running", "coordinating", "retender")
PROJECT_ALIVE = (*PROJECT_MOVING, "suspended")

STEPS: dict[str, Step] = {
    "defect.edit": _step("filed confirmed ordered covered forwarded"),
    "defect.add_photo": _step("filed confirmed ordered mended covered forwarded"),
    # A phone may send it long after: what was said at the place is never refused.
    "defect.add_voice": _step(DEFECT_STATES),
    "defect.confirm": _step("filed", "confirmed"),
    "defect.reject": _step("filed confirmed ordered covered", "rejected", "reason"),
    "defect.merge": _step("filed confirmed ordered covered", "duplicate", "original"),
    "defect.repeat": _step("filed confirmed ordered mended covered forwarded closed", None, "reason"),
    "defect.forward": _step("filed confirmed ordered", "forwarded", "owner"),
    "defect.recall": _step("forwarded", "confirmed", "reason"),
    "defect.settle": _step("forwarded", "closed"),
    "defect.cover": _step("confirmed ordered", "covered", "reason"),
    "defect.uncover": _step("covered", "confirmed"),
    "defect.order": _step("confirmed covered", "ordered", caused=True),
    "defect.keep": _step("ordered mended", "covered", caused=True),
    "defect.release": _step("ordered mended", "confirmed", caused=True),
    "defect.mend": _step("ordered", "mended", caused=True),
    "defect.return": _step("mended", "ordered", caused=True),
    # Its round arrived after it, or ended before it was found.
    "defect.join": _step(DEFECT_STATES, caused=True),
    "defect.leave": _step(DEFECT_STATES, caused=True),
    "defect.close": _step("mended duplicate covered", "closed", caused=True),
    "round.tick": _step("running paused ended"),
    "round.pause": _step("running", "paused"),
    "round.resume": _step("paused", "running"),
    "round.doubt": _step(ROUND_STATES, caused=True),
    "round.end": _step("running paused", "ended"),
    "order.accept": _step("issued", "accepted"),
    "order.start": _step("accepted rework", "working"),
    "order.make_safe": _step(ORDER_RUNNING),
    "order.finish": _step("working", "done", "live_defect", "measured_area", "after_photo", "made_safe"),
    "order.pass": _step("done", "closed"),
    "order.fail": _step("done", "rework", "reason"),
    "order.hand_back": _step(ORDER_RUNNING, "handed_back", "reason"),
    "order.reissue": _step("handed_back", "issued"),
    "order.reassign": _step("issued", "issued"),
    "order.suspend": _step(ORDER_RUNNING, "suspended", "reason", "until"),
    "order.resume": _step("suspended", ""),
    "order.ask_extension": _step(ORDER_RUNNING, None, "reason"),
    "order.extend": _step(ORDER_RUNNING),
    "order.refuse_extension": _step(ORDER_RUNNING, None, "reason"),
    "order.remark": _step(ORDER_STATES),
    "order.void": _step((*ORDER_ON_THE_ROAD, "handed_back"), "void", "reason"),
    "project.edit": _step(PROJECT_ALIVE),
    "project.add_paper": _step(PROJECT_ALIVE),
    "project.add_progress": _step(PROJECT_ALIVE),
    "project.plan": _step(PROJECT_ALIVE),
    "project.tender": _step(PROJECT_ALIVE),
    "project.cover": _step(PROJECT_ALIVE),
    "project.advance": _step("running coordinating", "", "gate"),
    "project.skip": _step("running coordinating", "", "reason"),
    "project.coordinate": _step("running", "coordinating", "reason"),
    "project.suspend": _step("running coordinating", "suspended", "reason", "until"),
    "project.retender": _step("running coordinating", "retender", "reason"),
    "project.resume": _step("coordinating suspended retender", "running"),
    "project.release": _step(PROJECT_ALIVE, None, "reason"),
    "project.cancel": _step(PROJECT_ALIVE, "cancelled", "reason"),
}
# `order.resume` returns to the state that the suspension interrupted, `project.advance` and `project.skip` go on
# running or end closed: the caller names it.

NEED_WORDS = {
    "reason": _l("a reason"),
    "original": _l("the defect that it duplicates"),
    "owner": _l("the owner of the asset"),
    "until": _l("the day on which it goes on"),
    "live_defect": _l("a defect that is still on it; void it where there is none"),
    "measured_area": _l("measured m² for each defect"),
    "after_photo": _l("a photo after the work for each defect"),
    "made_safe": _l("that the place was made safe"),
    "gate": _l("before this stage is left"),
}

NEEDS: dict[str, Callable[[Any], list[str]]] = {}


def need(name: str) -> Callable[[Callable[[Any], list[str]]], Callable[[Any], list[str]]]:
    """Register how a need is judged on the thing itself: a function giving the labels of what is missing."""

    def keep(judge: Callable[[Any], list[str]]) -> Callable[[Any], list[str]]:
        NEEDS[name] = judge
        return judge

    return keep


def missing(thing: Any, verb: str, said: dict[str, Any]) -> list[str]:
    """What the step still needs, in words; empty when its gate is open."""
    lacking: list[str] = []
    for name in STEPS[verb].needs:
        if name in NEEDS:
            lacking += [f"{NEED_WORDS[name]}: {label}" for label in NEEDS[name](thing)]
        elif said.get(name) in (None, ""):
            lacking.append(str(NEED_WORDS[name]))
    return lacking


def can(thing: Any, verb: str) -> bool:
    """Whether the thing's state allows the step, whoever asks."""
    return thing.state in STEPS[verb].of


def open_steps(thing: Any, person: Actor) -> list[str]:
    """The verbs whose buttons this person is shown on this thing."""
    kind = thing.__thing__ + "."
    steps = [
        v for v, s in STEPS.items() if v.startswith(kind) and not s.caused and can(thing, v) and may(person, v, thing)
    ]
    return [*steps, kind + "undo"] if may(person, kind + "undo", thing) else steps


def move(
    thing: Any,
    verb: str,
    by: Actor,
    *,
    seen: int | None = None,
    cause: Event | None = None,
    to: str | None = None,
    changes: dict[str, Any] | None = None,
    **facts: Any,
) -> Event:
    """Take one step: may you, can it, is the gate open; then change and record.

    `seen` is the version the person saw (None: the row as loaded); `changes` are columns that change with the step;
    `facts` are told to the trail. Raises NotFound, NotAllowed, WrongStep, GateShut, Stale.
    """
    step = STEPS[verb]
    if cause is None:
        if step.caused:
            raise NotAllowed()
        check(by, verb, thing)
    audit.lock(thing.district_id)
    if seen is not None and seen != thing.version:
        raise Stale(STALE, thing=thing)
    if thing.state not in step.of:
        raise WrongStep(WRONG, thing=thing)
    lacking = missing(thing, verb, {**facts, **(changes or {})})
    if lacking:
        raise GateShut(SHUT, thing=thing, missing=lacking)
    target = to or step.to or thing.state
    before = thing.state
    told = write(thing, {**(changes or {}), "state": target})
    told.pop("state", None)
    return audit.record(by, verb, thing, before=before, after=target, changes=told, cause=cause, **facts)


STALE = _l("Somebody changed this since you opened it. Here is how it stands now, and what you had typed.")
WHY_CHANGED = _l("Say why the rule is changed.")
WRONG = _l("This step does not fit its present state. Here is how it stands now, and what you had typed.")
SHUT = _l("Something is still missing for this step.")


def write(thing: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Write columns if nobody wrote since the row was loaded, raising its version; gives field → [old, new].

    Raises Stale. The condition stands in the UPDATE itself: that is what holds when two people press at once.
    """
    model = type(thing)
    told = {name: [getattr(thing, name), value] for name, value in values.items() if getattr(thing, name) != value}
    db.session.flush()
    statement = (
        update(model)
        .where(model.id == thing.id, model.version == thing.version)
        .values(**values, version=thing.version + 1)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
        raise Stale(STALE, thing=thing)
    db.session.refresh(thing)
    return told
