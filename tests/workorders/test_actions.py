"""An order from issue to verification, and everything that can go otherwise; on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, GateShut, NotAllowed, NotFound, Stale, WrongStep
from roadworks.defects import actions as defects
from roadworks.workorders import actions, deadlines
from tests.support import cast as people


def local(moment) -> str:
    return clock.local(moment).strftime("%m-%d %H:%M")


def test_an_order_takes_several_defects_and_the_earliest_deadline(either_cast):
    slight = people.confirmed(either_cast, type_code="ac_bleeding", depth_mm=None)
    severe = people.confirmed(either_cast)
    order = actions.issue(either_cast.supervisor, [slight, severe], crew=either_cast.crew_row)
    db.session.commit()
    assert order.number == "GD20180627-0001"
    assert (order.severity, local(order.make_safe_due_at), local(order.repair_due_at)) == (
        "severe",
        "06-27 14:00",
        "06-29 10:00",
    )
    assert order.basis["repair"]["defect"] == severe.number
    assert [line.defect.state for line in order.lines] == ["ordered", "ordered"]


def test_a_manhole_cover_is_due_the_same_calendar_day(cast):
    order = people.issued(cast, surface="ancillary", type_code="cover_broken", area_m2=Decimal(0))
    assert local(order.repair_due_at) == "06-27 23:59"


def test_only_confirmed_defects_of_the_own_district_go_on_an_order(cast):
    with pytest.raises(WrongStep):
        actions.issue(cast.supervisor, [people.filed(cast)], crew=cast.crew_row)
    db.session.rollback()
    with pytest.raises(NotFound):
        actions.issue(cast.stranger, [people.confirmed(cast)], crew=cast.crew_row)
    with pytest.raises(BadInput):
        actions.issue(cast.supervisor, [], crew=cast.crew_row)


def test_finishing_needs_a_measure_and_a_photo_for_each_defect(cast):
    order = people.working(cast, n=2)
    with pytest.raises(GateShut) as shut:
        actions.finish(cast.crew, order, seen=order.version)
    assert len(shut.value.facts["missing"]) == 4
    line = order.lines[0]
    actions.measure(cast.crew, order, line, m2=Decimal("1.5"), m=None, photos=[people.picture(cast.crew)])
    db.session.flush()
    with pytest.raises(GateShut) as shut:
        actions.finish(cast.crew, order, seen=order.version)
    assert all(order.lines[1].defect.number in missing for missing in shut.value.facts["missing"])


def test_a_defect_rejected_or_covered_meanwhile_leaves_the_order_without_blocking_it(cast):
    order = people.working(cast, n=3)
    first, second, third = (line.defect for line in order.lines)
    defects.reject(cast.supervisor, first, seen=first.version, reason="看错")
    defects.cover(cast.supervisor, second, seen=second.version, reason="中修")
    assert [line.defect.id for line in order.live_lines] == [third.id]
    actions.measure(cast.crew, order, order.lines[2], m2=Decimal("2"), m=None, photos=[people.picture(cast.crew)])
    db.session.flush()
    actions.finish(cast.crew, order, seen=order.version)
    actions.pass_(cast.inspector, order, seen=order.version)
    assert [d.state for d in (first, second, third)] == ["rejected", "covered", "closed"]


def test_an_order_whose_defects_have_all_left_is_not_finished_but_voided(cast):
    order = people.working(cast)
    [defect] = [line.defect for line in order.lines]
    defects.reject(cast.supervisor, defect, seen=defect.version, reason="看错")
    with pytest.raises(GateShut) as shut:
        actions.finish(cast.crew, order, seen=order.version)
    assert [order.number in missing for missing in shut.value.facts["missing"]] == [True]
    actions.void(cast.supervisor, order, seen=order.version, reason="看错")


def test_what_is_mended_counts_for_the_surface_as_corrected_until_the_order_is_closed(cast):
    order = people.working(cast)
    [line] = order.lines
    sidewalk = {"surface": "sidewalk", "type_code": "sw_loose"}
    defects.edit(cast.supervisor, line.defect, sidewalk, seen=line.defect.version)
    assert line.surface == "sidewalk"
    [kept] = people.closed(cast).lines
    assert kept.surface == "carriageway"


def test_failing_needs_a_reason_returns_it_to_the_same_crew_and_is_counted(cast):
    order = people.done(cast)
    with pytest.raises(GateShut):
        actions.fail(cast.inspector, order, seen=order.version, reason="")
    db.session.rollback()
    order = people.rework(cast)
    assert (order.state, order.rework_count, order.crew_id, order.lines[0].defect.state) == (
        "rework",
        1,
        cast.crew_id,
        "ordered",
    )


def test_handing_back_is_counted_and_the_order_can_go_to_another_crew(cast):
    order = people.handed_back(cast)
    due = order.repair_due_at
    other = db.session.get(type(cast.crew_row), cast.crew2_id)
    actions.reissue(cast.supervisor, order, seen=order.version, crew=other)
    assert (order.state, order.hand_back_count, order.crew_id, order.repair_due_at) == ("issued", 1, cast.crew2_id, due)
    assert order.lines[0].defect.crew_id == cast.crew2_id
    with pytest.raises(NotAllowed):
        actions.accept(cast.crew, order, seen=order.version)
    actions.accept(cast.crew2, order, seen=order.version)


def test_a_suspension_stops_both_clocks_and_resumes_by_itself(either_cast):
    order = people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    before = order.repair_due_at
    with clock.at(people.NOON + timedelta(days=1)):
        actions.suspend(either_cast.supervisor, order, seen=order.version, until=date(2018, 7, 10), reason="管线")
        db.session.commit()
        left = timedelta(hours=8 * 10 - 8)
        assert (order.state, local(order.suspended_until)) == ("suspended", "07-10 08:00")
        assert order.repair_due_at > before
        assert order.suspended_left["repair"] == left.total_seconds()
        assert jobs.resume_orders() == 0
    with clock.at(people.NOON + timedelta(days=13)):
        assert jobs.resume_orders() == 1
        assert jobs.resume_orders() == 0
        db.session.refresh(order)
        assert order.state == "issued"
        actions.accept(either_cast.crew, order, seen=order.version)


def test_an_order_whose_day_has_come_is_not_blocked_when_no_job_ran(cast):
    order = people.suspended(cast)
    with clock.at(people.NOON + timedelta(days=20)):
        actions.start(cast.crew, order, seen=order.version)
    assert order.state == "working"


def test_resuming_early_gives_back_the_time_that_was_left(cast):
    order = people.suspended(cast)
    left = order.suspended_left["repair"]
    with clock.at(people.NOON + timedelta(days=1)):
        actions.resume(cast.supervisor, order, seen=order.version)
        assert deadlines.remaining(order, clock.now())["repair"] == left


def test_an_order_is_suspended_once_and_within_a_year(cast):
    order = people.suspended(cast)
    actions.resume(cast.supervisor, order, seen=order.version)
    with pytest.raises(BadInput):
        actions.suspend(cast.supervisor, order, seen=order.version, until=date(2018, 8, 1), reason="又")
    fresh = people.accepted(cast)
    for day in (date(2018, 6, 27), date(2019, 6, 28)):
        with pytest.raises(BadInput):
            actions.suspend(cast.supervisor, fresh, seen=fresh.version, until=day, reason="远")


def test_a_void_order_frees_its_defects_and_keeps_its_number(cast):
    order = people.void(cast)
    assert order.lines[0].defect.state == "confirmed"
    assert people.issued(cast).number == "GD20180627-0002"


def test_standings_by_the_clock(cast):
    order = people.issued(cast, type_code="ac_rutting", depth_mm=None)
    for hours, expected in ((0, "normal"), (24 * 11, "due_soon"), (24 * 20, "overdue")):
        with clock.at(people.NOON + timedelta(hours=hours)):
            assert deadlines.standings(order)["repair"] == expected, hours


def test_an_old_version_is_refused_whoever_asks(either_cast):
    order = people.issued(either_cast)
    seen = order.version
    actions.accept(either_cast.crew, order, seen=seen)
    with pytest.raises(Stale):
        actions.void(either_cast.supervisor, order, seen=seen, reason="误派")


def test_changing_a_deadline_keeps_the_old_row_and_the_orders_issued_before(cast):
    from sqlalchemy import select

    from roadworks.base.calendar import Unit
    from roadworks.workorders.tables import DeadlineRule

    before = people.issued(cast)
    row = db.session.scalars(
        select(DeadlineRule).where(
            DeadlineRule.district_id == cast.district_id,
            DeadlineRule.clock == "repair",
            DeadlineRule.severity == "severe",
            DeadlineRule.maintenance_grade == "II",
        )
    ).one()
    with pytest.raises(NotAllowed):
        deadlines.change(cast.supervisor, row, amount=1, unit=Unit.WORK_DAY, reason="x", seen=row.version)
    deadlines.change(cast.admin, row, amount=1, unit=Unit.WORK_DAY, reason="汛期", seen=row.version)
    db.session.refresh(row)
    assert row.ended_at is not None
    after = people.issued(cast)
    assert (local(before.repair_due_at), local(after.repair_due_at)) == ("06-29 10:00", "06-28 10:00")


def test_an_order_that_nobody_has_accepted_goes_to_another_crew_in_one_step_and_back(either_cast):
    order = people.issued(either_cast, 2)
    first, due = order.crew, order.repair_due_at
    other = db.session.get_one(type(first), either_cast.crew2_id)
    with pytest.raises(BadInput):
        actions.reassign(either_cast.supervisor, order, seen=order.version, crew=first)
    with pytest.raises(NotAllowed):
        actions.reassign(either_cast.crew, order, seen=order.version, crew=other)
    actions.reassign(either_cast.supervisor, order, seen=order.version, crew=other, instruction="先围挡")
    db.session.commit()
    assert (order.state, order.crew_id, order.instruction, order.repair_due_at) == ("issued", other.id, "先围挡", due)
    assert {line.defect.crew_id for line in order.lines} == {other.id}
    with pytest.raises(NotAllowed):
        actions.accept(either_cast.crew, order, seen=order.version)
    actions.take_back(either_cast.supervisor, order, seen=order.version, reason="点错了")
    db.session.commit()
    assert (order.state, order.crew_id, order.instruction) == ("issued", first.id, "")
    assert {(line.defect.crew_id, line.defect.state) for line in order.lines} == {(first.id, "ordered")}
    actions.accept(either_cast.crew, order, seen=order.version)
    with pytest.raises(WrongStep):
        actions.reassign(either_cast.supervisor, order, seen=order.version, crew=other)
