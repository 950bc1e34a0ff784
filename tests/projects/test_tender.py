"""The tender clock: vectors exactly either side of every limit of domain.md §5.2, with the article cited."""

from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

import pytest

from roadworks.base.calendar import WorkCalendar
from roadworks.projects.breaches import errors, findings
from roadworks.projects.models import METHODS, Tender
from roadworks.projects.tender import DATES, Round
from roadworks.projects.tender_clock import completed, duties, fewest_days, spans, windows

DAYS = WorkCalendar()
TODAY = date(2018, 6, 27)
ISSUED = date(2018, 6, 27)  # a Wednesday


def d(text: str) -> date:
    return date.fromisoformat(text)


def after(days: int, start: date = ISSUED) -> date:
    return start + timedelta(days=days)


def found(kind: str, **said) -> list[tuple[str, str]]:
    """Field and article of each finding of a kind."""
    return [(f.field, f.article.name_zh if f.article else "") for f in _all(**said) if f.kind == kind]


def _all(**said):
    return findings(Round(**said), DAYS, TODAY)


def wrong(**said) -> list[tuple[str, str]]:
    return found("error", **said)


def risky(**said) -> list[tuple[str, str]]:
    return found("warning", **said)


LAW, RULE = "《招标投标法》第{}条", "《招标投标法实施条例》第{}条"


@pytest.mark.parametrize(
    ("start", "end", "lawful", "unlawful", "article"),
    [
        ("sale_from", "sale_to", 5, 4, RULE.format("十六")),
        ("sale_from", "bid_deadline_on", 20, 19, LAW.format("二十四")),
        ("clarified_on", "bid_deadline_on", 15, 14, RULE.format("二十一")),
        ("evaluated_on", "publicity_from", 3, 4, RULE.format("五十四")),
        ("publicity_from", "publicity_to", 3, 2, RULE.format("五十四")),
        ("award_on", "report_on", 15, 16, LAW.format("四十七")),
        ("award_on", "contract_on", 30, 31, LAW.format("四十六")),
    ],
)
@pytest.mark.parametrize("method", ["open", "invited"])
def test_the_last_lawful_day_passes_and_the_next_is_an_error_at_its_field(
    method, start, end, lawful, unlawful, article
):
    assert wrong(method=method, **{start: ISSUED, end: after(lawful)}) == []
    assert wrong(method=method, **{start: ISSUED, end: after(unlawful)}) == [(end, article)]


def test_documents_not_sold_count_from_the_notice():
    assert wrong(notice_on=ISSUED, bid_deadline_on=after(20)) == []
    assert [field for field, _ in wrong(notice_on=ISSUED, bid_deadline_on=after(19))] == ["bid_deadline_on"]
    assert wrong(notice_on=ISSUED, sale_from=after(1), bid_deadline_on=after(21)) == []
    assert wrong(notice_on=ISSUED, sale_from=after(2), bid_deadline_on=after(21)) != []


def test_the_start_day_of_the_sale_is_not_counted():
    # 27 June to 1 July are five days on the calendar and four without the first.
    assert [f for f, _ in wrong(sale_from=d("2018-06-27"), sale_to=d("2018-07-01"))] == ["sale_to"]
    assert wrong(sale_from=d("2018-06-27"), sale_to=d("2018-07-02")) == []


def test_a_consultation_has_ten_days_and_five_working_days():
    article = "《政府采购竞争性磋商采购方式管理暂行办法》（财库〔2014〕214号）第十条"
    said = {"method": "consultation", "sale_from": ISSUED}
    assert wrong(**said, bid_deadline_on=after(10)) == []
    assert wrong(**said, bid_deadline_on=after(9)) == [("bid_deadline_on", article)]
    # Wednesday 27 June: five working days later is Wednesday 4 July; the weekend does not count.
    assert wrong(**said, sale_to=d("2018-07-04")) == []
    assert wrong(**said, sale_to=d("2018-07-03")) == [("sale_to", article)]
    # Across the make-up Saturday 28 April and the Labour Day break.
    over = {"method": "consultation", "sale_from": d("2018-04-26")}
    assert wrong(**over, sale_to=d("2018-05-04")) == []
    assert wrong(**over, sale_to=d("2018-05-03")) == [("sale_to", article)]


@pytest.mark.parametrize("method", [m for m in METHODS if m not in {"open", "invited", "consultation"}])
def test_the_other_methods_ask_only_for_the_order_of_dates(method):
    assert wrong(method=method, sale_from=ISSUED, sale_to=after(1), bid_deadline_on=after(2), award_on=after(2)) == []
    assert wrong(method=method, award_on=ISSUED, contract_on=after(90), bidders=1) == []
    assert wrong(method=method, sale_from=ISSUED, bid_deadline_on=after(-1)) == [("bid_deadline_on", "")]
    assert windows(Round(method=method, notice_on=ISSUED), DAYS, TODAY) == {}


def test_dates_out_of_order_are_errors_once_even_with_gaps_between():
    assert wrong(notice_on=ISSUED, contract_on=after(-1)) == [("contract_on", "")]
    assert wrong(sale_from=ISSUED, sale_to=after(-1)) == [("sale_to", "")]
    assert wrong(bid_deadline_on=ISSUED, opening_on=after(-1)) == [("opening_on", "")]
    assert wrong(award_on=ISSUED, report_on=after(-1)) == [("report_on", "")]
    assert wrong(sale_from=ISSUED, clarified_on=after(-1)) == [("clarified_on", "")]
    assert wrong(clarified_on=ISSUED, bid_deadline_on=after(-1)) == [("bid_deadline_on", "")]


def test_the_award_waits_for_the_end_of_publicity():
    assert wrong(publicity_from=ISSUED, publicity_to=after(5), award_on=after(6)) == []
    assert wrong(publicity_from=ISSUED, publicity_to=after(5), award_on=after(5)) == [
        ("award_on", RULE.format("五十四"))
    ]
    assert wrong(method="single", publicity_to=after(5), award_on=after(5)) == []


def test_fewer_than_three_bidders_tender_again():
    assert wrong(bidders=3) == []
    assert wrong(bidders=2) == [("bidders", LAW.format("二十八"))]
    assert wrong(bidders=0) == [("bidders", LAW.format("二十八"))]
    assert wrong(bidders=2, failed_reason="投标人不足三家") == []
    assert wrong(bidders=2, failed_reason="投标人不足三家", award_on=ISSUED) == [
        ("failed_reason", LAW.format("二十八"))
    ]
    assert wrong(method="consultation", bidders=2) == []


@pytest.mark.parametrize(
    ("bond", "whole", "percent"),
    [("bid_bond_yuan", "estimate_yuan", 2), ("performance_bond_yuan", "contract_yuan", 10)],
)
def test_bonds_to_the_fen(bond, whole, percent):
    amount = Decimal("3333333.33")
    most = (amount * percent / 100).quantize(Decimal("0.01"), "ROUND_FLOOR")
    article = RULE.format("二十六" if percent == 2 else "五十八")
    assert wrong(**{bond: most, whole: amount}) == []
    assert wrong(**{bond: most + Decimal("0.01"), whole: amount}) == [(bond, article)]
    assert wrong(**{bond: Decimal(80_000), whole: Decimal(80_000) * 100 / percent}) == []
    assert wrong(**{bond: most}) == []
    assert (bond, article) in risky(**{bond: most})


def test_a_late_contract_is_a_warning_from_the_21st_day():
    assert risky(award_on=ISSUED, contract_on=after(20)) == []
    assert risky(award_on=ISSUED, contract_on=after(21)) == [("contract_on", LAW.format("四十六"))]
    assert risky(award_on=ISSUED, contract_on=after(30)) == [("contract_on", LAW.format("四十六"))]
    assert risky(award_on=ISSUED, contract_on=after(31)) == []


@pytest.mark.parametrize("name", ["bid_deadline_on", "publicity_to"])
@pytest.mark.parametrize(
    ("day", "warned"),
    [("2018-06-30", True), ("2018-10-01", True), ("2018-09-29", False), ("2018-09-30", False), ("2018-07-02", False)],
)
def test_a_deadline_or_the_end_of_publicity_on_a_day_off_is_a_warning(name, day, warned):
    assert risky(**{name: d(day)}) == ([(name, "")] if warned else [])


def test_a_year_without_holidays_is_said_and_never_raises():
    said = _all(bid_deadline_on=d("2031-10-01"))
    assert [(f.field, f.kind) for f in said] == [("bid_deadline_on", "warning")]
    assert "2031" in str(said[0])


def test_bids_opened_later_than_the_deadline_are_a_risk():
    assert risky(bid_deadline_on=d("2018-07-02"), opening_on=d("2018-07-02")) == []
    assert risky(bid_deadline_on=d("2018-07-02"), opening_on=d("2018-07-03")) == [("opening_on", LAW.format("三十四"))]


@pytest.mark.parametrize(
    ("notice", "method", "estimate", "warned"),
    [
        ("2018-06-01", "open", "4000000.00", False),
        ("2018-06-01", "open", "3999999.99", True),
        ("2018-06-01", "consultation", "3999999.99", False),
        ("2018-06-01", "consultation", "4000000.00", True),
        ("2018-05-31", "open", "1000000.00", False),
        ("2018-05-31", "open", "999999.99", True),
        ("2018-05-31", "single", "999999.99", False),
        ("2018-05-31", "single", "1000000.00", True),
    ],
)
def test_the_threshold_of_the_day_of_the_notice(notice, method, estimate, warned):
    said = [f for f in _all(method=method, notice_on=d(notice), estimate_yuan=Decimal(estimate)) if f.field == "method"]
    assert bool(said) is warned
    if warned:
        assert said[0].kind == "warning"
        assert ("2018-06-01" in str(said[0].article.name_zh)) is (notice >= "2018-06-01")


def test_the_sentence_tells_number_limit_and_article():
    said = str(errors(_all(sale_from=ISSUED, bid_deadline_on=after(19)))[0])
    assert "19 days" in said
    assert "at least 20" in said
    assert "二十四" in said


def test_every_field_of_the_round_is_a_column_of_the_tender():
    columns = {column.key for column in Tender.__table__.columns}
    assert {f.name for f in fields(Round)} - {"estimate_yuan", "contract_yuan"} <= columns
    assert set(DATES) <= columns


def test_an_empty_tender_is_proposed_from_today_and_lawful():
    whole = completed(Round(), DAYS, TODAY)
    assert (whole.notice_on, whole.bid_deadline_on) == (d("2018-06-27"), d("2018-07-17"))
    assert (whole.publicity_to, whole.award_on) == (d("2018-07-20"), d("2018-07-23"))
    assert [f for f in findings(whole, DAYS, TODAY) if f.field not in {"contract_on", "report_on"}] == []
    assert errors(findings(whole, DAYS, TODAY)) == []


@pytest.mark.parametrize("method", ["open", "invited", "consultation"])
@pytest.mark.parametrize("offset", range(0, 400, 7))
def test_what_is_proposed_is_lawful_on_any_day(method, offset):
    begins = d("2018-01-03") + timedelta(days=offset)
    assert errors(findings(completed(Round(method=method, notice_on=begins), DAYS, TODAY), DAYS, TODAY)) == []


def test_the_proposal_goes_on_from_what_is_given():
    ahead = windows(Round(sale_from=d("2018-06-28"), clarified_on=d("2018-07-10")), DAYS, TODAY)
    assert ahead["sale_to"].earliest == d("2018-07-03")
    assert ahead["bid_deadline_on"].earliest == d("2018-07-25")
    given = Round(sale_from=d("2018-06-28"), bid_deadline_on=d("2018-07-31"), award_on=d("2018-08-10"))
    ahead = windows(given, DAYS, TODAY)
    assert ahead["clarified_on"].latest == d("2018-07-16")
    assert ahead["opening_on"].earliest == ahead["opening_on"].latest == d("2018-07-31")
    assert (ahead["contract_on"].latest, ahead["report_on"].latest) == (d("2018-09-09"), d("2018-08-25"))
    assert duties(given) == {"objection": d("2018-07-21")}
    assert duties(Round(contract_on=d("2018-08-20"))) == {"bonds": d("2018-08-25")}


def test_a_proposal_ends_on_a_working_day():
    # Twenty days after 11 September is 1 October; people work again on the 8th.
    assert windows(Round(sale_from=d("2018-09-11")), DAYS, TODAY)["bid_deadline_on"].earliest == d("2018-10-08")


def test_the_spans_say_how_long_and_whether_that_holds():
    shown = {str(s.limit.word): s for s in spans(Round(sale_from=ISSUED, bid_deadline_on=after(19)), DAYS, TODAY)}
    bids = shown["Time for bids"]
    assert (bids.days, bids.holds, bids.proposed) == (19, False, False)
    assert shown["Sale of documents"].proposed
    assert shown["Publicity of candidates"].holds


def test_the_fewest_days_from_issue_to_award():
    assert {method: fewest_days(method) for method in ("open", "invited", "consultation", "single")} == {
        "open": 24, "invited": 24, "consultation": 10, "single": 0,
    }  # fmt: skip
