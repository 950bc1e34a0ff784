"""What is asked when a project is made of sections or defects; everything else is said on its own page."""

from typing import Any

from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from roadworks.base.db import db
from roadworks.base.fields import Form, HanDateField, clean_text, options
from roadworks.base.i18n import _l
from roadworks.defects.models import Defect
from roadworks.defects.queries import Filter, filtered
from roadworks.network.models import Section
from roadworks.projects.models import CATEGORIES
from roadworks.workflow.permissions import Actor
from roadworks.workflow.words import choices

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
