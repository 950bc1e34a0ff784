"""What each rule watches: which rows, and the moment that its limit counts from; nothing here is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from roadworks.defects.models import Defect
from roadworks.projects.models import Project
from roadworks.projects.queries import standing_since
from roadworks.projects.records import ProgressEntry
from roadworks.workflow.audit import Event
from roadworks.workflow.transitions import ORDER_RUNNING, PROJECT_MOVING
from roadworks.workorders.models import WorkOrder


@dataclass(frozen=True)
class Watch:
    """The rows a rule looks at (`base`), and the moment its limit counts from; `ahead` counts back from a deadline."""

    code: str
    model: Any
    moment: Any
    base: tuple[ColumnElement[bool], ...]
    sort: InstrumentedAttribute[Any]
    ahead: bool = False

    @property
    def thing(self) -> str:
        """The word for the kind of row, as the trail has it."""
        return str(self.model.__thing__)

    @property
    def label(self) -> ColumnElement[str]:
        """What the row is called."""
        if self.model is Project:
            return Project.number + literal(" ") + Project.name_zh
        return self.model.number  # type: ignore[no-any-return]

    def owners(self) -> list[Any]:
        """Crew, person in charge and responsible leader, as far as the row has them."""
        none = literal(None)
        if self.model is Project:
            return [none.label("crew_id"), Project.in_charge_id, Project.leader_id]
        return [self.model.crew_id, none.label("in_charge_id"), none.label("leader_id")]


def _last(model: Any, *verbs: str) -> Any:
    """When the last event of these verbs happened to the row."""
    return (
        select(func.max(Event.at))
        .where(Event.thing_type == model.__thing__, Event.thing_id == model.id, Event.verb.in_(verbs))
        .correlate(model)
        .scalar_subquery()
    )


def _later(first: Any, second: Any) -> Any:
    """The later of a moment and one that may be missing."""
    return case((and_(second.is_not(None), second > first), second), else_=first)


# An order issued again or to another crew waits from then on, one that was suspended from the day it went on.
_GIVEN = func.coalesce(_last(WorkOrder, "order.reissue", "order.reassign"), WorkOrder.issued_at)
_ISSUED = case((WorkOrder.version > 1, _GIVEN), else_=WorkOrder.issued_at)
_HANDED_BACK = func.coalesce(_last(WorkOrder, "order.hand_back"), WorkOrder.issued_at)
_STANDING = standing_since()
_LAST_ENTRY = (
    select(func.max(ProgressEntry.written_at))
    .where(ProgressEntry.project_id == Project.id)
    .correlate(Project)
    .scalar_subquery()
)

# An order whose defects have all left it (rejected, covered by a project) waits for nobody.
_HELD = (
    select(Defect.id).where(Defect.order_id == WorkOrder.id, Defect.state == "ordered").correlate(WorkOrder).exists()
)
_RUNNING = (WorkOrder.state.in_(ORDER_RUNNING), _HELD)
_UNSAFE = (*_RUNNING, WorkOrder.made_safe_at.is_(None), WorkOrder.make_safe_due_at.is_not(None))
_UNDER_WAY = (Project.state.in_(PROJECT_MOVING),)

_ALL = (
    Watch("triage", Defect, Defect.received_at, (Defect.state == "filed",), Defect.received_at),
    Watch(
        "unaccepted",
        WorkOrder,
        _later(_ISSUED, WorkOrder.suspended_until),
        (WorkOrder.state == "issued", _HELD),
        WorkOrder.issued_at,
    ),
    Watch("make_safe_soon", WorkOrder, WorkOrder.make_safe_due_at, _UNSAFE, WorkOrder.make_safe_due_at, ahead=True),
    Watch("make_safe_overdue", WorkOrder, WorkOrder.make_safe_due_at, _UNSAFE, WorkOrder.make_safe_due_at),
    Watch("repair_soon", WorkOrder, WorkOrder.repair_due_at, _RUNNING, WorkOrder.repair_due_at, ahead=True),
    Watch("repair_overdue", WorkOrder, WorkOrder.repair_due_at, _RUNNING, WorkOrder.repair_due_at),
    Watch("verification", WorkOrder, WorkOrder.done_at, (WorkOrder.state == "done",), WorkOrder.done_at),
    Watch("hand_back", WorkOrder, _HANDED_BACK, (WorkOrder.state == "handed_back",), WorkOrder.issued_at),
    Watch(
        "extension",
        WorkOrder,
        WorkOrder.extension_asked_at,
        (*_RUNNING, WorkOrder.extension_asked_at.is_not(None)),
        WorkOrder.extension_asked_at,
    ),
    Watch("stage", Project, _STANDING, _UNDER_WAY, Project.stage_entered_at),
    Watch(
        "progress",
        Project,
        _later(_STANDING, _LAST_ENTRY),
        (*_UNDER_WAY, Project.stage == "construction"),
        Project.stage_entered_at,
    ),
)
WATCHES: Mapping[str, Watch] = {watch.code: watch for watch in _ALL}

# An answer about one of these silences the others: they are one question about one order.
_REPAIR = frozenset({"unaccepted", "repair_soon", "repair_overdue"})
_MAKE_SAFE = frozenset({"make_safe_soon", "make_safe_overdue"})
FAMILIES = {code: family for family in (_REPAIR, _MAKE_SAFE) for code in family}
# A promise given before the deadline is broken after it, too.
HEIRS = {
    "repair_overdue": frozenset({"repair_soon", "repair_overdue"}),
    "make_safe_overdue": _MAKE_SAFE,
}


def family(code: str) -> frozenset[str]:
    """The rules that an answer to this one silences."""
    return FAMILIES.get(code, frozenset({code}))


def heir_of(code: str) -> frozenset[str]:
    """The rules whose broken promises this one takes up a level."""
    return HEIRS.get(code, frozenset({code}))
