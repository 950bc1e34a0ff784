"""Pages of work orders: the list, one order, its sheet for print, and the steps on it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from roadworks.accounts.models import Crew
from roadworks.base import clock
from roadworks.base.db import db, drawing
from roadworks.base.errors import BadInput, Faults, NotFound
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _
from roadworks.base.quantities import whole_number, whole_numbers
from roadworks.base.web import back_or, one, paged, seen_version
from roadworks.defects.field import keep_uploads
from roadworks.defects.filters import read_day, read_id
from roadworks.defects.models import SEVERITIES, Defect
from roadworks.workflow import audit
from roadworks.workflow.permissions import check, within
from roadworks.workflow.reasons import reasons
from roadworks.workflow.transitions import ORDER_STATES, can, missing, open_steps
from roadworks.workflow.words import taken
from roadworks.workorders import (
    actions,
    deadlines,
    extension,
    gates,
    queries,
    safety,
    slips,
    steps,
    verifying,
    warranty,
)
from roadworks.workorders.chips import chips
from roadworks.workorders.models import WorkOrder

bp = Blueprint("orders", __name__, url_prefix="/workorders")
MOST_DEFECTS = 50
GIVES = {"order.reissue", "order.reassign"}  # what chooses a crew
VERBS_IN_URL = "accept,start,'hand-back',suspend,resume,reissue,reassign,void,undo,pass,fail,'make-safe',"
VERBS_IN_URL += "'ask-extension',extend,'refuse-extension',remark"
GIVEN = ("q", "state", "severity", "crew", "standing", "from", "to", "closed_from", "closed_to", "all")


@bp.get("")
def orders() -> str:
    """The list, filtered by the address, paged by cursor."""
    check(current_user, "order.read")
    said = {name: request.args.getlist(name)[:20] for name in GIVEN}
    said = {name: [v for v in map(clean_text, values) if v] for name, values in said.items()}
    said = {name: values for name, values in said.items() if values}
    wanted = _filter(said)
    statement = queries.filtered(current_user, wanted, clock.now()).options(*queries.whole())
    page = paged(statement, WorkOrder.repair_due_at, WorkOrder.id, cursor=request.args.get("cursor"), descending=False)
    crews = list(db.session.scalars(queries.crews(current_user)))
    why = reasons("order", [row.id for row in page.rows])
    return render_template(
        "workorders/orders.html",
        page=page,
        total=queries.total(current_user, wanted, clock.now()) if said else None,
        said=said,
        chips=chips(said, crews),
        crews=crews,
        standings=deadlines.standings,
        why=why,
    )


def _filter(said: dict[str, list[str]]) -> queries.Filter:
    states, severities = tuple(said.get("state", ())), tuple(said.get("severity", ()))
    standing = said.get("standing", [""])[0]
    known = set(states) <= set(ORDER_STATES) and set(severities) <= set(SEVERITIES)
    if not known or standing not in queries.STANDINGS:
        raise BadInput(_("This filter is not known: %(name)s", name="state"))
    return queries.Filter(
        states=states or (() if said else queries.LIVE),
        severities=severities,
        crew_id=read_id(said, "crew"),
        standing=standing,
        since=read_day(said, "from"),
        until=read_day(said, "to"),
        closed_since=read_day(said, "closed_from"),
        closed_until=read_day(said, "closed_to"),
        words=said.get("q", [""])[0][:100],
    )


@bp.get("/<int:order_id>")
def order(order_id: int) -> str:
    """One order: its clocks, its defects with photos before and after, its trail, and the buttons."""
    found = _load(order_id)
    shown = open_steps(found, current_user)
    return render_template(
        "workorders/order.html",
        order=found,
        steps=shown,
        standings=deadlines.standings(found),
        events=audit.trail(found),
        lacking=missing(found, "order.finish", {}) if found.state == "working" else [],
        crews=list(db.session.scalars(queries.crews(current_user))) if GIVES & {*shown} else [],
        district=found.district,
        unextendable=extension.fault(found),
        extended=extension.extended(found) if "order.extend" in shown and found.extension_asked_at else None,
        reason=reasons("order", [found.id]).get(found.id),
        slip=slips.told,
    )


def _load(order_id: int) -> WorkOrder:
    check(current_user, "order.read")
    return one(queries.readable(current_user).where(WorkOrder.id == order_id).options(*queries.whole()))


@bp.get("/<int:order_id>/sheet")
def sheet(order_id: int) -> str:
    """The order for print, with the fields of the paper 设施损坏通知单 and a QR code that opens it."""
    found = _load(order_id)
    code = segno.make(url_for("orders.order", order_id=found.id, _external=True), error="m")
    return render_template(
        "workorders/sheet.html", order=found, qr=code.svg_inline(scale=4, omitsize=True, svgclass="qr")
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Several confirmed defects, one order, one crew."""
    check(current_user, "order.issue")
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            chosen = _chosen()
            order = actions.issue(
                current_user,
                chosen,
                crew=_crew(),
                instruction=clean_text(request.form.get("instruction"))[:2000],
                purpose=_purpose(chosen),
                warranty_repair="warranty_repair" in request.form,
            )
        except BadInput as error:
            fault = error
        else:
            db.session.commit()
            flash(_("%(number)s is issued.", number=order.number))
            return redirect(url_for("orders.order", order_id=order.id))
    with drawing():
        return _form(fault), 400 if fault else 200


def _form(fault: BadInput | None) -> str:
    """The form of an order, with what was typed."""
    chosen, crews = _chosen(), list(db.session.scalars(queries.crews(current_user)))
    load = {(crew_id, state): count for crew_id, state, count in db.session.execute(queries.load_by_crew(current_user))}
    values: dict[str, Any] = {"chosen": chosen, "crews": crews, "load": load, "fault": fault}
    values["purpose"] = _purpose(chosen)
    values["kept"] = any(safety.may_be_made_safe(defect) for defect in chosen)
    values["before"] = warranty.earlier_mendings(chosen)
    values["proposed"] = warranty.proposed(chosen, values["before"]) if values["purpose"] == "repair" else None
    return render_template("workorders/new.html", **values, typed=request.form)


def _chosen() -> list[Defect]:
    """The defects named in the address or form; one that is not there is a 404."""
    ids = whole_numbers(request.values.getlist("defect")[: MOST_DEFECTS + 1])
    if ids is None or len(ids) > MOST_DEFECTS:
        raise BadInput(_("At most 50 defects on one order."))
    found = {d.id: d for d in db.session.scalars(within(current_user, Defect).where(Defect.id.in_(ids))).unique()}
    if found.keys() != set(ids):
        raise NotFound()
    return [found[defect_id] for defect_id in dict.fromkeys(ids)]


def _purpose(chosen: list[Defect]) -> str:
    """What the form says the order is for; where it says nothing, what fits what was chosen."""
    fitting = "make_safe" if chosen and all(safety.may_be_made_safe(defect) for defect in chosen) else "repair"
    return request.form.get("purpose", fitting)


def _crew() -> Crew:
    crew_id = read_id({"crew": [request.form.get("crew", "")]}, "crew")
    if crew_id is None:
        raise BadInput(actions.OTHER_CREW, field="crew")
    return one(within(current_user, Crew).where(Crew.id == crew_id))


@bp.post(f"/<int:order_id>/<any({VERBS_IN_URL}):verb>")
def step(order_id: int, verb: str) -> Response:
    """Take one step on an order."""
    found = one(queries.readable(current_user).where(WorkOrder.id == order_id).options(*queries.whole()))
    name = f"order.{verb.replace('-', '_')}"
    check(current_user, name, found)
    STEPPERS[verb](found, seen_version())
    db.session.commit()
    flash(taken(found.number, name))
    if verb in {"pass", "fail"}:
        verifying.show_next()
    return back_or("orders.order", order_id=found.id)


def _until() -> date:
    day = read_day({"until": [request.form.get("until", "")]}, "until")
    if day is None:
        raise BadInput(actions.A_LATER_DAY, field="until")
    return day


def _said(seen: int) -> steps.Said:
    """What the form says of a step; its photos stay kept whatever else is wrong."""
    kept, faults = keep_uploads([], request.files.getlist("photos"))
    if faults:
        raise BadInput(" ".join(faults), field="photos")
    return steps.Said(seen=seen, fields=request.form, photos={"photos": kept})


def _words(name: str, most: int = 300) -> str:
    return steps.Said(seen=0, fields=request.form).words(name, most)


def _take(verb: str) -> Callable[[WorkOrder, int], Any]:
    return lambda order, seen: steps.TAKE[verb](current_user, order, _said(seen))


STEPPERS: dict[str, Any] = {
    verb.removeprefix("order.").replace("_", "-"): _take(verb) for verb in steps.TAKE if verb != "order.finish"
}
STEPPERS |= {
    "suspend": lambda o, seen: actions.suspend(current_user, o, seen=seen, until=_until(), reason=_words("reason")),
    "resume": lambda o, seen: actions.resume(current_user, o, seen=seen),
    "reissue": lambda o, seen: actions.reissue(
        current_user, o, seen=seen, crew=_crew(), instruction=_words("instruction", 2000)
    ),
    "reassign": lambda o, seen: actions.reassign(
        current_user, o, seen=seen, crew=_crew(), instruction=_words("instruction", 2000)
    ),
    "void": lambda o, seen: actions.void(current_user, o, seen=seen, reason=_words("reason")),
    "undo": lambda o, seen: actions.take_back(current_user, o, seen=seen, reason=_words("reason")),
    "ask-extension": lambda o, seen: extension.ask(current_user, o, seen=seen, reason=_words("reason")),
    "extend": lambda o, seen: extension.extend(current_user, o, seen=seen),
    "refuse-extension": lambda o, seen: extension.refuse(current_user, o, seen=seen, reason=_words("reason")),
}


@bp.route("/<int:order_id>/finish", methods=["GET", "POST"])
def finish(order_id: int) -> Any:
    """Finish: measured m² and a photo after the work for each defect."""
    found = _load(order_id)
    check(current_user, "order.finish", found)
    unsafe = found.purpose == "make_safe" and found.made_safe_at is None
    if request.method == "GET" and (unsafe or not can(found, "order.finish")):
        return redirect(url_for("orders.order", order_id=found.id))
    faults: dict[str, str] = {}
    kept: dict[int, list[Any]] = {}
    if request.method == "POST":
        kept = _kept_by_line(found, faults)
        no_photo = set(faults)
        shown = {f"photos-{line_id}": photos for line_id, photos in kept.items()}
        said = steps.Said(seen=seen_version(), fields=request.form, photos=shown)
        try:
            return _finish(found, said, faults)
        except Faults as fault:
            db.session.rollback()
            # A photo that is refused itself does not stay: the next sending would be refused for it, too.
            refused = fault.faults.keys() - no_photo
            kept = {line_id: [] if f"photos-{line_id}" in refused else row for line_id, row in kept.items()}
            faults = fault.faults
    values = {"order": found, "faults": faults, "kept": kept, "new_proofs": gates.new_proofs, "anew": steps.ANEW}
    with drawing():
        page = render_template("workorders/finish.html", **values, times=slips.TIMES, typed=request.form)
    return page, 400 if faults else 200


def _kept_by_line(order: WorkOrder, faults: dict[str, str]) -> dict[int, list[Any]]:
    """The photos of each line: kept before, and sent now; they stay kept whatever else is wrong."""
    kept = {}
    for line in order.live_lines:
        said = request.form.getlist(f"kept-{line.id}")
        ids = [found for word in said if (found := whole_number(word)) is not None]
        kept[line.id], wrong = keep_uploads(ids, request.files.getlist(f"photos-{line.id}"))
        if wrong:
            faults[f"photos-{line.id}"] = " ".join(wrong)
    return kept


def _finish(order: WorkOrder, said: steps.Said, faults: dict[str, str]) -> Response:
    """Finish; raises Faults, those known before first, and once where a measure looks like a slip."""
    asked = slips.asked(order, said, steps.read_measures(order, said, faults))
    if faults | asked:
        raise Faults(faults | asked)
    steps.TAKE["order.finish"](current_user, order, said)
    db.session.commit()
    flash(_("%(number)s is reported done. Somebody else will verify it.", number=order.number))
    return redirect(url_for("orders.order", order_id=order.id))
