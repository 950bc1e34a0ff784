"""What a project covers: its defects are not ordered and not chased; the dangerous ones return when it fails them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Select, func, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import NotFound
from roadworks.defects import actions as defects
from roadworks.defects.models import Defect
from roadworks.projects.models import Project, ProjectSection
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, System, within
from roadworks.workflow.transitions import PROJECT_ALIVE, STEPS, move
from roadworks.workorders.safety import KEEPS

DANGEROUS = ("emergency", "severe")
# From here on traffic is back: what was dangerous is gone with the old surface.
OPEN_TO_TRAFFIC = ("substantial", "acceptance", "handover", "warranty", "settlement", "closed")


def covered(project: Project) -> Select[Defect]:
    """The defects that the project covers now."""
    return select(Defect).where(Defect.project_id == project.id, Defect.state == "covered").order_by(Defect.id)


def living_on(person: Actor, section_ids: Sequence[int]) -> Select[Project]:
    """Projects that are under way on any of these sections and not accepted yet, the newest first."""
    on_them = select(ProjectSection.project_id).where(ProjectSection.section_id.in_(section_ids))
    statement: Select[Project] = within(person, Project)
    alive = (Project.state.in_(PROJECT_ALIVE), Project.accepted_on.is_(None))
    return statement.where(Project.id.in_(on_them), *alive).order_by(Project.id.desc())


def living(project: Project) -> bool:
    """Whether it is under way and not accepted yet: what lies in its limits is its business."""
    return project.state in PROJECT_ALIVE and project.accepted_on is None


def take(by: Actor, project: Project, chosen: Sequence[Defect], *, seen: int | None = None) -> int:
    """The verb project.cover: take confirmed or ordered defects into a running project; gives how many.

    Raises NotAllowed, NotFound, Stale, WrongStep.
    """
    event = move(project, "project.cover", by, seen=seen, defects=[defect.number for defect in chosen])
    return cover(by, project, chosen, cause=event)


def takes(defect: Defect) -> bool:
    """Whether a project could take it in: confirmed, on an order, or kept for a project while none has it."""
    return defect.state in STEPS["defect.cover"].of or (defect.state == "covered" and defect.project_id is None)


def cover(by: Actor, project: Project, chosen: Sequence[Defect], *, cause: Event) -> int:
    """Keep these defects for the project, as part of the step `cause`; gives how many.

    One on an order leaves it. Raises NotFound (another district), WrongStep (one that `takes` does not take).
    """
    if any(defect.district_id != project.district_id for defect in chosen):
        raise NotFound()
    for defect in chosen:
        if defect.state == "covered" and takes(defect):
            defects.uncover(by, defect, cause=cause)
        defects.cover(by, defect, reason=project.title, project_id=project.id, cause=cause)
    return len(chosen)


def uncover_all(by: Actor, project: Project, *, cause: Event, dangerous_only: bool = False) -> list[Defect]:
    """Give covered defects back to be ordered, as part of the step `cause`; the dangerous ones marked to be made safe.

    What is being made safe just now stays on its order, and is judged when that ends.
    """
    statement = covered(project)
    if dangerous_only:
        statement = statement.where(Defect.severity.in_(DANGEROUS))
    returned = list(db.session.scalars(statement))
    for defect in returned:
        defects.uncover(by, defect, urgent=defect.severity in DANGEROUS, cause=cause)
    return returned


def close_all(by: Actor, project: Project, *, cause: Event) -> int:
    """The finished project has mended what it covered: close it, as part of the step `cause`; gives how many.

    No m² enter the bulletin by this: they count by verified orders alone.
    """
    mended = list(db.session.scalars(covered(project)))
    for defect in mended:
        defects.close(by, defect, cause=cause)
    return len(mended)


def stalled_past(district_id: int, today: date) -> Select[Project]:
    """The district's projects past their expected day, traffic not restored, that hold danger and gave none back."""
    dangerous = select(Defect.id).where(
        Defect.project_id == Project.id, Defect.state == "covered", Defect.severity.in_(DANGEROUS)
    )
    return (
        select(Project)
        .where(
            Project.district_id == district_id,
            Project.state.in_(PROJECT_ALIVE),
            Project.expected_on < today,
            Project.released_at.is_(None),
            dangerous.exists(),
            Project.stage.not_in(OPEN_TO_TRAFFIC),
        )
        .order_by(Project.id)
    )


def release_stalled(by: Actor, project: Project) -> list[Defect]:
    """Give the dangerous defects of a stalled project back, once in its life; empty where nothing is due.

    Raises NotAllowed, NotFound.
    """
    audit.lock(project.district_id)
    db.session.flush()
    db.session.refresh(project)
    due = db.session.scalars(stalled_past(project.district_id, clock.today()).where(Project.id == project.id)).first()
    if due is None or any(event.verb == "project.release" for event in audit.history(project)):
        return []
    return _release(by, project)


def _release(by: Actor, project: Project) -> list[Defect]:
    expected = project.expected_on.isoformat() if project.expected_on else ""
    event = move(project, "project.release", by, reason=expected, changes={"released_at": clock.now()})
    return uncover_all(by, project, cause=event, dangerous_only=True)


def release_due(district_id: int) -> int:
    """Let time itself release what the district's stalled projects cover; gives how many defects, not committed."""
    found = list(db.session.scalars(stalled_past(district_id, clock.today())))
    return sum(len(release_stalled(System(district_id), project)) for project in found)


class Figure(NamedTuple):
    """So many defects in one state, with their m²: kept by the project, or asked of its contractor under warranty."""

    warranty: bool
    state: str
    places: int
    m2: Decimal


def figures(project: Project) -> list[Figure]:
    """What the project covers, state by state; what was asked of its contractor under warranty is counted apart."""
    found = []
    for warranty, column in ((False, Defect.project_id), (True, Defect.warranty_project_id)):
        statement = select(Defect.state, func.count(), func.sum(Defect.area_m2)).where(column == project.id)
        for state, places, m2 in db.session.execute(statement.group_by(Defect.state).order_by(Defect.state)):
            found.append(Figure(warranty, state, places, m2 or Decimal(0)))
    return found


def _keeps(defect: Defect) -> bool:
    """Whether its project still stands; one kept without a project stays kept."""
    project = db.session.get(Project, defect.project_id) if defect.project_id else None
    return project is None or project.state in PROJECT_ALIVE


KEEPS.append(_keeps)
