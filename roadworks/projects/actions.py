"""What can be done with a project: open, edit, pass a gate, skip one, stop, tender again, go on, cancel, take back."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound, Stale, WrongStep
from roadworks.base.i18n import _l
from roadworks.network.models import Section
from roadworks.projects import cover, facts, gates, passage, queries, stages  # noqa: F401  gates register a stage's needs
from roadworks.projects.models import PAUSES, Project
from roadworks.projects.tables import StageRule
from roadworks.workflow import audit, undo
from roadworks.workflow.audit import Event
from roadworks.workflow.numbers import allocate_in_year
from roadworks.workflow.permissions import Actor, System, check, may, sees
from roadworks.workflow.transitions import STALE, move

# The stages in which a tender can fail 流标.
TENDERING = frozenset({"tender", "contract"})

NO_STAGES = _l("This district has no stages for this category. Ask your administrator to complete the table.")
A_LATER_DAY = _l("Choose a day after today, within two years.")
WHY_PAUSED = _l("Choose what it waits for.")
ONLY_IN_TENDER = _l("Only a project that is being tendered or contracted can be tendered again.")


def open_project(
    by: Actor,
    *,
    district_id: int,
    category: str,
    name_zh: str,
    sections: Sequence[Section] = (),
    stage: str | None = None,
    on: date | None = None,
    snapshot: Mapping[str, Any] | None = None,
    reconstructed: bool = False,
    client_id: str | None = None,
    **values: Any,
) -> Project:
    """Make a project: in its first stage or, where it is under way already, in `stage`, entered on the day `on`.

    Raises NotAllowed, NotFound, BadInput.
    """
    check(by, "project.open")
    project = Project(district_id=district_id, state="running", reconstructed=reconstructed, client_id=client_id)
    if not sees(by, project):
        raise NotFound()
    audit.lock(district_id)
    said = {"category": category, "name_zh": name_zh, **values}
    facts.check_values(district_id, said)
    for name, value in said.items():
        setattr(project, name, value)
    rules = stages.stages_of(district_id, category)
    rule = _stage(rules, stage)
    _begin(by, project, rule, passage.day_of_leaving(project, on))
    project.snapshot = dict(snapshot) if snapshot is not None else None
    db.session.add(project)
    db.session.flush()
    if stages.past_acceptance(project):
        project.warranty_ends_on = passage.warranty_end(project.accepted_on, project.warranty_months)
    db.session.flush()
    names = facts.place(project, sections)
    passage.complete(project, rules)
    passage.write_dates(project, {rule.code: {"entered_on": clock.local(project.stage_entered_at).date()}})
    event = audit.record(by, "project.open", project, after="running", stage=rule.code, sections=names)
    passage.tell_sections(by, project, event)
    return project


def opened_before(by: Actor, district_id: int, client_id: str) -> Project | None:
    """The project that this form has made already, if any; holds the district's lock, so that two at once make one."""
    check(by, "project.open")
    audit.lock(district_id)
    mine = Project.opened_by_id == by.id
    same = select(Project).where(Project.district_id == district_id, Project.client_id == client_id, mine)
    return db.session.scalars(same).one_or_none()


def _stage(rules: Sequence[StageRule], code: str | None) -> StageRule:
    if not rules:
        raise BadInput(NO_STAGES, field="category")
    found = [rule for rule in rules if rule.code == (code or rules[0].code)]
    if not found:
        raise BadInput(facts.NO_SUCH_STAGE, field="stage")
    return found[0]


def _begin(by: Actor, project: Project, rule: StageRule, day: date) -> None:
    project.number = allocate_in_year(project.district_id, "XM", clock.today().year)
    project.stage, project.stage_entered_at = rule.code, passage.moment_of(day)
    project.opened_at, project.opened_by_id = clock.now(), by.id
    if project.in_charge_id is None and not may(by, "project.edit", project):
        project.in_charge_id = by.id  # else who opens it could not go on with it


def edit(
    by: Actor, project: Project, values: Mapping[str, Any], *, seen: int, sections: Sequence[Section] | None = None
) -> Event | None:
    """Correct what is recorded, with the difference in the trail; gives None where nothing changed.

    A day of acceptance or a span corrected after the gate of acceptance moves the warranty with it.
    Raises NotAllowed, BadInput, Stale, WrongStep.
    """
    check(by, "project.edit", project)
    audit.lock(project.district_id)
    _fresh(project, seen)
    facts.check_values(project.district_id, values)
    category = values.get("category", project.category)
    rules = stages.stages_of(project.district_id, category)
    if category != project.category and project.stage not in {rule.code for rule in rules}:
        raise BadInput(facts.NO_SUCH_STAGE, field="category")
    before = [s.section.title for s in project.stretches if s.section]
    after = facts.place(project, sections) if sections is not None else before
    if before == after and all(getattr(project, name) == value for name, value in values.items()):
        return None
    said: dict[str, Any] = {"sections": after} if set(before) != set(after) else {}
    changes = {**values, **_warranty(project, values)}
    event = move(project, "project.edit", by, seen=seen, changes=changes, **said)
    passage.complete(project, rules)
    if "warranty_ends_on" in changes:
        passage.tell_sections(by, project, event)
    return event


def _warranty(project: Project, values: Mapping[str, Any]) -> dict[str, date | None]:
    """The end of a warranty that runs already, after a correction."""
    if not stages.past_acceptance(project):
        return {}
    accepted_on = values.get("accepted_on", project.accepted_on)
    months = values.get("warranty_months", project.warranty_months)
    return {"warranty_ends_on": passage.warranty_end(accepted_on, months)}


def _fresh(project: Project, seen: int) -> None:
    """Who pressed a button on an old page is told so before anything else is judged."""
    if seen != project.version:
        raise Stale(STALE, thing=project)


def advance(by: Actor, project: Project, *, seen: int, on: date | None = None) -> Event:
    """Leave the stage, on the day `on` (today), for the next; behind the last one the project is closed.

    Raises NotAllowed, Stale, WrongStep, BadInput (field `on`), GateShut (naming what is missing).
    """
    return _leave(by, project, "project.advance", seen, on, None)


def skip(by: Actor, project: Project, *, seen: int, reason: str, on: date | None = None) -> Event:
    """Leave the stage although its gate is shut: a supervisor's step, with a reason, on record."""
    return _leave(by, project, "project.skip", seen, on, reason)


def _leave(by: Actor, project: Project, verb: str, seen: int, on: date | None, reason: str | None) -> Event:
    check(by, verb, project)
    audit.lock(project.district_id)
    _fresh(project, seen)
    day, left, following = passage.day_of_leaving(project, on), project.stage, stages.next_stage(project)
    dates = {left: {"left_on": day, "skipped_reason": reason}}
    changes: dict[str, Any] = {}
    if following is not None:
        dates[following.code] = {"entered_on": day}
        changes = {"stage": following.code, "stage_entered_at": passage.moment_of(day)}
    if left == "acceptance":
        changes["warranty_ends_on"] = passage.warranty_end(project.accepted_on, project.warranty_months)
    said: dict[str, Any] = {"reason": reason, "on": day, "dates": passage.date_changes(project, dates)}
    to = "running" if following else "closed"
    event = move(project, verb, by, seen=seen, to=to, changes=changes, **said)
    passage.write_dates(project, dates)
    if left == "acceptance":
        passage.tell_sections(by, project, event)
    if left == "acceptance" or following is None:
        cover.close_all(by, project, cause=event)
    return event


def coordinate(by: Actor, project: Project, *, seen: int, reason: str) -> Event:
    """Others must agree first 协调中: it goes on meanwhile where it can."""
    changes = {"paused_at": clock.now(), "pause_reason": reason}
    return move(project, "project.coordinate", by, seen=seen, reason=reason, changes=changes)


def suspend(by: Actor, project: Project, *, seen: int, code: str, until: date, reason: str) -> Event:
    """Let it rest until a day, for one of the known reasons; it resumes by itself. Raises BadInput."""
    check(by, "project.suspend", project)
    if code not in PAUSES:
        raise BadInput(WHY_PAUSED, field="code")
    if not clock.today() < until <= clock.today() + timedelta(days=730):
        raise BadInput(A_LATER_DAY, field="until")
    changes = {"paused_at": clock.now(), "pause_code": code, "pause_reason": reason, "paused_until": until}
    said: dict[str, Any] = {"reason": reason, "until": until, "code": code}
    return move(project, "project.suspend", by, seen=seen, changes=changes, **said)


def resume(by: Actor, project: Project, *, seen: int | None = None) -> Event:
    """Go on, in the stage where it stands."""
    changes = dict.fromkeys(("paused_at", "pause_code", "pause_reason", "paused_until"))
    return move(project, "project.resume", by, seen=seen, changes=changes)


def resume_due(district_id: int) -> int:
    """Resume the district's suspended projects whose day has come; gives how many. The job that asks commits."""
    due = list(db.session.scalars(queries.resumable(district_id, clock.today())))
    for project in due:
        resume(System(district_id), project)
    return len(due)


def retender(by: Actor, project: Project, *, seen: int, reason: str) -> Event:
    """The tender failed 流标: a new round begins, in the stage of tendering, once the project is resumed."""
    check(by, "project.retender", project)
    audit.lock(project.district_id)
    _fresh(project, seen)
    if project.stage not in TENDERING:
        raise WrongStep(ONLY_IN_TENDER, thing=project)
    changes: dict[str, Any] = {"retender_count": project.retender_count + 1, "paused_at": clock.now()}
    dates: dict[str, dict[str, Any]] = {}
    if project.stage == "contract":
        changes |= {"stage": "tender", "stage_entered_at": clock.now()}
        dates = {"tender": {"left_on": None}, "contract": {"entered_on": None}}
    said: dict[str, Any] = {"reason": reason, "dates": passage.date_changes(project, dates)}
    event = move(project, "project.retender", by, seen=seen, changes=changes, **said)
    passage.write_dates(project, dates)
    passage.next_round(project, reason)
    return event


def cancel(by: Actor, project: Project, *, seen: int, reason: str) -> Event:
    """Call it off, with a reason; what it covered is free again."""
    event = move(project, "project.cancel", by, seen=seen, reason=reason)
    cover.uncover_all(by, project, cause=event)
    return event


def take_back(by: Actor, project: Project, *, seen: int, reason: str) -> Event:
    """Take back the project's last step, with what it caused."""
    return undo.undo(project, by, reason, seen=seen)
