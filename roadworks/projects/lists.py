"""Which projects a list or a board shows: the filter, what counts as stalled, and the columns of the board."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db, literal
from roadworks.defects.queries import fold
from roadworks.network.models import Road, Section
from roadworks.projects.models import Project, ProjectSection, StageDate
from roadworks.projects.queries import readable, standing_since
from roadworks.projects.records import ProgressEntry
from roadworks.projects.tables import StageRule
from roadworks.workflow.permissions import Actor, within
from roadworks.workflow.transitions import PROJECT_ALIVE, PROJECT_MOVING

QUIET = timedelta(days=14)
MOST_CARDS = 50


@dataclass(frozen=True)
class Filter:
    """What the person asked for; empty means all."""

    categories: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    in_charge_id: int | None = None
    stalled: bool = False
    words: str = ""


def filtered(person: Actor, wanted: Filter, rules: Sequence[StageRule]) -> Select[Project]:
    """The projects of the person's district that fit."""
    statement = readable(person)
    for column, values in (
        (Project.category, wanted.categories),
        (Project.stage, wanted.stages),
        (Project.state, wanted.states),
    ):
        if values:
            statement = statement.where(column.in_(values))
    if wanted.in_charge_id is not None:
        statement = statement.where(Project.in_charge_id == wanted.in_charge_id)
    if wanted.stalled:
        statement = statement.where(stalled(rules))
    for word in fold(wanted.words).split()[:6]:
        statement = statement.where(_says(literal(word)))
    return statement


def _says(pattern: str) -> ColumnElement[bool]:
    """The word stands in the number, the names, the limits, the firms, the person in charge or a road."""
    said = (Project.number, Project.name_zh, Project.name_en, Project.limits_zh, Project.limits_en)
    firms = (Project.designer, Project.contractor, Project.supervisor_firm)
    roads = select(ProjectSection.project_id).join(Section).join(Road)
    return or_(
        *(func.lower(column).like(pattern, escape="\\") for column in (*said, *firms)),
        Project.in_charge.has(func.lower(Person.name).like(pattern, escape="\\")),
        Project.id.in_(roads.where(func.lower(Road.search_key).like(pattern, escape="\\"))),
    )


def for_list() -> tuple[Any, ...]:
    """Loader options for a row of a list or a card, in a fixed number of statements."""
    return (joinedload(Project.in_charge), joinedload(Project.leader), selectinload(Project.dates))


def stage_rules(person: Actor) -> list[StageRule]:
    """The stages of the district's projects in their order, switched-off ones too."""
    statement = within(person, StageRule).order_by(StageRule.category, StageRule.position, StageRule.id)
    return list(db.session.scalars(statement))


def stage_names(rules: Iterable[StageRule]) -> Mapping[tuple[int, str, str], StageRule]:
    """The rule of a stage by district, category and code: what the bureau calls it."""
    return {(rule.district_id, rule.category, rule.code): rule for rule in rules}


def stalled(rules: Iterable[StageRule]) -> ColumnElement[bool]:
    """Longer in its stage than the table allows, past the planned day, or building without a word for 14 days.

    Suspended projects stand still with a reason and do not count.
    """
    today = clock.today()
    planned = exists().where(
        StageDate.project_id == Project.id, StageDate.stage == Project.stage, StageDate.planned_on < today
    )
    told = exists().where(ProgressEntry.project_id == Project.id, ProgressEntry.on > today - QUIET)
    silent = and_(Project.stage == "construction", _entered_before(QUIET), ~told)
    return and_(Project.state.in_(PROJECT_MOVING), or_(_too_long(rules), planned, silent))


def _too_long(rules: Iterable[StageRule]) -> ColumnElement[bool]:
    limits: dict[int, list[tuple[int, str, str]]] = {}
    for rule in rules:
        if rule.stall_days is not None:
            limits.setdefault(rule.stall_days, []).append((rule.district_id, rule.category, rule.code))
    stage = tuple_(Project.district_id, Project.category, Project.stage)
    return or_(false(), *(and_(stage.in_(of), _entered_before(timedelta(days=n))) for n, of in limits.items()))


def _entered_before(span: timedelta) -> ColumnElement[bool]:
    """It stands there without a rest for more than `span` of calendar days."""
    return standing_since() < local_day_bounds(clock.today() - span)[0]


def stalled_ids(projects: Sequence[Project], rules: Iterable[StageRule]) -> set[int]:
    """Which of these are stalled, in one statement."""
    if not projects:
        return set()
    statement = select(Project.id).where(Project.id.in_([p.id for p in projects]), stalled(rules))
    return set(db.session.scalars(statement))


def days_in_stage(project: Project) -> int:
    """Calendar days since it entered its stage."""
    return (clock.today() - clock.local(project.stage_entered_at).date()).days


def node(project: Project) -> Any:
    """The next node 时间节点: the planned day of the present stage, else the day it is expected to be done; or None."""
    planned = next((row.planned_on for row in project.dates if row.stage == project.stage), None)
    return planned or project.expected_on


@dataclass
class Column:
    """One stage of the board; `count` is all that stand there, `projects` those shown."""

    rule: StageRule
    count: int = 0
    projects: list[Project] = field(default_factory=list)


def board(
    person: Actor, rules: Sequence[StageRule], keep: Callable[[Select[Any]], Select[Any]]
) -> tuple[list[Column], set[int]]:
    """The columns of a category's board, and the ids of what is stalled; at most 50 cards a stage, longest first.

    `rules` are all of one category in order; a stage switched off has a column only while a project stands there.
    """
    of = keep(readable(person).where(Project.state.in_(PROJECT_ALIVE)))
    counts = dict(db.session.execute(of.with_only_columns(Project.stage, func.count()).group_by(Project.stage)).all())
    place = func.row_number().over(partition_by=Project.stage, order_by=(Project.stage_entered_at, Project.id))
    first = of.with_only_columns(Project.id.label("id"), place.label("place")).subquery()
    shown = select(Project).join(first, first.c.id == Project.id).where(first.c.place <= MOST_CARDS)
    cards = list(db.session.scalars(shown.options(*for_list()).order_by(Project.stage_entered_at, Project.id)).unique())
    columns = {
        rule.code: Column(rule, counts.get(rule.code, 0)) for rule in rules if rule.active or rule.code in counts
    }
    for card in cards:
        columns[card.stage].projects.append(card)
    return list(columns.values()), stalled_ids(cards, rules)


def tally(person: Actor, district_id: int) -> dict[str, int]:
    """Category → how many projects are alive."""
    statement = readable(person).where(Project.state.in_(PROJECT_ALIVE), Project.district_id == district_id)
    return dict(
        db.session.execute(statement.with_only_columns(Project.category, func.count()).group_by(Project.category)).all()
    )
