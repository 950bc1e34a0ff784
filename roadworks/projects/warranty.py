"""Warranty repair 质保返修: a defect on a section whose project is under warranty is asked of its contractor."""

from datetime import date

from sqlalchemy import Select, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.defects import actions as defects
from roadworks.defects.models import Defect
from roadworks.projects.models import Project, ProjectSection
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, within

UNDER_NONE = _l("No project on this section is under warranty.")
LONGEST_OWNER = 100


def runs(project: Project, day: date) -> bool:
    """Whether the project was accepted and its warranty covers the day, both ends included."""
    accepted, ends = project.accepted_on, project.warranty_ends_on
    return project.state != "cancelled" and accepted is not None and ends is not None and accepted <= day <= ends


def on_it(person: Actor, section_id: int) -> Select[Project]:
    """Accepted projects on the section, the newest first."""
    there = select(ProjectSection.project_id).where(ProjectSection.section_id == section_id)
    statement: Select[Project] = within(person, Project)
    return statement.where(Project.id.in_(there), Project.accepted_on.is_not(None)).order_by(Project.id.desc())


def proposal(person: Actor, defect: Defect) -> Project | None:
    """The project whose contractor should mend the defect: found within the warranty, not asked before."""
    if defect.section_id is None or defect.surface == "ancillary" or defect.warranty_project_id is not None:
        return None
    found_on = clock.local(defect.found_at).date()
    return next((p for p in db.session.scalars(on_it(person, defect.section_id)) if runs(p, found_on)), None)


def claim(by: Actor, defect: Defect, *, seen: int) -> Event:
    """Ask the contractor, with a clock of five working days; it is recalled or settled like anything forwarded.

    Raises NotAllowed, BadInput (no warranty), Stale, WrongStep.
    """
    project = proposal(by, defect)
    if project is None:
        raise BadInput(UNDER_NONE)
    owner = (project.contractor or project.name_zh)[:LONGEST_OWNER]
    return defects.forward(by, defect, seen=seen, owner=owner, warranty_project_id=project.id)
