"""The tender clock: the dates of one tender and the times the law sets between them (domain.md §5.2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from roadworks.base.calendar import WorkCalendar
from roadworks.base.i18n import _l
from roadworks.projects import articles
from roadworks.projects.articles import Article

# In the order in which they happen; the words stand at the fields, in the clock and in the findings.
DATES: dict[str, Any] = {
    "notice_on": _l("Tender notice"),
    "sale_from": _l("Documents on sale from"),
    "sale_to": _l("Documents on sale until"),
    "clarified_on": _l("Last clarification or amendment"),
    "bid_deadline_on": _l("Bid deadline"),
    "opening_on": _l("Bid opening"),
    "evaluated_on": _l("Evaluation report"),
    "publicity_from": _l("Candidates made public from"),
    "publicity_to": _l("Candidates made public until"),
    "award_on": _l("Award notice"),
    "report_on": _l("Written report to the supervising authority"),
    "contract_on": _l("Contract signed"),
}
CHAIN = tuple(name for name in DATES if name not in {"clarified_on", "report_on"})
TENDERED = ("open", "invited")


@dataclass(frozen=True)
class Round:
    """The dates and facts of one tender, as they are or are to be; amounts in 元."""

    method: str = "open"
    notice_on: date | None = None
    sale_from: date | None = None
    sale_to: date | None = None
    clarified_on: date | None = None
    bid_deadline_on: date | None = None
    opening_on: date | None = None
    evaluated_on: date | None = None
    publicity_from: date | None = None
    publicity_to: date | None = None
    award_on: date | None = None
    report_on: date | None = None
    contract_on: date | None = None
    bidders: int | None = None
    bid_bond_yuan: Decimal | None = None
    performance_bond_yuan: Decimal | None = None
    failed_reason: str | None = None
    estimate_yuan: Decimal | None = None
    contract_yuan: Decimal | None = None

    def on(self, name: str) -> date | None:
        """One of its dates; documents not sold are issued with the notice."""
        day: date | None = getattr(self, name)
        return self.notice_on if day is None and name == "sale_from" else day


@dataclass(frozen=True)
class Limit:
    """At least or at most so many days from one date to another; the day of the first is not counted."""

    start: str
    end: str
    article: Article
    message: Any
    word: Any
    least: int | None = None
    most: int | None = None
    working: bool = False

    def days(self, start: date, end: date, calendar: WorkCalendar) -> int:
        """How many days lie between, in the unit of the rule."""
        return calendar.workdays_after(start, end) if self.working and end > start else (end - start).days

    def broken(self, start: date, end: date, calendar: WorkCalendar) -> bool:
        """Whether the law is broken."""
        n = self.days(start, end, calendar)
        return (self.least is not None and n < self.least) or (self.most is not None and n > self.most)


SALE, BIDDING = _l("Sale of documents"), _l("Time for bids")
SALE_SHORT = _l("The documents are on sale for %(n)d days, not counting the first; at least %(limit)d are needed.")
OFFER_SHORT = _l(
    "The documents are on offer for %(n)d working days, not counting the first; at least %(limit)d are needed."
)
BIDDING_SHORT = _l("Bidders have %(n)d days from the issue of the documents; at least %(limit)d are needed.")
CLARIFIED_LATE = _l(
    "The last clarification is %(n)d days before the deadline; with less than %(limit)d, put the deadline off."
)
PUBLIC_LATE = _l(
    "The candidates are made public %(n)d days after the evaluation report; at most %(limit)d are allowed."
)
PUBLIC_SHORT = _l("The candidates are public for %(n)d days, not counting the first; at least %(limit)d are needed.")
REPORT_LATE = _l("The written report is %(n)d days after the award; at most %(limit)d are allowed.")
CONTRACT_LATE = _l("The contract is %(n)d days after the award notice; at most %(limit)d are allowed.")
FROM_CLARIFIED, TO_PUBLICITY = _l("From clarification to deadline"), _l("From evaluation to publicity")
PUBLICITY, REPORT, CONTRACT = _l("Publicity of candidates"), _l("Written report"), _l("Until the contract")

TENDER_LIMITS = (
    Limit("sale_from", "sale_to", articles.RULE_16, SALE_SHORT, SALE, least=5),
    Limit("sale_from", "bid_deadline_on", articles.LAW_24, BIDDING_SHORT, BIDDING, least=20),
    Limit("clarified_on", "bid_deadline_on", articles.RULE_21, CLARIFIED_LATE, FROM_CLARIFIED, least=15),
    Limit("evaluated_on", "publicity_from", articles.RULE_54, PUBLIC_LATE, TO_PUBLICITY, most=3),
    Limit("publicity_from", "publicity_to", articles.RULE_54, PUBLIC_SHORT, PUBLICITY, least=3),
    Limit("award_on", "report_on", articles.LAW_47, REPORT_LATE, REPORT, most=15),
    Limit("award_on", "contract_on", articles.LAW_46, CONTRACT_LATE, CONTRACT, most=30),
)
CONSULTATION_LIMITS = (
    Limit("sale_from", "sale_to", articles.CONSULTATION, OFFER_SHORT, SALE, least=5, working=True),
    Limit("sale_from", "bid_deadline_on", articles.CONSULTATION, BIDDING_SHORT, BIDDING, least=10),
)


def limits(method: str) -> tuple[Limit, ...]:
    """The rules of time for a method of procurement; none but the order of dates for the smaller ones."""
    if method in TENDERED:
        return TENDER_LIMITS
    return CONSULTATION_LIMITS if method == "consultation" else ()
