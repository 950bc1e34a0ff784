"""Who gets a digest, and the facts of each reader: the district's, their own, and what left their list."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from roadworks.accounts.models import Person
from roadworks.base.db import Rows
from roadworks.notifications import digest_own, digest_stalled
from roadworks.notifications.digest_facts import Shared
from roadworks.notifications.digest_left import ASKED, last_digests, left_lists
from roadworks.notifications.digest_own import Own
from roadworks.notifications.digest_rows import SHOWN, Facts
from roadworks.notifications.models import Digest


@dataclass(frozen=True)
class Reader:
    """What a digest needs to know of its reader."""

    id: int
    name: str
    role: str
    crew_id: int | None
    language: str


def readers(district_id: int) -> Rows:
    """The people of a district who get a digest: those who want it, and those whose duty it is."""
    return (
        select(Person.id, Person.name, Person.role, Person.crew_id, Person.language)
        .where(Person.district_id == district_id, Person.active, Person.role.in_(OWN))
        .where(or_(Person.wants_digest, Person.digest_duty))
        .order_by(Person.id)
    )


def wants(person: Person) -> bool:
    """Whether a person is among them, as far as it is theirs to say."""
    return person.wants_digest or person.digest_duty


def without(district_id: int, week: str, due_at: datetime) -> Rows:
    """Those of them who have none for this week and were there when it was due."""
    has = select(Digest.id).where(Digest.person_id == Person.id, Digest.week == week)
    return readers(district_id).where(Person.created_at <= due_at, ~has.exists())


def read(rows: Iterable[Any]) -> list[Reader]:
    """Readers from rows of `readers`."""
    return [Reader(who, name, role, crew_id, language or "zh") for who, name, role, crew_id, language in rows]


def reader(person: Person) -> Reader:
    """A signed-in person as a reader."""
    return Reader(person.id, person.name, person.role, person.crew_id, person.language or "zh")


def facts_for(shared: Shared, people: Sequence[Reader]) -> dict[int, Facts]:
    """Reader → all facts of their digest; a fixed number of statements, however many readers."""
    own: dict[int, Own] = {}
    by_role: dict[str, list[Reader]] = {}
    for person in people:
        by_role.setdefault(person.role, []).append(person)
    for role, those in by_role.items():
        own |= OWN[role](shared, those)
    last = last_digests([person.id for person in people], str(shared.scope.span.week))
    left = left_lists(shared.scope, {who: part.track for who, part in own.items()}, last)
    return {
        person.id: {
            **shared.head,
            "role": person.role,
            "name": person.name,
            **own[person.id].facts,
            "left": left[person.id],
            "track": own[person.id].track,
        }
        for person in people
    }


def _supervisors(shared: Shared, people: Sequence[Reader]) -> dict[int, Own]:
    lists, stalled = shared.lists, shared.stalled
    due = lists["due"].facts
    desk = {name: listed.facts for name, listed in lists.items()}
    desk["due"] = {
        "n": due["n"] + len(shared.due_nodes),
        "rows": due["rows"] + shared.due_nodes[:SHOWN],
    }
    desk["stalled"] = {"n": stalled.n, "rows": stalled.rows}
    waiting = sum(lists[name].n for name in ("to_confirm", "to_order", "to_verify", "handed_back", "extensions"))
    facts = {
        "desk": desk,
        "late_crews": shared.late_crews,
        "patrols": shared.patrols,
        "seal": shared.seal,
        "count": {"overdue": lists["overdue"].n, "waiting": waiting},
        "empty": not (waiting or any(desk[name]["n"] for name in ("overdue", "due", "stalled"))),
    }
    defects = {f"defect:{i}" for name in ("to_confirm", "to_order") for i in lists[name].ids}
    orders = {f"order:{i}" for name in ("overdue", "to_verify", "handed_back", "extensions") for i in lists[name].ids}
    return dict.fromkeys((p.id for p in people), Own(facts, sorted(defects | orders) + _asked(stalled)))


def _asked(stalled: digest_stalled.Stalled) -> list[str]:
    return [f"{ASKED}{kind}:{thing_id}" for kind, thing_id in stalled.keys]


def _leaders(shared: Shared, people: Sequence[Reader]) -> dict[int, Own]:
    late, projects = shared.lists["overdue"], shared.late_projects
    overdue = late.n + projects.n
    facts = {
        "figures": shared.figures,
        "crews": [
            {"crew": shared.crews[crew_id], "on_time": on_time, "n": n}
            for crew_id, (on_time, n) in sorted(shared.week.by_crew.items())
        ],
        "stages": shared.stages,
        "patrols": shared.patrols,
        "worst": {"n": overdue, "rows": shared.worst},
        "seal": shared.seal,
        "count": {"overdue": overdue, "waiting": shared.stalled.n},
        "empty": not (overdue or shared.stalled.n or shared.week.found or shared.week.verified),
    }
    track = [f"order:{i}" for i in late.ids] + [f"project:{i}" for i in projects.ids]
    return dict.fromkeys((p.id for p in people), Own(facts, track))


def _crews(shared: Shared, people: Sequence[Reader]) -> dict[int, Own]:
    wanted = {p.crew_id or 0 for p in people} - shared.crews_own.keys()
    shared.crews_own.update(digest_own.crews(shared, sorted(wanted)))
    return {person.id: shared.crews_own[person.crew_id or 0] for person in people}


def _engineers(shared: Shared, people: Sequence[Reader]) -> dict[int, Own]:
    return digest_own.engineers(shared, [p.id for p in people])


def _inspectors(shared: Shared, people: Sequence[Reader]) -> dict[int, Own]:
    return digest_own.inspectors(shared, [p.id for p in people])


OWN: dict[str, Callable[[Shared, Sequence[Reader]], dict[int, Own]]] = {
    "supervisor": _supervisors,
    "leader": _leaders,
    "engineer": _engineers,
    "crew": _crews,
    "inspector": _inspectors,
}
