"""What a phone keeps of the plan: what its person is to walk today, and what falls due in the days after.

A phone may be without network for days. Of each section it is told when it is due as things stand, and when again if it
is passed on one of these days: the plan's own rules work out both, and the phone works out none of them.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from roadworks.base.i18n import label
from roadworks.rounds import plan
from roadworks.workflow.permissions import Actor

DAYS = 7
MOST_SOON = 1000


def told(found: Sequence[plan.Place], person: Actor, today: date) -> dict[str, Any]:
    """Today's list, what falls due after it, and the last day for which the two are whole.

    `again`: by the day of the pass, today first, how many days after today it is due next; None where it is not.
    """
    until = today + timedelta(days=DAYS)
    soon = sorted(plan.soon_for(found, person, today, until), key=lambda place: place.due_on or until)
    if len(soon) > MOST_SOON:
        until = (soon[MOST_SOON].due_on or until) - timedelta(days=1)
    return {
        "day": today.isoformat(),
        "due": [_facts(place, today) for place in plan.for_walker(found, person, today)],
        "soon": [_facts(place, today) for place in soon[:MOST_SOON]],
        "until": until.isoformat(),
    }


def _facts(place: plan.Place, today: date) -> dict[str, Any]:
    again = [place.due_after(today + timedelta(days=n)) for n in range(DAYS + 1)]
    return {
        "id": place.section.id,
        "name": label(place.section),
        "grade": place.grade,
        "mine": place.walker_id is not None,
        "last_on": place.last_on.isoformat() if place.last_on else None,
        "due_on": place.due_on.isoformat() if place.due_on else None,
        "standing": place.standing,
        "again": [(day - today).days if day else None for day in again],
    }
