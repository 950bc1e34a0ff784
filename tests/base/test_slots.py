"""Slots in the database: one run each, taken over from the dead, never run again when done; what the pages tell of it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from roadworks.base import clock, clockwork, slots
from roadworks.base.db import db
from roadworks.base.slots import JobRun
from roadworks.base.timetable import At, Every, Job
from tests.support.cast import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def jobs(either_app):
    """Gives a way to set the timetable of the app; `jobs.ran` tells what ran."""

    class Jobs:
        app = either_app
        ran: list[str] = []

        def put(self, name, when=None, run=None):
            def work() -> int:
                self.ran.append(name)
                return 2

            table = self.app.extensions["timetable"]
            self.app.extensions["timetable"] = (table if table is not real else {}) | {
                name: Job(run or work, when or Every(MINUTE), name)
            }

        def rows(self):
            with self.app.app_context():
                return list(db.session.scalars(select(JobRun).order_by(JobRun.slot)))

    real = either_app.extensions["timetable"]
    found = Jobs()
    found.ran = []
    yield found
    clockwork.stopping.clear()


def claimed(app, name="work", owner="one", **more):
    """What a claim gives."""
    with app.app_context():
        held = slots.claim(name, NOON, owner=owner, **more)
        db.session.commit()
    return held


def test_a_slot_is_claimed_by_one(either_app, noon):
    assert claimed(either_app) is not None
    assert claimed(either_app, owner="two") is None
    assert claimed(either_app) is None
    assert claimed(either_app, name="other", owner="two") is not None


def test_a_slot_of_a_dead_process_is_taken_over_once_its_lease_is_past(either_app, noon):
    held = claimed(either_app)
    with clock.at(noon + slots.LEASE):
        assert claimed(either_app, owner="two") is None
    with clock.at(noon + slots.LEASE + MINUTE), either_app.app_context():
        taken = slots.claim("work", NOON, owner="two")
        assert taken is not None
        assert not slots.end(held, count=1), "the first has lost it"
        assert slots.end(taken, count=1)
        db.session.commit()


def test_a_lease_that_is_renewed_is_not_taken_over(either_app, noon):
    held = claimed(either_app)
    for minutes in (2, 4, 6):
        with clock.at(noon + minutes * MINUTE), either_app.app_context():
            assert slots.claim("work", NOON, owner="two") is None
            slots.renew(held)
            db.session.commit()


def test_a_done_slot_is_never_run_again_and_a_failed_one_after_ten_minutes(either_app, noon):
    with either_app.app_context():
        slots.end(slots.claim("good", NOON, owner="one"), count=1)
        slots.end(slots.claim("bad", NOON, owner="one"), fault="ValueError")
        db.session.commit()
    with clock.at(noon + timedelta(days=300)):
        assert claimed(either_app, "good") is None
    with clock.at(noon + timedelta(minutes=9)):
        assert claimed(either_app, "bad") is None
    with clock.at(noon + timedelta(minutes=11)):
        assert claimed(either_app, "bad") is not None


def test_missed_slots_are_caught_up_once(jobs):
    jobs.put("work")
    for minutes in (0, 0, 1, 200, 200, 201):
        with clock.at(NOON + minutes * MINUTE):
            clockwork.tick(jobs.app)
    assert len(jobs.ran) == 4
    assert [(row.slot - NOON) // MINUTE for row in jobs.rows()] == [0, 1, 200, 201]
    assert {(row.outcome, row.count) for row in jobs.rows()} == {("done", 2)}


def test_a_year_of_half_hours_with_missed_ones_gives_each_monday_one_run(app):
    """The clockwork sleeps through every third day, through 春节 and through 国庆, and still runs each week once."""
    weeks: list[str] = []

    def digest() -> int:
        weeks.append(f"{clock.today():%G-W%V}")
        return 1

    app.extensions["timetable"] = {"digest": Job(digest, At(8, weekday=0), "digest")}
    asleep = [("2018-02-15 00", "2018-02-21 20"), ("2018-09-30 00", "2018-10-07 23")]
    moment = datetime(2018, 1, 1, 8, tzinfo=clock.ZONE)
    while moment < datetime(2019, 1, 8, tzinfo=clock.ZONE):
        if not any(a <= f"{moment:%Y-%m-%d %H}" < b for a, b in asleep) and (moment.day % 3 or moment.hour < 6):
            with clock.at(moment):
                clockwork.tick(app)
        moment += timedelta(hours=3)
    assert weeks == [f"2018-W{n:02d}" for n in range(1, 53)] + ["2019-W01", "2019-W02"]


def test_a_fault_is_logged_and_recorded_and_stops_nobody_else(jobs, noon, caplog):
    def fail() -> int:
        raise RuntimeError("no such road")

    jobs.put("bad", run=fail)
    jobs.put("good")
    assert clockwork.tick(jobs.app) == 2
    bad, good = sorted(jobs.rows(), key=lambda row: row.job)
    assert (bad.outcome, bad.fault, good.outcome) == ("failed", "RuntimeError", "done")
    assert "Traceback" in caplog.text
    assert "no such road" in caplog.text


def test_what_a_job_left_uncommitted_is_rolled_back(jobs, noon):
    def careless() -> int:
        slots.beat()
        return 1

    jobs.put("careless", run=careless)
    clockwork.tick(jobs.app)
    with jobs.app.app_context():
        assert slots.pulse().last is None


def test_a_job_run_by_hand_is_a_run_of_its_own(jobs, noon):
    jobs.put("work", At(4, 10))
    clockwork.tick(jobs.app)
    assert clockwork.run_now(jobs.app, "work") == 2
    assert clockwork.run_now(jobs.app, "work") == 2
    assert len(jobs.ran) == 3
    assert len(jobs.rows()) == 3


def test_the_clockwork_is_late_after_five_minutes_without_report(jobs, noon):
    with jobs.app.app_context():
        assert slots.pulse() == slots.Pulse(None, True)
    clockwork.report(jobs.app)
    clockwork.report(jobs.app)
    for minutes, late in ((0, False), (5, False), (6, True)):
        with clock.at(noon + minutes * MINUTE), jobs.app.app_context():
            assert slots.pulse() == slots.Pulse(noon, late)


def test_old_runs_are_forgotten_but_the_newest_slot_of_each_job_stays(jobs):
    jobs.put("often")
    jobs.put("monthly", At(0, 5, day=1))
    for day in range(20):
        with clock.at(NOON + timedelta(days=day)):
            clockwork.tick(jobs.app)
    with clock.at(NOON + timedelta(days=60)), jobs.app.app_context():
        assert slots.prune() == 19 + 1
        db.session.commit()
        kept = dict(db.session.execute(select(JobRun.job, func.count()).group_by(JobRun.job)).all())
    assert kept == {"often": 1, "monthly": 1}


def test_what_is_done_is_remembered_also_where_it_was_run_again_by_hand(jobs):
    monthly = At(0, 5, day=1)
    jobs.put("monthly", monthly)
    first = monthly.latest(NOON)
    for day in (first, first + timedelta(days=4)):
        with clock.at(day), jobs.app.app_context():
            slots.end(slots.claim("monthly", day, owner="one"), count=0)
            db.session.commit()
    with clock.at(first + timedelta(days=20)), jobs.app.app_context():
        assert slots.prune() == 0
        assert slots.claim("monthly", first, owner="two") is None


def test_a_clockwork_that_is_asked_to_end_begins_no_further_job(jobs, noon):
    jobs.put("first", run=lambda: clockwork.stopping.set() or 1)
    jobs.put("second")
    assert clockwork.tick(jobs.app) == 1
    assert jobs.ran == []
