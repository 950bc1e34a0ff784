"""Condition surveys of sections: entered by hand or from a file, the same one never twice."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.network.models import Section
from roadworks.projects.records import Survey
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, within

# Index → the largest value that makes sense; IRI in m/km.
MOST = {"pci": Decimal(100), "fci": Decimal(100), "iri": Decimal(30)}
EARLIEST = date(1990, 1, 1)
LONGEST_SOURCE = 120

NO_KIND = _l("Choose what was surveyed.")
OUT_OF_RANGE = _l("PCI and FCI run from 0 to 100, IRI from 0 to 30 m/km.")
NOT_A_DAY = _l("Give the day of the survey, not in the future.")


def of_sections(person: Actor, section_ids: list[int] | None = None) -> Select[Survey]:
    """The surveys of these sections (all of the district where none are named), newest first."""
    statement: Select[Survey] = within(person, Survey)
    if section_ids is not None:
        statement = statement.where(Survey.section_id.in_(section_ids))
    return statement.order_by(Survey.surveyed_on.desc(), Survey.id.desc())


def latest(person: Actor, section_ids: list[int] | None = None) -> dict[int, dict[str, Survey]]:
    """Section id → index → its newest survey."""
    found: dict[int, dict[str, Survey]] = {}
    for survey in db.session.scalars(of_sections(person, section_ids)):
        found.setdefault(survey.section_id, {}).setdefault(survey.kind, survey)
    return found


def enter(
    by: Actor, section: Section, *, kind: str, value: Decimal, surveyed_on: date, source: str = ""
) -> tuple[Survey, str]:
    """Record one surveyed index of a section; gives it and what became of it: added, changed or same.

    The same index of the same day and source is one survey: said again with another value it is corrected, and the
    trail of the section keeps both. Raises NotAllowed, NotFound, BadInput.
    """
    check(by, "survey.enter", section)
    _check(kind, value, surveyed_on)
    audit.lock(section.district_id)
    source = source.strip()[:LONGEST_SOURCE]
    survey = db.session.scalars(_same(section, kind, surveyed_on, source)).first()
    if survey is not None and survey.value == value:
        return survey, "same"
    before, outcome = (survey.value, "changed") if survey is not None else (None, "added")
    if survey is None:
        survey = Survey(district_id=section.district_id, section_id=section.id, kind=kind, source=source)
        survey.surveyed_on = surveyed_on
        db.session.add(survey)
    survey.value, survey.entered_by_id, survey.entered_at = value, by.id or 0, clock.now()
    db.session.flush()
    changes = {kind: [before, value]}
    audit.record(
        *(by, "survey.enter", section),
        after=outcome,
        changes=changes,
        kind=kind,
        surveyed_on=surveyed_on,
        source=source or None,
    )
    return survey, outcome


def _check(kind: str, value: Decimal, surveyed_on: date) -> None:
    if kind not in MOST:
        raise BadInput(NO_KIND, field="kind")
    if not 0 <= value <= MOST[kind]:
        raise BadInput(OUT_OF_RANGE, field="value")
    if not EARLIEST <= surveyed_on <= clock.today():
        raise BadInput(NOT_A_DAY, field="surveyed_on")


def _same(section: Section, kind: str, surveyed_on: date, source: str) -> Select[Survey]:
    return select(Survey).where(
        Survey.section_id == section.id,
        Survey.kind == kind,
        Survey.surveyed_on == surveyed_on,
        Survey.source == source,
    )
