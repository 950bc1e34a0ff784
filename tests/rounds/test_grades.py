"""What was due is judged by the maintenance grade that the road had on the day; the last pass is looked up, not sought."""

import json
import uuid
from datetime import timedelta
from importlib import import_module

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, insert, select

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.network import actions as network
from roadworks.network import bringing, geojson, grades
from roadworks.network.models import PastGrade
from roadworks.rounds import figures, plan, queries
from roadworks.rounds.models import Pass
from tests.support import cast as people

TODAY = people.NOON.date()


def later(days: int):
    """The clock so many days on."""
    return clock.at(people.NOON + timedelta(days=days))


def regrade(cast, grade: str | None, **more) -> None:
    """The road's grade changed by hand."""
    road = cast.section.road
    values = {
        "name_zh": road.name_zh,
        "name_en": road.name_en,
        "maintenance_grade": grade,
        "managed_by": "district",
    } | more
    network.change_road(cast.engineer, road, values, seen=road.version)


def kept() -> list[tuple[str | None, int]]:
    """The earlier grades, each with the day on which it ended, counted from today."""
    rows = db.session.execute(select(PastGrade.grade, PastGrade.until_on).order_by(PastGrade.until_on))
    return [(grade, (day - TODAY).days) for grade, day in rows]


def imported(cast, grade: str) -> None:
    """The road's grade changed by a file."""
    line = {"type": "LineString", "coordinates": [[people.LON - 0.01, people.LAT], [people.LON + 0.01, people.LAT]]}
    said = {"name": "颍河路", "from": "桐柏路", "to": "华山路", "maintenance_grade": grade}
    feature = {"type": "Feature", "properties": said, "geometry": line}
    found, faults = geojson.parse(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
    assert not faults
    bringing.bring_in(cast.engineer, cast.engineer.district, found)


def test_a_road_regraded_today_leaves_what_was_due_before_as_it_was(either_cast):
    cast = either_cast
    people.planned(cast, days=3, grade="II")
    people.planned(cast, days=1, grade="I")
    people.walked(cast, "ended")
    with later(4):
        regrade(cast, "I")
        db.session.commit()
    with later(7):
        report = figures.compliance(cast.leader, TODAY, TODAY + timedelta(days=6))
        [place] = plan.places(cast.inspector, clock.today())
    told = [(row.grade, (row.duty.due_on - TODAY).days, row.duty.done_on is not None) for row in report.rows]
    assert told == [("II", 0, True), ("II", 3, False), ("I", 4, False), ("I", 5, False), ("I", 6, False)]
    assert {grade: count.due for grade, count in report.by_grade.items()} == {"I": 3, "II": 2}
    assert (place.grade, (place.due_on - TODAY).days) == ("I", 3), "missed since then"


def test_changes_by_hand_and_by_file_are_kept_each_day_once(cast):
    with later(2):
        regrade(cast, "III")
        regrade(cast, "I")
        regrade(cast, "I", source_note="图纸")
    with later(5):
        imported(cast, "I")
        imported(cast, "II")
        imported(cast, "III")
    assert kept() == [("II", 2), ("I", 5)]
    past, road = grades.past(cast.leader), cast.section.road
    assert [grades.on(past, road, TODAY + timedelta(days=n)) for n in (0, 1, 2, 4, 5, 9)] == [
        *("II", "II", "I", "I", "III", "III")
    ]
    assert grades.past(cast.stranger) == {}


def test_what_the_trail_tells_of_grades_before_is_read_once(either_app, noon):
    with either_app.app_context():
        cast = people.make_cast()
        for days, change in enumerate((regrade, imported, regrade, imported), 1):
            with later(days):
                change(cast, ("I", "III", "II", "I")[days - 1])
        db.session.commit()
        before = kept()
        db.session.remove()
        downgrade(revision="0008")
        upgrade()
        assert kept() == before == [("II", 1), ("I", 2), ("III", 3), ("II", 4)]


def test_an_import_of_before_that_told_nothing_is_where_two_changes_do_not_fit():
    past = import_module("roadworks.migrations.versions.0009_past_grades").past
    days = [TODAY + timedelta(days=n) for n in range(5)]
    told = past([("II", "I", days[1]), ("III", "II", days[3])], "I", [days[2], days[4]])
    assert told == {days[1]: "II", days[2]: "I", days[3]: "III", days[4]: "II"}


def test_a_plan_saved_twice_on_a_day_goes_by_the_second(stage, client_of):
    with stage.app.app_context():
        first = people.planned(stage, days=3)
        home = db.session.get_one(District, stage.district_id)
        plan.set_days(stage.supervisor, home, "II", 1, starts_on=TODAY, reason="改", seen=first.id)
        db.session.commit()
    client = client_of("supervisor")
    with later(2):
        for address in ("/rounds", "/rounds/duties", "/rounds/due.geojson"):
            assert client.get(address).status_code == 200, address
        with stage.app.app_context():
            report = figures.compliance(stage.leader, TODAY, TODAY + timedelta(days=1))
            assert report.whole.due == 2


def test_more_roads_cost_no_more_statements(cast):
    people.planned(cast)
    counted: list[str] = []

    def statements() -> int:
        db.session.commit()
        counted.clear()
        plan.places(cast.leader, TODAY)
        figures.compliance(cast.leader, TODAY, TODAY)
        return len(counted)

    event.listen(db.engine, "before_cursor_execute", lambda c, cur, statement, *a: counted.append(statement))
    few = statements()
    for n in range(5):
        road = network.add_road(cast.engineer, cast.engineer.district, {"name_zh": f"路{n}", "maintenance_grade": "I"})
        network.add_section(cast.engineer, road, {})
        values = {"name_zh": f"路{n}", "maintenance_grade": "II", "managed_by": "district"}
        network.change_road(cast.engineer, road, values, seen=road.version)
    assert statements() == few


def steps_of_the_engine(work) -> int:
    """How many steps SQLite takes for what `work` asks."""
    taken = []
    wire = db.session.connection().connection.driver_connection
    wire.set_progress_handler(lambda: taken.append(1) and 0, 1)
    work()
    wire.set_progress_handler(None, 1)
    return len(taken)


@pytest.mark.parametrize("before", [None, TODAY])
def test_years_of_passes_are_not_read_to_find_the_last(cast, before):
    walked = people.walked(cast, "ended")
    db.session.commit()

    def last() -> dict:
        return queries.last_passes(cast.leader, before=before)

    last()
    few = steps_of_the_engine(last)
    same = {"district_id": cast.district_id, "section_id": cast.section_id, "how": "position"}
    for n in range(1, 60):
        with later(-n):
            made = people.bringing.bring(cast.inspector, people.bringing.Told(str(uuid.uuid4()), clock.now()))[0]
        day = TODAY - timedelta(days=n)
        db.session.execute(insert(Pass).values(round_id=made.id, passed_at=people.NOON, passed_on=day, **same))
    assert last() == {cast.section_id: TODAY - timedelta(days=0 if before is None else 1)}
    assert steps_of_the_engine(last) <= few + 20
    assert walked.passes
