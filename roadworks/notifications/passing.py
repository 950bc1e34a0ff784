"""Passing a question on: to whom, how often, and the new row that asks them."""

from sqlalchemy import func, or_, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications import settling
from roadworks.notifications.models import Reminder
from roadworks.notifications.stalled import unpassed


def bounces(reminder: Reminder) -> int:
    """How often this question was passed on."""
    statement = select(func.count()).where(
        Reminder.thing_type == reminder.thing_type,
        Reminder.thing_id == reminder.thing_id,
        Reminder.code == reminder.code,
        Reminder.answer == "not_mine",
        or_(
            Reminder.occasion == unpassed(reminder.occasion),
            Reminder.occasion.startswith(unpassed(reminder.occasion) + "~", autoescape=True),
        ),
    )
    return db.session.scalar(statement) or 0


def pass_to(reminder: Reminder, whom: int, person_id: int, count: int) -> None:
    """Ask somebody else the same question, unless it waits for them already."""
    same = select(Reminder.id).where(
        Reminder.thing_type == reminder.thing_type,
        Reminder.thing_id == reminder.thing_id,
        Reminder.code == reminder.code,
        Reminder.person_id == whom,
        Reminder.state == "open",
    )
    if db.session.scalars(same.limit(1)).first() is not None:
        return
    copied = ("district_id", "code", "thing_type", "thing_id", "thing_label", "level", "urgent", "since")
    values = {name: getattr(reminder, name) for name in copied}
    values |= {"occasion": f"{unpassed(reminder.occasion)}~{count}", "raised_at": clock.now()}
    values |= {"person_id": whom, "for_id": person_id if whom != person_id else None}
    db.session.execute(settling.insert_new(), [values])
