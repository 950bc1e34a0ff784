"""What is asked when a project is made of sections or defects; everything else is said on its own page."""

from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from roadworks.base.db import db
from roadworks.base.fields import Form, HanDateField, clean_text, options
from roadworks.base.i18n import _, _l
from roadworks.base.wording import joined
from roadworks.defects.models import Defect
from roadworks.defects.queries import Filter, filtered
from roadworks.network.models import Section
from roadworks.projects.cover import takes
from roadworks.projects.models import CATEGORIES, Project
from roadworks.workflow.permissions import Actor
from roadworks.workflow.words import choices, say

MOST_OFFERED = 500


class MakeForm(Form):
    """Name, category, limits and the day on which traffic should be back."""

    name_zh = StringField(
        _l("Project name"),
        validators=[InputRequired(_l("Please fill this in.")), Length(max=80)],
        filters=[clean_text],
    )
    category = SelectField(
        _l("Category"),
        choices=options(choices("category", CATEGORIES)),
        default="medium",
        validators=[InputRequired(_l("Please fill this in."))],
    )
    limits_zh = StringField(
        _l("Limits"),
        validators=[Optional(), Length(max=120)],
        filters=[clean_text],
        description=_l("From where to where."),
    )
    expected_on = HanDateField(
        _l("Traffic restored by"),
        validators=[Optional()],
        description=_l("If the project is not through by then, dangerous defects go back to be made safe."),
    )

    def said(self) -> dict[str, Any]:
        """The project's columns."""
        return {name: self[name].data for name in ("name_zh", "category", "limits_zh", "expected_on")}


def proposed(sections: list[Section]) -> tuple[str, str]:
    """Name and limits that the sections suggest, in Chinese: they are data of the register."""
    roads = list(dict.fromkeys(section.road.name_zh for section in sections))
    name = "、".join(roads[:3]) + ("等" if len(roads) > 3 else "") + "中修" if roads else ""
    limits = "；".join(f"{s.from_zh}—{s.to_zh}" for s in sections if s.from_zh or s.to_zh)
    return name[:80], limits[:120]


def orderable(person: Actor, sections: list[Section]) -> list[Defect]:
    """All that could be covered on these sections: confirmed, or on an order, the confirmed first."""
    found: list[Defect] = []
    for section in sections:
        wanted = Filter(states=("confirmed", "ordered"), section_id=section.id)
        statement = filtered(person, wanted).options(joinedload(Defect.section)).order_by(Defect.state, Defect.id)
        found += db.session.scalars(statement.limit(MOST_OFFERED - len(found)))
    return found


def chosen(offered: Sequence[Defect], ids: Set[int]) -> tuple[list[Defect], list[Defect]]:
    """Those ticked that a project can take in, and those ticked that it cannot: they moved meanwhile."""
    named = [defect for defect in offered if defect.id in ids]
    return [defect for defect in named if takes(defect)], [defect for defect in named if not takes(defect)]


def ticked(offered: Sequence[Defect], ids: Set[int] | None) -> list[int]:
    """Which boxes bear a tick: those that did in the form, or what a project would usually take in."""
    if ids is not None:
        return [defect.id for defect in offered if defect.id in ids]
    return [defect.id for defect in offered if takes(defect) and defect.state != "ordered"]


def left_out(defects: Sequence[Defect]) -> list[str]:
    """In one sentence, if any, what a project cannot take in, each with its state or the project that has it."""
    if not defects:
        return []
    ids = {defect.project_id for defect in defects if defect.state == "covered"}
    rows = db.session.execute(select(Project.id, Project.number).where(Project.id.in_(ids)))
    numbers = {project_id: number for project_id, number in rows}
    told = [f"{d.number} ({numbers.get(d.project_id or 0) or say('defect', d.state)})" for d in defects]
    return [_("Left out, because no project can take them in now: %(which)s", which=joined(told))]
