"""While you are here, with no network: what a phone keeps to work the list out by itself, and the page that does it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.contract import CONTRACT, PREFIX
from roadworks.base.i18n import label
from roadworks.defects.pack import thumb
from roadworks.network.views import asked_position, home
from roadworks.workflow.permissions import check
from roadworks.workflow.words import say
from roadworks.worklist import nearby
from roadworks.workorders import deadlines
from roadworks.workorders.models import WorkOrder

bp = Blueprint("nearby_kept", __name__)


@bp.get("/street/nearby")
def shell() -> str:
    """The list of what is near with nobody's name or token on it, kept on the phone and worked out there."""
    check(current_user, "defect.file")
    return render_template("worklist/nearby_shell.html", as_shell=True, within_m=nearby.WITHIN_M, district=home())


@bp.get(f"{PREFIX}/nearby")
def stops() -> Any:
    """What may need somebody's eyes around `lon`, `lat`, or the middle of the district; unchanged is a 304."""
    check(current_user, "defect.file")
    district = home()
    centre = asked_position() if "lon" in request.args else (district.lon, district.lat)
    found, reach = nearby.kept(current_user, centre)
    response: Response = jsonify(
        contract=CONTRACT,
        person=current_user.id,
        lon=centre[0],
        lat=centre[1],
        reach_m=int(reach),
        stops=[_facts(one) for one in found],
    )
    response.add_etag(weak=True)
    # Not in the body, which is the same while nothing changes: by it the phone's clock is set right.
    response.headers["X-Now"] = clock.now().isoformat()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _facts(one: nearby.Kept) -> dict[str, Any]:
    """One place as the phone keeps it; `soon`, `late`, `stale`: from when it is due soon, overdue, its photo old."""
    defect, order = one.defect, one.order
    soon, late = deadlines.turns(order) if order and one.running else (None, None)
    where = [label(defect.section) if defect.section else "", defect.place]
    return {
        "id": defect.id,
        "number": defect.number,
        "type": label(defect.type),
        "state_word": say("defect", defect.state),
        "severity": defect.severity,
        "severity_word": say("severity", defect.severity),
        "place": " ".join(word for word in where if word),
        "lon": defect.lon,
        "lat": defect.lat,
        "thumb": thumb(defect.photos[0].id if defect.photos else None),
        "order": _order(order),
        "tasks": one.tasks,
        "soon": _iso(soon),
        "late": _iso(late),
        "stale": _iso(one.stale_at),
        "due": _iso(deadlines.next_due(order)) if order and one.running else None,
    }


def _order(order: WorkOrder | None) -> dict[str, Any] | None:
    if order is None:
        return None
    return {"id": order.id, "number": order.number, "url": url_for("orders.order", order_id=order.id)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
