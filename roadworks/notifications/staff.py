"""Who is told: the people of a district by what they do, and who stands in for whom today."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from roadworks.accounts.models import Person, on_leave, stand_in
from roadworks.base.db import db
from roadworks.notifications.stalled import Stalled

# Where nobody is there to be told, somebody else is.
INSTEAD = {"crew": "supervisor", "inspector": "supervisor", "in_charge": "supervisor", "responsible": "leader"}


class Staff:
    """The active people of one district, held as numbers while a scan runs."""

    def __init__(self, district_id: int, today: date) -> None:
        columns = (Person.id, Person.role, Person.crew_id, Person.away_from, Person.away_until, Person.substitute_id)
        people = select(*columns).where(
            Person.active, or_(Person.district_id == district_id, Person.district_id.is_(None))
        )
        self.by_role: dict[str, list[int]] = defaultdict(list)
        self.by_crew: dict[int, list[int]] = defaultdict(list)
        self.away: dict[int, int] = {}
        self.known: set[int] = set()
        for person_id, role, crew_id, begins, ends, substitute_id in db.session.execute(people):
            self._keep(person_id, role, crew_id)
            if substitute_id is not None and on_leave(begins, ends, today):
                self.away[person_id] = substitute_id

    def _keep(self, person_id: int, role: str, crew_id: int | None) -> None:
        self.known.add(person_id)
        self.by_role[role].append(person_id)
        if crew_id is not None:
            self.by_crew[crew_id].append(person_id)

    def addressees(self, code: str, item: Stalled) -> Sequence[int]:
        """The people that a word of a rule means for this thing."""
        if code == "crew":
            found: Iterable[Any] = self.by_crew.get(item.crew_id or 0, ())
        elif code in {"in_charge", "responsible"}:
            found = (item.in_charge_id if code == "in_charge" else item.leader_id,)
        else:
            found = self.by_role.get(code, ())
        told = [person_id for person_id in found if person_id in self.known]
        return told or (self.addressees(INSTEAD[code], item) if code in INSTEAD else ())

    def stand_in(self, person_id: int) -> int:
        """Who is told today in place of this person; never who is no longer here."""
        return stand_in(person_id, self._substitute)

    def _substitute(self, person_id: int) -> int | None:
        following = self.away.get(person_id)
        return following if following in self.known else None
