"""Walking a round: start, tick, pause, go on, end; and each verb once, whichever door it comes by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound
from roadworks.base.i18n import _l
from roadworks.network.geometry import Index
from roadworks.network.models import Section
from roadworks.rounds import queries
from roadworks.rounds.models import Pass, Round
from roadworks.rounds.rules import counted_day, doubtful
from roadworks.workflow import audit, undo
from roadworks.workflow.audit import Event
from roadworks.workflow.numbers import allocate
from roadworks.workflow.permissions import Actor, check, sees
from roadworks.workflow.transitions import move

UNDER_WAY = _l("You have a round under way: %(number)s. End it first.")
NEEDS_REASON = _l("Say why it is ticked by hand.")
FAR_M = 5000

# Later rooms hang on a round what arrived before it: called with each round that is new, or goes on after its end; and
# let go of what does not belong to it: called with each round that has ended. With who did it, and the event to name.
ARRIVED: list[Callable[[Actor, Round, Event], None]] = []
ENDED: list[Callable[[Actor, Round, Event], None]] = []


@dataclass(frozen=True)
class Tick:
    """A section passed: when, by position (with where the device was, degrees WGS-84) or by hand with a reason."""

    section: Section
    at: datetime
    how: str = "hand"
    reason: str = ""
    share: int | None = None
    lon: float | None = None
    lat: float | None = None


def start(
    by: Actor, *, client_id: str, at: datetime | None = None, weather: str = "", reconstructed: bool = False
) -> Round:
    """Begin a round now; raises NotAllowed, NotFound (no district), BadInput (one is under way already)."""
    check(by, "round.start")
    audit.lock(by.district_id or 0)
    before = queries.same_round(by.district_id or 0, client_id)
    if before is not None:
        return own(by, before)
    other = db.session.scalars(queries.under_way(by)).first()
    if other is not None:
        raise BadInput(UNDER_WAY % {"number": other.number})
    walked, event = begin(by, client_id, at or clock.now(), weather, reconstructed=reconstructed)
    arrive(by, walked, event)
    return walked


def own(by: Actor, found: Round) -> Round:
    """The round, if it is this person's; raises NotFound."""
    if found.inspector_id != by.id:
        raise NotFound()
    return found


def begin(by: Actor, client_id: str, at: datetime, weather: str, *, reconstructed: bool = False) -> tuple[Round, Event]:
    """Write a round down as begun; raises NotFound (no district). What it came for is hung on it by arrive()."""
    if by.district_id is None or by.id is None:
        raise NotFound()
    now = clock.now()
    day = min(clock.local(at).date(), clock.local(now).date())
    walked = Round(
        district_id=by.district_id,
        number=allocate(by.district_id, "XC", day),
        client_id=client_id,
        state="running",
        inspector_id=by.id,
        started_at=at,
        pauses=[],
        weather=weather,
        received_at=now,
        clock_doubtful=doubtful(at, None, now, None),
        reconstructed=reconstructed,
    )
    db.session.add(walked)
    db.session.flush()
    return walked, audit.record(by, "round.start", walked, after="running", started_at=at)


def arrive(by: Actor, walked: Round, event: Event) -> None:
    """Hang on a round what named it before it was here, or what a round that goes on takes back."""
    for hang_on in ARRIVED:
        hang_on(by, walked, event)


def tick(by: Actor, walked: Round, ticks: Sequence[Tick], *, seen: int | None = None) -> list[Pass]:
    """Record sections as passed; those passed before stay as they are.

    Raises NotAllowed, WrongStep, BadInput, NotFound.
    """
    known = {one.section_id for one in walked.passes}
    fresh = list({t.section.id: t for t in ticks if t.section.id not in known}.values())
    for one in fresh:
        if not sees(by, one.section):
            raise NotFound()
        if one.how != "position" and not one.reason.strip():
            raise BadInput(NEEDS_REASON, field="reason")
    if not fresh:
        return []
    names = [{"section": one.section.title, "how": one.how, "reason": one.reason or None} for one in fresh]
    move(walked, "round.tick", by, seen=seen, sections=names)
    today = clock.local(clock.now()).date()
    made = [_pass(walked, one, today) for one in fresh]
    db.session.add_all(made)
    db.session.flush()
    db.session.expire(walked, ["passes"])
    return made


def _pass(walked: Round, one: Tick, today: Any) -> Pass:
    return Pass(
        round_id=walked.id,
        district_id=walked.district_id,
        section_id=one.section.id,
        passed_at=one.at,
        passed_on=counted_day(clock.local(one.at).date(), today),
        how=one.how,
        reason=one.reason,
        share=one.share,
        lon=one.lon,
        lat=one.lat,
        off_m=_off(one),
    )


def _off(one: Tick) -> int | None:
    """How far the device was from the section's line, in metres, up to FAR_M; None where either is unknown."""
    if one.lon is None or one.lat is None or not one.section.centreline:
        return None
    near = Index([(one.section.id, one.section.centreline)]).nearest(one.lon, one.lat, within_m=FAR_M)
    return round(near[0].distance_m) if near else FAR_M


def pause(by: Actor, walked: Round, *, seen: int | None, at: datetime | None = None) -> Event:
    """Stand still for a while; raises NotAllowed, WrongStep, Stale."""
    moment = (at or clock.now()).isoformat()
    return move(walked, "round.pause", by, seen=seen, changes={"pauses": [*walked.pauses, [moment, None]]})


def resume(by: Actor, walked: Round, *, seen: int | None, at: datetime | None = None) -> Event:
    """Go on; raises NotAllowed, WrongStep, Stale."""
    return move(walked, "round.resume", by, seen=seen, changes={"pauses": _closed(walked, at or clock.now())})


def _closed(walked: Round, at: datetime) -> list[list[Any]]:
    """The pauses, the last of them ended."""
    return [[begins, ends or at.isoformat()] for begins, ends in walked.pauses]


def end(
    by: Actor, walked: Round, *, seen: int | None, at: datetime | None = None, note: str = "", weather: str = ""
) -> Event:
    """End a round, with or without a find; raises NotAllowed, WrongStep, Stale."""
    moment = at or clock.now()
    changes = {"ended_at": moment, "pauses": _closed(walked, moment)}
    changes |= {"note": note or walked.note, "weather": weather or walked.weather}
    event = move(walked, "round.end", by, seen=seen, changes=changes, passed=len(walked.passes))
    for let_go in ENDED:
        let_go(by, walked, event)
    return event


def take_back(by: Actor, walked: Round, *, seen: int, reason: str) -> Event:
    """Take back the last step; raises as undo.undo."""
    event = undo.undo(walked, by, reason, seen=seen)
    arrive(by, walked, event)
    return event
