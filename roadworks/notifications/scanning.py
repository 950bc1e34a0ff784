"""The scan: everything stalled in a district, streamed over a connection of its own that only reads."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from roadworks.base.calendar import WorkCalendar
from roadworks.base.db import db, read_only
from roadworks.notifications.dated import OTHERS
from roadworks.notifications.models import ReminderRule
from roadworks.notifications.stalled import Limits, Stalled, rows, stage_limits
from roadworks.notifications.watches import WATCHES

BATCH = 1000


def scan(rules: Sequence[ReminderRule], now: datetime, days: WorkCalendar) -> Iterator[Stalled]:
    """Everything stalled by these rules of one district, streamed over a connection of its own that only reads."""
    limits = stage_limits(rules[0].district_id) if rules else {}
    for rule in rules:
        if rule.code in WATCHES:
            yield from _streamed(rule, now, days, limits)
        else:
            yield from OTHERS[rule.code](rule, now, days)


def _streamed(rule: ReminderRule, now: datetime, days: WorkCalendar, limits: Limits) -> Iterator[Stalled]:
    statement, reaches = rows(rule, now, days, limits)
    code, kind = rule.code, WATCHES[rule.code].thing
    with read_only(db.engine).connect() as reading:
        found = reading.execution_options(yield_per=BATCH).execute(statement)
        for thing_id, label, moment, crew_id, in_charge_id, leader_id, *key in found:
            reached = reaches[tuple(key)]
            yield Stalled(code, kind, thing_id, label, moment, reached, "", crew_id, in_charge_id, leader_id)
