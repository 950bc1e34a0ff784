"""The four answers to a reminder: doing it, waiting for something, not mine, needs an extension."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from roadworks.accounts import absence
from roadworks.base import calendar, clock
from roadworks.base.calendar import Unit
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale, WrongStep
from roadworks.base.i18n import _, _l
from roadworks.notifications import facts, passing
from roadworks.notifications.models import Reminder
from roadworks.notifications.staff import Staff
from roadworks.notifications.stalled import bare
from roadworks.notifications.watches import family
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, write
from roadworks.workorders import extension
from roadworks.workorders.models import WorkOrder

LONGEST = {"doing": 30, "waiting": 90}  # calendar days that an answer may silence
MOST_BOUNCES = 3
ANSWERED = _l("This was answered or has settled meanwhile.")
WHICH = _l("Choose one of the answers.")
WHAT_FOR = _l("Say what it is waiting for.")
WHY = _l("Say why more time is needed.")
NOT_SELF = _l("Name somebody else.")


@dataclass(frozen=True)
class Answer:
    """What the person said."""

    kind: str
    until: date | None = None
    text: str = ""
    whom: str = ""


def choices(person: Actor, reminder: Reminder, thing: Any) -> tuple[str, ...]:
    """The answers that this person can give to this reminder."""
    offered = ["doing", "waiting"]
    if passing.bounces(reminder) < MOST_BOUNCES:
        offered.append("not_mine")
    if isinstance(thing, WorkOrder) and extension.may_ask(person, thing):
        offered.append("extension")
    return tuple(offered)


def answer(by: Actor, reminder: Reminder, said: Answer, *, seen: int) -> None:
    """Take an answer: it silences the thing until the end of its day, passes it on, or asks for more time.

    Raises NotAllowed, BadInput, Stale, WrongStep.
    """
    check(by, "reminder.answer", reminder)
    audit.lock(reminder.district_id)
    if reminder.version != seen:
        raise Stale(STALE, thing=reminder)
    if reminder.state != "open":
        raise WrongStep(ANSWERED)
    thing = facts.things([reminder]).get((reminder.thing_type, reminder.thing_id))
    if said.kind not in choices(by, reminder, thing):
        raise BadInput(WHICH, field="answer")
    changes = KINDS[said.kind](by, reminder, said, thing)
    now = clock.now()
    changes |= {"state": "answered", "answer": said.kind, "answer_text": said.text or None}
    write(reminder, changes | {"answered_at": now, "answered_by_id": by.id, "read_at": reminder.read_at or now})
    if said.kind != "not_mine":
        _settle_others(reminder)
    told: dict[str, Any] = {
        "rule": reminder.code,
        "answer": said.kind,
        "until": changes.get("answer_until"),
        "whom": said.whom or None,
    }
    audit.record(by, "reminder.answer", thing or reminder, reason=said.text or None, **told)


def _doing(by: Actor, reminder: Reminder, said: Answer, thing: Any) -> dict[str, Any]:
    return {"answer_until": _day(said, "doing")}


def _waiting(by: Actor, reminder: Reminder, said: Answer, thing: Any) -> dict[str, Any]:
    if not said.text:
        raise BadInput(WHAT_FOR, field="text")
    return {"answer_until": _day(said, "waiting")}


def _day(said: Answer, kind: str) -> date:
    most = LONGEST[kind]
    if said.until is None or not clock.today() <= said.until <= clock.today() + timedelta(days=most):
        raise BadInput(_("Choose a day from today on, within %(most)s days.", most=most), field="until")
    return said.until


def _extension(by: Actor, reminder: Reminder, said: Answer, thing: Any) -> dict[str, Any]:
    """Ask for more time; silent until the supervisor should have decided: the end of the next working day."""
    if not said.text:
        raise BadInput(WHY, field="text")
    extension.ask(by, thing, seen=thing.version, reason=said.text)
    return {"answer_until": clock.local(calendar.load().add(clock.now(), 1, Unit.WORK_DAY)).date()}


def _not_mine(by: Actor, reminder: Reminder, said: Answer, thing: Any) -> dict[str, Any]:
    """Pass it on; the third time it goes to the district's supervisors and stays there."""
    count = passing.bounces(reminder) + 1
    person = absence.named(by, said.whom, field="whom")
    if person.id == reminder.person_id or person.id == by.id:
        raise BadInput(NOT_SELF, field="whom")
    staff = Staff(reminder.district_id, clock.today())
    if count >= MOST_BOUNCES:
        ids = [i for i in staff.by_role["supervisor"] if i != by.id] or staff.by_role["supervisor"]
    else:
        ids = [person.id]
    for person_id in ids:
        passing.pass_to(reminder, staff.stand_in(person_id), person_id, count)
    return {"passed_to_id": ids[0] if ids else person.id}


KINDS = {"doing": _doing, "waiting": _waiting, "extension": _extension, "not_mine": _not_mine}


def _settle_others(reminder: Reminder) -> None:
    """One answer is enough: what others were asked about the same thing is settled with it."""
    same = [
        Reminder.thing_type == reminder.thing_type,
        Reminder.thing_id == reminder.thing_id,
        Reminder.code.in_(family(reminder.code)),
        Reminder.state == "open",
        Reminder.id != reminder.id,
    ]
    if ":" in reminder.occasion:
        same.append(Reminder.occasion.startswith(bare(reminder.occasion), autoescape=True))
    db.session.execute(
        update(Reminder)
        .where(*same)
        .values(state="settled", settled_at=clock.now(), version=Reminder.version + 1)
        .execution_options(synchronize_session=False)
    )


def mark_read(by: Actor) -> None:
    """All of the person's open reminders are seen: the bell falls silent, the questions stay."""
    check(by, "reminder.read")
    unread = update(Reminder).where(Reminder.person_id == by.id, Reminder.state == "open", Reminder.read_at.is_(None))
    db.session.execute(unread.values(read_at=clock.now()).execution_options(synchronize_session=False))
