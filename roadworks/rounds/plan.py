"""The patrol plan as it stands: which section is due when and whose it is; and its changes, each with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import undefer

from roadworks.accounts.models import District, Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound, Stale
from roadworks.base.i18n import _l
from roadworks.network import grades
from roadworks.network.models import Section
from roadworks.rounds import queries
from roadworks.rounds.models import GRADES, UNGRADED, Beat, PatrolRule
from roadworks.rounds.rules import MOST_DAYS, Span, next_due, of_grades, standing
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, may
from roadworks.workflow.transitions import STALE, write

PAST = _l("A plan changes from today on or later: what was due before stays as it was.")
LATER = _l("A later change is on record already: choose its day or a later one.")
NOT_DAYS = _l("Give whole days from 1 to 90, or leave it empty for no patrol.")
NOT_A_WALKER = _l("This person cannot walk rounds.")

# District → grade → its rules, oldest first.
Spans = Mapping[int, Mapping[str | None, Sequence[Span]]]


@dataclass(frozen=True)
class Place:
    """A section in the plan: its grade there, whose it is, last passed, next due, and how it stands; and its rules."""

    section: Section
    grade: str
    walker_id: int | None
    last_on: date | None
    due_on: date | None
    standing: str
    rules: Sequence[Span]

    def due_after(self, day: date) -> date | None:
        """When it is due next if it is passed on a day from today on."""
        return next_due(self.rules, day, begins(self.rules, self.section)) if self.rules else None


def spans(person: Actor) -> Spans:
    """The rules of the plan by grade; empty where the district never made one."""
    found: dict[int, dict[str | None, list[Span]]] = {}
    for row in db.session.scalars(queries.rules(person)):
        grade = None if row.grade == UNGRADED else row.grade
        own = found.setdefault(row.district_id, {}).setdefault(grade, [])
        own.append(Span(row.starts_on, row.ends_on, row.days))
    return found


def grade_of(section: Section) -> str:
    """The grade by which a section is patrolled now."""
    return section.road.maintenance_grade or UNGRADED


def rules_for(found: Spans, past: grades.Past, section: Section) -> list[Span]:
    """The rules by which a section is and was patrolled, in order: each day by the grade its road had then."""
    return of_grades(grades.history(past, section.road), found.get(section.district_id, {}))


def begins(rules: Sequence[Span], section: Section) -> date:
    """From which day on a section can be due."""
    return max(rules[0].starts_on, section.added_on or date.min)


def places(person: Actor, today: date, *, lines: bool = False) -> list[Place]:
    """Every section that the district patrols, as it stands today, in five statements."""
    rules, past = spans(person), grades.past(person)
    if not rules:
        return []
    whose, last = queries.beats(person), queries.last_passes(person)
    statement = queries.patrolled(person)
    if lines:
        statement = statement.options(undefer(Section.centreline))
    return [
        _place(section, rules_for(rules, past, section), whose.get(section.id), last.get(section.id), today)
        for section in db.session.scalars(statement)
    ]


def _place(section: Section, rules: Sequence[Span], walker: int | None, last: date | None, today: date) -> Place:
    due = next_due(rules, last, begins(rules, section)) if rules else None
    return Place(section, grade_of(section), walker, last, due, standing(due, last, today), rules)


def for_walker(found: Sequence[Place], person: Actor, today: date) -> list[Place]:
    """What this person is to walk today: due or passed today, theirs or nobody's; longest overdue first."""
    return _theirs(found, person, today, {"missed", "today", "done"})


def soon_for(found: Sequence[Place], person: Actor, today: date, until: date) -> list[Place]:
    """What falls due for this person after today, up to a day."""
    later = _theirs(found, person, today, {"later"})
    return [place for place in later if place.due_on is not None and place.due_on <= until]


def _theirs(found: Sequence[Place], person: Actor, today: date, standings: set[str]) -> list[Place]:
    mine = [p for p in found if p.walker_id in {None, person.id} and p.standing in standings]
    return sorted(mine, key=lambda p: (p.walker_id is None, p.due_on or today))


def set_days(
    by: Actor, district: District, grade: str, days: int | None, *, starts_on: date, reason: str, seen: int | None
) -> PatrolRule | None:
    """From a day on patrol roads of a grade every so many days (None: not at all); None where it is so already.

    `seen` is the id of the rule the person saw in force. Raises NotAllowed, BadInput, Stale.
    """
    check(by, "patrol.edit", district)
    audit.lock(district.id)
    if grade not in GRADES or (days is not None and not 1 <= days <= MOST_DAYS):
        raise BadInput(NOT_DAYS, field=f"days_{grade}")
    if starts_on < clock.today():
        raise BadInput(PAST, field="starts_on")
    latest = in_force(by, district).get(grade)
    if (latest.id if latest else None) != seen:
        raise Stale(STALE, thing=latest)
    if (latest.days if latest else None) == days:
        return None
    if latest is not None:
        if starts_on < latest.starts_on:
            raise BadInput(LATER, field="starts_on")
        write(latest, {"ends_on": starts_on})
    row = PatrolRule(district_id=district.id, grade=grade, days=days, starts_on=starts_on, reason=reason)
    row.set_by_id, row.set_at = by.id, clock.now()
    db.session.add(row)
    db.session.flush()
    told = {"days": [latest.days if latest else None, days]}
    audit.record(by, "patrol.edit", row, after="in force", changes=told, starts_on=starts_on, reason=reason)
    return row


def in_force(person: Actor, district: District) -> dict[str, PatrolRule]:
    """Grade → its newest rule in this district."""
    statement = queries.rules(person).where(PatrolRule.district_id == district.id, PatrolRule.ends_on.is_(None))
    return {row.grade: row for row in db.session.scalars(statement)}


def assign(by: Actor, sections: Sequence[Section], walker: Person | None) -> int:
    """Give sections to somebody to walk, or to everybody; gives how many changed. Raises NotAllowed, BadInput."""
    check(by, "patrol.edit")
    if walker is not None and not may(walker, "round.start"):
        raise BadInput(NOT_A_WALKER, field="walker")
    before = queries.beats(by)
    changed = [s for s in sections if before.get(s.id) != (walker.id if walker else None)]
    if not changed:
        return 0
    for section in changed:
        check(by, "patrol.edit", section)
        if walker is not None and walker.district_id != section.district_id:
            raise NotFound()
    audit.lock(changed[0].district_id)
    db.session.execute(delete(Beat).where(Beat.section_id.in_([s.id for s in changed])))
    for section in changed:
        if walker is not None:
            db.session.add(Beat(section_id=section.id, district_id=section.district_id, person_id=walker.id))
        told = {"walker": [before.get(section.id), walker.id if walker else None]}
        audit.record(by, "patrol.edit", section, before="known", after="known", changes=told)
    return len(changed)
