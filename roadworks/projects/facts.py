"""What is recorded of a project beside its stages, and what is checked about it, whoever writes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound
from roadworks.base.i18n import _l
from roadworks.network.models import Section
from roadworks.projects.models import CATEGORIES, Project, ProjectSection

NAME_NEEDED = _l("Give the project a name.")
NO_CATEGORY = _l("Choose the category.")
NOT_YET = _l("This day lies in the future.")
NO_SUCH_STAGE = _l("Projects of this category do not walk through this stage.")
ELSEWHERE = _l("Choose somebody of this district.")
WRONG_MONTHS = _l("From 12 to 60 months: by law at least one year from acceptance.")
LEAST_MONTHS, MOST_MONTHS = 12, 60  # 城市道路管理条例 art. 18
EDITABLE = frozenset(
    {"name_zh", "name_en", "category", "limits_zh", "limits_en", "in_charge_id", "leader_id", "designer", "contractor"}
    | {"supervisor_firm", "estimate_yuan", "ceiling_yuan", "contract_yuan", "settled_yuan", "wished_on", "expected_on"}
    | {"accepted_on", "warranty_months", "note"}
)


def check_values(district_id: int, values: Mapping[str, Any]) -> None:
    """Raise BadInput, naming the field, where what is said of a project makes no sense."""
    if not set(values) <= EDITABLE:
        raise BadInput()
    if "name_zh" in values and not values["name_zh"]:
        raise BadInput(NAME_NEEDED, field="name_zh")
    if "category" in values and values["category"] not in CATEGORIES:
        raise BadInput(NO_CATEGORY, field="category")
    if values.get("accepted_on") and values["accepted_on"] > clock.today():
        raise BadInput(NOT_YET, field="accepted_on")
    if not LEAST_MONTHS <= values.get("warranty_months", LEAST_MONTHS) <= MOST_MONTHS:
        raise BadInput(WRONG_MONTHS, field="warranty_months")
    for name in ("in_charge_id", "leader_id"):
        person = db.session.get(Person, values[name]) if values.get(name) else None
        if values.get(name) and (person is None or person.district_id != district_id):
            raise BadInput(ELSEWHERE, field=name)


def place(project: Project, sections: Sequence[Section]) -> list[str]:
    """Let the project lie on these sections and no others (stretches known in words alone stay); gives their names.

    Raises NotFound for a section of another district.
    """
    if any(section.district_id != project.district_id for section in sections):
        raise NotFound()
    wanted = {section.id: section for section in sections}
    for stretch in list(project.stretches):
        if stretch.section_id is not None and wanted.pop(stretch.section_id, None) is None:
            project.stretches.remove(stretch)
            db.session.delete(stretch)
    for section in wanted.values():
        project.stretches.append(ProjectSection(district_id=project.district_id, section=section))
    db.session.flush()
    return [section.title for section in sections]
