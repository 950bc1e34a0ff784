"""Which projects: whom they are shown to, and what a page of one needs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from roadworks.accounts.models import Person
from roadworks.defects.models import Defect
from roadworks.projects.models import Project, ProjectSection
from roadworks.projects.records import Paper, ProgressEntry
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import MAY, Actor, within


def readable(person: Actor) -> Select[Project]:
    """The projects a person may see: the district's."""
    statement: Select[Project] = within(person, Project)
    return statement


def whole() -> tuple[Any, ...]:
    """Loader options for a project with people, sections, dates and tenders in a fixed number of statements."""
    return (
        joinedload(Project.district),
        joinedload(Project.in_charge),
        joinedload(Project.leader),
        selectinload(Project.stretches).joinedload(ProjectSection.section),
        selectinload(Project.dates),
        selectinload(Project.tenders),
    )


def papers(project: Project) -> Select[Paper]:
    """All papers of a project, the newest version of each first; replaced ones too."""
    statement = (
        select(Paper)
        .where(Paper.project_id == project.id)
        .options(joinedload(Paper.uploaded_by), joinedload(Paper.gate_paper))
    )
    return statement.order_by(Paper.id.desc())


def progress(project: Project) -> Select[ProgressEntry]:
    """What was told of a project's progress, newest first."""
    statement = select(ProgressEntry).where(ProgressEntry.project_id == project.id)
    return statement.options(joinedload(ProgressEntry.written_by)).order_by(
        ProgressEntry.on.desc(), ProgressEntry.id.desc()
    )


def its_defects(project: Project) -> Select[Defect]:
    """The defects that a project takes care of: covered now, made safe meanwhile, or closed with it."""
    own = select(Defect).where(Defect.project_id == project.id, Defect.district_id == project.district_id)
    return own.where(Defect.state.not_in(("rejected", "duplicate")))


def resumable(district_id: int, today: date) -> Select[Project]:
    """The district's suspended projects whose day has come."""
    due = select(Project).where(Project.state == "suspended", Project.paused_until <= today)
    return due.where(Project.district_id == district_id).options(*whole()).order_by(Project.id)


def standing_since() -> ColumnElement[datetime]:
    """Since when a project stands in its stage without a rest: the day it entered, or the last time it was resumed."""
    resumed = (
        select(func.max(Event.at))
        .where(Event.thing_type == "project", Event.thing_id == Project.id, Event.verb == "project.resume")
        .correlate(Project)
        .scalar_subquery()
    )
    return case((resumed > Project.stage_entered_at, resumed), else_=Project.stage_entered_at)


def in_charge(person: Actor) -> Select[Person]:
    """The people of the district who can be in charge of a project 负责人."""
    statement: Select[Person] = within(person, Person)
    roles = MAY["project.advance"].roles
    return statement.where(Person.role.in_(roles), Person.active).order_by(Person.name, Person.id)


def leaders(person: Actor) -> Select[Person]:
    """The people of the district who can be the responsible leader 责任领导."""
    statement: Select[Person] = within(person, Person)
    return statement.where(Person.role.in_(("leader", "supervisor")), Person.active).order_by(Person.name, Person.id)
