"""The page of what lies within a walk."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from roadworks.base.db import db
from roadworks.base.web import one
from roadworks.defects.filters import read_id
from roadworks.network.geometry import middle
from roadworks.network.models import Section
from roadworks.network.queries import sections, with_lines
from roadworks.network.views import asked_position, home
from roadworks.workflow.permissions import check
from roadworks.worklist import nearby
from roadworks.worklist.rules import Place
from roadworks.workorders.deadlines import next_due

bp = Blueprint("nearby", __name__)


@bp.get("/nearby")
def here() -> str:
    """What needs eyes within 300 m of `lon`, `lat`, or of the middle of `section`; asks where one is before."""
    check(current_user, "defect.file")
    known = list(db.session.scalars(sections(current_user)).unique())
    chosen, place = _asked()
    return render_template(
        "worklist/nearby.html",
        sections=[section for section in known if section.west is not None],
        section=chosen,
        place=place,
        stops=nearby.stops(current_user, place) if place else [],
        next_due=next_due,
        within_m=nearby.WITHIN_M,
        district=home(),
    )


def _asked() -> tuple[Section | None, Place | None]:
    """The section chosen, and the position to start from."""
    if request.args.get("lon"):
        return None, asked_position()
    section_id = read_id(request.args.to_dict(flat=False), "section")
    if section_id is None:
        return None, None
    found = one(with_lines(sections(current_user)).where(Section.id == section_id))
    return found, middle(found.centreline) if found.centreline else None
