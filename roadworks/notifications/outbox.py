"""The outbox: letters are written in the transaction of their cause, once per key, and sent later by sender.py.

A letter's state is no step of the trade: only this file and sender.py write it, by conditional UPDATEs.
A person without an address gets a letter all the same: they read it in the app; where mail is sent, it stands
among the failed ones until an address is there and it is sent again.
"""

from hashlib import sha256
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from roadworks.accounts.models import District, Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import LOCALES, _l
from roadworks.notifications.models import Letter
from roadworks.notifications.posting import TRY_FOR, URGENT, outside_quiet

ONE_LINE = _l("Subject and address of a letter are one line each.")


def write(
    person: Person, *, key: str, kind: str, subject: str, text: str, html: str, district_id: int | None = None
) -> Letter | None:
    """Put a letter into the outbox, in the caller's transaction; None where the key is there already.

    Language and address are the person's; `district_id` is needed only for somebody who belongs to all districts.
    Older unsent letters of the same kind to the same person become stale; urgent ones stay, each tells of another
    thing. Raises BadInput on a subject or an address with a line break.
    """
    address = person.email or ""
    if not (subject.isprintable() and address.isprintable()) or " " in address:
        raise BadInput(ONE_LINE, field="subject")
    district = db.session.get_one(District, district_id or person.district_id)
    now = clock.now()
    due = now if kind == URGENT else outside_quiet(now, district.quiet_from, district.quiet_until)
    insert = insert_sqlite if db.engine.dialect.name == "sqlite" else insert_postgresql
    values = {
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
    statement = insert(Letter).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(Letter)
    letter = db.session.scalars(statement).one_or_none()
    if letter is not None and kind != URGENT:
        _overtake(letter)
    return letter


def message_id(key: str) -> str:
    """The Message-ID of a letter: the same for the same key on the same installation, so that a repeat is known."""
    base = current_app.config["BASE_URL"]
    return f"<{sha256(f'{base} {key}'.encode()).hexdigest()[:40]}@{urlsplit(base).hostname}>"


def _overtake(letter: Letter) -> None:
    """Older letters of the kind that nobody has sent yet would only say what was."""
    same = and_(Letter.person_id == letter.person_id, Letter.kind == letter.kind)
    db.session.execute(
        update(Letter).where(same, Letter.id < letter.id, waiting()).values(state="stale", version=Letter.version + 1),
        execution_options={"synchronize_session": False},
    )


def waiting() -> ColumnElement[bool]:
    """Still to be tried, and in nobody's hands at the moment."""
    return and_(Letter.state.in_(("queued", "unknown")), Letter.next_try_at < Letter.give_up_at)
