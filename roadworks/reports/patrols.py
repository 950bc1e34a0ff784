"""The bulletin's figures of patrols: done ÷ due, by grade, and what was missed; nothing where there was no plan."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from roadworks.base.i18n import _, label
from roadworks.base.sheets import Row
from roadworks.network.models import Section
from roadworks.rounds.figures import Compliance, Count, compliance
from roadworks.rounds.models import UNGRADED
from roadworks.workflow.permissions import Actor
from roadworks.workflow.words import say

SHOWN = 10


def work_out(person: Actor, since: date, until: date) -> Compliance | None:
    """The duties of a period; None where no plan was in force in it."""
    return compliance(person, since, until)


def most_missed(report: Compliance | None) -> list[tuple[Section, int, date]]:
    """The sections on which most patrols were missed, with how many and when the last was due; the worst first."""
    missed = report.missed if report else []
    last = {row.section: row.duty.due_on for row in reversed(missed)}
    # Of as many misses the latest first, in which order they come.
    return [(section, n, last[section]) for section, n in Counter(row.section for row in missed).most_common(SHOWN)]


def grade_word(grade: str) -> str:
    """The grade in words."""
    return _("No grade on record") if grade == UNGRADED else say("maintenance_grade", grade)


def as_json(report: Compliance | None) -> Mapping[str, Any]:
    """The figures for machines: nothing at all where there was no plan."""
    if report is None:
        return {}
    grades = {grade: _count(count) for grade, count in report.by_grade.items()}
    return {"patrols": {**_count(report.whole), "by_grade": grades}}


def _count(count: Count) -> dict[str, Any]:
    percent = None if count.share is None else float(count.share)
    return {"numerator": count.done, "denominator": count.due, "percent": percent}


def figures(report: Compliance | None) -> list[Row]:
    """The figures as rows of name, value, unit."""
    if report is None:
        return []
    rows: list[Row] = [(_("Patrols due"), report.whole.due, ""), (_("Patrols done"), report.whole.done, "")]
    rows += [(_("Patrol compliance"), "" if report.whole.share is None else report.whole.share, "%")]
    for grade, count in report.by_grade.items():
        rows += [(f"{_('Patrols done ÷ due')} {grade_word(grade)}", f"{count.done} / {count.due}", "")]
    return rows


def duty_rows(report: Compliance) -> list[Row]:
    """The duties behind the figures, one a row."""
    head: Row = (_("Road section"), _("Maintenance grade"), _("Due on"), _("Done"))
    return [head] + [
        (
            label(row.section),
            grade_word(row.grade),
            row.duty.due_on.isoformat(),
            row.duty.done_on.isoformat() if row.duty.done_on else "",
        )
        for row in report.rows
    ]
