"""Districts, crews, people, and their sign-ins."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime

from flask_login import UserMixin
from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roadworks.base.clock import today
from roadworks.base.db import Model, Row
from roadworks.base.i18n import _, _l
from roadworks.workflow.words import say

LONGEST_CHAIN = 5


def on_leave(begins: date | None, ends: date | None, day: date) -> bool:
    """Whether a leave from `begins` to `ends`, both included, holds on `day`; without an end it holds on."""
    return begins is not None and begins <= day and (ends is None or day <= ends)


def stand_in(person_id: int, substitute: Callable[[int], int | None]) -> int:
    """Who is told today in place of this person: the chain of substitutes ends after five, and never in a loop.

    `substitute` gives who stands in for a person today; None where they are there themselves.
    """
    told = [person_id]
    while len(told) <= LONGEST_CHAIN:
        following = substitute(told[-1])
        if following is None or following in told:
            break
        told.append(following)
    return told[-1]


class District(Row, Model):
    """A city district and its road bureau: the wall between whose rows are whose."""

    __tablename__ = "district"
    __thing__ = "district"
    __called__ = _l("District")

    code: Mapped[str] = mapped_column(String(6), unique=True, doc="GB/T 2260, e.g. 410102")
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    bureau_zh: Mapped[str] = mapped_column(String(80))
    bureau_en: Mapped[str] = mapped_column(String(120))
    lon: Mapped[float] = mapped_column(doc="where its map opens, WGS-84")
    lat: Mapped[float]
    zoom: Mapped[int] = mapped_column(default=13)
    network_revision: Mapped[int] = mapped_column(default=1, doc="raised when roads change")
    digest_weekday: Mapped[int] = mapped_column(default=0, server_default="0", doc="0 is Monday")
    digest_hour: Mapped[int] = mapped_column(default=8, server_default="8")
    quiet_from: Mapped[int] = mapped_column(default=21, server_default="21", doc="hour after which no mail goes out")
    quiet_until: Mapped[int] = mapped_column(default=7, server_default="7")
    photo_px: Mapped[int] = mapped_column(default=2048, server_default="2048", doc="longer side of photos from phones")
    photo_quality: Mapped[int] = mapped_column(default=86, server_default="86", doc="JPEG quality of the same, %")
    photo_original: Mapped[bool] = mapped_column(default=False, server_default=false(), doc="keep photos as taken, too")
    repair_warranty_months: Mapped[int] = mapped_column(
        default=12, server_default="12", doc="how long a crew answers for a small repair; 0: not at all"
    )
    note_zh: Mapped[str | None] = mapped_column(String(300), doc="said wherever its rows are shown, e.g. reconstructed")
    note_en: Mapped[str | None] = mapped_column(String(300))

    @property
    def district_id(self) -> int:
        """A district lies in itself."""
        return self.id

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.name_zh


class Crew(Row, Model):
    """A maintenance crew 养护班组."""

    __tablename__ = "crew"
    __thing__ = "crew"
    __called__ = _l("Crew")
    __table_args__ = (UniqueConstraint("district_id", "name_zh"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    leader_name: Mapped[str | None] = mapped_column(String(60), doc="班长")
    phone: Mapped[str | None] = mapped_column(String(20))
    chat_url: Mapped[str | None] = mapped_column(String(300), doc="hook of its chat group, as Apprise writes it")
    active: Mapped[bool] = mapped_column(default=True)

    district: Mapped[District] = relationship()

    @property
    def title(self) -> str:
        """What the trail calls it."""
        return self.name_zh


class Person(Row, UserMixin, Model):
    """Somebody who signs in; one role, one district (an admin may have none: all)."""

    __tablename__ = "person"
    __thing__ = "person"

    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"), index=True)
    username: Mapped[str] = mapped_column(String(60), unique=True, doc="folded by fold_username")
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20))
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crew.id"))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(2), doc="None: what the browser asks for")
    password_hash: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(default=1, doc="raised to end all sign-ins")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    chat_url: Mapped[str | None] = mapped_column(String(300), doc="hook of their own chat, as Apprise writes it")
    away_from: Mapped[date | None] = mapped_column(Date)
    away_until: Mapped[date | None] = mapped_column(Date, doc="last day of leave")
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), doc="who is told meanwhile")
    wants_digest: Mapped[bool] = mapped_column(default=True, server_default=true())
    digest_duty: Mapped[bool] = mapped_column(default=False, server_default=false(), doc="no opting out")

    district: Mapped[District | None] = relationship(lazy="joined")
    crew: Mapped[Crew | None] = relationship()
    substitute: Mapped["Person | None"] = relationship(remote_side="Person.id")

    __allow_unmapped__ = True  # the sign-in of this request is no column
    sign_in_token: str = ""

    @property
    def is_active(self) -> bool:
        """Whether this person may sign in (Flask-Login asks)."""
        return self.active

    @property
    def away(self) -> bool:
        """Whether this person is on leave today."""
        return on_leave(self.away_from, self.away_until, today())

    @property
    def stand_in(self) -> "Person":
        """Who is told today: the person, or while they are away their substitute; never who is no longer here."""
        known = {self.id: self}

        def substitute(person_id: int) -> int | None:
            person = known[person_id]
            if not person.away or person.substitute is None or not person.substitute.serves(self.district_id):
                return None
            known[person.substitute.id] = person.substitute
            return person.substitute.id

        return known[stand_in(self.id, substitute)]

    def summary(self) -> list[tuple[str, str]]:
        """The few facts that a conflict page shows."""
        return [(_("Name"), self.name), (_("Role"), say("role", self.role))]

    def serves(self, district_id: int | None) -> bool:
        """Whether this person is at work in that district, or in all of them."""
        return self.active and (district_id is None or self.district_id in {None, district_id})

    def get_id(self) -> str:
        """What the session cookie holds (Flask-Login asks)."""
        return self.sign_in_token

    @property
    def title(self) -> str:
        """What the trail calls them."""
        return self.name


class SignIn(Model):
    """One sign-in on one device; it ends at sign-out, password change, deactivation or `expires_at`."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    epoch: Mapped[int]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(lazy="joined")


def fold_username(text: str) -> str:
    """A sign-in name as it is stored and compared: NFKC, lower case, no spaces; two that look alike are one."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())[:60]
