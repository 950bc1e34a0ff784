"""Pages over all rounds: the list, compliance with the duties behind it, what is missed, and the map of what is due."""

from datetime import date

from flask import Blueprint, Response, jsonify, render_template, request
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _
from roadworks.base.quantities import parse_day
from roadworks.base.web import paged
from roadworks.network.geojson import features
from roadworks.network.views import home
from roadworks.rounds import facts, figures, plan, queries
from roadworks.rounds.models import GRADES, Round
from roadworks.workflow.permissions import check, may

bp = Blueprint("patrol", __name__)
MOST_ROWS = 500
MOST_PLACES = 300
# How the map paints a section by its standing: colour of the stylesheet and dashes; never by colour alone.
PAINT = {
    "missed": ("alarm", ""),
    "today": ("safety", "10 6"),
    "done": ("good", ""),
    "later": ("action", "2 6"),
    "none": ("map-road", ""),
}
ORDER = ("missed", "today", "later", "done", "none")


def period() -> tuple[date, date]:
    """The period asked for; this month up to today by default. Raises BadInput."""
    today = clock.today()
    since, until = _day("from", today.replace(day=1)), _day("to", today)
    if since > until:
        raise BadInput(_("The period ends before it begins."), field="to")
    return since, until


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    try:
        found = parse_day(text[:40]) if text else default
    except ValueError as error:
        raise BadInput(_("This is not a day: %(text)s", text=text[:20]), field=name) from error
    if not 1990 <= found.year <= 2200:
        raise BadInput(_("This is not a day: %(text)s", text=text[:20]), field=name)
    return found


@bp.get("/rounds")
def rounds() -> str:
    """Rounds of a period, compliance, what is due, and the map."""
    check(current_user, "round.read")
    since, until = period()
    statement = queries.rounds(current_user, since=since, until=until)
    page = paged(statement, Round.started_at, Round.id, cursor=request.args.get("cursor"))
    ids = [walked.id for walked in page.rows]
    found = plan.places(current_user, clock.today())
    found.sort(key=lambda p: (ORDER.index(p.standing), p.due_on or date.max))
    return render_template(
        "rounds/rounds.html",
        page=page,
        ticks=queries.ticks_of(current_user, ids),
        finds=facts.counts(current_user, ids),
        report=figures.compliance(current_user, since, until),
        places=found[:MOST_PLACES],
        n=len(found),
        walkers=queries.beat_names(current_user),
        counts={name: sum(p.standing == name for p in found) for name in ORDER},
        since=since,
        until=until,
        district=home(),
        may_plan=may(current_user, "patrol.edit"),
    )


@bp.get("/rounds/duties")
def duties() -> str:
    """The duties behind a figure: all, of a grade or a section, or only those missed."""
    check(current_user, "round.read")
    since, until = period()
    grade, missed = request.args.get("grade", ""), "missed" in request.args
    if grade and grade not in GRADES:
        raise BadInput(_("This filter is not known: %(name)s", name="grade"))
    report = figures.compliance(current_user, since, until)
    rows = [row for row in (report.missed if missed else report.rows) if _asked(row)] if report else []
    rows.sort(key=lambda row: row.duty.day, reverse=True)
    return render_template(
        "rounds/duties.html",
        rows=rows[:MOST_ROWS],
        n=len(rows),
        done=sum(row.duty.done_on is not None for row in rows),
        rounds=queries.rounds_by_day(current_user, since, until),
        since=since,
        until=until,
        grade=grade,
        missed=missed,
    )


def _asked(row: figures.Owed) -> bool:
    """Whether a duty is of the grade and the section that are asked for."""
    asked = ((request.args.get("grade"), row.grade), (request.args.get("section"), str(row.section.id)))
    return all(value in {None, "", own} for value, own in asked)


@bp.get("/rounds/due.geojson")
def due() -> Response:
    """The district's sections as lines, painted by how they stand today."""
    check(current_user, "round.read")
    found = {p.section.id: p for p in plan.places(current_user, clock.today(), lines=True)}
    drawn = list(features(p.section for p in found.values() if p.section.centreline))
    for feature in drawn:
        standing = found[feature["properties"]["id"]].standing
        ink, dash = PAINT[standing]
        feature["properties"] |= {"standing": standing, "ink": ink, "dash": dash}
    response = jsonify(type="FeatureCollection", features=drawn)
    response.mimetype = "application/geo+json"
    return response
