"""What a reminder is about, in words: the thing itself, what it is called, and since when it waits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.i18n import _, _l, label, show_date, show_datetime
from roadworks.defects.models import Defect
from roadworks.notifications.models import Reminder
from roadworks.notifications.stalled import bare
from roadworks.projects import tender
from roadworks.projects.models import Project
from roadworks.workorders.models import OrderLine, WorkOrder

MODELS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "defect": (Defect, (joinedload(Defect.section), selectinload(Defect.photos))),
    "order": (
        WorkOrder,
        (
            joinedload(WorkOrder.crew),
            selectinload(WorkOrder.lines).joinedload(OrderLine.defect).joinedload(Defect.section),
        ),
    ),
    "project": (Project, (joinedload(Project.in_charge),)),
    "district": (District, ()),
}
# What a thing has its page at: kind → endpoint and the name of its id.
ENDPOINTS = {
    "defect": ("defects.defect", "defect_id"),
    "order": ("orders.order", "order_id"),
    "project": ("projects.project", "project_id"),
}
DATES = {**tender.DATES, "warranty_ends_on": _l("End of warranty")}


def things(reminders: Iterable[Reminder]) -> dict[tuple[str, int], Any]:
    """The rows that reminders are about, by kind and id: one statement or few for each kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for reminder in reminders:
        wanted[reminder.thing_type].add(reminder.thing_id)
    found = {}
    for kind, ids in wanted.items():
        model, options = MODELS[kind]
        rows = db.session.scalars(select(model).where(model.id.in_(ids)).options(*options)).unique()
        found.update({(kind, row.id): row for row in rows})
    return found


def named_date(occasion: str) -> tuple[str, date] | None:
    """The word and the day of an occasion that is a date with a name (`bid_deadline_on:20180630`), else None."""
    name, colon, day = bare(occasion).partition(":")
    if not colon or name not in DATES:
        return None
    return str(DATES[name]), date(int(day[:4]), int(day[4:6]), int(day[6:8]))


def title(reminder: Reminder) -> str:
    """What the thing is called, in the language in force."""
    if reminder.thing_type == "district":
        return _("Holidays of %(year)s", year=reminder.thing_label)
    dated = named_date(reminder.occasion)
    return f"{reminder.thing_label} · {dated[0]} {show_date(dated[1])}" if dated else reminder.thing_label


def url_of(kind: str, thing_id: int) -> str:
    """The page of a thing; empty where it has none of its own."""
    endpoint, name = ENDPOINTS.get(kind, ("", ""))
    values: dict[str, Any] = {name: thing_id}
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def url(reminder: Reminder) -> str:
    """The page of the thing that a reminder is about."""
    return url_of(reminder.thing_type, reminder.thing_id)


def detail(thing: Any) -> str:
    """Where it is and who has it, in one line; empty where the thing says nothing more than its name."""
    if isinstance(thing, Defect):
        return _joined([label(thing.type), thing.section and label(thing.section), thing.place])
    if isinstance(thing, WorkOrder):
        return _joined([*(_place(line) for line in thing.lines[:3]), label(thing.crew)])
    if isinstance(thing, Project):
        limits = thing.limits_en if thing.name_en and label(thing) == thing.name_en else thing.limits_zh
        return _joined([limits or thing.limits_zh, thing.in_charge and thing.in_charge.name])
    return ""


def _place(line: OrderLine) -> str:
    defect = line.defect
    return " ".join(filter(None, [label(defect.type), label(defect.section) if defect.section else "", defect.place]))


def _joined(parts: Sequence[Any]) -> str:
    return " · ".join(str(part) for part in parts if part)


def due_at(reminder: Reminder) -> datetime | None:
    """The deadline that the reminder is about, where it is about one."""
    if not reminder.code.startswith(("repair", "make_safe")):
        return None
    return datetime.strptime(bare(reminder.occasion) + "+0000", "%Y%m%dT%H%M%S%z")


def waits(reminder: Reminder) -> str:
    """Since when it waits, or until when there is time, in words."""
    if reminder.code.endswith("_soon") or ":" in reminder.occasion or reminder.thing_type == "district":
        due = due_at(reminder)
        return _("due %(moment)s", moment=show_datetime(due)) if due else ""
    return _("past its limit since %(moment)s", moment=show_datetime(reminder.since))
