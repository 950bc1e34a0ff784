"""The rows behind the sums of the bulletin (workorders/figures.py), which a link on the page shows."""

from datetime import date
from typing import Any

from sqlalchemy import Select

from roadworks.accounts.models import Crew
from roadworks.base.db import Rows
from roadworks.defects.models import Defect
from roadworks.workflow.permissions import Actor, within
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.queries import lines


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
