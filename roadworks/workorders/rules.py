"""The arithmetic of work orders: which rule sets which clock, and how an order stands against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from roadworks.base.calendar import Unit, WorkCalendar

DUE_SOON = timedelta(hours=4)
DEFAULT = "默认值（参照 CJJ 36 及运城市、青岛市等规定），请按本区规定修订"
COVER_LAW = "郑州市市政工程设施管理条例 第五十一条：当日内"


@dataclass(frozen=True)
class Rule:
    """One row of the table of deadlines; None in a condition means any."""

    clock: str
    amount: int
    unit: Unit
    severity: str | None = None
    grade: str | None = None
    type_code: str | None = None
    source: str = DEFAULT


def _matrix() -> Iterable[Rule]:
    """The default matrix of domain.md §4.2."""
    yield Rule("make_safe", 2, Unit.URGENT_HOUR, "emergency")
    yield Rule("make_safe", 4, Unit.URGENT_HOUR, "severe")
    for severity, unit, amounts in (
        ("emergency", Unit.URGENT_HOUR, (24, 24, 48)),
        ("severe", Unit.WORK_DAY, (1, 2, 3)),
        ("moderate", Unit.WORK_DAY, (3, 5, 5)),
        ("slight", Unit.WORK_DAY, (7, 10, 15)),
    ):
        for grade, amount in zip(("I", "II", "III"), amounts, strict=True):
            yield Rule("repair", amount, unit, severity, grade)


def _overrides() -> Iterable[Rule]:
    for code in ("cover_missing", "cover_broken"):
        yield Rule("make_safe", 2, Unit.URGENT_HOUR, type_code=code, source=COVER_LAW)
        yield Rule("repair", 0, Unit.NATURAL_DAY, type_code=code, source=COVER_LAW)
    yield Rule("make_safe", 2, Unit.URGENT_HOUR, type_code="collapse")
    yield Rule("repair", 5, Unit.WORK_DAY, type_code="collapse")
    for code in ("sw_loose", "sw_paver_loose", "sw_heave", "sw_settlement"):
        yield Rule("repair", 7, Unit.WORK_DAY, type_code=code)
    for code in ("sw_missing", "sw_paver_broken", "sw_tactile", "sw_ramp"):
        yield Rule("repair", 5, Unit.WORK_DAY, type_code=code)


DEFAULT_RULES: tuple[Rule, ...] = (*_matrix(), *_overrides())


@dataclass(frozen=True)
class Case:
    """What the deadline of one defect depends on; an unknown grade counts as III."""

    label: str
    severity: str
    grade: str | None
    type_code: str


@dataclass(frozen=True)
class Due:
    """A deadline, the unit its clock runs in, and the rule and defect that set it."""

    at: datetime
    rule: Rule
    label: str


def pick(rules: Sequence[Rule], clock: str, case: Case) -> Rule | None:
    """The rule that fits: an override by type first, then severity with grade, then severity alone."""
    grade = case.grade or "III"
    fitting = [
        rule
        for rule in rules
        if rule.clock == clock
        and rule.type_code in {None, case.type_code}
        and rule.severity in {None, case.severity}
        and rule.grade in {None, grade}
    ]
    return max(
        fitting, key=lambda r: (r.type_code is not None, r.severity is not None, r.grade is not None), default=None
    )


def earliest(
    rules: Sequence[Rule], clock: str, cases: Sequence[Case], issued_at: datetime, calendar: WorkCalendar
) -> Due | None:
    """The deadline of an order with several defects: the earliest of theirs; None where no rule asks for one."""
    dues = []
    for case in cases:
        rule = pick(rules, clock, case)
        if rule is not None:
            dues.append(Due(calendar.add(issued_at, rule.amount, rule.unit), rule, case.label))
    return min(dues, key=lambda due: due.at, default=None)


def standing(*, due_at: datetime, started_at: datetime, now: datetime, ended_at: datetime | None, stopped: bool) -> str:
    """normal, due_soon (≤ 25 % or ≤ 4 hours left), overdue or suspended (domain.md §4.3.6)."""
    if ended_at is not None:
        return "overdue" if ended_at > due_at else "normal"
    if stopped:
        return "suspended"
    if now > due_at:
        return "overdue"
    return "due_soon" if now >= soon_at(due_at, started_at) else "normal"


def soon_at(due_at: datetime, started_at: datetime) -> datetime:
    """The moment from which it is due soon: 4 hours or a quarter of its time before the deadline, what is longer."""
    return due_at - max(DUE_SOON, (due_at - started_at) / 4)
