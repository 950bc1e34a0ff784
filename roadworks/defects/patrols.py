"""Defects found on a round: which round a filing names, what a round found, and what came before its round."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from roadworks.base.db import db
from roadworks.base.i18n import _l, label
from roadworks.defects.models import Defect
from roadworks.rounds import actions, facts
from roadworks.rounds.facts import Found
from roadworks.rounds.models import Round
from roadworks.rounds.queries import same_round
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, within

TOO_LATE = _l("Found after the end of round %(number)s: it does not hang on it.")


def round_of(by: Actor, client_id: str | None, found_at: datetime) -> int | None:
    """The person's own round of this device id that was not over by then; None where it has not arrived yet."""
    found = _own(by.district_id, by.id, client_id)
    return found.id if found is not None and not _over(found, found_at) else None


def _own(district_id: int | None, person_id: int | None, client_id: str | None) -> Round | None:
    found = same_round(district_id or 0, client_id) if client_id else None
    return found if found is not None and found.inspector_id == person_id else None


def _over(walked: Round, moment: datetime) -> bool:
    return walked.ended_at is not None and walked.ended_at < moment


def under_way(by: Actor, client_id: str) -> str:
    """The device id of a round as long as one can still find something on it, as far as we know; else nothing."""
    found = _own(by.district_id, by.id, client_id)
    return client_id if found is None or found.ended_at is None else ""


def too_late_for(defect: Defect) -> Round | None:
    """The round that a defect names, where it was found after the end: it hangs on none."""
    found = _own(defect.district_id, defect.filed_by_id, defect.round_client_id)
    return found if found is not None and _over(found, defect.found_at) else None


def hang_on(by: Actor, walked: Round, cause: Event) -> None:
    """Hang on a round that has just arrived the defects that named it before."""
    wanted = [Defect.district_id == walked.district_id, Defect.round_client_id == walked.client_id]
    wanted += [Defect.filed_by_id == walked.inspector_id, Defect.round_id.is_(None)]
    if walked.ended_at is not None:
        wanted.append(Defect.found_at <= walked.ended_at)
    _put(by, "defect.join", wanted, walked.id, cause)


def let_go(by: Actor, walked: Round, cause: Event) -> None:
    """Let go of what was found after the end of a round, whichever of them arrived first."""
    _put(by, "defect.leave", [Defect.round_id == walked.id, Defect.found_at > walked.ended_at], None, cause)


def _put(by: Actor, verb: str, wanted: Sequence[Any], round_id: int | None, cause: Event) -> None:
    """On a round or on none, each told on the defect's own trail; no version rises, for nobody edits this."""
    found = db.session.scalars(select(Defect).where(*wanted).order_by(Defect.id)).all()
    statement = update(Defect).where(Defect.id.in_([defect.id for defect in found])).values(round_id=round_id)
    if found:
        db.session.execute(statement.execution_options(synchronize_session=False))
    for defect in found:
        audit.record(by, verb, defect, changes={"round_id": [defect.round_id, round_id]}, cause=cause)
        db.session.expire(defect, ["round_id", "round"])


def found_on(person: Actor, round_ids: Sequence[int]) -> dict[int, list[Found]]:
    """Round → the defects found on it, in order."""
    statement = within(person, Defect).where(Defect.round_id.in_(round_ids)).options(joinedload(Defect.section))
    found: dict[int, list[Found]] = {}
    for defect in db.session.scalars(statement.order_by(Defect.found_at, Defect.id)):
        where = " ".join(part for part in (label(defect.section) if defect.section else "", defect.place) if part)
        url = url_for("defects.defect", defect_id=defect.id)
        told = Found(defect.number, url, label(defect.type), where, defect.state)
        found.setdefault(defect.round_id or 0, []).append(told)
    return found


def counted(person: Actor, round_ids: Sequence[int]) -> dict[int, int]:
    """Round → how many defects were found on it; rejected ones and duplicates too."""
    statement = within(person, Defect).with_only_columns(Defect.round_id, func.count())
    rows = db.session.execute(statement.where(Defect.round_id.in_(round_ids)).group_by(Defect.round_id))
    return {round_id: n for round_id, n in rows if round_id is not None}


actions.ARRIVED.append(hang_on)
actions.ENDED.append(let_go)
facts.FOUND.append(found_on)
facts.COUNTED.append(counted)
