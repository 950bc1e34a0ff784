"""The page of the patrol plan: days per grade with their history, and who walks which section."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _, ngettext
from roadworks.base.quantities import fold, parse_day, whole_number, whole_numbers
from roadworks.network.models import Section
from roadworks.network.views import home, own_district
from roadworks.rounds import plan, queries
from roadworks.rounds.models import GRADES
from roadworks.rounds.rules import DEFAULT_DAYS
from roadworks.workflow.permissions import check, within

bp = Blueprint("patrol_plan", __name__)
Answer = tuple[str, int] | Response


@bp.route("/rounds/plan", methods=["GET", "POST"])
def rules() -> Answer:
    """How often each grade is patrolled, from a day on."""
    check(current_user, "patrol.edit")
    fault = None
    if request.method == "POST":
        try:
            n = _save()
        except BadInput as error:
            db.session.rollback()
            fault = error
        else:
            db.session.commit()
            flash(_("Saved.") if n else _("Nothing changed."))
            return redirect(url_for("patrol_plan.rules"))
    return _page(fault)


def _page(fault: BadInput | None) -> Answer:
    rows = list(db.session.scalars(queries.rules(current_user)))
    walkers = list(db.session.scalars(queries.walkers(current_user)).unique())
    return render_template(
        "rounds/plan.html",
        grades=GRADES,
        now=plan.in_force(current_user, home()),
        past=sorted(rows, key=lambda row: (row.set_at, row.id), reverse=True),
        defaults=DEFAULT_DAYS,
        sections=list(db.session.scalars(queries.patrolled(current_user)).unique()),
        grade_of=plan.grade_of,
        whose=queries.beats(current_user),
        walkers=walkers,
        names=queries.beat_names(current_user),
        today=clock.today(),
        typed=request.form,
        fault=fault,
    ), 400 if fault else 200


def _save() -> int:
    """Write the rows that changed; gives how many. Raises BadInput, Stale."""
    district = own_district()
    starts_on, reason = _day(), clean_text(request.form.get("reason", ""))[:300]
    if not reason:
        raise BadInput(_("Say why."), field="reason")
    changed = 0
    for grade in GRADES:
        seen = request.form.get(f"seen_{grade}", "")
        if seen and whole_number(seen) is None:
            raise BadInput(field=f"days_{grade}")
        row = plan.set_days(
            current_user,
            district,
            grade,
            _days(grade),
            starts_on=starts_on,
            reason=reason,
            seen=whole_number(seen),
        )
        changed += row is not None
    return changed


def _days(grade: str) -> int | None:
    text = fold(request.form.get(f"days_{grade}", ""))
    if not text:
        return None
    found = whole_number(text, digits=3)
    if found is None:
        raise BadInput(plan.NOT_DAYS, field=f"days_{grade}")
    return found


def _day() -> date:
    try:
        return parse_day(request.form.get("starts_on", "")[:40])
    except ValueError as error:
        raise BadInput(_("Choose the day from which it holds."), field="starts_on") from error


@bp.post("/rounds/plan/walkers")
def assign() -> Response:
    """Give the chosen sections to somebody to walk, or to everybody."""
    check(current_user, "patrol.edit")
    ids, said = whole_numbers(request.form.getlist("section")[:2000]), request.form.get("walker", "")
    who = whole_number(said)
    if ids is None:
        raise BadInput(field="section")
    sections = list(db.session.scalars(within(current_user, Section).where(Section.id.in_(ids))).unique())
    walkers = {w.id: w for w in db.session.scalars(queries.walkers(current_user)).unique()}
    if not sections:
        raise BadInput(_("Choose at least one section."), field="section")
    if said and who not in walkers:
        raise BadInput(plan.NOT_A_WALKER, field="walker")
    n = plan.assign(current_user, sections, walkers[who] if who else None)
    db.session.commit()
    flash(ngettext("%(num)d section changed.", "%(num)d sections changed.", n))
    return redirect(url_for("patrol_plan.rules") + "#walkers")
