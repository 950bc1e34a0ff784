"""What is wrong or risky in a tender: breaches of law are errors, the rest are warnings (domain.md §5.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from roadworks.base.calendar import WorkCalendar
from roadworks.base.i18n import _, _l, show_date, show_number
from roadworks.base.quantities import hundredths
from roadworks.projects import articles
from roadworks.projects.articles import Article
from roadworks.projects.tender import CHAIN, DATES, TENDERED, Round, limits

NATIONAL_SINCE = date(2018, 6, 1)
NATIONAL, HENAN = Decimal(4_000_000), Decimal(1_000_000)
BID_BOND, PERFORMANCE_BOND = 2, 10  # per cent
FEWEST_BIDDERS = 3
CONTRACT_SOON = 20  # days after the award from which the contract is urgent


@dataclass(frozen=True)
class Finding:
    """What is wrong (`error`: the law forbids it) or risky (`warning`) at a field, and where that is written."""

    field: str
    kind: str
    message: str
    article: Article | None = None

    def __str__(self) -> str:
        """The sentence with its article, in the language in force."""
        return (
            _("%(message)s (%(article)s)", message=self.message, article=self.article) if self.article else self.message
        )


def findings(tender: Round, calendar: WorkCalendar, today: date) -> list[Finding]:
    """Everything that is wrong or risky, errors and warnings, in the order of the fields."""
    disordered = list(_order(tender))
    at = {finding.field for finding in disordered}
    broken = [finding for finding in _times(tender, calendar) if finding.field not in at]
    found = [*disordered, *broken]
    if tender.method in TENDERED:
        found += [*_bidders(tender), *_bonds(tender), *_risks(tender, calendar)]
    found += _threshold(tender, today)
    place = ["method", *DATES, "bidders", "bid_bond_yuan", "performance_bond_yuan", "failed_reason"]
    return sorted(found, key=lambda finding: place.index(finding.field))


def errors(found: list[Finding]) -> list[Finding]:
    """Only the breaches of law."""
    return [finding for finding in found if finding.kind == "error"]


def _order(tender: Round) -> Iterator[Finding]:
    """Dates that come before what must have come before them."""
    given = [name for name in CHAIN if getattr(tender, name)]
    pairs = list(zip(given, given[1:], strict=False))
    if tender.clarified_on:
        pairs += [(name, "clarified_on") for name in ("sale_from", "notice_on") if getattr(tender, name)][:1]
        pairs += [("clarified_on", "bid_deadline_on")] if tender.bid_deadline_on else []
    pairs += [("award_on", "report_on")] if tender.award_on and tender.report_on else []
    for earlier, later in pairs:
        before, after = getattr(tender, earlier), getattr(tender, later)
        if after < before:
            words = _(
                "%(later)s cannot be before: %(earlier)s, %(day)s.",
                later=DATES[later],
                earlier=DATES[earlier],
                day=show_date(before),
            )
            yield Finding(later, "error", words)
        elif (earlier, later) == ("publicity_to", "award_on") and after == before and tender.method in TENDERED:
            words = _("The award notice goes out after the last day of publicity, %(day)s.", day=show_date(before))
            yield Finding(later, "error", words, articles.RULE_54)


def _times(tender: Round, calendar: WorkCalendar) -> Iterator[Finding]:
    """Times too short or too long."""
    for limit in limits(tender.method):
        start, end = tender.on(limit.start), tender.on(limit.end)
        if start and end and limit.broken(start, end, calendar):
            facts = {"n": limit.days(start, end, calendar), "limit": limit.least or limit.most}
            yield Finding(limit.end, "error", str(limit.message) % facts, limit.article)


def _bidders(tender: Round) -> Iterator[Finding]:
    """Too few bidders, and a failed tender that goes on nevertheless."""
    if tender.failed_reason:
        if tender.award_on or tender.contract_on:
            words = _("A tender that failed leads to no award and no contract; tender again.")
            yield Finding("failed_reason", "error", words, articles.LAW_28)
    elif tender.bidders is not None and tender.bidders < FEWEST_BIDDERS:
        words = _("Fewer than %(least)d bidders: record why the tender failed, and tender again.", least=FEWEST_BIDDERS)
        yield Finding("bidders", "error", words, articles.LAW_28)


def _bonds(tender: Round) -> Iterator[Finding]:
    """Securities above their share of the estimate or of the contract."""
    for name, whole, percent, article, unknown, above in (
        ("bid_bond_yuan", tender.estimate_yuan, BID_BOND, articles.RULE_26, NO_ESTIMATE, BID_BOND_ABOVE),
        ("performance_bond_yuan", tender.contract_yuan, PERFORMANCE_BOND, articles.RULE_58, NO_CONTRACT, BOND_ABOVE),
    ):
        bond: Decimal | None = getattr(tender, name)
        if bond is None:
            continue
        if whole is None:
            yield Finding(name, "warning", str(unknown), article)
        elif bond * 100 > whole * percent:
            most = show_number(hundredths(whole * percent / 100))
            yield Finding(name, "error", str(above) % {"percent": percent, "most": most}, article)


NO_ESTIMATE: Any = _l("The estimate of the project is not known, so the bid bond cannot be checked.")
NO_CONTRACT: Any = _l("The contract amount is not known, so the performance bond cannot be checked.")
BID_BOND_ABOVE: Any = _l("The bid bond is above %(percent)d %% of the estimate; at most %(most)s yuan.")
BOND_ABOVE: Any = _l("The performance bond is above %(percent)d %% of the contract; at most %(most)s yuan.")


def _risks(tender: Round, calendar: WorkCalendar) -> Iterator[Finding]:
    """What the law allows and experience warns of."""
    for name in ("bid_deadline_on", "publicity_to"):
        day = getattr(tender, name)
        if day and not calendar.is_workday(day):
            words = _("%(day)s is not a working day; the next one is %(next)s.",
                      day=show_date(day), next=show_date(calendar.next_workday(day)))  # fmt: skip
            yield Finding(name, "warning", words)
        if day and not calendar.knows(day.year):
            yield Finding(name, "warning", _("The holidays of %(year)d are not loaded.", year=day.year))
    if tender.opening_on and tender.bid_deadline_on and tender.opening_on > tender.bid_deadline_on:
        words = _("Bids are opened at the very time of the deadline, %(day)s.", day=show_date(tender.bid_deadline_on))
        yield Finding("opening_on", "warning", words, articles.LAW_34)
    if tender.award_on and tender.contract_on:
        n = (tender.contract_on - tender.award_on).days
        if CONTRACT_SOON < n <= 30:
            last = show_date(tender.award_on + timedelta(days=30))
            words = _(
                "The contract is %(n)d days after the award notice; the last lawful day is %(last)s.", n=n, last=last
            )
            yield Finding("contract_on", "warning", words, articles.LAW_46)


def _threshold(tender: Round, today: date) -> Iterator[Finding]:
    """Whether works of this estimate must be tendered, by the threshold in force on the day of the notice."""
    if tender.estimate_yuan is None:
        return
    since_june = (tender.notice_on or tender.sale_from or tender.bid_deadline_on or today) >= NATIONAL_SINCE
    line, article = (NATIONAL, articles.MUST_TENDER) if since_june else (HENAN, articles.HENAN)
    said = {"yuan": show_number(tender.estimate_yuan.normalize()), "line": show_number(line)}
    if tender.method in TENDERED and tender.estimate_yuan < line:
        words = _("The estimate of %(yuan)s yuan is below %(line)s yuan: tendering is not compulsory.", **said)
        yield Finding("method", "warning", words, article)
    elif tender.method not in TENDERED and tender.estimate_yuan >= line:
        words = _("The estimate of %(yuan)s yuan reaches %(line)s yuan: works must be tendered.", **said)
        yield Finding("method", "warning", words, article)
