"""Projects as rows of a file and as JSON."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from roadworks.base import clock
from roadworks.base.i18n import _, label, locale
from roadworks.base.sheets import Row
from roadworks.projects.lists import days_in_stage, node
from roadworks.projects.models import Project
from roadworks.projects.tables import StageRule
from roadworks.workflow.words import say

Names = Mapping[tuple[int, str, str], StageRule]


def stage_label(project: Project, names: Names, stage: str | None = None) -> str:
    """What the bureau calls a stage of the project, the present one by default."""
    code = stage or project.stage
    rule = names.get((project.district_id, project.category, code))
    return label(rule) if rule else say("stage", code)


def rows(projects: Iterable[Project], names: Names, stalled: Set[int]) -> list[Row]:
    """Projects one a row, as the list shows them; money in 元."""
    head: list[Any] = [_("Number"), _("Project"), _("Limits"), _("Category"), _("Stage"), _("Days in the stage")]
    head += [_("State"), _("Stalled"), _("Next node"), _("Person in charge"), _("Responsible leader"), _("Designer")]
    head += [_("Contractor"), f"{_('Estimate')} 元", f"{_('Contract amount')} 元", _("Expected"), _("Accepted")]
    head += [_("Warranty ends"), _("Opened"), _("Reconstructed")]
    return [head, *(_row(project, names, project.id in stalled) for project in projects)]


def _row(project: Project, names: Names, late: bool) -> Row:
    return [
        project.number,
        label(project),
        limits(project),
        say("category", project.category),
        stage_label(project, names),
        days_in_stage(project),
        say("project", project.state),
        _("yes") if late else "",
        _day(node(project)),
        project.in_charge.name if project.in_charge else "",
        project.leader.name if project.leader else "",
        project.designer or "",
        project.contractor or "",
        project.estimate_yuan,
        project.contract_yuan,
        _day(project.expected_on),
        _day(project.accepted_on),
        _day(project.warranty_ends_on),
        f"{clock.local(project.opened_at):%Y-%m-%d}",
        _("yes") if project.reconstructed else "",
    ]


def limits(project: Project) -> str:
    """From where to where, in the language in force."""
    return (project.limits_en or project.limits_zh) if locale() == "en" else project.limits_zh


def _day(day: Any) -> str:
    return day.isoformat() if day else ""


def as_json(project: Project, names: Names) -> dict[str, Any]:
    """One project for machines: codes, both languages, ISO days; None where nothing is known."""
    rule = names.get((project.district_id, project.category, project.stage))
    return {
        "id": project.id,
        "number": project.number,
        "name": {"zh": project.name_zh, "en": project.name_en},
        "limits": {"zh": project.limits_zh, "en": project.limits_en},
        "category": project.category,
        "state": project.state,
        "stage": {
            "code": project.stage,
            "zh": rule.name_zh if rule else None,
            "en": rule.name_en if rule else None,
            "entered_on": clock.local(project.stage_entered_at).date().isoformat(),
            "days": days_in_stage(project),
        },
        "in_charge": project.in_charge.name if project.in_charge else None,
        "leader": project.leader.name if project.leader else None,
        "expected_on": _iso(project.expected_on),
        "accepted_on": _iso(project.accepted_on),
        "warranty_ends_on": _iso(project.warranty_ends_on),
        "opened_on": clock.local(project.opened_at).date().isoformat(),
        "reconstructed": project.reconstructed,
        "sections": [stretch.section_id for stretch in project.stretches if stretch.section_id],
        "dates": [
            {"stage": d.stage, "planned_on": _iso(d.planned_on), "entered_on": _iso(d.entered_on)}
            | {"left_on": _iso(d.left_on), "skipped": d.skipped_reason is not None}
            for d in project.dates
        ],
    }


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None
