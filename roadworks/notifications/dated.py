"""What is near by its date: tenders, ends of warranty, the holiday year; small tables, looked at row by row."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import or_, select

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.calendar import WorkCalendar
from roadworks.base.db import db
from roadworks.notifications.models import ReminderRule
from roadworks.notifications.stalled import Reach, Stalled, reach
from roadworks.projects.models import Project, Tender
from roadworks.projects.tender import DATES
from roadworks.workflow.transitions import PROJECT_MOVING

# What is to be done by a day; nobody is asked about the begin of a sale, nor about what was cleared up on the way.
TENDER_DATES = tuple(name for name in DATES if name not in {"sale_from", "clarified_on"})


def midnight(day: date) -> datetime:
    """The first moment of a day in Zhengzhou."""
    return datetime.combine(day, time(), clock.ZONE)


def tenders(district_id: int, columns: Sequence[Any], begins: date, ends: date) -> Any:
    """Tenders of live projects that have one of these dates between two days; those that failed are over."""
    near = or_(*(column.between(begins, ends) for column in columns))
    return (
        select(Tender, Project)
        .join(Project, Project.id == Tender.project_id)
        .where(
            Tender.district_id == district_id, Project.state.in_(PROJECT_MOVING), Tender.failed_reason.is_(None), near
        )
    )


def _tenders(rule: ReminderRule, now: datetime, days: WorkCalendar) -> Iterator[Stalled]:
    """Each date of a running tender that is near."""
    reached, today = reach(rule, now, days), clock.local(now).date()
    last = clock.local(reached.edges[0]).date()
    columns = [getattr(Tender, name) for name in TENDER_DATES]
    for tender, project in db.session.execute(tenders(rule.district_id, columns, today, last)).all():
        for name in TENDER_DATES:
            day = getattr(tender, name)
            if day is not None and today <= day <= last:
                yield _dated(rule, project, day, name, reached)


def _warranties(rule: ReminderRule, now: datetime, days: WorkCalendar) -> Iterator[Stalled]:
    """Projects whose warranty ends soon."""
    reached, today = reach(rule, now, days), clock.local(now).date()
    last = clock.local(reached.edges[0]).date()
    ending = select(Project).where(
        Project.district_id == rule.district_id,
        Project.state.in_(PROJECT_MOVING),
        Project.warranty_ends_on.between(today, last),
    )
    for project in db.session.scalars(ending).all():
        if project.warranty_ends_on is not None:
            day = project.warranty_ends_on
            yield _dated(rule, project, day, "warranty_ends_on", reached)


def _dated(rule: ReminderRule, project: Project, day: date, name: str, reached: Reach) -> Stalled:
    owners = (None, project.in_charge_id, project.leader_id)
    return Stalled(
        rule.code, "project", project.id, project.title, midnight(day), reached, f"{name}:{day:%Y%m%d}", *owners
    )


def _holidays(rule: ReminderRule, now: datetime, days: WorkCalendar) -> Iterator[Stalled]:
    """The year that begins soon, or has begun, whose holidays nobody has loaded."""
    reached, year = reach(rule, now, days), clock.local(now).year
    district = db.session.get_one(District, rule.district_id)
    for wanted in (year, year + 1):
        begins = midnight(date(wanted, 1, 1))
        if reached.level(begins) and not days.knows(wanted):
            yield Stalled(rule.code, "district", district.id, str(wanted), begins, reached, str(wanted))


OTHERS: dict[str, Callable[[ReminderRule, datetime, WorkCalendar], Iterator[Stalled]]] = {
    "tender": _tenders,
    "warranty": _warranties,
    "holidays": _holidays,
}
