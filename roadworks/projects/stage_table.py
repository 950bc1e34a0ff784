"""Changing the bureau's table of stages: order, names, limits, gate papers; each change with who and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _l
from roadworks.projects import stages
from roadworks.projects.models import Project
from roadworks.projects.tables import GatePaper, StageRule
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import PROJECT_ALIVE, STALE, write

MOST_PAPERS = 40

WHY = _l("Say why.")
STANDING = _l("%(count)d projects stand in this stage. Let them go on first.")
LAST = _l("One stage at least stays.")
NAMELESS = _l("Give both names.")
TOO_MANY = _l("At most 40 papers for one stage.")


@dataclass(frozen=True)
class Asked:
    """A paper as the table shall have it; `id` None: a new one."""

    id: int | None
    name_zh: str
    name_en: str
    required: bool = True
    active: bool = True


def standing(rule: StageRule) -> int:
    """How many projects that are under way stand in this stage."""
    return crowds(rule.district_id, rule.category).get(rule.code, 0)


def crowds(district_id: int, category: str) -> dict[str, int]:
    """How many projects under way stand in each stage of a category."""
    statement = select(Project.stage, func.count(Project.id)).where(
        Project.district_id == district_id, Project.category == category, Project.state.in_(PROJECT_ALIVE)
    )
    return {stage: count for stage, count in db.session.execute(statement.group_by(Project.stage))}


def shift(by: Actor, rule: StageRule, *, up: bool, reason: str, seen: int) -> Event | None:
    """Let a stage change places with its neighbour; None at the end of the table.

    Raises NotAllowed, Stale, BadInput (no reason).
    """
    _begin(by, rule, reason, seen)
    table = list(db.session.scalars(stages.rules(rule.district_id, rule.category)))
    places = _change_places(table, rule, up=up)
    if places is None:
        return None
    changes = {"position": places}
    return audit.record(by, "stages.edit", rule, before="known", after="known", changes=changes, reason=reason)


def shift_paper(by: Actor, paper: GatePaper, *, up: bool, reason: str, seen: int) -> Event | None:
    """Let a paper change places with its neighbour at the gate; None at the end. `seen` is its stage's version.

    Raises NotAllowed, Stale, BadInput (no reason).
    """
    rule = paper.rule
    _begin(by, rule, reason, seen)
    places = _change_places(list(rule.papers), paper, up=up)
    if places is None:
        return None
    changes = write(rule, {}) | {f"{paper.name_zh} · position": places}
    db.session.expire(rule, ["papers"])
    return audit.record(by, "stages.edit", rule, before="known", after="known", changes=changes, reason=reason)


def _change_places(table: list[Any], row: Any, *, up: bool) -> list[int] | None:
    """Let a row change places with its neighbour, and number all from 1; old and new place, or None at the end."""
    place = table.index(row)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(table):
        return None
    table[place], table[other] = table[other], table[place]
    for position, moved in enumerate(table, 1):
        if moved.position != position:
            write(moved, {"position": position})
    return [place + 1, other + 1]


def change(
    by: Actor, rule: StageRule, values: Mapping[str, Any], papers: Sequence[Asked], *, reason: str, seen: int
) -> Event | None:
    """Rename a stage, set its limits and gate papers, switch it on or off; None where nothing changed.

    Raises NotAllowed, Stale, BadInput (naming the field: also `paper-<id>-zh`).
    """
    _begin(by, rule, reason, seen)
    _check(rule, values)
    told = {name: value for name, value in values.items() if getattr(rule, name) != value}
    known = {paper.id: paper for paper in rule.papers}
    changes: dict[str, list[Any]] = {}
    for asked in papers:
        changes |= _change_paper(rule, known.get(asked.id or 0), asked)
    if len(rule.papers) > MOST_PAPERS:
        raise BadInput(TOO_MANY, field="paper-new-zh")
    if told or changes:
        changes = write(rule, told) | changes  # the version rises for a paper too: two people see one page
        return audit.record(by, "stages.edit", rule, before="known", after="known", changes=changes, reason=reason)
    return None


def _begin(by: Actor, rule: StageRule, reason: str, seen: int) -> None:
    check(by, "stages.edit", rule)
    audit.lock(rule.district_id)
    if rule.version != seen:
        raise Stale(STALE, thing=rule)
    if not reason:
        raise BadInput(WHY, field="reason")


def _check(rule: StageRule, values: Mapping[str, Any]) -> None:
    for name in ("name_zh", "name_en"):
        if not values[name]:
            raise BadInput(NAMELESS, field=name)
    if values["active"] or not rule.active:
        return
    count = standing(rule)
    if count:
        raise BadInput(STANDING % {"count": count}, field="active")
    if len(stages.stages_of(rule.district_id, rule.category)) < 2:
        raise BadInput(LAST, field="active")


def _change_paper(rule: StageRule, paper: GatePaper | None, asked: Asked) -> dict[str, list[Any]]:
    """Write one paper; what changed goes by its name."""
    if not asked.name_zh or not asked.name_en:
        raise BadInput(NAMELESS, field=f"paper-{asked.id or 'new'}-{'en' if asked.name_zh else 'zh'}")
    values = {name: getattr(asked, name) for name in ("name_zh", "name_en", "required", "active")}
    if paper is None:
        place = max((p.position for p in rule.papers), default=0) + 1
        rule.papers.append(GatePaper(district_id=rule.district_id, position=place, **values))
        db.session.flush()
        return {asked.name_zh: [None, asked.name_en]}
    name = paper.name_zh
    changed = {column: value for column, value in values.items() if getattr(paper, column) != value}
    told = write(paper, changed) if changed else {}
    return {f"{name} · {column}": pair for column, pair in told.items()}


def history(rules: Sequence[StageRule], limit: int = 60) -> list[Event]:
    """The last changes of these stages, newest first."""
    ids = [rule.id for rule in rules]
    statement = select(Event).where(Event.thing_type == "stage", Event.thing_id.in_(ids))
    return list(db.session.scalars(statement.order_by(Event.id.desc()).limit(limit)))
