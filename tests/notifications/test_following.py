"""What a step has answered leaves the list and the bell with it, and is asked again where the step is taken back."""

from datetime import timedelta

from sqlalchemy import event, select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects import actions as defects
from roadworks.notifications import queries
from roadworks.notifications.answers import Answer, answer
from roadworks.notifications.models import Reminder
from roadworks.workorders import actions as orders
from tests.support import cast as people

HOUR = timedelta(hours=1)
LATE = people.NOON + timedelta(days=16)


def asked(*codes: str) -> dict[tuple[str, str], str]:
    """Rule and person → state, of the reminders that there are; the rules in question only."""
    statement = select(Reminder).where(Reminder.code.in_(codes)).order_by(Reminder.id)
    return {(one.code, one.person.username): one.state for one in db.session.scalars(statement)}


def late_order(cast):
    """An order under repair that is late, about which its crew and the supervisor are asked."""
    order = people.working(cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    with clock.at(LATE):
        jobs.raise_reminders()
    assert set(asked("repair_overdue").values()) == {"open"}
    return order


def finish(cast, order) -> None:
    for line in order.lines:
        shot = [people.picture(cast.crew, "white")]
        orders.measure(cast.crew, order, line, m2=people.Decimal("3"), m=None, photos=shot)
    orders.finish(cast.crew, order, seen=order.version)
    db.session.commit()


def test_what_is_done_asks_no_more(either_cast):
    order = late_order(either_cast)
    assert db.session.scalar(queries.unread(either_cast.crew)) == 1
    with clock.at(LATE + HOUR):
        finish(either_cast, order)
    assert set(asked("repair_overdue").values()) == {"settled"}
    assert db.session.scalar(queries.unread(either_cast.crew)) == 0
    assert db.session.scalars(queries.mine(either_cast.crew, "open")).all() == []


def test_a_step_taken_back_asks_again_what_it_had_settled_and_nothing_else(either_cast):
    order = late_order(either_cast)
    [mine] = db.session.scalars(queries.mine(either_cast.crew, "open")).all()
    with clock.at(LATE + HOUR):
        answer(either_cast.crew, mine, Answer("doing", clock.today() + timedelta(days=5)), seen=mine.version)
        db.session.commit()
    after = asked("repair_overdue")
    assert after["repair_overdue", "crew"] == "answered"
    assert set(after.values()) == {"answered", "settled"}, "one answer is enough for all who were asked"
    with clock.at(LATE + 2 * HOUR):
        finish(either_cast, order)
    assert set(asked("repair_overdue").values()) == {"settled"}
    with clock.at(LATE + 3 * HOUR):
        orders.take_back(either_cast.supervisor, order, seen=order.version, reason="点错了")
        db.session.commit()
        assert asked("repair_overdue") == after
        jobs.raise_reminders()
    assert asked("repair_overdue") == after


def test_a_defect_that_is_confirmed_waits_for_it_no_more_and_does_so_again_when_that_is_taken_back(either_cast):
    defect, other = people.filed(either_cast), people.filed(either_cast)
    db.session.commit()
    with clock.at(people.NOON + 6 * HOUR):
        jobs.raise_reminders()
    assert len(db.session.scalars(queries.mine(either_cast.supervisor, "open")).all()) == 2
    with clock.at(people.NOON + 7 * HOUR):
        defects.confirm(either_cast.supervisor, defect, seen=defect.version)
        db.session.commit()
        [left] = db.session.scalars(queries.mine(either_cast.supervisor, "open")).all()
        assert left.thing_id == other.id
        defects.take_back(either_cast.supervisor, defect, seen=defect.version, reason="点错了")
        db.session.commit()
    assert asked("triage") == {("triage", "supervisor"): "open"}


def test_a_deadline_that_has_passed_is_left_to_the_run_which_asks_the_next_question(either_cast):
    order = people.accepted(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    due = order.repair_due_at
    with clock.at(due - HOUR):
        jobs.raise_reminders()
    assert set(asked("repair_soon").values()) == {"open"}
    with clock.at(due + HOUR):
        orders.start(either_cast.crew, order, seen=order.version)
        db.session.commit()
        assert set(asked("repair_soon").values()) == {"open"}
        jobs.raise_reminders()
    assert set(asked("repair_soon").values()) == {"settled"}
    assert set(asked("repair_overdue").values()) == {"open"}


def test_a_step_that_nobody_was_asked_about_costs_one_statement(cast):
    order = people.issued(cast)
    db.session.commit()
    counted: list[str] = []
    keep = lambda c, cur, statement, *a: counted.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", keep)
    orders.accept(cast.crew, order, seen=order.version)
    event.remove(db.engine, "before_cursor_execute", keep)
    assert len([s for s in counted if "reminder" in s]) == 1


def test_who_gets_an_order_of_another_crew_is_asked_from_then_on_and_the_other_no_more(either_cast):
    order = people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    with clock.at(people.NOON + 4 * HOUR):
        jobs.raise_reminders()
        assert asked("unaccepted") == {("unaccepted", "crew"): "open"}
        other = db.session.get_one(type(order.crew), either_cast.crew2_id)
        orders.reassign(either_cast.supervisor, order, seen=order.version, crew=other)
        db.session.commit()
        jobs.raise_reminders()
        assert asked("unaccepted") == {("unaccepted", "crew"): "settled"}
    with clock.at(people.NOON + 8 * HOUR):
        jobs.raise_reminders()
        assert asked("unaccepted")["unaccepted", "crew2"] == "open"
