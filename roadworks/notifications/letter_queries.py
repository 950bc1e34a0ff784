"""Which letters a person may read, and the list of what became of them."""

from sqlalchemy import Select, func

from roadworks.base.db import Rows
from roadworks.notifications.models import LETTER_STATES, Letter
from roadworks.workflow.permissions import Actor, may, within


def own(person: Actor) -> Select[Letter]:
    """The letters to this person."""
    statement: Select[Letter] = within(person, Letter)
    return statement.where(Letter.person_id == person.id)


def readable(person: Actor) -> Select[Letter]:
    """One's own letters; who looks after the outbox reads the district's."""
    return within(person, Letter) if may(person, "letters.read") else own(person)


def listed(person: Actor, state: str) -> Select[Letter]:
    """The district's letters in one state; empty: in any."""
    statement: Select[Letter] = within(person, Letter)
    return statement.where(Letter.state == state) if state in LETTER_STATES else statement


def by_state(person: Actor) -> Rows:
    """State → number of letters."""
    return within(person, Letter).with_only_columns(Letter.state, func.count()).group_by(Letter.state)
