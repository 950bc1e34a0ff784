"""The wall: its words, how long what is struck off stays, and closed months that no edit reaches."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.projects import actions, months
from roadworks.projects.boards import WallMonth
from tests.projects.test_lists import opened

DAY = date(2018, 6, 27)


@pytest.mark.parametrize(
    ("state", "node", "word"),
    [
        ("running", None, "running"),
        ("running", DAY + timedelta(days=8), "running"),
        ("running", DAY + timedelta(days=7), "due_soon"),
        ("running", DAY, "due_soon"),
        ("running", DAY - timedelta(days=1), "overdue"),
        ("coordinating", DAY - timedelta(days=1), "overdue"),
        ("suspended", DAY - timedelta(days=1), "running"),
        ("closed", DAY - timedelta(days=1), "struck"),
    ],
)
def test_the_word_of_a_row_goes_by_its_node(state, node, word):
    assert months.status(state, node, DAY) == word


def finish(cast, project):
    while project.state != "closed":
        actions.skip(cast.supervisor, project, seen=project.version, reason="资料在档案室")


def test_what_is_struck_off_stays_until_the_month_ends(either_cast):
    cast = either_cast
    project = opened(cast, stage="closed", on=date(2018, 6, 1))
    finish(cast, project)
    db.session.commit()
    (row,) = months.live_rows(cast.district_id)
    assert (row["status"], row["struck_on"]) == ("struck", "2018-06-27")
    with clock.at(datetime(2018, 6, 30, 15, 59, tzinfo=UTC)):
        assert months.live_rows(cast.district_id)
    with clock.at(datetime(2018, 6, 30, 16, 1, tzinfo=UTC)):
        assert months.live_rows(cast.district_id) == []


def test_a_cancelled_project_does_not_hang_there(cast):
    project = opened(cast)
    actions.cancel(cast.supervisor, project, seen=project.version, reason="并入改造")
    assert months.live_rows(cast.district_id) == []


def test_the_wall_has_the_eight_columns_and_the_order_of_urgency(cast):
    opened(cast, "在办", leader_id=cast.leader.id)
    opened(cast, "逾期", expected_on=date(2018, 6, 1))
    soon = opened(cast, "临期", expected_on=date(2018, 12, 1))
    next(d for d in soon.dates if d.stage == "scheme").planned_on = date(2018, 7, 1)
    db.session.commit()
    rows = months.live_rows(cast.district_id)
    assert [(row["name_zh"], row["status"]) for row in rows] == [
        ("逾期", "overdue"),
        ("临期", "due_soon"),
        ("在办", "running"),
    ]
    assert rows[1]["node_on"] == "2018-07-01"
    assert rows[2]["leader"] == "leader·甲"
    assert rows[0]["stage_zh"] == "方案设计"


def test_a_closed_month_stays_as_it_was_whatever_is_edited_later(either_cast):
    cast = either_cast
    project = opened(cast, "工人路", expected_on=date(2018, 7, 31))
    db.session.commit()
    with clock.at(datetime(2018, 7, 1, 0, 5, tzinfo=clock.ZONE)):
        assert jobs.close_month() == 1
        assert jobs.close_month() == 0
    kept = months.closed_month(cast.district_id, date(2018, 6, 1))
    before = [dict(row) for row in kept.rows]
    with clock.at(datetime(2018, 7, 9, 9, tzinfo=clock.ZONE)):
        actions.edit(cast.supervisor, project, {"name_zh": "工人路北段", "expected_on": None}, seen=project.version)
        actions.skip(cast.supervisor, project, seen=project.version, reason="已评审")
        db.session.commit()
        assert jobs.close_month() == 0
    db.session.expire_all()
    assert months.closed_month(cast.district_id, date(2018, 6, 1)).rows == before
    assert before[0]["name_zh"] == "工人路"
    assert before[0]["stage"] == "scheme"


def test_a_month_closed_late_shows_how_it_stood_when_it_ended(either_cast):
    cast = either_cast
    early = opened(cast, "早", expected_on=date(2018, 6, 20))
    dropped = opened(cast, "弃")
    closing = opened(cast, "终", stage="closed")
    db.session.commit()
    with clock.at(datetime(2018, 7, 3, 9, tzinfo=clock.ZONE)):
        actions.skip(cast.supervisor, early, seen=early.version, reason="已评审")
        actions.edit(cast.supervisor, early, {"expected_on": date(2018, 9, 30)}, seen=early.version)
        actions.cancel(cast.supervisor, dropped, seen=dropped.version, reason="并入改造")
        finish(cast, closing)
        opened(cast, "七月才有", on=date(2018, 7, 3))
        db.session.commit()
    with clock.at(datetime(2018, 8, 2, 9, tzinfo=clock.ZONE)):
        assert jobs.close_month() == 2, "June was missed and is caught up with July"
    june = {row["name_zh"]: row for row in months.closed_month(cast.district_id, date(2018, 6, 1)).rows}
    assert set(june) == {"早", "弃", "终"}
    assert (june["早"]["stage"], june["早"]["node_on"], june["早"]["status"]) == ("scheme", "2018-06-20", "overdue")
    assert {june[name]["status"] for name in ("弃", "终")} == {"running"}
    july = {row["name_zh"]: row for row in months.closed_month(cast.district_id, date(2018, 7, 1)).rows}
    assert set(july) == {"早", "终", "七月才有"}
    assert (july["终"]["status"], july["终"]["struck_on"]) == ("struck", "2018-07-03")


def test_each_district_has_its_own_months(cast):
    opened(cast, "工人路")
    db.session.commit()
    with clock.at(datetime(2018, 8, 1, 0, 5, tzinfo=clock.ZONE)):
        assert jobs.close_month() == 2
    of_other = select(func.count()).select_from(WallMonth).where(WallMonth.district_id == cast.other_id)
    assert db.session.scalar(of_other) == 0


def test_the_page_refreshes_itself_and_links_to_closed_months(stage, client_of):
    with stage.app.app_context():
        opened(stage, "工人路")
        with clock.at(datetime(2018, 6, 30, 20, tzinfo=UTC)):
            jobs.close_month()
    client = client_of("leader")
    assert '<meta http-equiv="refresh"' in client.get("/projects/wall").text
    with clock.at(datetime(2018, 7, 2, 2, tzinfo=UTC)):
        client = client_of("leader")
        live, june = client.get("/projects/wall").text, client.get("/projects/wall?month=2018-06").text
        assert "month=2018-06" in live
        assert "工人路" in june
        assert "refresh" not in june.split("<body")[0]
        assert "month=2018-07" in june
        assert client.get("/projects/wall?month=2018-05").status_code == 200
        for wrong in ("2018-13", "2018-08", "x", "20180-1", "0001-01"):
            assert client.get(f"/projects/wall?month={wrong}").status_code == 400, wrong
        assert "工人路" not in client_of("stranger").get("/projects/wall?month=2018-06").text
