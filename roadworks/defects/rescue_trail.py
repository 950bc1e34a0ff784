"""What the trail tells of rescue files: which came and which were brought in, and how the parts of one rescue stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.defects.rescue_list import Part
from roadworks.workflow.audit import Event


@dataclass(frozen=True)
class Stand:
    """How a part of a rescue stands: `sha` of its file where it came, `brought` the last time it was brought in."""

    number: int
    sha: str = ""
    brought: Event | None = None


# How a file comes: somebody brings it to the desk, or the phone of somebody without access hands it in.
COMING = ("rescue.take_in", "rescue.hand_in")


def events(district_id: int, *verbs: str) -> Sequence[Event]:
    """What was done with the rescue files of a district, oldest first."""
    mine = (Event.thing_type == District.__thing__, Event.thing_id == district_id, Event.verb.in_(verbs))
    return db.session.scalars(select(Event).where(*mine).order_by(Event.id)).all()


def came(district_id: int, sha: str) -> Event | None:
    """The event by which the file of this hash came here."""
    return next((event for event in events(district_id, *COMING) if event.facts["sha256"] == sha), None)


def brought_in(district_id: int) -> dict[str, Event]:
    """The last time that each file was brought in, by its hash."""
    return {event.facts["sha256"]: event for event in events(district_id, "rescue.bring_in")}


def undecided(district_id: int) -> int:
    """How many files that phones handed in no supervisor has looked through yet."""
    handed = events(district_id, "rescue.hand_in")
    done = brought_in(district_id) if handed else {}
    return sum(event.facts["sha256"] not in done for event in handed)


def stands(part: Part, taken: Sequence[Event], brought: dict[str, Event]) -> list[Stand]:
    """How all parts of a rescue stand, this one among them; nothing for one that is a single file."""
    if part.of == 1:
        return []
    found = {number: Stand(number) for number in range(1, part.of + 1)}
    for event in taken:
        number, sha = event.facts.get("part"), event.facts["sha256"]
        # Made twice it came as two files: one of them is enough.
        if event.facts.get("rescue") == part.rescue and number in found and not found[number].brought:
            found[number] = Stand(number, sha, brought.get(sha))
    return list(found.values())


def part_of(event: Event) -> Part:
    """Which part the file was that came by this event."""
    facts = event.facts
    return Part(facts.get("rescue", ""), facts.get("part", 1), facts.get("parts", 1))
