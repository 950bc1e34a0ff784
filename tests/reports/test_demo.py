"""The demo's bulletin is the published one, on SQLite and on PostgreSQL."""

from datetime import date

import pytest
from sqlalchemy import func, select

from roadworks import create_app
from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.projects import counts, months
from roadworks.projects.boards import Programme
from roadworks.projects.models import Project
from roadworks.projects.records import Paper
from roadworks.reports import bulletin, works
from roadworks.workflow import audit
from roadworks.workorders.models import WorkOrder
from roadworks.workorders.queries import due_soon, overdue
from tests.support import databases, live

PROJECTS = "7条道路中修正在施工招标，1条道路大修已基本完成并通车。"
PUBLISHED = "上半年，共巡查发现道路病害472处，维修保养道路9030平方米，其中车行道3070平方米，人行道5960平方米。"


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_app(request, tmp_path):
    """An app with the demo loaded."""
    if request.param == "sqlite":
        # Of its own: what another process copies just now must not be opened and closed.
        folder, url = request.getfixturevalue("demo_folder"), ""
    else:
        server = request.getfixturevalue("postgresql")
        folder, url = tmp_path, server.fresh()
        live.load_demo(folder, url)
    yield create_app(databases.options(folder, url, DEMO="1"))
    if url:
        server.drop(url)


def test_the_demos_bulletin_equals_the_published_figures(demo_app):
    with demo_app.app_context():
        leader = db.session.scalars(select(Person).where(Person.username == "leader")).unique().one()
        report = bulletin.work_out(leader, date(2018, 1, 1), date(2018, 6, 30))
        assert report.defects_found == 472
        assert (report.area_m2["carriageway"], report.area_m2["sidewalk"], report.total_m2) == (3070, 5960, 9030)
        assert bulletin.sentence_zh(report) == PUBLISHED
        assert not list(audit.faults(leader.district_id))
        _all_kinds_of_orders()
        _projects_as_published(leader)
        assert db.session.scalar(select(func.count()).select_from(Defect).where(~Defect.reconstructed)) == 0
        db.session.remove()
        db.engine.dispose()


def _all_kinds_of_orders() -> None:
    """Some are left open, due soon, overdue, suspended, in rework."""
    with clock.at(clock.datetime.fromisoformat(live.DEMO_NOW)):
        for condition in (overdue(clock.now()), due_soon(clock.now())):
            assert db.session.scalar(select(func.count()).select_from(WorkOrder).where(condition))
    states = set(db.session.scalars(select(WorkOrder.state).distinct()))
    assert {"issued", "accepted", "working", "done", "closed", "rework", "suspended", "handed_back"} <= states


def _projects_as_published(leader) -> None:
    """Eight projects at their published stages, nothing invented, and all that is kept belongs to one of them."""
    with clock.at(clock.datetime.fromisoformat(live.DEMO_NOW)):
        assert works.sentence(works.work_out(leader, date(2018, 6, 30)), "zh") == PROJECTS
        assert works.work_out(leader, date(2018, 3, 31)) == [("medium", "drawings", 7), ("major", "construction", 1)]
        assert [row["status"] for row in months.live_rows(leader.district_id)] == ["running"] * 8
    assert months.closed_months(leader.district_id) == [date(2018, month, 1) for month in range(1, 6)]
    found = list(db.session.scalars(select(Project).order_by(Project.id)).unique())
    assert [(p.name_zh, p.limits_zh) for p in found] == AS_PRINTED
    assert {p.name_zh for p in found if not p.stretches} == {"西十里铺", "西站北街"}
    unknown = ("designer", "contractor", "estimate_yuan", "contract_yuan", "expected_on", "accepted_on", "wished_on")
    assert all(getattr(p, name) is None for p in found for name in unknown)
    assert all(p.reconstructed and p.in_charge and p.leader_id == leader.id for p in found)
    assert db.session.scalar(select(func.count()).select_from(Paper)) == 0
    kept = list(db.session.scalars(select(Defect).where(Defect.state == "covered")).unique())
    roads = {p.id: p.name_zh for p in found}
    assert len(kept) == 24
    assert all(roads[d.project_id] == d.section.road.name_zh for d in kept)
    _programmes_as_published()


def _programmes_as_published() -> None:
    """Twelve targets; only the greenways do not add up, and say so."""
    rows = list(db.session.scalars(select(Programme).order_by(Programme.position)))
    assert len(rows) == 12
    off = [p.name_zh for p in rows if not counts.adds_up(p.counts, p.sited)]
    assert off == ["绿道贯通"]
    assert all(p.as_printed for p in rows if p.name_zh in off)
    assert [p.name_zh for p in rows if p.target_derived] == ["新增绿地", "新植乔木"]
    assert [c.stage_zh for p in rows for c in p.counts if c.approximate] == ["更新维修"]


AS_PRINTED = [
    ("工人路", "陇海路—宏河路"),
    ("沁河路", "欧西路—西三环"),
    ("文化宫路", "建设路—中原路"),
    ("西十里铺", "西站北街—桐柏路"),
    ("西站北街", "西十里铺—西一路"),
    ("颍河路", "桐柏路—华山路"),
    ("友爱路", "文化宫路—嵩山路"),
    ("百花路", "中原路—建设路"),
]


def test_the_demo_is_loaded_only_into_an_empty_database_of_a_demo(app, tmp_path):
    answer = app.test_cli_runner().invoke(args=["demo"])
    assert answer.exit_code != 0
    assert "ROADWORKS_DEMO" in answer.output
