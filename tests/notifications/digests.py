"""What the tests of digests share: a Monday, and a person's digest as it was written."""

from datetime import UTC, datetime

from sqlalchemy import select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications.models import Digest

# 08:00 on Monday 2 July 2018 in Zhengzhou: it looks back on the week of the tests' noon.
MONDAY = datetime(2018, 7, 2, 0, 0, tzinfo=UTC)
WEEK = "2018-W27"


def write_due(moment: datetime) -> int:
    """Write what is due at a moment; gives how many digests."""
    with clock.at(moment):
        return jobs.write_digests()


def written(cast, who: str, moment: datetime = MONDAY, *, week: str = WEEK) -> Digest:
    """Write what is due at a moment, and give the digest of one person."""
    db.session.commit()
    write_due(moment)
    return of(cast, who, week)


def of(cast, who: str, week: str = WEEK) -> Digest:
    """A person's digest of a week."""
    return db.session.scalars(select(Digest).where(Digest.person_id == cast.ids[who], Digest.week == week)).one()


def pinned(moment: datetime):
    """The clock at a moment."""
    return clock.at(moment)
