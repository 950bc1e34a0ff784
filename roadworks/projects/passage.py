"""Passing from stage to stage: the dates of the stages, the warranty, and both put right on stepping back."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.base.months import months_later
from roadworks.network import warranty
from roadworks.network.models import Section
from roadworks.projects.facts import NOT_YET
from roadworks.projects.models import Project, StageDate, Tender
from roadworks.projects.tables import StageRule
from roadworks.workflow import undo
from roadworks.workflow.audit import Event, plain
from roadworks.workflow.permissions import Actor
from roadworks.workflow.transitions import write

BEFORE = _l("The stage was entered after this day.")
OVERHAULS = frozenset({"major", "reconstruct"})  # 大修 and rebuilding start the years without digging (条例 art. 17)
# What happens to the dates of the stages in one step: stage → column → value.
Dates = Mapping[str, Mapping[str, Any]]


def day_of_leaving(project: Project, on: date | None) -> date:
    """The day on which the present stage is left, today where none is given; raises BadInput (field `on`)."""
    day = on or clock.today()
    if day > clock.today():
        raise BadInput(NOT_YET, field="on")
    row = row_of(project, project.stage)
    if row is not None and row.entered_on and day < row.entered_on:
        raise BadInput(BEFORE, field="on")
    return day


def moment_of(day: date) -> datetime:
    """When a stage was entered: now for today, the morning of a day past."""
    return clock.now() if day == clock.today() else datetime.combine(day, time(8), clock.ZONE)


def row_of(project: Project, stage: str) -> StageDate | None:
    """The dates of one stage of the project."""
    return next((row for row in project.dates if row.stage == stage), None)


def complete(project: Project, rules: list[StageRule]) -> None:
    """Give the project a row of dates for each stage that it walks; those it has stay."""
    have = {row.stage for row in project.dates}
    for rule in rules:
        if rule.code not in have:
            project.dates.append(StageDate(district_id=project.district_id, stage=rule.code))
    db.session.flush()


def date_changes(project: Project, dates: Dates) -> dict[str, dict[str, list[Any]]]:
    """What will change in the dates, as the trail keeps it: stage → column → [old, new]."""
    found: dict[str, dict[str, list[Any]]] = {}
    for stage, values in dates.items():
        row = row_of(project, stage)
        found[stage] = {name: [plain(getattr(row, name, None)), plain(value)] for name, value in values.items()}
    return found


def write_dates(project: Project, dates: Dates) -> None:
    """Write them; a stage without a row gets one."""
    for stage, values in dates.items():
        row = row_of(project, stage)
        if row is None:
            row = StageDate(district_id=project.district_id, stage=stage)
            project.dates.append(row)
            db.session.flush()
        write(row, dict(values))


def warranty_end(accepted_on: date | None, months: int) -> date | None:
    """When the warranty ends: months after acceptance (城市道路管理条例 art. 18: one year from delivery)."""
    return months_later(accepted_on, months) if accepted_on else None


def tell_sections(by: Actor, project: Project, cause: Event) -> None:
    """Write the warranty, and for an overhaul its day, to the sections of the project; on record, caused by `cause`."""
    if project.warranty_ends_on is None:
        return
    overhauled = project.accepted_on if project.category in OVERHAULS else None
    for stretch in project.stretches:
        if stretch.section is not None:
            warranty.set_warranty(
                by, stretch.section, ends_on=project.warranty_ends_on, overhauled_on=overhauled, cause=cause
            )


def next_round(project: Project, reason: str) -> None:
    """Open a new round of tendering by the same method; the failed one keeps its dates and says why."""
    last = project.tenders[-1] if project.tenders else None
    if last is None:
        last = Tender(district_id=project.district_id, round=1, method="open")
        project.tenders.append(last)
        db.session.flush()
    write(last, {"failed_reason": reason})
    project.tenders.append(Tender(district_id=project.district_id, round=last.round + 1, method=last.method))
    db.session.flush()


def _settle(project: Project, by: Actor, event: Event) -> None:
    """After a step back: the dates, the sections' warranty and the round of tendering as they were before the step."""
    undone = db.session.get_one(Event, event.facts["undoes"])
    db.session.expire(project, ["dates", "tenders", "stretches"])
    back = {s: {n: _day(n, old) for n, (old, _new) in v.items()} for s, v in undone.facts.get("dates", {}).items()}
    write_dates(project, back)
    _restore_sections(by, undone, event)
    if undone.verb == "project.retender":
        _restore_tender(project)


def _day(column: str, value: Any) -> Any:
    return date.fromisoformat(value) if value and column.endswith("_on") else value


def _restore_sections(by: Actor, undone: Event, event: Event) -> None:
    """Only what the step itself wrote: a warranty that somebody changed since stays."""
    effects = select(Event).where(Event.cause_id == undone.id, Event.thing_type == "section").order_by(Event.id.desc())
    for effect in list(db.session.scalars(effects)):
        section = db.session.get_one(Section, effect.thing_id)
        warranty.restore(by, section, effect, cause=event)


def _restore_tender(project: Project) -> None:
    """The round that the failed tender opened goes, unless something was recorded in it."""
    *_earlier, last = project.tenders
    unused = {"id", "version", "district_id", "project_id", "round", "method"}
    columns = [c.key for c in Tender.__table__.columns if c.key not in unused]
    if last.round > 1 and all(getattr(last, name) is None for name in columns):
        project.tenders.remove(last)
        db.session.delete(last)
        db.session.flush()
    if project.tenders:
        write(project.tenders[-1], {"failed_reason": None})


undo.SETTLE["project"] = _settle
