"""The sums over defects and orders that bulletin and digest share: one way of counting, as statements over rows."""

from datetime import date

from sqlalchemy import and_, case, func
from sqlalchemy.orm import aliased

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import Rows
from roadworks.base.quantities import per_cent
from roadworks.defects.models import Defect
from roadworks.defects.queries import Filter, filtered, held
from roadworks.workflow.permissions import Actor, within
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.queries import closed_orders, lines

# The surfaces whose m² are told: what is beside the road is counted in places.
MEASURED = ("carriageway", "sidewalk")
# Of fewer no rate is ranked: one more or less would turn it over.
SMALLEST_RANKED = 5


def fraction(share_of: int, n: int) -> str:
    """`4/6 = 66.7 %`; only the two numbers where n is below five."""
    if n < SMALLEST_RANKED:
        return f"{share_of}/{n} (n < {SMALLEST_RANKED})"
    return f"{share_of}/{n} = {per_cent(share_of, n)} %"


def found(person: Actor, since: date, until: date) -> Rows:
    """Defects found from `since` to `until`, both included, by surface, type and road: places 处."""
    statement = filtered(person, Filter(since=since, until=until, counted=True))
    return statement.with_only_columns(Defect.surface, Defect.type_code, Defect.road_id, func.count()).group_by(
        Defect.surface, Defect.type_code, Defect.road_id
    )


def mended(person: Actor, since: date, until: date) -> Rows:
    """Accepted repaired m², m and places by surface, crew and road."""
    return (
        lines(person, since, until)
        .with_only_columns(
            OrderLine.surface,
            WorkOrder.crew_id,
            Defect.road_id,
            func.sum(OrderLine.mended_m2),
            func.sum(OrderLine.mended_m),
            func.count(),
        )
        .group_by(OrderLine.surface, WorkOrder.crew_id, Defect.road_id)
    )


def mended_places(person: Actor, since: date, until: date) -> Rows:
    """Defects verified as mended, by crew: places 处."""
    columns = (WorkOrder.crew_id, func.count())
    return lines(person, since, until).with_only_columns(*columns).group_by(WorkOrder.crew_id)


def found_again(person: Actor, since: date, until: date) -> Rows:
    """Defects found from `since` to `until` that repeat a mended one, by the crew that had mended it: places 处."""
    before = aliased(Defect)
    statement = filtered(person, Filter(since=since, until=until, counted=True)).join(before, held(before))
    return statement.with_only_columns(before.crew_id, func.count()).group_by(before.crew_id)


def punctuality(person: Actor, since: date, until: date) -> Rows:
    """Per crew: orders verified, of these handed in by their deadline, suspended ones, and those with rework."""
    on_time = case((WorkOrder.done_at <= WorkOrder.repair_due_at, 1), else_=0)
    return (
        closed_orders(person, since, until)
        .with_only_columns(
            WorkOrder.crew_id,
            func.count(),
            func.sum(on_time),
            func.sum(WorkOrder.suspended_count),
            func.sum(case((WorkOrder.rework_count > 0, 1), else_=0)),
        )
        .group_by(WorkOrder.crew_id)
    )


def void_orders(person: Actor, since: date, until: date) -> Rows:
    """How many orders issued in the period were called off: no rate counts them."""
    begins, ends = local_day_bounds(since)[0], local_day_bounds(until)[1]
    statement = within(person, WorkOrder).with_only_columns(func.count())
    return statement.where(WorkOrder.state == "void", WorkOrder.issued_at >= begins, WorkOrder.issued_at < ends)


def fell_due(person: Actor, since: date, until: date) -> Rows:
    """The on-time rate counted the other way: orders that fell due in the period, and those handed in by then.

    Void orders and those whose clocks stand still are not counted; what is not yet handed in counts as late.
    """
    begins, ends = local_day_bounds(since)[0], local_day_bounds(until)[1]
    in_time = case((and_(WorkOrder.done_at.is_not(None), WorkOrder.done_at <= WorkOrder.repair_due_at), 1), else_=0)
    return (
        within(person, WorkOrder)
        .with_only_columns(func.count(), func.coalesce(func.sum(in_time), 0))
        .where(
            WorkOrder.repair_due_at >= begins,
            WorkOrder.repair_due_at < ends,
            WorkOrder.state.not_in(("void", "suspended")),
        )
    )
