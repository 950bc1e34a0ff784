"""A measure that is ten times what was filed, or a tenth: mostly a slip of the point, asked about once and shown."""

from collections.abc import Mapping
from decimal import Decimal

from roadworks.base.i18n import _, show_m2
from roadworks.workorders.models import OrderLine, WorkOrder
from roadworks.workorders.steps import Measure, Said

# What is mended is never quite what was filed: a slip of the point makes eight times of it, or twelve.
TIMES = 8


def told(line: OrderLine) -> str:
    """What whoever verifies is to know of a measure so far from what was filed; empty where it is not."""
    filed, measured = line.defect.area_m2, line.mended_m2
    times = _times(filed, measured)
    if times < TIMES:
        return ""
    both = {"filed": show_m2(filed), "measured": show_m2(measured)}
    return _("Filed %(filed)s, measured %(measured)s: about %(times)d times apart.", **both, times=round(times))


def asked(order: WorkOrder, said: Said, measures: Mapping[int, Measure]) -> dict[str, str]:
    """A question for each line whose measure looks like a slip, at the name of the tick that answers it."""
    questions = {}
    for line in order.live_lines:
        tick, filed, measured = f"sure-{line.id}", line.defect.area_m2, measures[line.id]["m2"]
        if _times(filed, measured) >= TIMES and not said.fields.get(tick):
            both = {"filed": show_m2(filed), "measured": show_m2(measured)}
            questions[tick] = _("Filed %(filed)s, measured %(measured)s: is that right?", **both)
    return questions


def _times(one: Decimal | None, other: Decimal | None) -> Decimal:
    """How many times the smaller of two areas goes into the larger; 0 where one is unknown or nothing."""
    return max(one, other) / min(one, other) if one and other else Decimal(0)
