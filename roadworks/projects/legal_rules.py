"""The legal calendar of a district: its editable rules, what they mean for its sections and for a project's works."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from roadworks.accounts.actions import NEW_DISTRICT
from roadworks.accounts.models import District
from roadworks.base import calendar
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.base.i18n import _, _l, label, show_date
from roadworks.network.facts import SECTION_FACTS
from roadworks.network.models import Section
from roadworks.projects.legal import DEFAULTS, Ban, Rule, Stretch, bans, no_dig
from roadworks.projects.models import Project, ProjectSection
from roadworks.projects.tables import LegalRule
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import STALE, WHY_CHANGED, write

CITATION_NEEDED = _l("Name the law and the article.")


def in_force(district_id: int) -> list[Rule]:
    """The district's rules that are switched on; a rule its table does not hold yet counts as by default."""
    rows = list(
        db.session.scalars(select(LegalRule).where(LegalRule.district_id == district_id).order_by(LegalRule.id))
    )
    known = {row.code for row in rows}
    own = [Rule(row.code, row.name_zh, row.name_en, row.values, row.citation) for row in rows if row.active]
    return own + [rule for rule in DEFAULTS if rule.code not in known]


def seed(district: District, by: Actor) -> None:
    """Give a new district the default calendar."""
    complete(district.id)


NEW_DISTRICT.append(seed)


def complete(district_id: int) -> int:
    """Give a district the rules that it lacks; gives how many; run again it adds none. The caller commits."""
    audit.lock(district_id)
    known = set(db.session.scalars(select(LegalRule.code).where(LegalRule.district_id == district_id)))
    lacking = [rule for rule in DEFAULTS if rule.code not in known]
    for rule in lacking:
        said = {"name_zh": rule.name_zh, "name_en": rule.name_en, "citation": rule.citation}
        db.session.add(
            LegalRule(district_id=district_id, code=rule.code, values=dict(rule.values), active=True, **said)
        )
    db.session.flush()
    return len(lacking)


def change(
    by: Actor, row: LegalRule, *, values: Mapping[str, Any], citation: str, active: bool, reason: str, seen: int
) -> None:
    """Change one rule, with a reason, on record; raises NotAllowed, Stale, BadInput (reason, citation)."""
    check(by, "legal.edit", row)
    audit.lock(row.district_id)
    if row.version != seen:
        raise Stale(STALE, thing=row)
    if not reason.strip():
        raise BadInput(WHY_CHANGED, field="reason")
    if not citation.strip():
        raise BadInput(CITATION_NEEDED, field="citation")
    told = write(row, {"values": dict(values), "citation": citation, "active": active})
    if told:
        audit.record(by, "legal.edit", row, before="known", after="known", changes=told, reason=reason)


def stretches(sections: Iterable[Section], but: int = 0) -> list[Stretch]:
    """The sections with the works that protect them: the last overhaul, and what projects (but one) completed."""
    rows = {section.id: section for section in sections}
    works: dict[int, list[tuple[str, date]]] = {i: [] for i in rows}
    for section in rows.values():
        if section.last_overhaul_on:
            works[section.id].append(("major", section.last_overhaul_on))
    done = (
        select(ProjectSection.section_id, Project.category, Project.accepted_on)
        .join(ProjectSection.project)
        .where(ProjectSection.section_id.in_(rows), Project.accepted_on.is_not(None), Project.id != but)
    )
    for section_id, category, accepted_on in db.session.execute(done) if rows else ():
        if section_id and accepted_on:
            works[section_id].append((category, accepted_on))
    return [Stretch(label(section), works[i]) for i, section in rows.items()]


def bans_for(project: Project, since: date, until: date) -> list[Ban]:
    """What the legal calendar holds against works of this project between two days."""
    sections = [stretch.section for stretch in project.stretches if stretch.section is not None]
    lying = stretches(sections, but=project.id)
    return bans(since, until, lying, in_force(project.district_id), calendar.load())


def section_facts(sections: Sequence[Section]) -> dict[int, list[tuple[str, str]]]:
    """For the page of a road: until when a section may not be dug, by section."""
    if not sections:
        return {}
    rules = in_force(sections[0].district_id)
    found: dict[int, list[tuple[str, str]]] = {}
    for section, stretch in zip(sections, stretches(sections), strict=True):
        ban = no_dig(stretch, rules)
        if ban is not None:
            said = _("until %(day)s (%(citation)s)", day=show_date(ban.last), citation=ban.rule.citation)
            found[section.id] = [(_("No digging"), said)]
    return found


SECTION_FACTS.append(section_facts)
