"""Pages of the bureau's other yearly targets."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field
from roadworks.base.i18n import _
from roadworks.base.web import one, seen_version
from roadworks.defects.filters import read_id
from roadworks.network.views import home, own_district
from roadworks.projects import counts as sums
from roadworks.projects import tracker
from roadworks.projects.boards import Programme
from roadworks.projects.programme_forms import LINES, CountsForm, ProgrammeForm
from roadworks.workflow import audit
from roadworks.workflow.permissions import check

bp = Blueprint("programmes", __name__, url_prefix="/programmes")


@bp.get("")
def programmes() -> str:
    """The targets of a year with their counts by stage."""
    check(current_user, "project.read")
    years = tracker.years(current_user)
    year = read_id({"year": [request.args.get("year", "")]}, "year") or (years[0] if years else clock.today().year)
    rows = list(db.session.scalars(tracker.programmes(current_user, year)))
    return render_template("projects/programmes.html", rows=rows, years=years, year=year, sums=sums)


def _load(programme_id: int) -> Programme:
    return one(tracker.programmes(current_user).where(Programme.id == programme_id))


@bp.get("/<int:programme_id>")
def programme(programme_id: int) -> str:
    """One programme with all that was recorded of it."""
    check(current_user, "project.read")
    found = _load(programme_id)
    return render_template("projects/programme.html", programme=found, sums=sums, events=audit.history(found))


@bp.route("/new", methods=["GET", "POST"])
@bp.route("/<int:programme_id>/edit", methods=["GET", "POST"])
def edit(programme_id: int | None = None) -> Any:
    """Add or edit a programme."""
    check(current_user, "programmes.edit")
    found = _load(programme_id) if programme_id else None
    district = home() if found else own_district()
    form = ProgrammeForm(obj=found)
    if request.method == "GET" and found is None:
        form.year.data = clock.today().year
    if request.method == "POST" and form.validate():
        values = {name: form[name].data for name in tracker.FIELDS} | {"position": form.position.data or 0}
        try:
            if found is None:
                found = tracker.add(current_user, district, values)
            else:
                tracker.edit(current_user, found, values, seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _saved(found)
    return render_template("projects/programme_edit.html", form=form, programme=found), 400 if form.errors else 200


@bp.route("/<int:programme_id>/counts", methods=["GET", "POST"])
def counts(programme_id: int) -> Any:
    """Record the counts of a day; what was recorded before stays."""
    found = _load(programme_id)
    check(current_user, "programmes.edit", found)
    form = CountsForm(request.form if request.method == "POST" else _standing(found))
    if request.method == "POST" and _record(found, form):
        return _saved(found)
    status = 400 if form.faults else 200
    return render_template("projects/programme_counts.html", programme=found, form=form, lines=range(LINES)), status


def _standing(found: Programme) -> dict[str, str]:
    """The last counts as the form begins with them: the stages stay, the numbers are there to be changed."""
    said = {"as_of": clock.today().isoformat(), "note": found.as_printed}
    for n, line in enumerate(tracker.latest(found)[:LINES]):
        said |= {f"stage_zh-{n}": line.stage_zh, f"stage_en-{n}": line.stage_en or ""}
        said[f"count-{n}"] = sums.plain(line.count)
        said |= {f"{name}-{n}": "1" for name in ("milestone", "approximate") if getattr(line, name)}
    return said


def _record(found: Programme, form: CountsForm) -> bool:
    """Record what the form says; False where a fault stands at a field."""
    as_of, lines = form.as_of(), form.lines()
    if form.faults or as_of is None:
        return False
    try:
        tracker.record(current_user, found, as_of=as_of, lines=lines, note=form.note, seen=seen_version())
    except BadInput as fault:
        db.session.rollback()
        form.faults[fault.field or "counts"] = str(fault.message)
        return False
    return True


def _saved(found: Programme) -> Any:
    db.session.commit()
    flash(_("Saved."))
    return redirect(url_for("programmes.programme", programme_id=found.id))
