"""Compliance of a period: patrols done ÷ patrols due, whole and by grade, each duty a row that a page can show."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.quantities import per_cent
from roadworks.network import grades
from roadworks.network.models import Section
from roadworks.rounds import plan, queries
from roadworks.rounds.models import GRADES, UNGRADED
from roadworks.rounds.rules import Duty, Span, duties
from roadworks.workflow.permissions import Actor


@dataclass(frozen=True)
class Owed:
    """One duty of a section, with the grade that its road had on the day of it."""

    section: Section
    grade: str
    duty: Duty


@dataclass
class Count:
    """Patrols done and due."""

    done: int = 0
    due: int = 0

    @property
    def share(self) -> Decimal | None:
        """Per cent, one place; None where nothing was due."""
        return per_cent(self.done, self.due)


@dataclass
class Compliance:
    """All duties of a period, by the days on which they were done or missed."""

    since: date
    until: date
    rows: list[Owed] = field(default_factory=list)

    @property
    def missed(self) -> list[Owed]:
        """Those not done, the latest first."""
        return sorted((row for row in self.rows if row.duty.done_on is None), key=lambda r: r.duty.due_on, reverse=True)

    @property
    def whole(self) -> Count:
        """All of them."""
        return _count(self.rows)

    @property
    def by_grade(self) -> dict[str, Count]:
        """Grade → its own, in the order of the grades; those of which nothing was due are left out."""
        return {g: _count(rows) for g in GRADES if (rows := [row for row in self.rows if row.grade == g])}


def _count(rows: Sequence[Owed]) -> Count:
    return Count(sum(row.duty.done_on is not None for row in rows), len(rows))


def compliance(person: Actor, since: date, until: date) -> Compliance | None:
    """The duties of a period, both days included, in six statements; None where no plan was in force in it."""
    rules = plan.spans(person)
    every = [span for own in rules.values() for spans in own.values() for span in spans if span.days is not None]
    if not any(span.starts_on <= until and (span.ends_on is None or span.ends_on > since) for span in every):
        return None
    found, past = Compliance(since, until), grades.past(person)
    before = queries.last_passes(person, before=since)
    passed: dict[int, list[date]] = defaultdict(list)
    for section_id, day in db.session.execute(queries.passes_between(person, since, until)):
        passed[section_id].append(day)
    for section in db.session.scalars(queries.patrolled(person)):
        own = plan.rules_for(rules, past, section)
        if own:
            owed = _of(section, own, before.get(section.id), passed[section.id], found)
            found.rows += [Owed(section, grades.on(past, section.road, d.day) or UNGRADED, d) for d in owed]
    return found


def _of(
    section: Section, rules: Sequence[Span], before: date | None, passed: list[date], period: Compliance
) -> list[Duty]:
    """The duties of one section in the period: counted on from its last patrol before it, or from its first day."""
    begins = plan.begins(rules, section)
    if before is not None and before >= begins:
        begins, passed = before, [before, *passed]
    told = duties(rules, passed, begins, period.until, clock.today())
    return [duty for duty in told if duty.day >= period.since]
