"""Defects found on a round: which round a filing names, what a round found, and what came before its round."""

from collections.abc import Sequence

from flask import url_for
from sqlalchemy import func, update
from sqlalchemy.orm import joinedload

from roadworks.base.db import db
from roadworks.base.i18n import label
from roadworks.defects.models import Defect
from roadworks.rounds import actions, facts
from roadworks.rounds.facts import Found
from roadworks.rounds.models import Round
from roadworks.rounds.queries import same_round
from roadworks.workflow.permissions import Actor, within


def round_of(by: Actor, client_id: str | None) -> int | None:
    """The person's own round of this device id; None where it has not arrived yet, or is somebody else's."""
    found = same_round(by.district_id or 0, client_id) if client_id else None
    return found.id if found is not None and found.inspector_id == by.id else None


def hang_on(walked: Round) -> None:
    """Hang on a round that has just arrived the defects that named it before."""
    db.session.execute(
        update(Defect)
        .where(Defect.district_id == walked.district_id, Defect.round_client_id == walked.client_id)
        .where(Defect.filed_by_id == walked.inspector_id, Defect.round_id.is_(None))
        .values(round_id=walked.id)
        .execution_options(synchronize_session=False)
    )


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
facts.FOUND.append(found_on)
facts.COUNTED.append(counted)
