"""Taking in whole what a phone did alone: its round, told as often as it likes, by the same verbs as the page's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from roadworks.base import clock
from roadworks.base.errors import Faults
from roadworks.base.i18n import _l
from roadworks.rounds import actions, queries
from roadworks.rounds.actions import Tick
from roadworks.rounds.models import Round
from roadworks.rounds.rules import doubtful
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import write

BACKWARDS = _l("These times cannot be: the round ends before it begins, or a pause or a tick lies outside it.")

Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Told:
    """A round as a phone tells it, whole, as far as it has come. `off` is how far its clock was ahead when it sent."""

    client_id: str
    started_at: datetime
    ended_at: datetime | None = None
    pauses: Sequence[Pause] = ()
    ticks: Sequence[Tick] = field(default_factory=tuple)
    weather: str = ""
    note: str = ""
    off: timedelta | None = None
    reconstructed: bool = False


def bring(by: Actor, told: Told) -> tuple[Round, bool]:
    """Take in a round as a phone tells it, by the same verbs; gives it and whether it is new.

    Told again, or told less than before (a reply was lost, two arrive in the wrong order), nothing changes.
    Raises NotAllowed, NotFound, Faults.
    """
    check(by, "round.start")
    audit.lock(by.district_id or 0)
    before = queries.same_round(by.district_id or 0, told.client_id)
    if before is not None:
        actions.own(by, before)
    faults = _faults(told, {one.section_id for one in before.passes} if before else set())
    if faults:
        raise Faults(faults)
    if before is None:
        begun = (told.client_id, told.started_at, told.weather)
        walked, event = actions.begin(by, *begun, reconstructed=told.reconstructed)
        _take_in(by, walked, told)
        # Once it is known whether it is over: what was found after that does not hang on it for a moment.
        actions.arrive(by, walked, event)
        return walked, True
    _take_in(by, before, told)
    return before, False


def _take_in(by: Actor, walked: Round, told: Told) -> None:
    """What a round that is here does not know yet."""
    actions.tick(by, walked, told.ticks)
    if walked.state != "ended":
        _catch_up(by, walked, told)
    _judge_clock(by, walked, told)


def _faults(told: Told, passed: Collection[int]) -> dict[str, Any]:
    """What no clock can tell, however wrong, and new ticks by hand that say no reason; each by its place."""
    faults: dict[str, Any] = {}
    here = told.started_at
    for place, (begins, ends) in enumerate(told.pauses):
        if begins < here or (ends is not None and ends < begins):
            faults[f"pauses-{place}"] = BACKWARDS
        here = ends or begins
    if told.ended_at is not None and told.ended_at < here:
        faults["ended_at"] = BACKWARDS
    for one in told.ticks:
        # A tick from before the round would count for a day on which nobody walked.
        if one.at < told.started_at:
            faults[f"ticks-{one.section.id}"] = BACKWARDS
        elif one.how != "position" and not one.reason.strip() and one.section.id not in passed:
            faults[f"reason-{one.section.id}"] = actions.NEEDS_REASON
    return faults


def _catch_up(by: Actor, walked: Round, told: Told) -> None:
    """Pause, go on and end as often as the phone did since we last heard of it."""
    for place, (begins, ends) in enumerate(told.pauses):
        if place >= len(walked.pauses):
            actions.pause(by, walked, seen=None, at=begins)
        if ends is not None and walked.pauses[place][1] is None:
            actions.resume(by, walked, seen=None, at=ends)
    if told.ended_at is not None:
        actions.end(by, walked, seen=None, at=told.ended_at, note=told.note, weather=told.weather)


def _judge_clock(by: Actor, walked: Round, told: Told) -> None:
    """Mark times that cannot all be right; they are kept as they were told."""
    wrong = doubtful(told.started_at, told.ended_at, clock.now(), told.off)
    off = round(told.off.total_seconds()) if told.off and abs(told.off) > clock.CLOCK_SLACK else walked.clock_off_s
    if wrong and (not walked.clock_doubtful or off != walked.clock_off_s):
        changes = write(walked, {"clock_doubtful": True, "clock_off_s": off})
        audit.record(by, "round.doubt", walked, changes=changes)
