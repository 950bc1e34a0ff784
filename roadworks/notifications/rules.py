"""The table of what counts as stalled and who is told: its defaults (domain.md §4.2, §5.1) and how it is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from roadworks.accounts.actions import NEW_DISTRICT
from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.calendar import Unit
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.notifications.models import ReminderRule
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, System, check
from roadworks.workflow.transitions import STALE, WHY_CHANGED, write

ADDRESSEES = ("crew", "inspector", "supervisor", "in_charge", "responsible", "leader", "admin")
MOST_LEVELS = 3
MOST = 999
BAD_LIMIT = _l("Give a whole number up to 999 and a unit of time.")
BAD_LEVEL = _l("Each level needs somebody who is told, and a time; later levels come later.")


@dataclass(frozen=True)
class Level:
    """Who is told, and how long after the limit."""

    to: tuple[str, ...]
    after: int = 0
    unit: Unit = Unit.URGENT_HOUR

    def as_data(self) -> dict[str, Any]:
        """As the table holds it."""
        return {"to": list(self.to), "after": self.after, "unit": self.unit.value}


@dataclass(frozen=True)
class Default:
    """One rule as a new district gets it."""

    code: str
    amount: int
    unit: Unit
    levels: tuple[Level, ...]
    urgent: bool = False


# Roughly, to see whether a later level comes later.
HOURS = {Unit.URGENT_HOUR: 1, Unit.WORK_HOUR: 3, Unit.WORK_DAY: 24, Unit.NATURAL_DAY: 24}
HOUR, WORK_HOUR, WORK_DAY, DAY = Unit.URGENT_HOUR, Unit.WORK_HOUR, Unit.WORK_DAY, Unit.NATURAL_DAY
CREW, BOSS, LEADER = Level(("crew",)), Level(("supervisor",)), ("leader",)
IN_CHARGE = Level(("in_charge",))
DEFAULTS: tuple[Default, ...] = (
    Default("triage", 4, WORK_HOUR, (BOSS, Level(LEADER, 1, WORK_DAY))),
    Default("unaccepted", 2, WORK_HOUR, (CREW, Level(("supervisor",), 2, WORK_HOUR), Level(LEADER, 1, WORK_DAY))),
    Default("make_safe_soon", 1, HOUR, (CREW, Level(("supervisor",), 1, HOUR))),
    Default("make_safe_overdue", 0, HOUR, (Level(("crew", "supervisor")), Level(LEADER, 2, HOUR)), urgent=True),
    Default("repair_soon", 1, WORK_DAY, (CREW, Level(("supervisor",), 1, WORK_DAY))),
    Default("repair_overdue", 0, HOUR, (CREW, Level(("supervisor",), 4, WORK_HOUR), Level(LEADER, 2, WORK_DAY))),
    Default(
        "verification",
        1,
        WORK_DAY,
        (Level(("inspector",)), Level(("supervisor",), 1, WORK_DAY), Level(LEADER, 3, WORK_DAY)),
    ),
    Default("hand_back", 4, WORK_HOUR, (BOSS, Level(LEADER, 1, WORK_DAY))),
    Default("extension", 4, WORK_HOUR, (BOSS, Level(LEADER, 1, WORK_DAY))),
    Default("stage", 0, HOUR, (IN_CHARGE, Level(("supervisor", "responsible"), 7, DAY), Level(LEADER, 14, DAY))),
    Default("progress", 14, DAY, (IN_CHARGE, Level(("supervisor", "responsible"), 7, DAY))),
    Default("tender", 3, DAY, (IN_CHARGE, Level(("supervisor",), 2, DAY))),
    Default("warranty", 30, DAY, (IN_CHARGE, Level(("supervisor",), 15, DAY))),
    Default("holidays", 31, DAY, (Level(("admin", "supervisor")), Level(LEADER, 21, DAY))),
)
CODES = tuple(default.code for default in DEFAULTS)


def in_force(district_id: int) -> Select[ReminderRule]:
    """The district's rules as they hold now, in the order they were made."""
    return select(ReminderRule).where(ReminderRule.district_id == district_id, ReminderRule.ended_at.is_(None))


def levels_of(rule: ReminderRule) -> tuple[Level, ...]:
    """The levels of a rule, first to last."""
    return tuple(Level(tuple(row["to"]), int(row["after"]), Unit(row["unit"])) for row in rule.levels)


def seed(district: District, by: Actor) -> None:
    """Give a new district the default rules."""
    for default in DEFAULTS:
        db.session.add(_row(district.id, default, by.id))


NEW_DISTRICT.append(seed)


def _row(district_id: int, default: Default, by_id: int | None) -> ReminderRule:
    return ReminderRule(
        district_id=district_id,
        code=default.code,
        amount=default.amount,
        unit=default.unit.value,
        levels=[level.as_data() for level in default.levels],
        urgent=default.urgent,
        started_at=clock.now(),
        set_by_id=by_id,
        reason="default",
    )


def complete_rules(district_id: int) -> int:
    """Give a district older than a rule those it has never had; gives how many were added. The caller commits."""
    held = select(ReminderRule.code).where(ReminderRule.district_id == district_id).distinct()
    if set(CODES) <= set(db.session.scalars(held)):
        return 0
    audit.lock(district_id)
    known = set(db.session.scalars(held))
    fresh = [default for default in DEFAULTS if default.code not in known]
    db.session.add_all(_row(district_id, default, System(district_id).id) for default in fresh)
    return len(fresh)


def change(
    by: Actor,
    row: ReminderRule,
    *,
    amount: int,
    unit: Unit,
    levels: Sequence[Level],
    urgent: bool,
    active: bool,
    reason: str,
    seen: int,
) -> ReminderRule:
    """Let a new row follow this one, on record; reminders already raised stay. Raises NotAllowed, BadInput, Stale."""
    check(by, "reminders.edit", row)
    _judge(amount, levels, reason)
    audit.lock(row.district_id)
    if row.version != seen or row.ended_at is not None:
        present = in_force(row.district_id).where(ReminderRule.code == row.code)
        raise Stale(STALE, thing=db.session.scalars(present).one())
    now = clock.now()
    write(row, {"ended_at": now})
    values: dict[str, Any] = {"amount": amount, "unit": unit.value, "urgent": urgent, "active": active}
    values |= {"levels": [level.as_data() for level in levels]}
    fresh = ReminderRule(
        district_id=row.district_id, code=row.code, started_at=now, set_by_id=by.id, reason=reason, **values
    )
    db.session.add(fresh)
    db.session.flush()
    told = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    audit.record(by, "reminders.edit", fresh, after="in force", changes=told, reason=reason)
    return fresh


def _judge(amount: int, levels: Sequence[Level], reason: str) -> None:
    if not 0 <= amount <= MOST:
        raise BadInput(BAD_LIMIT, field="amount")
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise BadInput(BAD_LEVEL, field="levels")
    hours = [level.after * HOURS[level.unit] for level in levels]
    if hours != sorted(hours):
        raise BadInput(BAD_LEVEL, field="levels")
    for level in levels:
        if not level.to or not set(level.to) <= set(ADDRESSEES) or not 0 <= level.after <= MOST:
            raise BadInput(BAD_LEVEL, field="levels")
    if not reason:
        raise BadInput(WHY_CHANGED, field="reason")
