"""Why a thing waits, as later rooms know it: they hang a function here, and the lists of earlier rooms show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Reason:
    """What somebody answered about a thing that stands still, worded; until when it holds, and whether it was kept."""

    text: str
    until: date | None
    by: str
    broken: bool = False


REASONS: list[Callable[[str, Sequence[int]], Mapping[int, Reason]]] = []


def reasons(kind: str, ids: Sequence[int]) -> dict[int, Reason]:
    """The reasons known for things of one kind (`order`, `defect`, `project`), by id."""
    found: dict[int, Reason] = {}
    for know in REASONS if ids else ():
        found.update(know(kind, ids))
    return found
