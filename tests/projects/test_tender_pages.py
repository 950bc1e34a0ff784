"""The page of a tender: lawful dates are saved with their difference, unlawful ones never, each fault at its field."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import NotAllowed, NotFound, Stale, WrongStep
from roadworks.projects import actions as projects
from roadworks.projects.models import Project, Tender
from roadworks.projects.tender_actions import Unlawful, record_tender
from roadworks.workflow import audit
from tests.support import cast as people

ISSUED = date(2018, 6, 27)


def recorded(cast, project, **values):
    return record_tender(cast.engineer, project, {"method": "open", **values}, seen=project.version)


def test_a_tender_is_written_with_its_difference_in_the_trail(either_cast):
    project = people.project(either_cast, "tender")
    recorded(either_cast, project, notice_on=ISSUED)
    tender = recorded(either_cast, project, notice_on=ISSUED, bid_deadline_on=ISSUED + timedelta(days=20))
    db.session.commit()
    assert (tender.round, tender.notice_on, tender.version) == (1, ISSUED, 3)
    event = audit.history(project)[-1]
    assert (event.verb, event.facts["round"]) == ("project.tender", 1)
    assert event.facts["tender"] == {"bid_deadline_on": [None, "2018-07-17"]}


def test_nothing_unlawful_is_written_and_every_breach_is_named(cast):
    project = people.project(cast, "tender", estimate_yuan=Decimal(1_000_000))
    said = {"sale_from": ISSUED, "sale_to": ISSUED + timedelta(days=4), "bid_deadline_on": ISSUED + timedelta(days=19)}
    with pytest.raises(Unlawful) as fault:
        recorded(cast, project, **said, bidders=2, bid_bond_yuan=Decimal("20000.01"))
    assert [f.field for f in fault.value.findings] == ["sale_to", "bid_deadline_on", "bidders", "bid_bond_yuan"]
    assert fault.value.field == "sale_to"
    assert project.tenders == []
    assert recorded(cast, project, bid_bond_yuan=Decimal("20000.00")).bid_bond_yuan == Decimal("20000.00")


def test_a_breach_together_with_what_is_recorded_already_is_seen(cast):
    project = people.project(cast, "tender")
    recorded(cast, project, award_on=ISSUED)
    with pytest.raises(Unlawful, match="31 日"):
        record_tender(cast.engineer, project, {"contract_on": ISSUED + timedelta(days=31)}, seen=project.version)


def test_the_same_again_is_no_step(cast):
    project = people.project(cast, "tender")
    recorded(cast, project, notice_on=ISSUED)
    events = len(audit.history(project))
    assert recorded(cast, project, notice_on=ISSUED) is None
    assert len(audit.history(project)) == events


def test_after_a_failed_tender_the_next_round_is_written_and_the_first_kept(cast):
    project = people.project(cast, "tender")
    recorded(cast, project, notice_on=ISSUED, bidders=2, failed_reason="投标人不足三家")
    projects.retender(cast.supervisor, project, seen=project.version, reason="投标人不足三家")
    projects.resume(cast.supervisor, project, seen=project.version)
    later = recorded(cast, project, notice_on=ISSUED + timedelta(days=10))
    assert [t.notice_on for t in project.tenders] == [ISSUED, ISSUED + timedelta(days=10)]
    assert (later.round, project.tenders[0].bidders) == (2, 2)


def test_who_may_record_a_tender_and_when(cast):
    project = people.project(cast, "tender")
    for who in ("inspector", "crew", "leader", "admin"):
        with pytest.raises(NotAllowed):
            record_tender(getattr(cast, who), project, {"method": "open"}, seen=project.version)
    with pytest.raises(NotFound):
        record_tender(cast.stranger, project, {"method": "open"}, seen=project.version)
    with pytest.raises(Stale):
        record_tender(cast.engineer, project, {"method": "open"}, seen=project.version - 1)
    project.in_charge_id = cast.supervisor.id
    with pytest.raises(NotAllowed):
        record_tender(cast.engineer, project, {"method": "open"}, seen=project.version)
    gone = people.project(cast, "tender", "cancelled")
    with pytest.raises(WrongStep):
        record_tender(cast.supervisor, gone, {"notice_on": ISSUED}, seen=gone.version)


@pytest.fixture
def tendered(stage):
    """A project of the stage that is being tendered, by its id."""
    with stage.app.app_context():
        made = people.project(stage, "tender", estimate_yuan=Decimal(5_000_000))
        db.session.commit()
        stage.__dict__["names"] = {"project": made.id, "version": made.version}
    return stage


def sent(stage, client, **values):
    address = f"/projects/{stage.names['project']}/tender"
    form = {"csrf_token": people.token(client, address), "version": stage.names["version"], "method": "open", **values}
    return client.post(address, data=form)


def test_the_page_proposes_the_earliest_lawful_day_beside_each_empty_date(tendered, client_of):
    client = client_of("engineer")
    page = client.get(f"/projects/{tendered.names['project']}/tender").get_data(as_text=True)
    assert "最早 7月17日" in page
    assert "《招标投标法》第二十四条" in page
    english = client.get(f"/projects/{tendered.names['project']}/tender", headers={"Accept-Language": "en"})
    assert "earliest 17 Jul" in english.get_data(as_text=True)


def test_a_breach_stands_at_its_field_and_in_the_summary_and_what_was_typed_stays(tendered, client_of):
    client = client_of("engineer")
    answer = sent(tendered, client, sale_from="2018-06-27", bid_deadline_on="2018-07-16", winner="某路桥公司")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert page.count("不得少于 20 日") == 2
    assert "不合法定" in page, "the picture is of what was typed"
    assert 'href="#bid_deadline_on"' in page
    assert 'value="2018-07-16"' in page
    assert 'value="某路桥公司"' in page
    with tendered.app.app_context():
        assert db.session.query(Tender).count() == 0


def test_a_warning_is_shown_and_saved(tendered, client_of):
    client = client_of("engineer")
    answer = sent(tendered, client, sale_from="2018-06-27", bid_deadline_on="2018-07-21", bid_bond_yuan="10万元")
    assert answer.status_code == 302
    page = client.get(answer.location).get_data(as_text=True)
    assert "2018年7月21日不是工作日" in page
    with tendered.app.app_context():
        tender = db.session.query(Tender).one()
        assert (tender.bid_deadline_on, tender.bid_bond_yuan) == (date(2018, 7, 21), Decimal(100_000))


@pytest.mark.parametrize(
    "values",
    [
        {"notice_on": "0001-01-01"},
        {"notice_on": "9999-12-31"},
        {"notice_on": "30.6.2018"},
        {"bidders": "-1"},
        {"bidders": "两个"},
        {"bid_bond_yuan": "1e99"},
        {"method": "lottery"},
        {"failed_reason": "字" * 301},
        {"winner": "字" * 121},
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(tendered, client_of, values):
    answer = sent(tendered, client_of("supervisor"), **values)
    assert answer.status_code == 400
    assert f'href="#{next(iter(values))}"' in answer.get_data(as_text=True)


def test_who_may_only_read_sees_the_dates_and_no_form(tendered, client_of):
    assert sent(tendered, client_of("engineer"), notice_on="2018-06-27").status_code == 302
    page = client_of("leader").get(f"/projects/{tendered.names['project']}/tender").get_data(as_text=True)
    assert "2018年6月27日" in page
    assert 'name="notice_on"' not in page
    assert sent(tendered, client_of("leader"), notice_on="2018-06-28").status_code == 403


def test_an_old_page_is_told_how_it_stands_now(tendered, client_of):
    client = client_of("engineer")
    assert sent(tendered, client, notice_on="2018-06-27").status_code == 302
    assert sent(tendered, client, notice_on="2018-06-28").status_code == 409


def test_the_bidding_period_is_kept_when_an_amount_changed_meanwhile(tendered, client_of):
    """A bond that became too large by an edit of the project is told on the page, and no save passes over it."""
    client = client_of("engineer")
    assert sent(tendered, client, bid_bond_yuan="100000").status_code == 302
    with tendered.app.app_context(), clock.at(people.NOON):
        project = db.session.get_one(Project, tendered.names["project"])
        projects.edit(tendered.engineer, project, {"estimate_yuan": Decimal(4_000_000)}, seen=project.version)
        db.session.commit()
        tendered.names["version"] = project.version
    page = client.get(f"/projects/{tendered.names['project']}/tender").get_data(as_text=True)
    assert "不符合法律规定" in page
    assert sent(tendered, client, bid_bond_yuan="100000", winner="某公司").status_code == 400
    assert sent(tendered, client, bid_bond_yuan="80000", winner="某公司").status_code == 302


def test_the_page_of_the_project_shows_the_tender_and_leads_to_it_and_to_the_plan(tendered, client_of):
    client = client_of("engineer")
    assert sent(tendered, client, notice_on="2018-06-27").status_code == 302
    address = f"/projects/{tendered.names['project']}"
    page = client.get(address).get_data(as_text=True)
    assert f'href="{address}/tender"' in page
    assert f'href="{address}/plan"' in page
    assert "招标公告" in page
    assert f'href="{address}"' in client.get(f"{address}/tender").get_data(as_text=True)
    assert f'href="{address}"' in client.get(f"{address}/plan").get_data(as_text=True)
