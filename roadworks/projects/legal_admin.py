"""Admin pages: the legal calendar, each rule with its values, its citation, and what it was before."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import fold, parse_day, whole_number
from roadworks.base.web import one, seen_version
from roadworks.projects import legal_rules
from roadworks.projects.tables import LegalRule
from roadworks.workflow import audit
from roadworks.workflow.permissions import check, within

bp = Blueprint("legal_table", __name__, url_prefix="/admin/legal")

MOST_EVENTS = 50
# What each rule is made of, with the words at the field and the most that is meant.
FIELDS: dict[str, tuple[tuple[str, Any], ...]] = {
    "no_dig_new": (("years", _l("Years")),),
    "no_dig_overhaul": (("years", _l("Years")),),
    "winter": (("from", _l("From, as MM-DD")), ("to", _l("Until, as MM-DD"))),
    "holiday": (("before", _l("Days before")), ("after", _l("Days after"))),
    "event": (("before", _l("Days before")), ("after", _l("Days after")), ("events", _l("Events"))),
}


@bp.get("")
def rules() -> str:
    """The rules of the legal calendar."""
    check(current_user, "legal.edit")
    rows = list(db.session.scalars(within(current_user, LegalRule).order_by(LegalRule.district_id, LegalRule.id)))
    return render_template("projects/legal.html", rows=rows, fields=FIELDS)


@bp.route("/<int:rule_id>", methods=["GET", "POST"])
def rule(rule_id: int) -> Any:
    """Change one rule, with a reason; its history stands below."""
    row = one(within(current_user, LegalRule).where(LegalRule.id == rule_id))
    check(current_user, "legal.edit", row)
    faults: dict[str, str] = {}
    if request.method == "POST" and _saved(row, faults):
        flash(_("Saved."))
        return redirect(url_for("legal_table.rules"))
    values = {"row": row, "fields": FIELDS[row.code], "faults": faults, "typed": _typed(row)}
    return render_template("projects/legal_rule.html", **values, events=audit.history(row)), 400 if faults else 200


def _saved(row: LegalRule, faults: dict[str, str]) -> bool:
    said: dict[str, Any] = {}
    for name, _word in FIELDS[row.code]:
        try:
            said[name] = READERS[name](request.form.get(name, "")[:10_000])
        except BadInput as fault:
            faults[name] = str(fault.message)
    words = {name: clean_text(request.form.get(name, "")) for name in ("citation", "reason")}
    for name, most in (("citation", 200), ("reason", 300)):
        if not 0 < len(words[name]) <= most:
            faults[name] = _("Please fill this in, in at most %(most)d characters.", most=most)
    if faults:
        return False
    active, seen = bool(request.form.get("active")), seen_version()
    legal_rules.change(current_user, row, values={**row.values, **said}, active=active, seen=seen, **words)
    db.session.commit()
    return True


def _typed(row: LegalRule) -> dict[str, Any]:
    """What stands in the fields: what was typed, else what is in force."""
    if request.method == "POST":
        return {**request.form.to_dict(), "active": bool(request.form.get("active"))}
    values: dict[str, Any] = {**row.values, "citation": row.citation, "active": row.active}
    events = [f"{e['from']} {e['to']} {e['name']}" for e in row.values.get("events", ())]
    return {**values, "events": "\n".join(events)}


def _whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        found = whole_number(fold(text), digits=4)
        if found is None or found > most:
            raise BadInput(_("Give a whole number up to %(most)d.", most=most))
        return found

    return read


def _month_day(text: str) -> str:
    """A day of every year, so not 29 February."""
    plain = fold(text)
    try:
        return date.fromisoformat(f"2001-{plain}").isoformat()[5:]
    except ValueError as error:
        raise BadInput(_("Write a day of the year like 11-15.")) from error


def _events(text: str) -> list[dict[str, str]]:
    """One event a line: first day, last day, name."""
    lines = [line for line in clean_text(text).split("\n") if line.strip()]
    if len(lines) > MOST_EVENTS:
        raise BadInput(_("At most %(most)s.", most=MOST_EVENTS))
    return [_event(number, line) for number, line in enumerate(lines, 1)]


def _event(number: int, line: str) -> dict[str, str]:
    parts = line.split(maxsplit=2)
    try:
        first, last = parse_day(parts[0]), parse_day(parts[1])
        if not 2000 <= first.year <= last.year < 2100 or last < first or not parts[2:]:
            raise ValueError(line)
    except (ValueError, IndexError) as error:
        raise BadInput(_("Line %(number)d: write first day, last day and name.", number=number)) from error
    return {"from": first.isoformat(), "to": last.isoformat(), "name": parts[2][:60]}


READERS: dict[str, Callable[[str], Any]] = {
    "years": _whole(20),
    "before": _whole(90),
    "after": _whole(90),
    "from": _month_day,
    "to": _month_day,
    "events": _events,
}
