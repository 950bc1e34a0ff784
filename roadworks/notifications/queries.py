"""Which reminders: one's own, the unread ones, and what was answered before about the same thing."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from roadworks.notifications.models import Reminder
from roadworks.workflow.permissions import Actor, within

MOST_COUNTED = 100
MOST_URGENT = 50


def readable(person: Actor) -> Select[Reminder]:
    """The reminders of the district, with their people; whose they are, the permission says."""
    statement: Select[Reminder] = within(person, Reminder)
    return statement.options(
        joinedload(Reminder.person),
        joinedload(Reminder.passed_to),
        joinedload(Reminder.on_behalf_of),
        joinedload(Reminder.answered_by),
    )


def mine(person: Actor, *states: str) -> Select[Reminder]:
    """A person's own reminders in these states."""
    return readable(person).where(Reminder.person_id == person.id, Reminder.state.in_(states))


def urgent(person: Actor) -> Select[Reminder]:
    """The emergencies among a person's open reminders, longest past first; no more than one page of them."""
    return mine(person, "open").where(Reminder.urgent).order_by(Reminder.since, Reminder.id).limit(MOST_URGENT)


def _counted(*conditions: Any) -> Select[Any]:
    """How many rows fit, counted no further than to 100."""
    few = select(Reminder.id).where(*conditions).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(few)


def unread(person: Actor) -> Select[Any]:
    """How many open reminders a person has not seen; one statement on one index, up to 100."""
    return _counted(Reminder.person_id == person.id, Reminder.state == "open", Reminder.read_at.is_(None))


def waiting(person: Actor) -> Select[Any]:
    """How many reminders wait for a person's answer, up to 100."""
    return _counted(Reminder.person_id == person.id, Reminder.state == "open")


def before(reminder: Reminder) -> Select[Reminder]:
    """What was answered before about the same thing, latest first."""
    statement = select(Reminder).where(
        Reminder.thing_type == reminder.thing_type,
        Reminder.thing_id == reminder.thing_id,
        Reminder.answered_at.is_not(None),
        Reminder.id != reminder.id,
    )
    return (
        statement.options(joinedload(Reminder.answered_by), joinedload(Reminder.passed_to))
        .order_by(Reminder.answered_at.desc())
        .limit(10)
    )
