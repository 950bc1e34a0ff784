"""Two people at the same moment: exactly one of each pair wins, on both databases; lost connections are 503s."""

import threading

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from roadworks.accounts import actions as accounts
from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import Conflict, Refusal
from roadworks.workflow import audit
from roadworks.workflow.permissions import System
from roadworks.workorders import actions
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people

PAIRS = 150


def test_of_150_pairs_of_presses_exactly_one_each_wins(either_app, noon):
    with either_app.app_context():
        cast = people.make_cast()
        seen = {order.id: order.version for order in (people.issued(cast) for _ in range(PAIRS))}
        db.session.commit()
    outcomes: dict[int, list[str]] = {order_id: [] for order_id in seen}
    meeting = threading.Barrier(2)

    def press(which: str) -> None:
        for order_id, version in seen.items():
            with either_app.app_context(), clock.at(people.NOON):
                order = db.session.get(WorkOrder, order_id)
                people_of = people.Cast(cast.district_id, 0, 0, 0, 0, 0, cast.ids)
                crew, boss = people_of.crew, people_of.supervisor
                db.session.rollback()
                meeting.wait(120)
                try:
                    if which == "accept":
                        actions.accept(crew, order, seen=version)
                    else:
                        actions.void(boss, order, seen=version, reason="误派")
                    db.session.commit()
                except (Conflict, DBAPIError) as refused:
                    db.session.rollback()
                    outcomes[order_id].append(type(refused).__name__)
                else:
                    outcomes[order_id].append("won")

    both = [threading.Thread(target=press, args=(which,)) for which in ("accept", "void")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert all(sorted(pair)[-1] == "won" and pair.count("won") == 1 for pair in outcomes.values()), outcomes
    with either_app.app_context():
        states = dict(db.session.execute(select(WorkOrder.state, func.count()).group_by(WorkOrder.state)).all())
        assert sum(states.values()) == PAIRS
        assert set(states) <= {"accepted", "void"}
        assert list(audit.faults(cast.district_id)) == []


def test_two_administrators_who_retire_one_another_at_once_do_not_both(either_app, noon):
    with either_app.app_context():
        ids = dict(people.make_cast().ids)
        db.session.commit()
    counted, told = threading.Event(), []

    def retire(which: str) -> None:
        person = db.session.get(Person, ids[which])
        accounts.change_person(
            System(role="admin", name="tests"),
            person,
            {"name": person.name, "role": "admin", "district_id": person.district_id, "active": False},
            seen=person.version,
        )

    def other() -> None:
        with either_app.app_context(), clock.at(people.NOON):
            try:
                retire("chief")
                counted.set()
                db.session.commit()
            except (Refusal, DBAPIError) as refused:
                db.session.rollback()
                told.append(type(refused).__name__)

    with either_app.app_context():
        retire("admin")
        thread = threading.Thread(target=other)
        thread.start()
        counted.wait(1)
        db.session.commit()
        thread.join()
    assert told, "the last administrator stays"


def test_after_a_restart_of_postgresql_the_next_request_is_served(postgresql, tmp_path, noon):
    from roadworks import create_app
    from tests.support import databases

    url = postgresql.fresh()
    app = create_app(databases.options(tmp_path, url))
    with app.app_context():
        people.make_cast()
        db.session.remove()
    client = app.test_client()
    people.sign_in(client, "leader")
    assert client.get("/defects").status_code == 200
    name = url.partition("?")[0].rsplit("/", 1)[1]
    with postgresql._admin() as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    codes = [client.get("/defects").status_code for _ in range(3)]
    assert set(codes) <= {200, 503}
    assert codes[-1] == 200
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.remove()
        db.engine.dispose()
    postgresql.drop(url)
