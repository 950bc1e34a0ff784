"""What later rooms know of rounds: they add a function here, and pages of rounds show what it tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roadworks.workflow.permissions import Actor


@dataclass(frozen=True)
class Found:
    """A thing found on a round: its number, the page it leads to, and in words what and where it is."""

    number: str
    url: str
    what: str
    where: str
    state: str


# Each gives, by round id, what was found on it.
FOUND: list[Callable[[Actor, Sequence[int]], dict[int, list[Found]]]] = []
# Each gives, by round id, how many.
COUNTED: list[Callable[[Actor, Sequence[int]], dict[int, int]]] = []


def found_on(person: Actor, round_id: int) -> list[Found]:
    """Everything that was found on a round."""
    return [thing for tell in FOUND for thing in tell(person, [round_id]).get(round_id, [])]


def counts(person: Actor, round_ids: Sequence[int]) -> dict[int, int]:
    """Round → how many things were found on it."""
    found = dict.fromkeys(round_ids, 0)
    for tell in COUNTED:
        for round_id, n in tell(person, round_ids).items():
            found[round_id] += n
    return found
