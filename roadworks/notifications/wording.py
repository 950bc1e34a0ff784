"""An answer in words, and as the reason that lists of earlier rooms show."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.i18n import _, show_date
from roadworks.notifications.models import Reminder
from roadworks.workflow.reasons import REASONS, Reason


def worded(reminder: Reminder) -> str:
    """The answer as lists and the digest show it: 等待管线单位至7月10日."""
    day = show_date(reminder.answer_until)
    if reminder.answer == "doing":
        return _("doing it by %(day)s", day=day) + (f": {reminder.answer_text}" if reminder.answer_text else "")
    if reminder.answer == "waiting":
        return _("waiting for %(what)s until %(day)s", what=reminder.answer_text, day=day)
    if reminder.answer == "extension":
        return _("asked for an extension: %(why)s", why=reminder.answer_text)
    return _("passed on to %(name)s", name=reminder.passed_to.name if reminder.passed_to else "–")


def known(kind: str, ids: Sequence[int]) -> Mapping[int, Reason]:
    """The latest answer that still stands for each thing; what was passed on is no reason."""
    statement = (
        select(Reminder)
        .where(
            Reminder.thing_type == kind,
            Reminder.thing_id.in_(ids),
            Reminder.state == "answered",
            Reminder.answer_until.is_not(None),
        )
        .order_by(Reminder.answered_at)
    )
    rows = db.session.execute(statement.join(Person, Person.id == Reminder.answered_by_id).add_columns(Person.name))
    today = clock.today()
    return {
        row.thing_id: Reason(worded(row), row.answer_until, name, row.answer_until < today)
        for row, name in rows
        if row.answer_until is not None
    }


REASONS.append(known)
