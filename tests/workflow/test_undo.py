"""A wrong step can be taken back by a supervisor, with what it caused, and that stands in the trail too."""

import pytest

from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, Stale, WrongStep
from roadworks.defects import actions as defects
from roadworks.workflow import audit
from roadworks.workorders import actions as orders
from tests.support import cast as people


def test_taking_back_a_verification_takes_the_closing_of_its_defects_back(either_cast):
    order = people.closed(either_cast, n=2)
    twin = people.confirmed(either_cast)
    defects.merge(either_cast.supervisor, twin, order.lines[0].defect, seen=twin.version)
    assert twin.state == "closed"
    before = len(audit.history(order))
    orders.take_back(either_cast.supervisor, order, seen=order.version, reason="验收有误")
    assert order.state == "done"
    assert order.closed_at is None
    assert [line.defect.state for line in order.lines] == ["mended", "mended"]
    last = audit.history(order)[-1]
    assert len(audit.history(order)) == before + 1
    assert (last.verb, last.facts["reason"]) == ("order.undo", "验收有误")


def test_taking_back_a_finish_gives_the_defects_back_to_the_crew(cast):
    order = people.done(cast)
    orders.take_back(cast.supervisor, order, seen=order.version, reason="点错")
    assert (order.state, order.done_at, order.lines[0].defect.state) == ("working", None, "ordered")


def test_what_was_corrected_since_the_step_stays_when_it_is_taken_back(cast):
    defect = people.filed(cast)
    defects.confirm(cast.supervisor, defect, seen=defect.version, severity="emergency")
    defects.edit(cast.supervisor, defect, {"severity": "slight"}, seen=defect.version)
    defects.take_back(cast.supervisor, defect, seen=defect.version, reason="点错")
    assert (defect.state, defect.severity) == ("filed", "slight")


def test_taking_back_a_void_brings_its_defects_back(cast):
    order = people.void(cast)
    defect = order.lines[0].defect
    assert (defect.state, defect.order_id) == ("confirmed", None)
    orders.take_back(cast.supervisor, order, seen=order.version, reason="点错")
    assert (order.state, defect.state, defect.order_id) == ("issued", "ordered", order.id)
    assert order.lines[0].live


def test_a_void_cannot_be_taken_back_when_its_defect_is_on_another_order(cast):
    order = people.void(cast)
    orders.issue(cast.supervisor, [order.lines[0].defect], crew=cast.crew_row)
    with pytest.raises(WrongStep, match="BH"):
        orders.take_back(cast.supervisor, order, seen=order.version, reason="点错")


def test_steps_are_taken_back_one_after_the_other(cast):
    order = people.closed(cast)
    for expected in ("done", "working", "accepted", "issued"):
        orders.take_back(cast.supervisor, order, seen=order.version, reason="重来")
        assert order.state == expected
    with pytest.raises(WrongStep):
        orders.take_back(cast.supervisor, order, seen=order.version, reason="重来")


def test_a_caused_step_is_taken_back_where_it_was_caused(cast):
    order = people.issued(cast)
    defect = order.lines[0].defect
    with pytest.raises(WrongStep, match=order.number):
        defects.take_back(cast.supervisor, defect, seen=defect.version, reason="误")


def test_a_rejection_taken_back_after_its_order_has_closed_frees_the_defect(cast):
    order = people.working(cast, n=2)
    lost, kept = (line.defect for line in order.lines)
    defects.reject(cast.supervisor, lost, seen=lost.version, reason="看错")
    line = order.lines[1]
    orders.measure(cast.crew, order, line, m2=line.defect.area_m2, m=None, photos=[people.picture(cast.crew)])
    db.session.flush()
    orders.finish(cast.crew, order, seen=order.version)
    orders.pass_(cast.inspector, order, seen=order.version)
    assert (order.state, kept.state, lost.state) == ("closed", "closed", "rejected")
    defects.take_back(cast.supervisor, lost, seen=lost.version, reason="确有病害")
    assert (lost.state, lost.order_id) == ("confirmed", None)


def test_only_a_supervisor_with_a_reason_and_the_newest_version(cast):
    order = people.accepted(cast)
    with pytest.raises(NotAllowed):
        orders.take_back(cast.crew, order, seen=order.version, reason="x")
    with pytest.raises(BadInput):
        orders.take_back(cast.supervisor, order, seen=order.version, reason=" ")
    with pytest.raises(Stale):
        orders.take_back(cast.supervisor, order, seen=order.version - 1, reason="x")
