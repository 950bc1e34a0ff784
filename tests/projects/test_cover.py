"""What a project covers: not ordered, not chased, made safe only; the dangerous ones return, once."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, GateShut, NotAllowed, NotFound, WrongStep
from roadworks.defects import actions as defects
from roadworks.projects import cover
from roadworks.projects.models import Project
from roadworks.workflow import audit, undo
from roadworks.workflow.numbers import allocate_in_year
from roadworks.workflow.permissions import System
from roadworks.workflow.transitions import move
from roadworks.workorders import actions as orders
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people

LATE = date(2018, 6, 26)


def project_of(cast, expected: date | None = date(2018, 9, 30), **change) -> Project:
    """A project just opened."""
    values = {
        "category": "medium",
        "name_zh": "颍河路中修",
        "in_charge_id": cast.ids["engineer"],
        "expected_on": expected,
    }
    row = Project(
        district_id=cast.district_id,
        number=allocate_in_year(cast.district_id, "XM", 2018),
        stage_entered_at=clock.now(),
        opened_at=clock.now(),
        **{**values, **change},
    )
    db.session.add(row)
    db.session.flush()
    audit.record(cast.supervisor, "project.open", row, after="running")
    return row


def covering(cast, *chosen, **change) -> Project:
    """A project that covers these defects."""
    project = project_of(cast, **change)
    assert cover.take(cast.supervisor, project, chosen) == len(chosen)
    return project


def safe_order(cast, *chosen):
    """A make-safe order on its way, the place made safe."""
    order = orders.issue(cast.supervisor, chosen, crew=cast.crew_row, purpose="make_safe")
    orders.accept(cast.crew, order, seen=order.version)
    orders.start(cast.crew, order, seen=order.version)
    return order


def safe_done(cast, *chosen):
    """A make-safe order reported done, with a photo for each place."""
    order = safe_order(cast, *chosen)
    orders.make_safe(cast.crew, order, seen=order.version)
    for line in order.live_lines:
        orders.measure(cast.crew, order, line, m2=Decimal(9), m=None, photos=[people.picture(cast.crew, "white")])
    db.session.flush()
    orders.finish(cast.crew, order, seen=order.version)
    return order


def cancel(cast, project):
    """Cancel it, as the room of projects does."""
    event = move(project, "project.cancel", cast.supervisor, reason="资金")
    return cover.uncover_all(cast.supervisor, project, cause=event)


def test_covered_defects_carry_the_project_and_leave_their_order(either_cast):
    waiting, order = people.confirmed(either_cast), people.issued(either_cast, n=2)
    project = covering(either_cast, waiting, order.lines[0].defect)
    db.session.commit()
    for defect in (waiting, order.lines[0].defect):
        assert (defect.state, defect.project_id, defect.order_id) == ("covered", project.id, None)
        assert audit.history(defect)[-1].facts["reason"] == project.title
    assert [line.defect_id for line in order.live_lines] == [order.lines[1].defect_id]
    assert list(db.session.scalars(cover.covered(project))) == [waiting, order.lines[0].defect]


def test_only_confirmed_or_ordered_defects_of_the_own_district_by_who_may(cast):
    project = project_of(cast)
    with pytest.raises(WrongStep):
        cover.take(cast.supervisor, project, [people.filed(cast)])
    with pytest.raises(NotAllowed):
        cover.take(cast.inspector, project, [people.confirmed(cast)])
    with pytest.raises(NotFound):
        cover.take(cast.stranger, project, [people.confirmed(cast)])
    assert cover.take(cast.engineer, project, [people.confirmed(cast)]) == 1
    project.in_charge_id = None
    with pytest.raises(NotAllowed):
        cover.take(cast.engineer, project, [people.confirmed(cast)])


def test_taking_the_covering_back_restores_order_and_state(either_cast):
    order = people.issued(either_cast)
    defect = order.lines[0].defect
    project = covering(either_cast, defect)
    undo.undo(project, either_cast.supervisor, "选错", seen=project.version)
    assert (defect.state, defect.project_id, defect.order_id) == ("ordered", None, order.id)
    assert order.live_lines


def test_a_defect_whose_order_ended_meanwhile_is_free_when_the_covering_is_taken_back(cast):
    order = people.issued(cast)
    defect = order.lines[0].defect
    project = covering(cast, defect)
    orders.void(cast.supervisor, order, seen=order.version, reason="误派")
    undo.undo(project, cast.supervisor, "选错", seen=project.version)
    assert (defect.state, defect.order_id, defect.project_id) == ("confirmed", None, None)


def test_a_cancelled_project_gives_all_back_and_the_dangerous_ones_stay_marked(either_cast):
    severe, slight = people.confirmed(either_cast), people.confirmed(either_cast, severity="slight")
    project = covering(either_cast, severe, slight)
    assert cancel(either_cast, project) == [severe, slight]
    db.session.commit()
    assert [(d.state, d.project_id) for d in (severe, slight)] == [("confirmed", project.id), ("confirmed", None)]
    assert [audit.history(d)[-1].facts.get("urgent") for d in (severe, slight)] == [True, None]
    undo.undo(project, either_cast.supervisor, "误取消", seen=project.version)
    assert [(d.state, d.project_id) for d in (severe, slight)] == [("covered", project.id)] * 2


def test_a_stalled_project_gives_back_exactly_the_dangerous_ones_once(either_cast):
    severe, slight = people.confirmed(either_cast), people.confirmed(either_cast, severity="slight")
    emergency = people.confirmed(either_cast, severity="emergency")
    project = covering(either_cast, severe, slight, emergency, expected=date(2018, 6, 27))
    assert jobs.release_stalled() == 0
    with clock.at(people.NOON + timedelta(days=1)):
        assert jobs.release_stalled() == 2
        db.session.commit()
        assert [d.state for d in (severe, slight, emergency)] == ["confirmed", "covered", "confirmed"]
        assert {severe.project_id, emergency.project_id} == {project.id}
        assert project.released_at == clock.now()
        cover.take(either_cast.supervisor, project, [severe])
        assert jobs.release_stalled() == 0
        assert cover.release_stalled(either_cast.supervisor, project) == []
    assert severe.state == "covered"


def test_what_was_released_and_taken_back_is_not_released_again(cast):
    severe = people.confirmed(cast)
    project = covering(cast, severe, expected=LATE)
    assert cover.release_stalled(cast.supervisor, project) == [severe]
    undo.undo(project, cast.supervisor, "已围挡", seen=project.version)
    assert (severe.state, project.released_at) == ("covered", None)
    assert jobs.release_stalled() == 0


@pytest.mark.parametrize(
    ("change", "released"),
    [
        ({}, 1),
        ({"state": "suspended"}, 1),
        ({"state": "cancelled"}, 0),
        ({"stage": "construction"}, 1),
        ({"stage": "substantial"}, 0),
        ({"expected": None}, 0),
        ({"expected": date(2018, 6, 27)}, 0),
    ],
)
def test_stalled_is_past_the_expected_day_and_traffic_not_restored(cast, change, released):
    severe = people.confirmed(cast)
    project = covering(cast, severe, expected=change.pop("expected", LATE))
    for name, value in change.items():
        setattr(project, name, value)
    assert len(cover.release_stalled(System(cast.district_id), project)) == released


def test_a_stalled_project_without_danger_is_left_alone_until_it_holds_some(cast):
    project = covering(cast, people.confirmed(cast, severity="slight"), expected=LATE)
    assert jobs.release_stalled() == 0
    assert project.released_at is None
    cover.take(cast.supervisor, project, [people.confirmed(cast)])
    assert jobs.release_stalled() == 1


def test_others_than_supervisor_and_clock_release_nothing(cast):
    project = covering(cast, people.confirmed(cast), expected=LATE)
    with pytest.raises(NotAllowed):
        cover.release_stalled(cast.engineer, project)


def test_a_make_safe_order_needs_the_place_safe_and_a_photo_but_no_m2(either_cast):
    defect = people.confirmed(either_cast)
    project = covering(either_cast, defect)
    order = safe_order(either_cast, defect)
    with pytest.raises(GateShut) as shut:
        orders.finish(either_cast.crew, order, seen=order.version)
    assert len(shut.value.facts["missing"]) == 2
    photo = people.picture(either_cast.crew, "white")
    orders.make_safe(either_cast.crew, order, seen=order.version, photos=[photo])
    db.session.flush()
    db.session.refresh(defect, ["photos"])
    orders.finish(either_cast.crew, order, seen=order.version)
    orders.pass_(either_cast.inspector, order, seen=order.version)
    db.session.commit()
    assert (defect.state, defect.project_id, defect.order_id) == ("covered", project.id, None)
    assert audit.history(defect)[-1].verb == "defect.keep"
    assert order.shown_lines == order.lines


def test_made_safe_is_never_in_the_bulletins_m2_but_in_its_punctuality(cast):
    from roadworks.reports import bulletin

    defect = people.confirmed(cast)
    covering(cast, defect)
    order = safe_done(cast, defect)
    orders.pass_(cast.inspector, order, seen=order.version)
    report = bulletin.work_out(cast.supervisor, clock.today(), clock.today())
    assert order.lines[0].mended_m2 == 0
    assert (report.total_m2, report.places_mended, report.punctual.n) == (0, 0, 1)


def test_steps_on_a_make_safe_order_can_be_taken_back(either_cast):
    defect = people.confirmed(either_cast)
    project = covering(either_cast, defect)
    order = safe_done(either_cast, defect)
    orders.pass_(either_cast.inspector, order, seen=order.version)
    orders.take_back(either_cast.supervisor, order, seen=order.version, reason="看错")
    assert (order.state, defect.state, defect.order_id) == ("done", "mended", order.id)
    orders.fail(either_cast.inspector, order, seen=order.version, reason="围挡不足")
    orders.void(either_cast.supervisor, order, seen=order.version, reason="项目进场")
    assert (defect.state, defect.project_id, defect.order_id) == ("covered", project.id, None)
    orders.take_back(either_cast.supervisor, order, seen=order.version, reason="误")
    assert (order.state, defect.state, defect.order_id) == ("rework", "ordered", order.id)


def test_what_is_made_safe_while_its_project_is_cancelled_waits_for_an_order(cast):
    defect = people.confirmed(cast)
    project = covering(cast, defect)
    order = safe_done(cast, defect)
    assert cancel(cast, project) == []
    orders.pass_(cast.inspector, order, seen=order.version)
    assert defect.state == "confirmed"


def test_what_a_stalled_project_gave_back_is_made_safe_and_kept_again_or_mended(cast):
    first, second = people.confirmed(cast), people.confirmed(cast)
    project = covering(cast, first, second, expected=LATE)
    cover.release_stalled(cast.supervisor, project)
    order = safe_done(cast, first)
    orders.pass_(cast.inspector, order, seen=order.version)
    assert (first.state, first.project_id) == ("covered", project.id)
    void = orders.issue(cast.supervisor, [second], crew=cast.crew_row, purpose="make_safe")
    orders.void(cast.supervisor, void, seen=void.version, reason="误")
    assert second.state == "confirmed"
    orders.issue(cast.supervisor, [second], crew=cast.crew_row)
    assert second.state == "ordered"


def test_orders_for_repair_and_for_making_safe_take_only_what_fits(cast):
    kept, free = people.confirmed(cast), people.confirmed(cast)
    covering(cast, kept)
    for chosen, purpose in (([kept], "repair"), ([free], "make_safe"), ([free, kept], "make_safe"), ([free], "party")):
        with pytest.raises(BadInput):
            orders.issue(cast.supervisor, chosen, crew=cast.crew_row, purpose=purpose)
    by_hand = people.defect_in(cast, "covered")
    order = safe_done(cast, by_hand)
    orders.pass_(cast.inspector, order, seen=order.version)
    assert by_hand.state == "covered"


def test_a_finished_project_closes_what_it_covered(cast):
    defect = people.confirmed(cast)
    project = covering(cast, defect)
    event = audit.history(project)[-1]
    assert cover.close_all(cast.supervisor, project, cause=event) == 1
    assert (defect.state, defect.closed_at) == ("closed", clock.now())


def test_a_defect_released_by_hand_forgets_its_project(cast):
    defect = people.confirmed(cast)
    covering(cast, defect)
    defects.uncover(cast.supervisor, defect, seen=defect.version)
    assert (defect.state, defect.project_id) == ("confirmed", None)


def post(client, address, **data):
    csrf = people.token(client, "/account")
    return client.post(address, data={"csrf_token": csrf, **data}, content_type="multipart/form-data")


def version(stage) -> int:
    with stage.app.app_context():
        return db.session.get_one(WorkOrder, 1).version


def test_a_make_safe_order_walks_from_the_covered_defect_to_its_sheet(stage, client_of):
    with stage.app.app_context():
        kept = people.confirmed(stage)
        covering(stage, kept)
        free, kept_id = people.confirmed(stage).id, kept.id
        db.session.commit()
    boss, crew = client_of("supervisor"), client_of("crew")
    assert f"/workorders/new?defect={kept_id}" in boss.get(f"/defects/{kept_id}").text
    page = boss.get(f"/workorders/new?defect={kept_id}").text
    assert 'name="purpose" value="make_safe" checked' in page
    assert 'name="purpose" value="repair"' not in page
    assert 'name="purpose"' not in boss.get(f"/workorders/new?defect={free}").text
    assert post(boss, "/workorders/new", defect=[kept_id, free], crew=stage.crew_id).status_code == 400
    assert post(boss, "/workorders/new", defect=kept_id, crew=stage.crew_id).status_code == 302
    for verb in ("accept", "start"):
        assert post(crew, f"/workorders/1/{verb}", version=version(stage)).status_code == 302
    assert crew.get("/workorders/1/finish").status_code == 302
    assert "/workorders/1/finish" not in crew.get("/workorders/1").text
    assert post(crew, "/workorders/1/make-safe", version=version(stage)).status_code == 302
    assert 'name="m2-1"' not in crew.get("/workorders/1/finish").text
    assert post(crew, "/workorders/1/finish", version=version(stage)).status_code == 400
    photo = {"photos-1": (io.BytesIO(people.jpeg("white")), "a.jpg")}
    assert post(crew, "/workorders/1/finish", version=version(stage), **photo).status_code == 302
    assert post(client_of("inspector"), "/workorders/1/pass", version=version(stage)).status_code == 302
    for address in ("/workorders/1", "/workorders/1/sheet", "/workorders?all=1"):
        assert "仅应急处置" in boss.get(address).text, address
    assert "BH20180627-0001" in boss.get("/workorders/1/sheet").text
    assert boss.get("/reports/bulletin.json").json["area_m2"]["total"] == 0


def test_the_job_releases_in_every_district_and_once(app, noon):
    with app.app_context():
        cast = people.make_cast()
        covering(cast, people.confirmed(cast), expected=LATE)
        db.session.commit()
        assert [jobs.release_stalled(), jobs.release_stalled()] == [1, 0]
