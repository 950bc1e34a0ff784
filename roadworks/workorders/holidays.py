"""The bureau's holiday table: what it sets goes before the library."""

from datetime import date

from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base.calendar import CalendarDay
from roadworks.base.db import db
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check


def set_day(by: Actor, day: date, kind: str, name: str) -> None:
    """Make a day a holiday or a workday, or (`clear`) leave it to the library again; raises NotAllowed.

    The table moves the deadlines of every district, so it is on record in each.
    """
    check(by, "calendar.edit")
    districts = list(db.session.scalars(select(District).order_by(District.id)))
    for district in districts:
        audit.lock(district.id)
    row = db.session.get(CalendarDay, day)
    before = row.kind if row else None
    if kind == "clear":
        if row is not None:
            db.session.delete(row)
    elif row is None:
        db.session.add(CalendarDay(day=day, kind=kind, name=name))
    else:
        row.kind, row.name = kind, name
    told = {str(day): [before, kind]}
    for district in districts:
        audit.record(by, "calendar.edit", district, before="known", after="known", changes=told, name=name)
