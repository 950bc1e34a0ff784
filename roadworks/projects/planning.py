"""From defects to projects: candidates with their arithmetic, making a project of them, what a project covers."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound
from roadworks.base.fields import at_field, once
from roadworks.base.i18n import _, label
from roadworks.base.quantities import whole_numbers
from roadworks.base.web import back_or, one, seen_version
from roadworks.defects import actions as defect_actions
from roadworks.defects import queries as defect_queries
from roadworks.defects.filters import NAMERS
from roadworks.defects.models import Defect
from roadworks.network.models import Section
from roadworks.projects import actions, candidates, cover, notices, planning_form, snapshot, warranty  # noqa: F401
from roadworks.projects.models import Project
from roadworks.projects.queries import readable
from roadworks.workflow.permissions import Actor, check, within

bp = Blueprint("planning", __name__)
MOST_SHOWN = 300
MOST_CHOSEN = 500
SHARE = Decimal("3.00")


@bp.get("/projects/candidates")
def list_() -> str:
    """Sections ranked for medium repair; the threshold and the surface stand in the address."""
    check(current_user, "report.read")
    surface, at_least = _surface(), _share()
    since, until = candidates.period()
    known, unknown = candidates.ranked(candidates.work_out(current_user, since, until), surface)
    shown = known[:MOST_SHOWN]
    return render_template(
        "projects/candidates.html",
        known=shown,
        unknown=unknown[:MOST_SHOWN],
        more=len(known) - len(shown),
        fitting=sum(1 for one in shown if (one.sums[surface].percent or 0) >= at_least),
        most=max([*(int(one.sums[surface].percent or 0) + 1 for one in shown), 10]),
        **_page(surface, at_least),
    )


def _page(surface: str, at_least: Decimal) -> dict[str, Any]:
    since, until = candidates.period()
    said = {"surface": surface, "at_least": at_least, "since": since, "until": until}
    return {**said, "unmended": defect_queries.UNMENDED, "surfaces": candidates.SURFACES}


def _surface() -> str:
    surface = request.values.get("surface", candidates.SURFACES[0])
    if surface not in candidates.SURFACES:
        raise BadInput(_("This filter is not known: %(name)s", name="surface"), field="surface")
    return surface


def _share() -> Decimal:
    """The threshold in %, 0 to 1000; what is no number is the default."""
    text = request.values.get("at_least", "").strip()
    if not text.isascii() or not text.replace(".", "", 1).isdigit() or len(text) > 8:
        return SHARE
    return min(Decimal(text), Decimal(1000))


@bp.get("/projects/candidates/<int:section_id>")
def section(section_id: int) -> str:
    """The whole arithmetic of one section, with the rows of its repeats."""
    check(current_user, "report.read")
    found = one(within(current_user, Section).where(Section.id == section_id))
    since, until = candidates.period()
    candidate = candidates.work_out(current_user, since, until, [found.id])[0]
    running = list(db.session.scalars(cover.living_on(current_user, [found.id])))
    values = {"candidate": candidate, "running": running, **_page(_surface(), _share())}
    return render_template("projects/candidate.html", section=found, **values)


@bp.route("/projects/make", methods=["GET", "POST"])
def make() -> Any:
    """Make a project of sections, or of chosen defects: it covers them and keeps the arithmetic as it is now."""
    check(current_user, "project.open")
    defects, sections = _asked()
    form = planning_form.MakeForm()
    if request.method == "GET":
        form.name_zh.data, form.limits_zh.data = planning_form.proposed(sections)
    elif form.validate():
        chosen, left = planning_form.chosen(defects, _ids("defect", request.form))
        try:
            project = _make(form, sections, chosen)
        except BadInput as fault:
            db.session.rollback()
            defects, sections = _asked()
            at_field(form, fault)
        else:
            db.session.commit()
            flash(" ".join([_("%(number)s is made.", number=project.number), *planning_form.left_out(left)]))
            return redirect(url_for("projects.project", project_id=project.id))
    offered = defects or planning_form.orderable(current_user, sections)
    ticked = planning_form.ticked(offered, _ids("defect", request.form) if request.form else None)
    values = {"form": form, "sections": sections, "offered": offered, "ticked": ticked, "once": once()}
    values |= {"takes": cover.takes, "left": planning_form.left_out([d for d in defects if not cover.takes(d)])}
    return render_template("projects/make.html", **values, **_page(_surface(), _share())), 400 if form.errors else 200


def _make(form: planning_form.MakeForm, sections: list[Section], chosen: list[Defect]) -> Project:
    since, until = candidates.period()
    found = candidates.work_out(current_user, since, until, [row.id for row in sections]) if sections else []
    asked = {"surface": _surface(), "at_least": _share()}
    frozen = snapshot.freeze(current_user, found, chosen, since=since, until=until, **asked)
    district_id = (chosen or sections or [current_user])[0].district_id
    project = actions.opened_before(current_user, district_id, once())
    if project is not None:
        return project
    said = {"sections": sections, "snapshot": frozen, **form.said()}
    project = actions.open_project(current_user, district_id=district_id, client_id=once(), **said)
    if chosen:
        cover.take(current_user, project, chosen)
    return project


def _asked() -> tuple[list[Defect], list[Section]]:
    """The defects and sections named in the address or the form; the sections of the defects are among them."""
    defects = _rows(Defect, _ids("defect"))
    named = _ids("section") | {d.section_id for d in defects if d.section_id}
    return defects, _rows(Section, named)


def _ids(name: str, said: Any = None) -> set[int]:
    """The ids of this name, in the address and the form, or in what is given. Raises BadInput."""
    found = whole_numbers((request.values if said is None else said).getlist(name)[: MOST_CHOSEN + 1])
    if found is None or len(found) > MOST_CHOSEN:
        raise BadInput(_("At most %(most)d at once.", most=MOST_CHOSEN))
    return set(found)


def _rows(model: type[Any], ids: set[int]) -> list[Any]:
    """These rows of the district; one that is not there is a 404."""
    if not ids:
        return []
    found = list(db.session.scalars(within(current_user, model).where(model.id.in_(ids)).order_by(model.id)).unique())
    if len(found) != len(ids):
        raise NotFound()
    return found


@bp.post("/projects/<int:project_id>/cover")
def take(project_id: int) -> Response:
    """One press: the project covers these defects too."""
    project = one(readable(current_user).where(Project.id == project_id))
    check(current_user, "project.cover", project)
    chosen = _rows(Defect, _ids("defect"))
    if not chosen:
        raise BadInput(_("Choose at least one confirmed defect."))
    for defect in chosen:
        if defect.state == "filed":
            defect_actions.confirm(current_user, defect, seen=defect.version)
    cover.take(current_user, project, chosen)
    db.session.commit()
    flash(_("%(number)s covers it.", number=project.number))
    return back_or("defects.defect", defect_id=chosen[0].id)


@bp.post("/defects/<int:defect_id>/warranty")
def claim(defect_id: int) -> Response:
    """Ask the contractor of the project under warranty to mend a defect 质保返修."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, "defect.forward", found)
    warranty.claim(current_user, found, seen=seen_version())
    db.session.commit()
    flash(_("The contractor is asked to mend it under warranty."))
    return back_or("defects.defect", defect_id=found.id)


def _project_name(person: Actor, project_id: int) -> str:
    project = db.session.scalars(readable(person).where(Project.id == project_id)).first()
    return label(project) if project else str(project_id)


def _warranty_name(person: Actor, project_id: int) -> str:
    return _("Warranty repair") + f" · {_project_name(person, project_id)}"


@bp.app_template_global("covering")
def _covering(project: Project) -> list[cover.Figure]:
    """What the project covers and what was asked of its contractor, for the part `projects/_covered.html`."""
    return cover.figures(project)


NAMERS["project"] = _project_name
NAMERS["warranty"] = _warranty_name
