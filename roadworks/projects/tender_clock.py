"""The tender clock ahead: the earliest and latest lawful day of each date, and the spans that a picture shows."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from roadworks.base.calendar import WorkCalendar
from roadworks.projects.tender import TENDERED, Limit, Round, limits

LAST_WORDS = timedelta(days=15)  # clarification at least so long before the deadline (条例 21)
OBJECTION = timedelta(days=10)  # objections to the documents (条例 22)
LAST = ("report_on", "contract_on")
RETURN_BONDS = timedelta(days=5)  # bid bonds after the contract (条例 57)


@dataclass(frozen=True)
class Window:
    """The first and the last lawful day of a date; None where the law sets none."""

    earliest: date | None = None
    latest: date | None = None


@dataclass(frozen=True)
class Span:
    """One stretch of the clock: how long it is and how long it must or may be; `proposed` where a day is not given."""

    limit: Limit
    begins: date
    ends: date
    days: int
    holds: bool
    proposed: bool


def windows(tender: Round, calendar: WorkCalendar, today: date) -> dict[str, Window]:
    """The lawful window of each date, taking what is given as given and proposing the rest from there.

    A tender without any date begins today. The smaller methods have no clock, so nothing is proposed for them.
    """
    if tender.method in TENDERED:
        return _tendered(tender, calendar, today)
    return _consulted(tender, calendar, today) if tender.method == "consultation" else {}


def _tendered(tender: Round, calendar: WorkCalendar, today: date) -> dict[str, Window]:
    on_workday = calendar.next_workday
    notice = tender.notice_on or tender.sale_from or today
    issued = tender.sale_from or notice
    sale_to = issued + timedelta(days=5)
    first = max(issued + timedelta(days=20), tender.sale_to or sale_to)
    if tender.clarified_on:
        first = max(first, tender.clarified_on + LAST_WORDS)
    deadline = tender.bid_deadline_on or on_workday(first)
    opened = tender.opening_on or deadline
    evaluated = tender.evaluated_on or opened
    public = tender.publicity_from or evaluated
    public_to = tender.publicity_to or on_workday(public + timedelta(days=3))
    award = tender.award_on or on_workday(public_to + timedelta(days=1))
    return {
        "notice_on": Window(notice),
        "sale_from": Window(notice),
        "sale_to": Window(sale_to, tender.bid_deadline_on),
        "clarified_on": Window(issued, max(deadline - LAST_WORDS, issued)),
        "bid_deadline_on": Window(on_workday(first)),
        "opening_on": Window(deadline, deadline),
        "evaluated_on": Window(opened),
        "publicity_from": Window(evaluated, evaluated + timedelta(days=3)),
        "publicity_to": Window(on_workday(public + timedelta(days=3))),
        "award_on": Window(on_workday(public_to + timedelta(days=1))),
        "report_on": Window(None, award + timedelta(days=15)),
        "contract_on": Window(award, award + timedelta(days=30)),
    }


def _consulted(tender: Round, calendar: WorkCalendar, today: date) -> dict[str, Window]:
    notice = tender.notice_on or tender.sale_from or today
    issued = tender.sale_from or notice
    sale_to = issued
    while calendar.workdays_after(issued, sale_to) < 5:
        sale_to += timedelta(days=1)
    first = calendar.next_workday(max(issued + timedelta(days=10), tender.sale_to or sale_to))
    opened = tender.opening_on or tender.bid_deadline_on or first
    award = tender.award_on or tender.evaluated_on or opened
    return {
        "notice_on": Window(notice),
        "sale_from": Window(notice),
        "sale_to": Window(sale_to, tender.bid_deadline_on),
        "bid_deadline_on": Window(first),
        "opening_on": Window(tender.bid_deadline_on or first),
        "evaluated_on": Window(opened),
        "award_on": Window(tender.evaluated_on or opened),
        "contract_on": Window(award),
    }


def completed(tender: Round, calendar: WorkCalendar, today: date) -> Round:
    """The same tender with its empty dates filled: as early as the law allows, report and contract as late."""
    filled: dict[str, Any] = {}
    for name, window in windows(tender, calendar, today).items():
        if getattr(tender, name) is None and name != "clarified_on":
            filled[name] = (window.latest if name in LAST else None) or window.earliest
    return replace(tender, **filled)


def spans(tender: Round, calendar: WorkCalendar, today: date) -> list[Span]:
    """The stretches of the clock in order, proposed ones included, for the picture and its table."""
    whole, found = completed(tender, calendar, today), []
    for limit in limits(tender.method):
        start, end = whole.on(limit.start), whole.on(limit.end)
        if start is None or end is None or end < start:
            continue
        proposed = tender.on(limit.start) is None or tender.on(limit.end) is None
        days = limit.days(start, end, calendar)
        found.append(Span(limit, start, end, days, not limit.broken(start, end, calendar), proposed))
    return found


def duties(tender: Round) -> dict[str, date]:
    """Last days that no field holds: objections to the documents, and bid bonds given back."""
    found = {}
    if tender.method in TENDERED and tender.bid_deadline_on:
        found["objection"] = tender.bid_deadline_on - OBJECTION
    if tender.method in TENDERED and tender.contract_on:
        found["bonds"] = tender.contract_on + RETURN_BONDS
    return found


def fewest_days(method: str) -> int:
    """Calendar days from the issue of the documents to the award at the very least; 0 where there is no clock."""
    least = {"bid_deadline_on": 0, "publicity_to": 0}
    for limit in limits(method):
        least[limit.end] = max(least.get(limit.end, 0), limit.least or 0)
    return least["bid_deadline_on"] + (least["publicity_to"] + 1 if least["publicity_to"] else 0)
