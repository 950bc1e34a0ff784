"""MAY: verb → roles, inside the person's district. Nothing is allowed that does not stand here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Select, select

from roadworks.base.errors import NotAllowed, NotFound
from roadworks.base.i18n import _l

ROLES = ("inspector", "crew", "supervisor", "engineer", "leader", "admin")


class Actor(Protocol):
    """Who acts: a person, or the system's own clockwork."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def district_id(self) -> int | None: ...
    @property
    def crew_id(self) -> int | None: ...


@dataclass(frozen=True)
class System:
    """The clockwork: takes only the steps that time itself causes."""

    district_id: int | None = None
    id: None = None
    name: str = "Roadworks"
    role: str = "system"
    crew_id: None = None


Condition = Callable[[Actor, Any], bool]


def own_crew(person: Actor, thing: Any) -> bool:
    """The order was given to this person's crew."""
    return person.crew_id is not None and thing.crew_id == person.crew_id


def own_fresh_filing(person: Actor, thing: Any) -> bool:
    """Inspectors and crews correct what they filed themselves until a supervisor has confirmed it."""
    if person.role in {"supervisor", "engineer"}:
        return True
    return bool(thing.filed_by_id == person.id and thing.state == "filed")


def not_doer(person: Actor, thing: Any) -> bool:
    """Somebody else than the one who did the work, or anybody of that crew."""
    return person.id not in {thing.done_by_id, thing.made_safe_by_id} and person.crew_id != thing.crew_id


def own_project(person: Actor, thing: Any) -> bool:
    """Supervisors any project of the district, engineers those they are in charge of."""
    return person.role == "supervisor" or thing.in_charge_id == person.id


def own_running(person: Actor, thing: Any) -> bool:
    """The same, and the clockwork when the day has come."""
    return person.role == "system" or own_project(person, thing)


def own_reminder(person: Actor, thing: Any) -> bool:
    """The person it was sent to, or their substitute while they are away."""
    return person.id in {thing.person_id, thing.passed_to_id} or bool(thing.person.stand_in.id == person.id)


def own_round(person: Actor, thing: Any) -> bool:
    """The one who walks it."""
    return bool(thing.inspector_id == person.id)


@dataclass(frozen=True)
class May:
    """The roles that may, and the condition on the thing (its docstring is printed in the table)."""

    roles: frozenset[str]
    when: Condition | None = None


def _may(*roles: str, when: Condition | None = None) -> May:
    return May(frozenset(roles), when)


FIELD = ("inspector", "crew", "supervisor", "engineer")
EVERYBODY = ROLES

MAY: dict[str, May] = {
    "defect.read": _may(*EVERYBODY),
    "defect.file": _may(*FIELD),
    "defect.edit": _may(*FIELD, when=own_fresh_filing),
    "defect.add_photo": _may(*FIELD),
    "defect.add_voice": _may(*FIELD),
    "defect.confirm": _may("supervisor"),
    "defect.reject": _may("supervisor"),
    "defect.merge": _may("supervisor"),
    "defect.repeat": _may("supervisor"),
    "defect.forward": _may("supervisor"),
    "defect.recall": _may("supervisor"),
    "defect.settle": _may("supervisor"),
    "defect.cover": _may("supervisor", "engineer"),
    "defect.uncover": _may("supervisor", "engineer"),
    "defect.undo": _may("supervisor"),
    "rescue.take_in": _may("supervisor"),
    "rescue.hand_in": _may(*FIELD),
    "rescue.bring_in": _may("supervisor"),
    "round.read": _may("inspector", "supervisor", "engineer", "leader", "admin"),
    "round.start": _may("inspector", "supervisor"),
    "round.tick": _may("inspector", "supervisor", when=own_round),
    "round.pause": _may("inspector", "supervisor", when=own_round),
    "round.resume": _may("inspector", "supervisor", when=own_round),
    "round.end": _may("inspector", "supervisor", when=own_round),
    "round.undo": _may("supervisor"),
    "patrol.edit": _may("supervisor", "admin"),
    "order.read": _may(*EVERYBODY),
    "order.issue": _may("supervisor"),
    "order.reissue": _may("supervisor"),
    "order.reassign": _may("supervisor"),
    "order.accept": _may("crew", when=own_crew),
    "order.start": _may("crew", when=own_crew),
    "order.make_safe": _may("crew", when=own_crew),
    "order.finish": _may("crew", when=own_crew),
    "order.hand_back": _may("crew", when=own_crew),
    "order.pass": _may("inspector", "supervisor", "engineer", when=not_doer),
    "order.fail": _may("inspector", "supervisor", "engineer", when=not_doer),
    "order.suspend": _may("supervisor"),
    "order.resume": _may("supervisor", "system"),
    "order.void": _may("supervisor"),
    "order.ask_extension": _may("crew", when=own_crew),
    "order.extend": _may("supervisor"),
    "order.refuse_extension": _may("supervisor"),
    "order.remark": _may(*FIELD),
    "order.undo": _may("supervisor"),
    "project.read": _may(*EVERYBODY),
    "project.open": _may("supervisor", "engineer"),
    "project.edit": _may("supervisor", "engineer", when=own_project),
    "project.add_paper": _may("supervisor", "engineer", when=own_project),
    "project.add_progress": _may("supervisor", "engineer", when=own_project),
    "project.plan": _may("supervisor", "engineer", when=own_project),
    "project.tender": _may("supervisor", "engineer", when=own_project),
    "project.cover": _may("supervisor", "engineer", when=own_project),
    "project.advance": _may("supervisor", "engineer", when=own_project),
    "project.skip": _may("supervisor"),
    "project.coordinate": _may("supervisor", "engineer", when=own_project),
    "project.suspend": _may("supervisor", "engineer", when=own_project),
    "project.retender": _may("supervisor", "engineer", when=own_project),
    "project.resume": _may("supervisor", "engineer", "system", when=own_running),
    "project.release": _may("supervisor", "system"),
    "project.cancel": _may("supervisor"),
    "project.undo": _may("supervisor"),
    "survey.enter": _may("supervisor", "engineer"),
    "programmes.edit": _may("supervisor", "engineer", "admin"),
    "stages.edit": _may("admin"),
    "legal.edit": _may("admin"),
    "reminder.read": _may(*EVERYBODY),
    "reminder.answer": _may(*EVERYBODY, when=own_reminder),
    "reminders.edit": _may("admin"),
    "digest.read": _may(*FIELD, "leader"),
    "letters.read": _may("admin"),
    "letter.resend": _may("admin"),
    "letter.resend_all": _may("admin"),
    "jobs.read": _may("admin"),
    "network.read": _may(*EVERYBODY),
    "network.edit": _may("supervisor", "engineer", "admin"),
    "network.import": _may("engineer", "admin"),
    "report.read": _may("inspector", "supervisor", "engineer", "leader", "admin"),
    "export.take": _may("inspector", "supervisor", "engineer", "leader", "admin"),
    "audit.read": _may("supervisor", "engineer", "leader", "admin"),
    "people.edit": _may("admin"),
    "crews.edit": _may("admin"),
    "districts.edit": _may("admin"),
    "deadlines.edit": _may("admin"),
    "calendar.edit": _may("admin"),
    "account.edit": _may(*EVERYBODY),
}

MAY_NOT = _l("Your role does not include this step, or it is not yours to take.")


def may(person: Actor, verb: str, thing: Any = None) -> bool:
    """Whether the person may do this, to this thing where one is given."""
    rule = MAY[verb]
    if person.role not in rule.roles:
        return False
    if thing is None:
        return True
    return sees(person, thing) and (rule.when is None or rule.when(person, thing))


def check(person: Actor, verb: str, thing: Any = None) -> None:
    """Raise NotFound for a thing of another district, NotAllowed for what this person may not do."""
    if thing is not None and not sees(person, thing):
        raise NotFound()
    if not may(person, verb, thing):
        raise NotAllowed(MAY_NOT)


def sees(person: Actor, thing: Any) -> bool:
    """Whether the thing lies in the person's district (a person without one belongs to all)."""
    return person.district_id is None or thing.district_id == person.district_id


def within(person: Actor, model: type[Any]) -> Select[Any]:
    """The rows of `model` in the person's district: where every query about them starts."""
    statement = select(model)
    if person.district_id is None:
        return statement
    return statement.where(model.district_id == person.district_id)
