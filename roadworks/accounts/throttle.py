"""Failed sign-ins are counted in the database, per account and per address, for all processes together."""

import time
from hashlib import sha256

from sqlalchemy import Index, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from roadworks.base.db import Model, db
from roadworks.base.errors import TooMany
from roadworks.base.i18n import _l

SPAN_S = 600
PER_ACCOUNT = 10
PER_ADDRESS = 60
WAIT = _l("Too many failed sign-ins. Please wait ten minutes and try again.")


class LoginAttempt(Model):
    """Failed sign-ins per account and per address in a span of ten minutes, counted where all processes see it."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index("ix_login_attempt_span", "span"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True, doc="`account:…` or `address:…`, hashed")
    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, doc="ten minutes since the epoch")
    failures: Mapped[int] = mapped_column(default=0)


def _span() -> int:
    # Real time on purpose: a set clock must not open or shut the throttle.
    return int(time.time()) // SPAN_S


def key(kind: str, value: str) -> str:
    """What a row is kept under; the name itself is not stored."""
    return f"{kind}:{sha256(value.encode()).hexdigest()[:40]}"


def check(account: str, address: str, *, known_device: bool) -> None:
    """Raise TooMany when this account or address has failed too often; the owner's known device is let try."""
    spans = {account: PER_ACCOUNT, address: PER_ADDRESS}
    statement = select(LoginAttempt).where(LoginAttempt.key.in_(spans), LoginAttempt.span == _span())
    for row in db.session.scalars(statement):
        if row.failures >= spans[row.key] and not (known_device and row.key == account):
            raise TooMany(WAIT, retry_after=SPAN_S)


def count(*keys: str) -> None:
    """One more failure for each key, in one statement each, so that no race loses one."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    for name in keys:
        statement = insert(LoginAttempt).values(key=name, span=_span(), failures=1)
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["key", "span"], set_={"failures": LoginAttempt.failures + 1}
            )
        )
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.span < _span() - 144))
