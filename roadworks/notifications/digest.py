"""The weekly digest: one per person and ISO week, stored as it was written and put into the outbox with it.

It is named by the week in which it is due (docs/decisions). Readings run on connections that cannot write, mail is
worded with no transaction open, and each batch of readers is a transaction of its own: a kill leaves the rest to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from roadworks.accounts.models import District, Person
from roadworks.base import clock
from roadworks.base.db import db, reading
from roadworks.base.i18n import force_locale
from roadworks.base.slots import insert
from roadworks.notifications import digest_readers, outbox
from roadworks.notifications.digest_facts import Shared, gather
from roadworks.notifications.digest_parts import blocks, subject, titles
from roadworks.notifications.digest_readers import Reader
from roadworks.notifications.digest_rows import Facts, Scope
from roadworks.notifications.mail import Mail, compose
from roadworks.notifications.models import Digest
from roadworks.notifications.weeks import Span, Week, week_of
from roadworks.workflow.permissions import System

BATCH = 200


@dataclass(frozen=True)
class Written:
    """A digest worded for its reader, not yet stored."""

    reader: Reader
    facts: Facts
    mail: Mail


def write_due(district_id: int) -> int:
    """Write the district's digests that are due and not yet there; gives how many.

    What counts is only that the week's hour has come: a missed hour is made up once, a missed week is not.
    """
    now = clock.now()
    week, district = week_of(now), db.session.get_one(District, district_id)
    due = now >= week.due_at(district.digest_weekday, district.digest_hour)
    db.session.rollback()
    with clock.at(now):
        return write_week(district_id, week) if due else 0


def write_week(district_id: int, week: Week) -> int:
    """Write the digests that a district's readers do not have for this week, a transaction per batch; how many."""
    return sum(_store(district_id, week, batch) for batch in worded(district_id, week))


def worded(district_id: int, week: Week, *, again: bool = False) -> Iterator[list[Written]]:
    """The digests still missing (`again`: all), in words, a batch at a time: memory does not grow with the readers."""
    shared: Shared | None = None
    last = 0
    while True:
        with reading():
            district = db.session.get_one(District, district_id)
            due_at = week.due_at(district.digest_weekday, district.digest_hour)
            everybody = digest_readers.readers(district_id)
            wanted = everybody if again else digest_readers.without(district_id, str(week), due_at)
            people = digest_readers.read(db.session.execute(wanted.where(Person.id > last).limit(BATCH)))
            if not people:
                return
            if shared is None:
                shared = gather(district, scope_of(district, week))
            facts = digest_readers.facts_for(shared, people)
        yield [Written(reader, facts[reader.id], word(facts[reader.id], reader.language)) for reader in people]
        last = people[-1].id


def scope_of(district: District, week: Week) -> Scope:
    """The days that this week's digest of a district tells of, as of now."""
    span = Span(week, week.day(district.digest_weekday))
    return Scope(System(district.id), span, clock.now())


def word(facts: Facts, language: str) -> Mail:
    """The mail of a digest, in a language."""
    bureau_zh, bureau_en = facts["bureau"]
    with force_locale(language):
        said = {"parts": blocks(facts), "subject": subject(facts), "titles": titles(facts), "facts": facts}
    return compose("digest", language, district={"bureau_zh": bureau_zh, "bureau_en": bureau_en}, **said)


def facts_of(person: Person, week: Week) -> Facts:
    """What a person's digest of this week would say if it were written now; stores nothing."""
    district = person.district
    if district is None:
        raise ValueError(person.username)
    shared = gather(district, scope_of(district, week))
    return digest_readers.facts_for(shared, [digest_readers.reader(person)])[person.id]


def next_week(district: District) -> Week:
    """The week whose digest comes next."""
    week = week_of(clock.now())
    return week if clock.now() < week.due_at(district.digest_weekday, district.digest_hour) else week.after()


def _store(district_id: int, week: Week, batch: list[Written]) -> int:
    """Keep what nobody else has kept meanwhile, each with its letter, and commit."""
    rows = [_row(district_id, week, written) for written in batch]
    statement = insert(Digest).values(rows).on_conflict_do_nothing(index_elements=["person_id", "week"])
    new = set(db.session.scalars(statement.returning(Digest.person_id)))
    mails = {written.reader.id: written.mail for written in batch}
    people = db.session.scalars(select(Person).where(Person.id.in_(new)).order_by(Person.id)).unique()
    outbox.write_all("digest", [(person, f"digest:{person.id}:{week}", mails[person.id]) for person in people])
    db.session.commit()
    return len(new)


def _row(district_id: int, week: Week, written: Written) -> dict[str, Any]:
    return {
        "district_id": district_id,
        "person_id": written.reader.id,
        "week": str(week),
        "role": written.reader.role,
        "language": written.reader.language,
        "subject": written.mail.subject,
        "facts": written.facts,
        "text": written.mail.text,
        "html": written.mail.html,
        "written_at": clock.now(),
    }
