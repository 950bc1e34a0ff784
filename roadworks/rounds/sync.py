"""What phones send and keep of rounds: a round as one record, told as often as they like, and what is due today.

Contract 1, as base/contract.py. Times are ISO with a zone. A round is safe to clear on the phone when the receipt of
its end names its number; `photos` is empty, for a round has none.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request, session, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.contract import CONTRACT, NOT_UNDERSTOOD, PREFIX, body, moment, refused
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import UUID, clean_text
from roadworks.base.i18n import _
from roadworks.network.models import Section
from roadworks.network.queries import with_lines
from roadworks.rounds import ahead, plan, queries
from roadworks.rounds.actions import Tick
from roadworks.rounds.bringing import Told, bring
from roadworks.rounds.models import Pass, Round
from roadworks.rounds.rules import ENOUGH_SHARE, NEAR_M, WORST_FIX_M
from roadworks.workflow.permissions import check, within

bp = Blueprint("round_sync", __name__, url_prefix=PREFIX)
MOST_TICKS = 2000
MOST_PAUSES = 200


class TooLong(BadInput):
    """More words than are kept: who wrote them can shorten them."""


@bp.post("/rounds")
def take() -> tuple[Response, int]:
    """Take in a round as far as it has come: 201 the first time, 200 again, 422 with the faults by field.

    What a phone never says is a 400, as at the other doors.
    """
    check(current_user, "round.start")
    said = body()
    try:
        told = parse(said)
    except TooLong as fault:
        return refused(fault)
    try:
        walked, fresh = bring(current_user, told)
    except BadInput as fault:
        db.session.rollback()
        return refused(fault)
    answer = receipt(walked)
    db.session.commit()
    return jsonify(answer), 201 if fresh else 200


def receipt(walked: Round) -> dict[str, Any]:
    """What the phone needs to know that its round is here."""
    return {
        "number": walked.number,
        "url": url_for("rounds.round", round_id=walked.id),
        "state": walked.state,
        "sections": sorted(one.section_id for one in walked.passes),
        "photos": [],
        "received_at": walked.received_at.isoformat(),
    }


@bp.get("/rounds/today")
def today() -> Any:
    """What this person is to walk today and in the days after, and how it is ticked: for a phone that works alone."""
    check(current_user, "round.start")
    day = clock.today()
    found = ahead.told(plan.places(current_user, day), current_user, day)
    rule = {"near_m": NEAR_M, "worst_m": WORST_FIX_M, "share": ENOUGH_SHARE}
    response = jsonify(contract=CONTRACT, person=current_user.id, rule=rule, walking=_walking(), **found)
    response.add_etag()
    # Not in the body, which is the same while nothing changes: by it the phone's clock is set right.
    response.headers["X-Now"] = clock.now().isoformat()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _walking() -> dict[str, Any] | None:
    """The round that this person has under way, whichever door it was begun by: a phone can go on with it.

    `here`: it was begun by the plain form in this very browser.
    """
    walked = db.session.scalars(queries.under_way(current_user)).first()
    if walked is None:
        return None
    return {
        "client_id": walked.client_id,
        "number": walked.number,
        "url": url_for("rounds.round", round_id=walked.id),
        "started_at": walked.started_at.isoformat(),
        "pauses": walked.pauses,
        "ticks": [_ticked(one) for one in walked.passes],
        "weather": walked.weather,
        "note": walked.note,
        "here": session.get("round") == walked.client_id,
    }


def _ticked(one: Pass) -> dict[str, Any]:
    return {
        "section_id": one.section_id,
        "at": one.passed_at.isoformat(),
        "how": one.how,
        "reason": one.reason,
        "share": one.share,
    }


def parse(said: Mapping[str, Any]) -> Told:
    """The round as the verbs want it. Raises BadInput; TooLong where a person can mend it."""
    client_id = said.get("client_id")
    if not isinstance(client_id, str) or not UUID.fullmatch(client_id):
        raise BadInput(NOT_UNDERSTOOD, field="client_id")
    sent = _perhaps(said.get("sent_at"), "sent_at")
    return Told(
        client_id=client_id,
        started_at=moment(said.get("started_at"), "started_at"),
        ended_at=_perhaps(said.get("ended_at"), "ended_at"),
        pauses=[_pause(one) for one in _list(said, "pauses", MOST_PAUSES)],
        ticks=_ticks(_list(said, "ticks", MOST_TICKS)),
        weather=words(said.get("weather"), 40, "weather"),
        note=words(said.get("note"), 2000, "note"),
        off=sent - clock.now() if sent else None,
    )


def _perhaps(said: Any, name: str) -> datetime | None:
    return None if said is None else moment(said, name)


def _list(said: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = said.get(name, [])
    if not isinstance(found, list) or len(found) > most:
        raise BadInput(NOT_UNDERSTOOD, field=name)
    return found


def _pause(said: Any) -> tuple[datetime, datetime | None]:
    if not isinstance(said, list) or len(said) != 2:
        raise BadInput(NOT_UNDERSTOOD, field="pauses")
    return moment(said[0], "pauses"), _perhaps(said[1], "pauses")


def _ticks(said: list[Any]) -> list[Tick]:
    """Ticks with their sections; a section that is no longer in the register cannot be ticked and is left out."""
    if not all(isinstance(one, dict) and _whole(one.get("section_id")) for one in said):
        raise BadInput(NOT_UNDERSTOOD, field="ticks")
    ids = {one["section_id"] for one in said}
    rows = db.session.scalars(with_lines(within(current_user, Section).where(Section.id.in_(ids)))).unique()
    sections = {section.id: section for section in rows}
    return [_tick(one, sections[one["section_id"]]) for one in said if one["section_id"] in sections]


def _tick(said: Mapping[str, Any], section: Section) -> Tick:
    at, how, share = moment(said.get("at"), "ticks"), said.get("how"), said.get("share")
    if how not in ("position", "hand") or not (share is None or (_whole(share) and share <= 100)):
        raise BadInput(NOT_UNDERSTOOD, field="ticks")
    reason = words(said.get("reason"), 200, f"reason-{section.id}")
    lon, lat = _degrees(said.get("lon"), 180), _degrees(said.get("lat"), 90)
    return Tick(section, at, how, reason, share, lon, lat)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _degrees(value: Any, most: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise BadInput(NOT_UNDERSTOOD, field="ticks")
    return round(float(value), 6)


def words(said: Any, most: int, name: str) -> str:
    """A short text. Raises BadInput, TooLong."""
    if said is None:
        return ""
    if not isinstance(said, str):
        raise BadInput(NOT_UNDERSTOOD, field=name)
    if len(said) > most:
        raise TooLong(_("At most %(most)d characters.", most=most), field=name)
    return clean_text(said) or ""
