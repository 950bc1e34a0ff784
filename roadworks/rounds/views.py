"""Pages of one round: today's with what is due, a round with its sections and finds, its steps, its paper log."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, WrongStep
from roadworks.base.fields import clean_text, once
from roadworks.base.i18n import _, ngettext
from roadworks.base.quantities import whole_numbers
from roadworks.base.web import back_or, one, seen_version
from roadworks.network.models import Section
from roadworks.network.queries import with_lines
from roadworks.rounds import actions, facts, plan, queries, rules
from roadworks.rounds.models import Round
from roadworks.workflow import audit
from roadworks.workflow.permissions import check, within
from roadworks.workflow.transitions import WRONG, open_steps
from roadworks.workflow.words import taken

bp = Blueprint("rounds", __name__)
RULE = {"near": rules.NEAR_M, "worst": rules.WORST_FIX_M, "share": rules.ENOUGH_SHARE}
WEATHERS = 40


@bp.get("/rounds/today")
def today() -> str:
    """What this person is to walk today, and the round under way."""
    check(current_user, "round.start")
    return render_template("rounds/today.html", **today_values())


def today_values() -> dict[str, Any]:
    """What the page of today shows by plain forms."""
    day = clock.today()
    found = plan.for_walker(plan.places(current_user, day), current_user, day)
    walked = db.session.scalars(queries.under_way(current_user)).first()
    passed = {p.section_id: p for p in walked.passes} if walked else {}
    planned = bool(plan.spans(current_user))
    shown = {"day": day, "due": found, "walked": walked, "passed": passed, "planned": planned}
    return {**shown, "rule": RULE, "once": once()}


@bp.post("/rounds/start")
def start() -> Any:
    """Begin a round; the same form twice begins one."""
    check(current_user, "round.start")
    walked = actions.start(current_user, client_id=once(), weather=_words("weather", WEATHERS))
    db.session.commit()
    # The scripts of this browser, where it has any, go on with it; those of another ask first.
    session["round"] = walked.client_id
    flash(_("%(number)s has begun.", number=walked.number))
    return redirect(url_for("rounds.today"))


@bp.get("/rounds/<int:round_id>")
def round(round_id: int) -> str:
    """One round: its times, its sections, what was found, its history."""
    check(current_user, "round.read")
    found = one(queries.whole(current_user, round_id))
    return render_template(
        "rounds/round.html",
        round=found,
        took=_took(found),
        off=timedelta(seconds=abs(found.clock_off_s or 0)),
        found=facts.found_on(current_user, found.id),
        steps=open_steps(found, current_user),
        events=audit.trail(found),
        rule=RULE,
    )


def _took(found: Round) -> timedelta:
    """From start to end, or until now, without the pauses."""
    latest = found.ended_at or max(clock.now(), found.started_at)
    return rules.time_walked(found.started_at, latest, read_pauses(found.pauses, latest))


def read_pauses(said: list[list[Any]], latest: datetime) -> list[tuple[datetime, datetime]]:
    """Pauses as moments; one not ended lasts until `latest`."""
    moment = datetime.fromisoformat
    return [(moment(begins), moment(ends) if ends else latest) for begins, ends in said]


@bp.post("/rounds/<int:round_id>/<any(pause,resume,end,undo):verb>")
def step(round_id: int, verb: str) -> Any:
    """Take one step on a round."""
    found = one(within(current_user, Round).where(Round.id == round_id))
    check(current_user, f"round.{verb}", found)
    STEPPERS[verb](found, seen_version())
    db.session.commit()
    flash(taken(found.number, f"round.{verb}"))
    return back_or("rounds.round", round_id=found.id)


STEPPERS: dict[str, Any] = {
    "pause": lambda r, seen: actions.pause(current_user, r, seen=seen),
    "resume": lambda r, seen: actions.resume(current_user, r, seen=seen),
    "end": lambda r, seen: actions.end(
        current_user, r, seen=seen, note=_words("note", 2000), weather=_words("weather", WEATHERS)
    ),
    "undo": lambda r, seen: actions.take_back(current_user, r, seen=seen, reason=_words("reason", 300)),
}


@bp.post("/rounds/<int:round_id>/tick")
def tick(round_id: int) -> Any:
    """Tick sections by hand, with a reason."""
    found = one(within(current_user, Round).where(Round.id == round_id))
    check(current_user, "round.tick", found)
    # By hand only while it is walked: the tick bears the time of now. A phone tells its own times, later too.
    if found.state == "ended":
        raise WrongStep(WRONG, thing=found)
    ids = _ids("section")
    sections = db.session.scalars(with_lines(within(current_user, Section).where(Section.id.in_(ids)))).unique().all()
    if not sections:
        raise BadInput(_("Choose the sections that you passed."), field="section")
    reason = _words("reason", 200)
    made = actions.tick(current_user, found, [actions.Tick(s, clock.now(), reason=reason) for s in sections])
    db.session.commit()
    flash(ngettext("%(num)d section ticked.", "%(num)d sections ticked.", len(made)))
    return back_or("rounds.today")


def _ids(name: str) -> list[int]:
    found = whole_numbers(request.form.getlist(name)[:500])
    if found is None:
        raise BadInput(field=name)
    return found


def _words(name: str, most: int) -> str:
    text = clean_text(request.form.get(name, ""))
    if len(text) > most:
        raise BadInput(_("At most %(most)d characters.", most=most), field=name)
    return text


@bp.get("/rounds/<int:round_id>/sheet")
def sheet(round_id: int) -> str:
    """The patrol log 巡查记录 for paper."""
    check(current_user, "round.read")
    found = one(queries.whole(current_user, round_id))
    return render_template(
        "rounds/sheet.html",
        round=found,
        took=_took(found),
        found=facts.found_on(current_user, found.id),
        rule=RULE,
    )
