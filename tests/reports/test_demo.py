"""The demo's bulletin is the published one, on SQLite and on PostgreSQL."""

from datetime import date

import pytest
from sqlalchemy import func, select

from roadworks import create_app
from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.reports import bulletin
from roadworks.workflow import audit
from roadworks.workorders.models import WorkOrder
from roadworks.workorders.queries import due_soon, overdue
from tests.support import databases, live

PUBLISHED = "上半年，共巡查发现道路病害472处，维修保养道路9030平方米，其中车行道3070平方米，人行道5960平方米。"


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_app(request, tmp_path, tmp_path_factory):
    """An app with the demo loaded."""
    if request.param == "sqlite":
        shared = tmp_path_factory.getbasetemp().parent / "shared"
        folder, url = live.demo_instance(shared, request.getfixturevalue("sqlite_template")), ""
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


def test_the_demo_is_loaded_only_into_an_empty_database_of_a_demo(app, tmp_path):
    answer = app.test_cli_runner().invoke(args=["demo"])
    assert answer.exit_code != 0
    assert "ROADWORKS_DEMO" in answer.output
