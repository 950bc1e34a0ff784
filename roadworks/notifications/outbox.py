"""The outbox: letters are written in the transaction of their cause, once per key, and sent later by sender.py.

A letter's state is no step of the trade: only this file and sender.py write it, by conditional UPDATEs.
A person without an address gets a letter all the same: they read it in the app; where mail is sent, it stands
among the failed ones until an address is there and it is sent again.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import ColumnElement, Update, and_, update
from sqlalchemy.sql.dml import ReturningUpdate

from roadworks.accounts.models import District, Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import LOCALES, _l
from roadworks.base.slots import insert
from roadworks.notifications import chat
from roadworks.notifications.mail import Mail, joined, one_line
from roadworks.notifications.models import Letter
from roadworks.notifications.posting import CHAT, TRY_FOR, URGENT, outside_quiet

TAKEN_ALONG = re.compile(r"\[(\d+)\] ")
ONE_LINE = _l("Subject and address of a letter are one line each.")


def write(
    person: Person, *, key: str, kind: str, subject: str, text: str, html: str, district_id: int | None = None
) -> Letter | None:
    """Put a letter into the outbox, in the caller's transaction; None where the key is there already.

    Language and address are the person's; `district_id` is needed only for somebody who belongs to all districts.
    Older unsent letters of the same kind to the same person become stale; an urgent letter takes along what they
    say. Raises BadInput on a subject or an address with a line break.
    """
    values = _values(person, key, kind, subject, text, html, district_id)
    statement = insert(Letter).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(Letter)
    letter = db.session.scalars(statement).one_or_none()
    if letter is not None:
        (_take_along if kind == URGENT else _overtake)(letter)
        _to_chat(person, values)
    return letter


def _to_chat(person: Person, values: dict[str, Any]) -> None:
    """The same words for the person's chat group, where there is one; a crew is told once a day of the same thing."""
    hook = chat.hook_of(person) if chat.ready() else None
    if hook is None:
        return
    day, mark = clock.local(values["written_at"]).date(), sha256(values["subject"].encode()).hexdigest()[:16]
    key = f"chat:{hook[0]}:{day}:{mark}"
    said = {**values, "key": key, "kind": CHAT, "address": CHAT, "html": "", "message_id": message_id(key)}
    statement = insert(Letter).values(said).on_conflict_do_nothing(index_elements=["key"]).returning(Letter)
    letter = db.session.scalars(statement).one_or_none()
    if letter is not None:
        _overtake(letter)


def write_all(kind: str, letters: Sequence[tuple[Person, str, Mail]]) -> int:
    """Put one letter for each person and key into the outbox, as `write` does, in two statements; gives how many.

    For kinds that are not urgent, and people of one district each.
    """
    rows = [_values(person, key, kind, mail.subject, mail.text, mail.html) for person, key, mail in letters]
    if not rows:
        return 0
    statement = insert(Letter).values(rows).on_conflict_do_nothing(index_elements=["key"])
    made = db.session.execute(statement.returning(Letter.id, Letter.person_id)).all()
    if made:
        same = and_(Letter.person_id.in_([row.person_id for row in made]), Letter.kind == kind)
        db.session.execute(_stale(same & (Letter.id < min(row.id for row in made))))
    return len(made)


def _values(
    person: Person, key: str, kind: str, subject: str, text: str, html: str, district_id: int | None = None
) -> dict[str, Any]:
    """The columns of a letter; raises BadInput on a subject or an address with a line break."""
    address = person.email or ""
    if not (subject.isprintable() and address.isprintable()) or " " in address:
        raise BadInput(ONE_LINE, field="subject")
    district = db.session.get_one(District, district_id or person.district_id)
    now = clock.now()
    due = now if kind == URGENT else outside_quiet(now, district.quiet_from, district.quiet_until)
    return {
        "district_id": district.id,
        "key": key,
        "kind": kind,
        "person_id": person.id,
        "address": address,
        "language": person.language if person.language in LOCALES else "zh",
        "subject": subject[:300],
        "text": text,
        "html": html,
        "message_id": message_id(key),
        "written_at": now,
        "state": "queued",
        "tries": 0,
        "next_try_at": due,
        "give_up_at": due + TRY_FOR,
    }


def message_id(key: str) -> str:
    """The Message-ID of a letter: the same for the same key on the same installation, so that a repeat is known."""
    base = current_app.config["BASE_URL"]
    return f"<{sha256(f'{base} {key}'.encode()).hexdigest()[:40]}@{urlsplit(base).hostname}>"


def _older(letter: Letter) -> ReturningUpdate[str, str, str]:
    """Older letters of the kind to the same person, if nobody has sent them yet, become stale."""
    same = and_(Letter.person_id == letter.person_id, Letter.kind == letter.kind, Letter.id < letter.id)
    return _stale(same).returning(Letter.subject, Letter.text, Letter.html)


def _stale(which: ColumnElement[bool]) -> Update:
    """These letters, as far as nobody has sent them yet, become stale."""
    unsent = update(Letter).where(which, waiting()).values(state="stale", version=Letter.version + 1)
    return unsent.execution_options(synchronize_session=False)


def _overtake(letter: Letter) -> None:
    """What an older letter of the kind would say is no longer so: the newer one tells how it stands."""
    db.session.execute(_older(letter))


def _take_along(letter: Letter) -> None:
    """Each urgent letter tells of another thing: the newer one takes along what the older ones would have said."""
    mail = Mail(letter.subject, letter.text, letter.html)
    older = db.session.execute(_older(letter).where(Letter.state == "queued")).all()
    for row in reversed(older):
        mail = joined(mail, Mail(*row))
    if older:
        told = sum(int(found[1]) if (found := TAKEN_ALONG.match(row.subject)) else 1 for row in older)
        letter.subject = one_line(f"[{1 + told}] {mail.subject}")
        letter.text, letter.html = mail.text, mail.html


def waiting(letter: type[Letter] = Letter) -> ColumnElement[bool]:
    """Still to be tried, and in nobody's hands at the moment."""
    return and_(letter.state.in_(("queued", "unknown")), letter.next_try_at < letter.give_up_at)
