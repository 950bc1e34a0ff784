"""What stalls is asked about once, one level after the other, outside quiet hours, and one mail a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications.models import Letter, Reminder, ReminderRule
from roadworks.notifications.rules import CODES, complete_rules
from tests.support import cast as people

DAY = timedelta(days=1)
MORNING = datetime(2018, 6, 28, 0, 30, tzinfo=UTC)  # Thursday, 08:30 in Zhengzhou


def raised(**wanted) -> list[tuple[str, str, int]]:
    """Rule, person and level of the reminders that fit, in the order they were raised."""
    statement = select(Reminder).filter_by(**wanted).order_by(Reminder.id)
    return [(r.code, r.person.username, r.level) for r in db.session.scalars(statement)]


def at(moment: datetime) -> int:
    """Raise what is due at a moment."""
    with clock.at(moment):
        return jobs.raise_reminders()


def letters() -> list[Letter]:
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def test_a_new_district_has_every_rule_and_an_older_one_gets_what_it_lacks_once(either_cast):
    def count() -> int:
        return db.session.scalar(select(func.count()).select_from(ReminderRule))

    assert count() == 2 * len(CODES)
    db.session.execute(ReminderRule.__table__.delete().where(ReminderRule.code == "triage"))
    both = (either_cast.district_id, either_cast.other_id)
    assert [complete_rules(district) for district in (*both, *both)] == [1, 1, 0, 0]
    assert count() == 2 * len(CODES)


def test_a_defect_untouched_for_four_working_hours_is_asked_about_once(either_cast):
    people.filed(either_cast)
    db.session.commit()
    assert at(people.NOON + timedelta(hours=5, minutes=59)) == 0  # 15:59, after 3 h 59 min of work
    assert at(people.NOON + timedelta(hours=6)) == 1
    assert at(people.NOON + timedelta(hours=7)) == 0
    assert raised() == [("triage", "supervisor", 1)]


def test_the_ladder_is_climbed_without_an_answer_and_no_rung_twice(either_cast):
    people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    moments = [timedelta(hours=4), timedelta(hours=5), timedelta(hours=8), DAY + timedelta(hours=4), 2 * DAY]
    counts = [at(people.NOON + span) for span in moments]
    assert counts == [1, 0, 1, 1, 0]
    assert raised() == [("unaccepted", "crew", 1), ("unaccepted", "supervisor", 2), ("unaccepted", "leader", 3)]


def test_who_stands_at_two_levels_is_asked_once_however_often_the_scan_runs(either_cast):
    people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.execute(people.Person.__table__.update().where(people.Person.role == "crew").values(active=False))
    db.session.commit()
    found_late = people.NOON + DAY + timedelta(hours=4)  # all three levels at once, and for the first nobody is there
    assert [at(found_late + n * timedelta(minutes=5)) for n in range(3)] == [2, 0, 0]
    assert raised() == [("unaccepted", "supervisor", 2), ("unaccepted", "leader", 3)]


def test_a_thing_that_moved_on_settles_its_reminders(either_cast):
    from roadworks.workorders import actions

    order = people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    at(people.NOON + timedelta(hours=4))
    actions.accept(either_cast.crew, order, seen=order.version)
    db.session.commit()
    at(people.NOON + timedelta(hours=5))
    assert db.session.scalars(select(Reminder.state)).all() == ["settled"]


def test_suspended_void_and_covered_things_are_silent(either_cast):
    people.suspended(either_cast)
    people.void(either_cast)
    people.defect_in(either_cast, "covered")
    order = people.issued(either_cast)
    from roadworks.defects import actions as defects

    defect = order.lines[0].defect
    defects.cover(either_cast.supervisor, defect, seen=defect.version, reason="中修")
    freed = people.void(either_cast).lines[0].defect
    defects.reject(either_cast.supervisor, freed, seen=freed.version, reason="无")
    db.session.execute(people.Person.__table__.update().where(people.Person.username == "chief").values(active=False))
    db.session.commit()
    assert at(people.NOON + timedelta(days=5)) == 0


def test_an_emergency_goes_at_once_by_its_own_letter_in_the_night_too(either_cast):
    people.issued(either_cast, severity="emergency")
    db.session.commit()
    night = people.NOON + timedelta(hours=14)  # 00:00
    at(night)
    assert ("make_safe_overdue", "crew", 1) in raised(urgent=True)
    told = {letter.person.username for letter in letters()}
    assert {letter.kind for letter in letters()} == {"urgent"}
    assert {"crew", "supervisor", "leader"} <= told
    before = len(letters())
    at(night + timedelta(minutes=5))
    assert len(letters()) == before


def test_one_mail_a_day_with_all_items_after_eight_on_working_days(either_cast):
    for _ in range(3):
        people.filed(either_cast)
    db.session.commit()
    at(people.NOON + timedelta(hours=14))  # in the night: raised, not mailed
    assert (len(raised()), letters()) == (3, [])
    at(MORNING - timedelta(minutes=45))
    assert letters() == []
    at(MORNING)
    mine = [letter for letter in letters() if letter.person.username == "supervisor"]
    assert len(mine) == 1
    assert mine[0].subject == "〔3 件逾期〕3 件事待您答复"
    assert mine[0].text.count("/notifications/reminders/") == 3
    with clock.at(MORNING + timedelta(hours=1)):
        db.session.execute(Letter.__table__.update().values(state="sent"))
        people.filed(either_cast)
        db.session.commit()
    at(MORNING + timedelta(hours=9))
    assert sum(letter.person.username == "supervisor" for letter in letters()) == 1
    at(MORNING + DAY)
    second = [letter for letter in letters() if letter.person.username == "supervisor"][-1]
    assert second.subject.startswith("〔1 件逾期〕1 件")


def test_at_the_weekend_only_emergencies_are_mailed(either_cast):
    people.filed(either_cast)
    db.session.commit()
    saturday = datetime(2018, 6, 30, 2, tzinfo=UTC)
    at(saturday)
    assert raised()
    assert letters() == []


def test_a_letter_that_never_left_is_told_again_by_the_next_one(either_cast):
    people.filed(either_cast)
    db.session.commit()
    at(MORNING)
    with clock.at(MORNING):
        people.filed(either_cast)
        db.session.commit()
    at(MORNING + DAY)
    mine = [letter for letter in letters() if letter.person.username == "supervisor"]
    assert [letter.state for letter in mine] == ["stale", "queued"]
    assert mine[1].text.count("/notifications/reminders/") == 2


def test_who_is_on_leave_is_stood_in_for_and_the_letter_says_for_whom(either_cast):
    boss = either_cast.supervisor
    boss.away_from, boss.away_until, boss.substitute_id = date(2018, 6, 27), date(2018, 6, 28), either_cast.engineer.id
    people.filed(either_cast)
    db.session.commit()
    at(MORNING)
    assert raised(code="triage", level=1) == [("triage", "engineer", 1)]
    [letter] = [letter for letter in letters() if letter.person.username == "engineer"]
    assert boss.name in letter.text


def test_leave_that_begins_later_hands_open_questions_over_and_loops_end(either_cast):
    boss, engineer = either_cast.supervisor, either_cast.engineer
    people.filed(either_cast)
    db.session.commit()
    at(people.NOON + timedelta(hours=7))
    for person, other in ((boss, engineer), (engineer, boss)):
        person.away_from, person.substitute_id = date(2018, 6, 28), other.id
    db.session.commit()
    at(people.NOON + DAY)
    assert ("triage", "engineer", 1) in raised(level=1)
    # Both are on leave: who is told by reminder is told by letter, too.
    with clock.at(people.NOON + DAY):
        assert (boss.stand_in.id, engineer.stand_in.id) == (engineer.id, boss.id)
        engineer.district_id = either_cast.other_id
        assert boss.stand_in is boss, "who went to another district stands in for nobody here"
    db.session.rollback()
    count = len(raised())
    at(people.NOON + DAY)
    assert len(raised()) == count


def test_two_runs_at_once_raise_each_reminder_and_write_each_letter_once(either_app, noon):
    import threading

    with either_app.app_context():
        cast = people.make_cast()
        for _ in range(5):
            people.filed(cast)
        people.issued(cast, severity="emergency")
        db.session.commit()
    gate, faults = threading.Barrier(3), []

    def run() -> None:
        try:
            with either_app.app_context(), clock.at(MORNING):
                gate.wait()
                jobs.raise_reminders()
        except Exception as fault:  # told below
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with either_app.app_context():
        keys = list(db.session.scalars(select(Letter.key)))
        assert len(keys) == len(set(keys))
        per_person = {}
        for letter in letters():
            if letter.kind == "reminders":
                per_person[letter.person_id] = per_person.get(letter.person_id, 0) + 1
        assert set(per_person.values()) == {1}
        supervisor = raised(code="triage", level=1)
        assert supervisor == [("triage", "supervisor", 1)] * 5


@pytest.mark.parametrize(("day", "told"), [("2030-11-30", False), ("2030-12-01", True)])
def test_an_unknown_holiday_year_is_asked_about_from_december_on(either_cast, day, told):
    from roadworks.base.calendar import CalendarDay

    first = date(2030, 1, 1)
    db.session.add_all(CalendarDay(day=first + timedelta(days=n), kind="holiday") for n in range(11))
    db.session.commit()
    moment = datetime.fromisoformat(f"{day}T10:00:00+08:00")
    at(moment)
    asked = {name for code, name, _level in raised() if code == "holidays"}
    assert asked == ({"supervisor", "admin", "chief", "stranger"} if told else set())
