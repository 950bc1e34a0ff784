"""The rows behind the sums of the bulletin (workorders/figures.py), which a link on the page shows."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func

from roadworks.accounts.models import Crew
from roadworks.base.db import Rows, db
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


def mended_sum(rows: Rows, surface: str = "") -> tuple[int, Decimal]:
    """How many rows of `mended_rows`, and their m²; what is beside the road counts only where it was asked for."""
    area = OrderLine.mended_m2 if surface else case((OrderLine.surface != "ancillary", OrderLine.mended_m2))
    n, total = db.session.execute(rows.with_only_columns(func.count(), func.sum(area)).order_by(None)).one()
    return n, total or Decimal(0)


def crew_names(person: Actor) -> Select[Any]:
    """All crews of the district, at work or not."""
    return within(person, Crew)
