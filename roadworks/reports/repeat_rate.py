"""The repeat rate by crew in the bulletin: what was found again where a crew had mended it.

Repeats found in the period ÷ defects that the crew mended from 24 months before the period begins to its end: all whose
repeat could have been found in it. A repeat is the same type within 15 m and 24 months of a mending by a verified order
(defects/repeats.py); it counts for the crew that had mended, by the time of finding, without duplicates and rejected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from roadworks.base.db import db
from roadworks.base.i18n import _
from roadworks.base.months import months_later
from roadworks.base.quantities import per_cent
from roadworks.base.sheets import Row
from roadworks.defects.repeats import MONTHS
from roadworks.workflow.permissions import Actor
from roadworks.workorders import figures


@dataclass
class RepeatRate:
    """One crew's repeats and the defects mended that they are a share of; places 处."""

    found: int = 0
    mended: int = 0

    @property
    def share(self) -> Decimal | None:
        """Per cent, one place; None where the crew mended nothing in that time."""
        return per_cent(self.found, self.mended)


def mended_since(since: date) -> date:
    """The first day of mending whose repeat could be found in a period that begins on `since`."""
    return months_later(since, -MONTHS)


def work_out(person: Actor, since: date, until: date) -> dict[int, RepeatRate]:
    """Crew id → its repeats and what they are a share of, in two statements."""
    crews: dict[int, RepeatRate] = {}
    for crew_id, places in db.session.execute(figures.mended_places(person, mended_since(since), until)):
        crews.setdefault(crew_id, RepeatRate()).mended = places
    for crew_id, places in db.session.execute(figures.found_again(person, since, until)):
        crews.setdefault(crew_id, RepeatRate()).found = places
    return dict(sorted(crews.items()))


def whole(crews: Mapping[int, RepeatRate]) -> RepeatRate:
    """All crews together."""
    return RepeatRate(sum(one.found for one in crews.values()), sum(one.mended for one in crews.values()))


def as_json(crews: Mapping[int, RepeatRate], names: Mapping[int, str], since: date) -> dict[str, Any]:
    """For machines; per cent as a number, or nothing where nothing was mended."""
    told = [{"crew": names.get(crew_id, ""), "crew_id": crew_id, **_json(one)} for crew_id, one in crews.items()]
    return {**_json(whole(crews)), "mended_since": mended_since(since).isoformat(), "by_crew": told}


def _json(one: RepeatRate) -> dict[str, Any]:
    return {"found": one.found, "mended": one.mended, "percent": None if one.share is None else float(one.share)}


def rows(crews: Mapping[int, RepeatRate], names: Mapping[int, str]) -> list[Row]:
    """As rows of name, value, unit."""
    found, mended, rate, places = (
        _("Found again"),
        _("Mended in the period and 24 months before"),
        _("Repeat rate"),
        _("places"),
    )
    told: list[Row] = []
    for crew_id, one in crews.items():
        name, share = names.get(crew_id, ""), "" if one.share is None else one.share
        told += [(f"{found} {name}", one.found, places), (f"{mended} {name}", one.mended, places)]
        told += [(f"{rate} {name}", share, "%")]
    return told
