"""The sums of the bulletin, each as a statement over the rows that a link on the page shows."""

from datetime import date
from typing import Any

from sqlalchemy import Select, case, func

from roadworks.accounts.models import Crew
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import Rows
from roadworks.defects.models import Defect
from roadworks.defects.queries import Filter, filtered
from roadworks.workflow.permissions import Actor, within
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.queries import closed_orders, lines


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


def mended_rows(person: Actor, since: date, until: date, surface: str = "", **of: int | None) -> Rows:
    """The lines behind the m², one row each; of one surface, `crew_id`, `road_id` or `section_id` where given."""
    statement = lines(person, since, until).with_only_columns(WorkOrder, OrderLine, Defect)
    if surface:
        statement = statement.where(OrderLine.surface == surface)
    columns = {"crew_id": WorkOrder.crew_id, "road_id": Defect.road_id, "section_id": Defect.section_id}
    for name, value in of.items():
        if value is not None:
            statement = statement.where(columns[name] == value)
    return statement.order_by(WorkOrder.closed_at, OrderLine.id)


def crew_names(person: Actor) -> Select[Any]:
    """All crews of the district, at work or not."""
    return within(person, Crew)
