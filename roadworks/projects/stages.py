"""The stages of a district's projects: the table that a new district begins with, and which stage follows which."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import selectinload

from roadworks.accounts.actions import NEW_DISTRICT
from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.i18n import label
from roadworks.projects.models import CATEGORIES, Project
from roadworks.projects.tables import GatePaper, StageRule
from roadworks.workflow.permissions import Actor, System
from roadworks.workflow.words import say

# domain.md §5.1: names, gate papers, typical and stall days; all of it is the bureau's to edit.
DEFAULTS: Mapping[str, Any] = json.loads((Path(__file__).parent / "stages.json").read_text("utf-8"))


def seed(district: District, by: Actor) -> None:
    """Give a new district the default stages of every category, with their gate papers."""
    for category in CATEGORIES:
        for position, stage in enumerate(DEFAULTS["stages"], 1):
            db.session.add(_rule(district.id, category, position, stage))


NEW_DISTRICT.append(seed)


def _rule(district_id: int, category: str, position: int, stage: Mapping[str, Any]) -> StageRule:
    papers = [
        GatePaper(
            district_id=district_id,
            name_zh=paper["zh"],
            name_en=paper["en"],
            position=place,
            required=paper["required"],
            active=True,
        )
        for place, paper in enumerate(stage["papers"], 1)
    ]
    return StageRule(
        district_id=district_id,
        category=category,
        code=stage["code"],
        name_zh=stage["zh"],
        name_en=stage["en"],
        position=position,
        active=stage["code"] not in DEFAULTS["off"][category],
        typical_days=stage["typical_days"],
        stall_days=stage["stall_days"],
        papers=papers,
    )


def complete(district_id: int) -> int:
    """Give the default stages to a district made before there were any; 1 where it had none. The caller commits."""
    if db.session.scalar(select(exists().where(StageRule.district_id == district_id))):
        return 0
    seed(db.session.get_one(District, district_id), System(district_id))
    return 1


def rules(district_id: int, category: str) -> Select[StageRule]:
    """The stages of a category in their order with their papers, those switched off included."""
    statement = select(StageRule).where(StageRule.district_id == district_id, StageRule.category == category)
    return statement.options(selectinload(StageRule.papers)).order_by(StageRule.position, StageRule.id)


def stages_of(district_id: int, category: str) -> list[StageRule]:
    """The stages that projects of this category walk, in order."""
    return [rule for rule in db.session.scalars(rules(district_id, category)) if rule.active]


def names(district_id: int) -> dict[tuple[str, str], StageRule]:
    """What the district calls its stages, by category and code; switched-off ones too, for those who stood there."""
    statement = select(StageRule).where(StageRule.district_id == district_id)
    return {(rule.category, rule.code): rule for rule in db.session.scalars(statement)}


def current_stage(project: Project) -> StageRule | None:
    """The rule of the stage in which the project stands."""
    return next((r for r in _all(project) if r.code == project.stage), None)


def said(project: Project) -> str:
    """What the bureau calls the stage in which the project stands; the common word where its table lost it."""
    own = (StageRule.district_id == project.district_id, StageRule.category == project.category)
    rule = db.session.scalars(select(StageRule).where(*own, StageRule.code == project.stage)).first()
    return label(rule) if rule else say("stage", project.stage)


def next_stage(project: Project) -> StageRule | None:
    """The stage that follows: active, behind the present one, not walked before; None at the end."""
    return following(project, _all(project))


def following(project: Project, table: Sequence[StageRule]) -> StageRule | None:
    """The same out of the category's whole table, for who has it at hand."""
    walked = {row.stage for row in project.dates if row.left_on is not None}
    places = [place for place, rule in enumerate(table) if rule.code == project.stage]
    behind = table[places[0] + 1 :] if places else []
    return next((rule for rule in behind if rule.active and rule.code not in walked), None)


def past_acceptance(project: Project) -> bool:
    """Whether the project stands in a stage behind acceptance, where its warranty runs."""
    codes = [rule.code for rule in _all(project)]
    return {"acceptance", project.stage} <= set(codes) and codes.index(project.stage) > codes.index("acceptance")


def _all(project: Project) -> list[StageRule]:
    return list(db.session.scalars(rules(project.district_id, project.category)))
