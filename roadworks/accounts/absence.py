"""Leave and who stands in meanwhile; where one is told: chat hook, weekly digest."""

import re
from datetime import date
from typing import Any

from sqlalchemy import or_

from roadworks.accounts.models import Person, fold_username
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.transitions import STALE, write

WHO = _l("Name an active person of the district, by name or sign-in name.")
NOT_SELF = _l("Somebody else must stand in.")
BACKWARDS = _l("The last day of leave lies before the first.")
FIRST_DAY = _l("Give the first day of leave.")
BAD_HOOK = _l("Write the hook as dingtalk://…, feishu://…, lark://… or wecombot://…, without spaces.")
# The hosts behind these are fixed, so that a hook leads to no address of the bureau's own network.
HOOK = re.compile(r"(dingtalk|feishu|lark|wecombot)://[A-Za-z0-9_\-.~/@?=&%+:]{8,280}")


def named(by: Actor, words: str, *, field: str) -> Person:
    """The active person of the district with this sign-in name, else the only one with this name; raises BadInput."""
    folded = fold_username(words)
    like = within(by, Person).where(Person.active, or_(Person.username == folded, Person.name == words.strip()))
    found = list(db.session.scalars(like.limit(3)).unique())
    exact = [person for person in found if person.username == folded]
    if len(exact or found) != 1:
        raise BadInput(WHO, field=field)
    return (exact or found)[0]


def check_hook(url: str | None) -> str | None:
    """A chat hook as it is kept; raises BadInput on what is none of the known kinds."""
    if not url:
        return None
    if not HOOK.fullmatch(url):
        raise BadInput(BAD_HOOK, field="chat_url")
    return url


def settle(
    by: Actor,
    person: Person,
    *,
    away_from: date | None,
    away_until: date | None,
    deputy: str,
    chat_url: str | None,
    wants_digest: bool,
    digest_duty: bool | None = None,
    seen: int,
) -> None:
    """Set leave, deputy (name or sign-in name) and channels; a duty of the digest only an administrator sets.

    Raises NotAllowed, BadInput, Stale.
    """
    check(by, "account.edit" if by.id == person.id and digest_duty is None else "people.edit", person)
    if person.version != seen:
        raise Stale(STALE, thing=person)
    values = _leave(by, person, away_from, away_until, deputy)
    values |= {"chat_url": check_hook(chat_url), "wants_digest": wants_digest}
    if digest_duty is not None:
        values["digest_duty"] = digest_duty
    told = write(person, values)
    if told:
        verb = "account.edit" if by.id == person.id else "people.edit"
        if "chat_url" in told:
            told["chat_url"] = [bool(side) for side in told["chat_url"]]  # the hook holds a secret
        audit.record(by, verb, person, before="known", after="known", changes=told)


def _leave(by: Actor, person: Person, begins: date | None, ends: date | None, deputy: str) -> dict[str, Any]:
    if ends is not None and begins is None:
        raise BadInput(FIRST_DAY, field="away_from")
    if begins is not None and ends is not None and ends < begins:
        raise BadInput(BACKWARDS, field="away_until")
    standing_in = named(by, deputy, field="deputy") if deputy else None
    if standing_in is not None and standing_in.id == person.id:
        raise BadInput(NOT_SELF, field="deputy")
    if standing_in is not None and standing_in.district_id not in {person.district_id, None}:
        raise BadInput(WHO, field="deputy")
    return {"away_from": begins, "away_until": ends, "substitute_id": standing_in.id if standing_in else None}


def candidates(by: Actor, most: int = 300) -> list[Person]:
    """The people one can name, as far as a list may be long."""
    people = within(by, Person).where(Person.active, Person.id != by.id)
    return list(db.session.scalars(people.order_by(Person.role, Person.name).limit(most)).unique())
