"""Recording a tender: what breaks the law is never written; what is written stands in the trail with its difference."""

from collections.abc import Mapping, Sequence
from typing import Any

from roadworks.base import calendar, clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.projects.breaches import Finding, errors, findings
from roadworks.projects.models import METHODS, Project, Tender
from roadworks.projects.tender import DATES, Round
from roadworks.workflow import audit
from roadworks.workflow.audit import plain
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, WRONG, can, move, write

RECORDED = (
    *("method", *DATES, "bidders", "winner", "bid_bond_yuan", "performance_bond_yuan"),
    "failed_reason",
)
NO_METHOD = _l("Choose the method.")


class Unlawful(BadInput):
    """The dates break the law; `findings` are all the breaches, the first one is the message."""

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__(str(found[0]), field=found[0].field)
        self.findings = found


def present(project: Project) -> Tender | None:
    """The round of tendering that runs; None before the first."""
    return project.tenders[-1] if project.tenders else None


def facts_of(project: Project, tender: Tender | None, values: Mapping[str, Any] | None = None) -> Round:
    """A tender as the rules see it: what is recorded, or `values` in its place, and the amounts of its project."""
    said = {name: getattr(tender, name) for name in RECORDED if name != "winner"} if tender else {}
    said |= {name: value for name, value in (values or {}).items() if name in RECORDED and name != "winner"}
    return Round(**said, estimate_yuan=project.estimate_yuan, contract_yuan=project.contract_yuan)


def judge(project: Project, tender: Tender | None, values: Mapping[str, Any] | None = None) -> list[Finding]:
    """What is wrong or risky in a tender, or would be with `values`."""
    return findings(facts_of(project, tender, values), calendar.load(), clock.today())


def record_tender(by: Actor, project: Project, values: Mapping[str, Any], *, seen: int) -> Tender | None:
    """Write down the dates and facts of the present round; gives it, or None where nothing changed.

    Raises NotAllowed, NotFound, Stale, WrongStep, Unlawful (naming every breach), BadInput (method).
    """
    check(by, "project.tender", project)
    audit.lock(project.district_id)
    if seen != project.version:
        raise Stale(STALE, thing=project)
    if not can(project, "project.tender"):
        raise WrongStep(WRONG, thing=project)
    if not set(values) <= set(RECORDED):
        raise BadInput()
    if values.get("method", "open") not in METHODS:
        raise BadInput(NO_METHOD, field="method")
    tender = present(project)
    breaches = errors(judge(project, tender, values))
    if breaches:
        raise Unlawful(breaches)
    told = _difference(tender, values)
    if not told:
        return None
    number = tender.round if tender else 1
    move(project, "project.tender", by, seen=seen, round=number, tender=told)
    return _write(project, tender, values)


def _difference(tender: Tender | None, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What changes, as the trail keeps it: field → [old, new]."""
    before = {name: getattr(tender, name) if tender else None for name in values}
    return {name: [plain(before[name]), plain(new)] for name, new in values.items() if before[name] != new}


def _write(project: Project, tender: Tender | None, values: Mapping[str, Any]) -> Tender:
    if tender is None:
        tender = Tender(district_id=project.district_id, round=1, method=values.get("method", "open"))
        project.tenders.append(tender)
        db.session.flush()
    write(tender, dict(values))
    return tender
