"""Planning the dates of a project, and what the legal calendar and the tender clock hold against the plan."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from roadworks.base import calendar, clock
from roadworks.base.errors import BadInput, Stale, WrongStep
from roadworks.base.i18n import _, _l, label, show_date
from roadworks.projects import passage
from roadworks.projects.backplan import NEVER, Leg, Plan, disorder, freezes, lengthen
from roadworks.projects.backplan import plan as backwards
from roadworks.projects.facts import NO_SUCH_STAGE
from roadworks.projects.legal import Ban
from roadworks.projects.legal_rules import bans_for, in_force
from roadworks.projects.models import Project
from roadworks.projects.stages import stages_of
from roadworks.projects.tables import StageRule
from roadworks.projects.tender_actions import facts_of, present
from roadworks.projects.tender_clock import completed, fewest_days
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, WRONG, can, move

DISORDER = _l("This stage cannot be left before %(earlier)s, %(day)s.")


def remaining(project: Project) -> list[StageRule]:
    """The stages still to be left, the present one first."""
    rules = stages_of(project.district_id, project.category)
    codes = [rule.code for rule in rules]
    walked = {row.stage for row in project.dates if row.left_on}
    here = codes.index(project.stage) if project.stage in codes else 0
    return [rule for rule in rules[here:] if rule.code not in walked]


def proposal(project: Project, wished_on: date) -> Plan:
    """The plan backwards from a wished day, at the usual lengths of the bureau's table."""
    today = clock.today()
    tender = facts_of(project, present(project))
    legs = lengthen([Leg(rule.code, rule.typical_days) for rule in remaining(project)], tender.method)
    spent, least_left = (today - clock.local(project.stage_entered_at).date()).days, 0
    if project.stage == "tender":
        award = tender.award_on or completed(tender, calendar.load(), today).award_on
        least_left = max(0, (award - today).days) if award else 0
    frozen = freezes(in_force(project.district_id))
    return backwards(wished_on, legs, frozen, today, spent=max(spent, 0), least_left=least_left)


def works(project: Project, dates: Mapping[str, date | None]) -> tuple[date, date] | None:
    """First and last day of the planned works; None where the plan does not tell them."""
    codes = [rule.code for rule in stages_of(project.district_id, project.category)]
    if "construction" not in codes or not dates.get("construction"):
        return None
    row = passage.row_of(project, "construction")
    begun = row.entered_on if row else None
    earlier = [dates[c] for c in codes[: codes.index("construction")] if dates.get(c)]
    first = begun or (earlier[-1] + timedelta(days=1) if earlier and earlier[-1] else None)
    last = dates["construction"]
    return (first, last) if first and last and first <= last else None


def planned(project: Project) -> dict[str, date | None]:
    """The planned day of leaving each stage, as saved."""
    return {row.stage: row.planned_on for row in project.dates}


def against(project: Project, dates: Mapping[str, date | None]) -> list[Ban]:
    """What the legal calendar holds against these dates."""
    span = works(project, dates)
    return bans_for(project, *span) if span else []


def too_short(project: Project, dates: Mapping[str, date | None]) -> str:
    """A sentence where the plan leaves the tender less time than the law asks for, else nothing."""
    codes = [rule.code for rule in remaining(project)]
    if "tender" not in codes or not dates.get("tender"):
        return ""
    earlier = [dates[c] for c in codes[: codes.index("tender")] if dates.get(c)]
    least = fewest_days(facts_of(project, present(project)).method)
    end = dates["tender"]
    if earlier and earlier[-1] and end and 0 <= (end - earlier[-1]).days < least:
        return _(
            "The plan leaves the tender %(n)d days, from %(first)s; the law asks for %(least)d at least.",
            n=(end - earlier[-1]).days,
            first=show_date(earlier[-1]),
            least=least,
        )
    return ""


def plan(
    by: Actor, project: Project, wished_on: date | None, dates: Mapping[str, date | None], *, seen: int
) -> Event | None:
    """Write the wished day and the planned day of leaving each stage; gives None where nothing changed.

    Raises NotAllowed, NotFound, Stale, WrongStep, BadInput (field `wished_on` or the stage's code).
    """
    check(by, "project.plan", project)
    audit.lock(project.district_id)
    if seen != project.version:
        raise Stale(STALE, thing=project)
    if not can(project, "project.plan"):
        raise WrongStep(WRONG, thing=project)
    rules = {rule.code: rule for rule in remaining(project)}
    if not set(dates) <= set(rules):
        raise BadInput(NO_SUCH_STAGE)
    _in_order({**planned(project), **dates}, rules)
    before = planned(project)
    changed: dict[str, Any] = {c: {"planned_on": day} for c, day in dates.items() if before.get(c) != day}
    if not changed and wished_on == project.wished_on:
        return None
    said = passage.date_changes(project, changed)
    event = move(project, "project.plan", by, seen=seen, changes={"wished_on": wished_on}, dates=said)
    passage.write_dates(project, changed)
    return event


def _in_order(dates: Mapping[str, date | None], rules: Mapping[str, StageRule]) -> None:
    for earlier, later in disorder(dates, list(rules)):
        facts = {"earlier": label(rules[earlier]), "day": show_date(dates[earlier])}
        raise BadInput(str(DISORDER) % facts, field=later)


def plannable(project: Project) -> list[StageRule]:
    """The stages whose leaving is planned: warranty and what follows it end by themselves."""
    return [rule for rule in remaining(project) if rule.code not in NEVER]
