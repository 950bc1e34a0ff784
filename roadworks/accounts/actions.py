"""What can be done with people, crews and districts."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from roadworks.accounts import passwords, sign_in
from roadworks.accounts.absence import check_hook
from roadworks.accounts.models import Crew, District, Person, fold_username
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound, Stale
from roadworks.base.i18n import _l
from roadworks.workflow import audit
from roadworks.workflow.permissions import ROLES, Actor, check
from roadworks.workflow.transitions import STALE, write

# Later rooms add what a new district needs from the first day.
NEW_DISTRICT: list[Callable[[District, Actor], None]] = []

NAME_TAKEN = _l("Somebody already has this sign-in name.")
CREW_NEEDED = _l("A member of a crew needs a crew of the same district.")
DISTRICT_NEEDED = _l("Only an administrator may belong to all districts.")
NOT_OWN_ROLE = _l("Nobody changes their own role, or shuts themselves out.")
LAST_ADMIN = _l("The last administrator stays.")
CODE_TAKEN = _l("There is already a district with this code.")
CREW_TAKEN = _l("There is already a crew of this name.")
PERSON_FIELDS = ("district_id", "name", "role", "crew_id", "phone", "email", "active")
CREW_FIELDS = ("name_zh", "name_en", "leader_name", "phone", "chat_url", "active")
DISTRICT_FIELDS = ("name_zh", "name_en", "bureau_zh", "bureau_en", "lon", "lat", "note_zh", "note_en")
RULE_FIELDS = ("zoom", "quiet_from", "quiet_until", "digest_weekday", "digest_hour", "repair_warranty_months")
PHOTO_FIELDS = ("photo_px", "photo_quality", "photo_original")


def add_person(by: Actor, *, username: str, password: str, values: Mapping[str, Any]) -> Person:
    """Let somebody in; raises NotAllowed, BadInput (name taken, weak password, no crew, no district)."""
    check(by, "people.edit")
    folded = fold_username(username)
    audit.lock(0)
    if db.session.scalars(select(Person).where(Person.username == folded)).first():
        raise BadInput(NAME_TAKEN, field="username")
    passwords.judge(password, folded)
    _check_place(by, values)
    person = Person(username=folded, password_hash=passwords.make(password), created_at=clock.now())
    for name in PERSON_FIELDS:
        setattr(person, name, values.get(name))
    person.active = bool(values.get("active", True))
    db.session.add(person)
    db.session.flush()
    audit.record(by, "people.edit", person, after="added", role=person.role)
    return person


def change_person(by: Actor, person: Person, values: Mapping[str, Any], *, seen: int) -> None:
    """Edit a person; somebody no longer active is signed out everywhere. Raises NotAllowed, BadInput, Stale."""
    check(by, "people.edit", person)
    # One after the other: two administrators who shut each other out would both find the other still there.
    audit.lock(0)
    if person.version != seen:
        raise Stale(STALE, thing=person)
    _check_place(by, values)
    if person.id == by.id and (values["role"] != person.role or not values["active"]):
        raise BadInput(NOT_OWN_ROLE, field="role")
    if person.role == "admin" and (values["role"] != "admin" or not values["active"]) and _admins(person) == 0:
        raise BadInput(LAST_ADMIN, field="role")
    told = write(person, {name: values.get(name) for name in PERSON_FIELDS})
    if {"role", "active", "district_id", "crew_id"} & set(told):
        sign_in.end_all(person)
    if told:
        audit.record(by, "people.edit", person, before="known", after="known", changes=told)


def _admins(but: Person) -> int:
    statement = (
        select(func.count()).select_from(Person).where(Person.role == "admin", Person.active, Person.id != but.id)
    )
    return db.session.scalar(statement) or 0


def _check_place(by: Actor, values: Mapping[str, Any]) -> None:
    """Role, district and crew must fit together, and lie where the admin may act."""
    district_id, crew_id = values.get("district_id"), values.get("crew_id")
    if values["role"] not in ROLES:
        raise BadInput(field="role")
    if district_id is None and values["role"] != "admin":
        raise BadInput(DISTRICT_NEEDED, field="district_id")
    if by.district_id is not None and district_id != by.district_id:
        raise NotFound()
    crew = db.session.get(Crew, crew_id) if crew_id else None
    if values["role"] == "crew" and (crew is None or crew.district_id != district_id):
        raise BadInput(CREW_NEEDED, field="crew_id")
    if crew is not None and crew.district_id != district_id:
        raise BadInput(CREW_NEEDED, field="crew_id")


def set_password(by: Actor, person: Person, password: str, *, old: str | None = None) -> None:
    """Give a new password and end all sign-ins; one's own needs the old one. Raises BadInput, NotAllowed."""
    if by.id == person.id:
        check(by, "account.edit")
        if not passwords.fits(person.password_hash, old or ""):
            raise BadInput(_l("This is not your present password."), field="old")
    else:
        check(by, "people.edit", person)
    passwords.judge(password, person.username)
    person.password_hash = passwords.make(password)
    sign_in.end_all(person)
    verb = "account.edit" if by.id == person.id else "people.edit"
    audit.record(by, verb, person, before="known", after="known", what="password")


def choose_language(by: Person, language: str) -> None:
    """Remember the language a person wants."""
    check(by, "account.edit")
    by.language = language


def add_crew(by: Actor, district: District, values: Mapping[str, Any]) -> Crew:
    """Add a crew; raises NotAllowed, BadInput (name taken)."""
    check(by, "crews.edit", district)
    audit.lock(district.id)
    _check_crew_name(district.id, values["name_zh"], 0)
    crew = Crew(district_id=district.id, **_crew_values(values) | {"active": True})
    db.session.add(crew)
    db.session.flush()
    audit.record(by, "crews.edit", crew, after="added")
    return crew


def change_crew(by: Actor, crew: Crew, values: Mapping[str, Any], *, seen: int) -> None:
    """Edit a crew; raises NotAllowed, BadInput, Stale."""
    check(by, "crews.edit", crew)
    audit.lock(crew.district_id)
    if crew.version != seen:
        raise Stale(STALE, thing=crew)
    _check_crew_name(crew.district_id, values["name_zh"], crew.id)
    told = write(crew, _crew_values(values))
    if told:
        if "chat_url" in told:
            told["chat_url"] = [bool(side) for side in told["chat_url"]]  # the hook holds a secret
        audit.record(by, "crews.edit", crew, before="known", after="known", changes=told)


def _crew_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """A crew's columns as they are kept. Raises BadInput."""
    return {name: values.get(name) for name in CREW_FIELDS} | {"chat_url": check_hook(values.get("chat_url"))}


def _check_crew_name(district_id: int, name_zh: str, but: int) -> None:
    same = select(Crew).where(Crew.district_id == district_id, Crew.name_zh == name_zh, Crew.id != but)
    if db.session.scalars(same).first():
        raise BadInput(CREW_TAKEN, field="name_zh")


def add_district(by: Actor, code: str, values: Mapping[str, Any]) -> District:
    """Add a district with its trail and its default tables; raises NotAllowed, BadInput (code taken)."""
    check(by, "districts.edit")
    if by.district_id is not None:
        raise NotAllowed()
    audit.lock(0)
    if db.session.scalars(select(District).where(District.code == code)).first():
        raise BadInput(CODE_TAKEN, field="code")
    district = District(code=code, **{name: values.get(name) for name in DISTRICT_FIELDS}, **_settings(values))
    db.session.add(district)
    db.session.flush()
    audit.record(by, "districts.edit", district, after="added")
    for prepare in NEW_DISTRICT:
        prepare(district, by)
    return district


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Where its map opens, when mail goes out, how small photos are made and the like, as far as it is said."""
    return {name: values[name] for name in RULE_FIELDS + PHOTO_FIELDS if values.get(name) is not None}


def change_district(by: Actor, district: District, values: Mapping[str, Any], *, seen: int) -> None:
    """Edit a district; raises NotAllowed, NotFound, Stale."""
    check(by, "districts.edit", district)
    if district.version != seen:
        raise Stale(STALE, thing=district)
    told = write(district, {name: values.get(name) for name in DISTRICT_FIELDS} | _settings(values))
    if told:
        audit.record(by, "districts.edit", district, before="known", after="known", changes=told)
