"""Projects that stand still, tender dates and ends of warranty that are near: who is asked, and when it is silent."""

from datetime import date, timedelta

from roadworks.base.db import db
from roadworks.notifications.answers import Answer, answer
from roadworks.notifications.models import Reminder
from roadworks.projects import progress
from roadworks.projects.tender_actions import record_tender
from tests.notifications.test_reminders import at, raised
from tests.support import cast as people

DAY = timedelta(days=1)


def told(code: str) -> set[tuple[str, int]]:
    """Who has an open reminder of a rule, at which level."""
    return {(person, level) for found, person, level in raised(code=code, state="open") if found == code}


def test_a_project_that_stands_longer_than_its_stage_allows_is_asked_about_up_the_ladder(either_cast):
    people.project(either_cast, "drawing_review")
    people.project(either_cast, "drawing_review", "suspended")
    db.session.commit()
    assert at(people.NOON) > 0
    asked = [r.thing_id for r in db.session.query(Reminder).filter_by(code="stage")]
    assert len(set(asked)) == 1, "the suspended one is silent"
    assert ("engineer", 1) in told("stage") or ("supervisor", 2) in told("stage")
    at(people.NOON + 40 * DAY)
    assert "leader" in {person for person, _level in told("stage")}


def test_construction_without_a_word_for_fourteen_days_is_asked_about_until_there_is_one(either_cast):
    project = people.project(either_cast, "construction")
    db.session.commit()
    at(people.NOON)
    assert "engineer" in {person for person, _level in told("progress")}
    progress.add(either_cast.engineer, project, on=date(2018, 6, 27), percent=40, text="铣刨完成")
    db.session.commit()
    at(people.NOON + DAY)
    assert told("progress") == set()
    at(people.NOON + 15 * DAY)
    assert "engineer" in {person for person, _level in told("progress")}


def test_a_tender_date_within_three_days_is_told_to_who_is_in_charge(either_cast):
    project = people.project(either_cast, "tender")
    dates = {"notice_on": date(2018, 6, 10), "sale_from": date(2018, 6, 10), "sale_to": date(2018, 6, 16)}
    dates |= {"bid_deadline_on": date(2018, 7, 3), "opening_on": date(2018, 7, 3)}
    record_tender(either_cast.engineer, project, {**dates, "method": "open"}, seen=project.version)
    db.session.commit()
    at(people.NOON)
    assert told("tender") == set(), "six days before"
    at(people.NOON + 4 * DAY)
    assert told("tender") == {("engineer", 1)}


def test_a_warranty_that_ends_within_thirty_days_is_told_once(either_cast):
    project = people.project(either_cast, "warranty", warranty_months=13)
    assert project.warranty_ends_on == date(2018, 7, 1)
    db.session.commit()
    at(people.NOON)
    first = told("warranty")
    assert "engineer" in {person for person, _level in first}
    assert at(people.NOON + timedelta(minutes=10)) == 0
    assert told("warranty") == first


def test_lists_of_defects_and_projects_show_why_a_thing_waits(stage, client_of, noon):
    with stage.app.app_context():
        defect, project = people.filed(stage), people.project(stage, "tender")
        number, name = defect.number, project.number
        db.session.commit()
        at(people.NOON + timedelta(hours=6))
        for code in ("triage", "stage"):
            mine = db.session.query(Reminder).filter_by(code=code, state="open").first()
            said = Answer(kind="waiting", text=f"{code} 的资料", until=date(2018, 7, 10))
            answer(mine.person, mine, said, seen=mine.version)
        db.session.commit()
    client = client_of("supervisor")
    assert "triage 的资料" in client.get(f"/defects?q={number}").text
    assert "stage 的资料" in client.get(f"/projects?q={name}").text
