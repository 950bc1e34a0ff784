"""What the room of projects says beside a defect: it is covered, it was given back, it lies in a project, warranty."""

from flask import url_for
from sqlalchemy import ColumnElement, or_, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.i18n import _, label, show_date
from roadworks.defects.models import Defect
from roadworks.defects.notices import ON_DEFECT, ON_SECTION, Notice
from roadworks.projects import cover, stages, warranty
from roadworks.projects.models import Project, ProjectSection
from roadworks.workflow.permissions import Actor, may, within


def _concerned(person: Actor, section_id: int | None, *named: int | None) -> list[Project]:
    """The projects on the section or named by the defect that are not called off, in one statement."""
    asked: list[ColumnElement[bool]] = [Project.id.in_([project_id for project_id in named if project_id])]
    if section_id is not None:
        asked.append(Project.id.in_(select(ProjectSection.project_id).where(ProjectSection.section_id == section_id)))
    return list(db.session.scalars(within(person, Project).where(or_(*asked)).order_by(Project.id.desc()).limit(20)))


def _told(project: Project) -> dict[str, str]:
    expected = show_date(project.expected_on) if project.expected_on else ""
    name = f"{project.number} {label(project)}"
    return {"project": name, "stage": stages.said(project), "day": expected}


def _url(project: Project) -> str:
    return url_for("projects.project", project_id=project.id)


def on_section(person: Actor, section_id: int) -> list[Notice]:
    """Who files on this section learns that a project is on its way there."""
    living = [project for project in _concerned(person, section_id) if cover.living(project)]
    return [Notice(_already(project), _url(project)) for project in living]


def _already(project: Project) -> str:
    if project.expected_on is None:
        return _("Already in project %(project)s, stage %(stage)s, no expected day yet.", **_told(project))
    return _("Already in project %(project)s, stage %(stage)s, expected %(day)s.", **_told(project))


def on_defect(person: Actor, defect: Defect) -> list[Notice]:
    """What the projects that have to do with a defect mean for it, with what this person may do about it."""
    if defect.state in {"rejected", "duplicate"}:
        return []
    found = _concerned(person, defect.section_id, defect.project_id, defect.warranty_project_id)
    own = next((project for project in found if project.id == defect.project_id), None)
    if own is not None:
        return [_own(own, defect)]
    asked = next((project for project in found if project.id == defect.warranty_project_id), None)
    if asked is not None:
        text = _("Warranty repair asked of the contractor of %(project)s.", **_told(asked))
        return [Notice(text, _url(asked))]
    if defect.state not in {"filed", "confirmed", "ordered"}:
        return []
    return [
        *(_offer(person, project, defect) for project in found if cover.living(project)),
        *_claims(person, found, defect),
    ]


def _own(project: Project, defect: Defect) -> Notice:
    if defect.state == "confirmed":
        text = _("%(project)s could not mend this in time and gave it back: make it safe now.", **_told(project))
        return Notice(text, _url(project), warning=True)
    text = _("Project %(project)s takes care of it; stage %(stage)s, no expected day yet.", **_told(project))
    if project.expected_on is not None:
        text = _("Project %(project)s takes care of it; stage %(stage)s, expected %(day)s.", **_told(project))
    return Notice(text, _url(project))


def _offer(person: Actor, project: Project, defect: Defect) -> Notice:
    """One press covers it: a filed one is confirmed by the same press, by who may confirm."""
    allowed = may(person, "project.cover", project) and (
        defect.state != "filed" or may(person, "defect.confirm", defect)
    )
    if not allowed:
        return Notice(_already(project), _url(project))
    word = _("Confirm, covered by the project") if defect.state == "filed" else _("Cover by the project")
    to, fields = url_for("planning.take", project_id=project.id), (("defect", str(defect.id)),)
    return Notice(_already(project), _url(project), word, to, fields)


def _claims(person: Actor, found: list[Project], defect: Defect) -> list[Notice]:
    day = clock.local(defect.found_at).date()
    project = next((one for one in found if warranty.runs(one, day)), None) if defect.surface != "ancillary" else None
    if project is None:
        return []
    said = {**_told(project), "contractor": project.contractor or "–", "until": show_date(project.warranty_ends_on)}
    text = _("Under warranty of %(project)s until %(until)s: warranty repair by %(contractor)s.", **said)
    if not may(person, "defect.forward", defect):
        return [Notice(text, _url(project))]
    to = url_for("planning.claim", defect_id=defect.id)
    return [Notice(text, _url(project), _("Ask for warranty repair"), to, (("version", str(defect.version)),))]


ON_SECTION.append(on_section)
ON_DEFECT.append(on_defect)
