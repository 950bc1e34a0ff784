"""Which people, crews and districts a person may see."""

from sqlalchemy import Select, or_, select

from roadworks.accounts.models import Crew, District, Person
from roadworks.base.db import literal
from roadworks.workflow.permissions import Actor, within


def people(person: Actor, words: str = "", role: str = "") -> Select[Person]:
    """The people of the district, by words in name or sign-in name, and role."""
    statement: Select[Person] = within(person, Person)
    for word in words.casefold().split()[:4]:
        sign = literal(word)
        statement = statement.where(or_(Person.name.ilike(sign, escape="\\"), Person.username.like(sign, escape="\\")))
    return statement.where(Person.role == role) if role else statement


def crews(person: Actor) -> Select[Crew]:
    """All crews of the district, those no longer at work last."""
    statement: Select[Crew] = within(person, Crew)
    return statement.order_by(Crew.active.desc(), Crew.name_zh)


def districts(person: Actor) -> Select[District]:
    """The person's district, or all for somebody without one."""
    statement = select(District).order_by(District.code)
    return statement if person.district_id is None else statement.where(District.id == person.district_id)
