"""The gate of a stage: which papers and facts must be there before it is left."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.i18n import _, _l, label, show_date
from roadworks.projects import stages
from roadworks.projects.models import Project
from roadworks.projects.records import Paper
from roadworks.projects.tables import StageRule
from roadworks.workflow.transitions import need

AWARDED = _l("The day of the award")
NO_AWARD = frozenset({"framework"})  # work given under a contract that is there already has no award of its own


@dataclass(frozen=True)
class Item:
    """One line of the checklist: a paper (with its gate paper's id) or a fact (with the field that holds it)."""

    label: str
    there: bool
    required: bool = True
    gate_paper_id: int | None = None
    paper: Paper | None = None
    field: str | None = None


def _awarded(project: Project) -> bool:
    rounds = project.tenders
    return bool(rounds) and (rounds[-1].award_on is not None or rounds[-1].method in NO_AWARD)


def _warranty_over(project: Project) -> bool:
    return project.warranty_ends_on is None or project.warranty_ends_on < clock.today()


# What must be known before a stage is left, beside its papers: stage → (field, words, whether it is known).
FACTS: dict[str, tuple[str, object, Callable[[Project], bool]]] = {
    "approved": ("in_charge_id", _l("Person in charge"), lambda p: p.in_charge_id is not None),
    "scheme": ("designer", _l("Designer"), lambda p: bool(p.designer)),
    "tender": ("award_on", AWARDED, _awarded),
    "contract": ("contractor", _l("Contractor"), lambda p: bool(p.contractor)),
    "acceptance": ("accepted_on", _l("Day of completion acceptance"), lambda p: p.accepted_on is not None),
}


def checklist(project: Project, rule: StageRule | None, papers: Iterable[Paper]) -> list[Item]:
    """What the present stage asks for, and whether it is there; `papers` are the project's own, newest first."""
    items = _facts(project)
    newest: dict[int | None, Paper] = {}
    for paper in papers:
        if not paper.replaced:
            newest.setdefault(paper.gate_paper_id, paper)
    for asked in rule.papers if rule else ():
        if asked.active:
            found = newest.get(asked.id)
            items.append(Item(label(asked), found is not None, asked.required, asked.id, found))
    return items


def _facts(project: Project) -> list[Item]:
    items = []
    if project.stage in FACTS:
        field, words, known = FACTS[project.stage]
        items.append(Item(str(words), known(project), field=field))
    if project.stage == "warranty" and project.warranty_ends_on:
        words = _("Warranty over (it runs until %(day)s)", day=show_date(project.warranty_ends_on))
        items.append(Item(words, _warranty_over(project), field="warranty_ends_on"))
    return items


def missing_of(items: Sequence[Item]) -> list[str]:
    """The words of what is required and not there."""
    return [item.label for item in items if item.required and not item.there]


@need("gate")
def lacking(project: Project) -> list[str]:
    """What the present stage still lacks, in the language in force."""
    rule = stages.current_stage(project)
    statement = select(Paper).where(Paper.project_id == project.id, Paper.replaced.is_(False))
    return missing_of(checklist(project, rule, db.session.scalars(statement.order_by(Paper.id.desc()))))
