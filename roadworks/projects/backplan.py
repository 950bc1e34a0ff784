"""Planning backwards: from a wished day of completion, the day by which each remaining stage must be left.

Lengths are the usual ones of the bureau's table, never less than the tender clock allows, never more than the law gives
for the contract; no works in a winter freeze. Working days, holidays and no-dig periods are warned of, not moved round.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from roadworks.projects.legal import Ban, Rule, winters
from roadworks.projects.tender import TENDERED
from roadworks.projects.tender_clock import fewest_days

# What follows the completion of the works; warranty and what comes after it is not planned from here.
AFTER = ("substantial", "acceptance", "handover")
NEVER = ("warranty", "settlement", "closed")
CONTRACT_MOST = 30  # days from the award to the contract (法 46)

Frozen = Callable[[date, date], Ban | None]


@dataclass(frozen=True)
class Leg:
    """A stage still to be walked and how many calendar days it usually takes; None: not known, counted as none."""

    code: str
    days: int | None = None

    @property
    def length(self) -> int:
        """Its days."""
        return self.days or 0


@dataclass(frozen=True)
class Plan:
    """The latest day to leave each stage, the freezes that were avoided, and what can be reached from today."""

    wished_on: date
    latest: Mapping[str, date]
    lengths: Mapping[str, int]
    avoided: Sequence[Ban] = field(default_factory=tuple)
    stuck: Ban | None = None
    earliest_on: date | None = None

    @property
    def short_by(self) -> int:
        """By how many days the wish cannot be met from today; 0 where it can."""
        return max(0, (self.earliest_on - self.wished_on).days) if self.earliest_on else 0


def freezes(rules: Iterable[Rule]) -> Frozen:
    """Tells the winter freeze that a span of works touches, if any."""
    winter = [rule for rule in rules if rule.code == "winter"]

    def touched(first: date, last: date) -> Ban | None:
        return next((ban for rule in winter for ban in winters(rule, first, last)), None)

    return touched


def lengthen(legs: Iterable[Leg], method: str) -> list[Leg]:
    """The legs with what the law adds: the fewest days of a tender, the most days until a contract."""
    fitted = []
    for leg in legs:
        days = leg.days
        if leg.code == "tender":
            days = max(leg.length, fewest_days(method))
        elif leg.code == "contract" and method in TENDERED and days is not None:
            days = min(days, CONTRACT_MOST)
        fitted.append(Leg(leg.code, days))
    return fitted


def plan(
    wished_on: date, legs: Sequence[Leg], frozen: Frozen, today: date, *, spent: int = 0, least_left: int = 0
) -> Plan:
    """The plan backwards from the wish, and forwards from today.

    `spent` are the days already in the first leg, `least_left` those that it needs from today whatever was spent.
    """
    before = [leg for leg in legs if leg.code not in AFTER + NEVER]
    after = [leg for leg in legs if leg.code in AFTER]
    lengths = {leg.code: leg.length for leg in [*before, *after]}
    if before:
        before[0] = Leg(before[0].code, max(before[0].length - spent, least_left, 0))
    latest, avoided, stuck = _backwards(wished_on, before, frozen)
    day = latest[before[-1].code] if before else wished_on
    for leg in after:
        day += timedelta(days=leg.length)
        latest[leg.code] = day
    return Plan(wished_on, latest, lengths, avoided, stuck, _forwards(before, frozen, today))


def _backwards(wished_on: date, legs: Sequence[Leg], frozen: Frozen) -> tuple[dict[str, date], list[Ban], Ban | None]:
    """The latest days; works that touch a freeze are moved to end before it, as far as they fit between two."""
    latest: dict[str, date] = {}
    avoided: list[Ban] = []
    stuck: Ban | None = None
    day = wished_on
    for leg in reversed(legs):
        if leg.code == "construction":
            free, moved, stuck = _before_freeze(day, leg.length, frozen)
            day = day if stuck else free
            avoided = [] if stuck else moved
        latest[leg.code] = day
        day -= timedelta(days=leg.length)
    return {leg.code: latest[leg.code] for leg in legs}, avoided, stuck


def _before_freeze(day: date, length: int, frozen: Frozen) -> tuple[date, list[Ban], Ban | None]:
    """The latest day not after `day` on which works of that length can end outside every freeze."""
    moved: list[Ban] = []
    for _year in range(3):
        ban = frozen(works_begin(day, length), day)
        if ban is None:
            return day, moved, None
        moved.append(ban)
        day = ban.first - timedelta(days=1)
    return day, moved, moved[-1]


def _forwards(legs: Sequence[Leg], frozen: Frozen, today: date) -> date | None:
    """The earliest day of completion from today at the usual lengths; None where works fit between no two freezes."""
    day = today
    for leg in legs:
        end = day + timedelta(days=leg.length)
        if leg.code == "construction":
            for _year in range(3):
                ban = frozen(works_begin(end, leg.length), end)
                if ban is None:
                    break
                end = ban.last + timedelta(days=max(leg.length, 1))
            else:
                return None
        day = end
    return day if legs else None


def works_begin(end: date, length: int) -> date:
    """The first day of works that end on `end` and take `length` days, both counted."""
    return end - timedelta(days=max(length - 1, 0))


def disorder(dates: Mapping[str, date | None], order: Sequence[str]) -> list[tuple[str, str]]:
    """The planned stages that end before the one in front of them: (earlier, later); settlement runs beside."""
    given = [code for code in order if dates.get(code) and code != "settlement"]
    return [(a, b) for a, b in zip(given, given[1:], strict=False) if dates[b] < dates[a]]  # type: ignore[operator]
