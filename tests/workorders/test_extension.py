"""An extension is asked for by the crew and decided by a supervisor: one original limit more, twice at most."""

from datetime import timedelta
from decimal import Decimal

import pytest

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import GateShut, NotAllowed, Stale, WrongStep
from roadworks.workflow import audit
from roadworks.workorders import actions, extension
from tests.support import cast as people


def local(moment) -> str:
    return clock.local(moment).strftime("%m-%d %H:%M")


def asked(cast):
    order = people.accepted(cast)
    extension.ask(cast.crew, order, seen=order.version, reason="等沥青")
    return order


def test_one_original_limit_is_added_to_the_present_deadline_and_it_stands_in_the_trail(either_cast):
    order = asked(either_cast)
    assert local(order.repair_due_at) == "06-29 10:00"
    extension.extend(either_cast.supervisor, order, seen=order.version)
    db.session.commit()
    assert (local(order.repair_due_at), order.extension_count, order.extension_asked_at) == ("07-03 10:00", 1, None)
    event = audit.history(order)[-1]
    assert (event.verb, event.facts["asked"]) == ("order.extend", "等沥青")


def test_a_third_time_is_refused_and_a_refusal_uses_no_turn(cast):
    order = asked(cast)
    extension.refuse(cast.supervisor, order, seen=order.version, reason="来得及")
    assert (order.extension_count, local(order.repair_due_at)) == (0, "06-29 10:00")
    for _ in range(2):
        extension.ask(cast.crew, order, seen=order.version, reason="等沥青")
        extension.extend(cast.supervisor, order, seen=order.version)
    assert order.extension_count == 2
    with pytest.raises(WrongStep, match="两次"):
        extension.ask(cast.crew, order, seen=order.version, reason="再等")


@pytest.mark.parametrize(("late", "refused"), [(timedelta(), False), (timedelta(seconds=1), True)])
def test_an_overdue_order_is_neither_asked_for_nor_extended(cast, late, refused):
    order, fresh = asked(cast), people.accepted(cast)
    with clock.at(order.repair_due_at + late):
        for step in (
            lambda: extension.extend(cast.supervisor, order, seen=order.version),
            lambda: extension.ask(cast.crew, fresh, seen=fresh.version, reason="晚了"),
        ):
            if refused:
                with pytest.raises(WrongStep, match="超时"):
                    step()
            else:
                step()


def test_the_same_day_of_the_law_is_not_extended(cast):
    order = people.accepted(cast, surface="ancillary", type_code="cover_broken", area_m2=Decimal(0))
    with pytest.raises(WrongStep, match="当日"):
        extension.ask(cast.crew, order, seen=order.version, reason="等井盖")


def test_asking_needs_a_reason_and_the_own_crew_deciding_a_supervisor_and_something_asked(cast):
    order = people.accepted(cast)
    with pytest.raises(GateShut):
        extension.ask(cast.crew, order, seen=order.version, reason="")
    db.session.rollback()
    order = people.accepted(cast)
    with pytest.raises(NotAllowed):
        extension.ask(cast.crew2, order, seen=order.version, reason="x")
    with pytest.raises(WrongStep):
        extension.extend(cast.supervisor, order, seen=order.version)
    extension.ask(cast.crew, order, seen=order.version, reason="x")
    with pytest.raises(WrongStep):
        extension.ask(cast.crew, order, seen=order.version, reason="y")
    with pytest.raises(NotAllowed):
        extension.extend(cast.crew, order, seen=order.version)
    with pytest.raises(Stale):
        extension.extend(cast.supervisor, order, seen=order.version - 1)


def test_an_extension_can_be_taken_back(either_cast):
    order = asked(either_cast)
    extension.extend(either_cast.supervisor, order, seen=order.version)
    db.session.commit()
    actions.take_back(either_cast.supervisor, order, seen=order.version, reason="点错")
    assert (local(order.repair_due_at), order.extension_count, order.extension_reason) == ("06-29 10:00", 0, "等沥青")


def test_the_buttons_are_there_for_those_who_may(stage, client_of):
    from tests.workorders.test_pages import post, state

    with stage.app.app_context():
        people.accepted(stage)
        db.session.commit()
    crew, boss = client_of("crew"), client_of("supervisor")
    assert "/workorders/1/ask-extension" in crew.get("/workorders/1").text
    assert "/workorders/1/extend" not in boss.get("/workorders/1").text
    assert post(crew, "/workorders/1/ask-extension", state(stage)[1], reason="等管线").status_code == 302
    page = boss.get("/workorders/1").text
    assert "等管线" in page
    assert "/workorders/1/extend" in page
    assert "/workorders/1/refuse-extension" in page
    assert post(boss, "/workorders/1/extend", state(stage)[1]).status_code == 302
    assert '/workorders/1/extend"' not in boss.get("/workorders/1").text
