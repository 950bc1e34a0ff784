"""The first page after signing in: what waits for this person."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.calendar import load
from roadworks.base.db import db
from roadworks.defects import rescue_trail
from roadworks.network.views import home as district_of
from roadworks.notifications import queries as reminders
from roadworks.rounds import plan as patrols
from roadworks.workflow.permissions import check, may
from roadworks.workflow.transitions import ORDER_ON_THE_ROAD
from roadworks.worklist import queries
from roadworks.workorders import deadlines
from roadworks.workorders import queries as orders

bp = Blueprint("worklist", __name__)


@bp.get("/")
def home() -> Any:
    """Where each role begins its day."""
    role = current_user.role
    if role == "crew":
        return _crew()
    if role in {"supervisor", "engineer"}:
        return _desk()
    if role == "inspector":
        return _inspector()
    return redirect(url_for("reports.bulletin" if role == "leader" else "admin.people"))


def _desk() -> str:
    """The supervisor's desk: confirm, order, verify, answer hand-backs; overdue first."""
    check(current_user, "defect.read")
    now = clock.now()
    late, soon = db.session.execute(queries.counts(current_user, now)).one()
    crew_load: dict[int, dict[str, int]] = {}
    for crew_id, state, count in db.session.execute(orders.load_by_crew(current_user)):
        crew_load.setdefault(crew_id, {})[state] = count
    year = clock.today().year
    days = load()
    return render_template(
        "worklist/desk.html",
        waiting=_waiting(),
        counts={state: count for state, count in db.session.execute(queries.defect_counts(current_user))},
        filed=_rows(queries.defects_in(current_user, "filed")),
        confirmed=_rows(queries.defects_in(current_user, "confirmed")),
        to_verify=_rows(queries.orders_in(current_user, "done").limit(queries.SHOWN)),
        handed_back=_rows(queries.orders_in(current_user, "handed_back").limit(queries.SHOWN)),
        late=_rows(queries.late_orders(current_user, now)),
        late_count=late,
        soon_count=soon,
        crews=_rows(orders.crews(current_user)),
        crew_load=crew_load,
        standings=deadlines.standings,
        unknown_years=[y for y in (year, year + 1) if not days.knows(y) and (y == year or clock.today().month == 12)],
        may_confirm=may(current_user, "defect.confirm"),
        may_order=may(current_user, "order.issue"),
        handed_in=rescue_trail.undecided(district_of().id) if may(current_user, "rescue.bring_in") else 0,
        district=district_of(),
    )


def _crew() -> str:
    """The crew's phone page: my orders by deadline."""
    check(current_user, "order.read")
    mine = _rows(queries.orders_in(current_user, *ORDER_ON_THE_ROAD, "done").limit(100))
    values = {"orders": mine, "standings": deadlines.standings, "district": district_of(), "waiting": _waiting()}
    return render_template("worklist/crew.html", **values)


def _inspector() -> str:
    """The inspector's phone page: file a defect, what to verify, what I filed."""
    check(current_user, "defect.read")
    return render_template(
        "worklist/inspector.html",
        waiting=_waiting(),
        to_verify=_rows(queries.orders_in(current_user, "done").limit(queries.SHOWN)),
        mine=_rows(queries.my_filings(current_user)),
        standings=deadlines.standings,
        district=district_of(),
        patrol=_patrol(),
    )


def _patrol() -> dict[str, Any]:
    """Whether there is a patrol plan, and how many sections this person is to walk today."""
    day = clock.today()
    due = patrols.for_walker(patrols.places(current_user, day), current_user, day)
    return {"planned": bool(due), "due": sum(place.standing != "done" for place in due)}


def _waiting() -> int:
    """How many reminders wait for this person's answer, up to 100."""
    return db.session.scalar(reminders.waiting(current_user)) or 0


def _rows(statement: Any) -> list[Any]:
    return list(db.session.scalars(statement).unique())
