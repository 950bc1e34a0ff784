"""Walking, planning and reading rounds by plain forms; the figures add up from their rows; foreign ones are not there."""

import re
import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Stale
from roadworks.defects.models import Defect
from roadworks.network import actions as network
from roadworks.reports import bulletin, patrols
from roadworks.rounds import actions, figures, overview, plan, queries
from roadworks.rounds.models import Pass, PatrolRule, Round
from tests.support import cast as people

TODAY = people.NOON.date()


def press(client, address: str, page: str = "/rounds/today", **fields):
    """Send a form with the token that a page holds."""
    return client.post(address, data={"csrf_token": people.token(client, page), **fields})


def version(client, address: str) -> str:
    return re.search(r'name="version" value="(\d+)"', client.get(address).text).group(1)


def test_a_round_is_walked_without_javascript_from_start_to_end(stage, client_of):
    with stage.app.app_context():
        people.planned(stage)
        db.session.commit()
    client = client_of("inspector")
    once = str(uuid.uuid4())
    for _twice in range(2):
        assert press(client, "/rounds/start", once=once, weather="rain").status_code == 302
    page = client.get("/rounds/today").text
    assert "XC20180627-0001" in page
    assert press(client, "/rounds/1/tick", section=stage.section_id, reason=" ").status_code == 400
    assert press(client, "/rounds/1/tick", section=stage.section_id, reason="手机没电").status_code == 302
    for verb in ("pause", "resume"):
        seen = version(client, "/rounds/today")
        assert press(client, f"/rounds/1/{verb}", version=seen).status_code == 302
    found = press(
        client, "/defects/new", page=f"/defects/new?round={once}", client_id=str(uuid.uuid4()), round_client_id=once,
        surface="carriageway", type_code="ac_pothole", area_m2="2", place="路口", no_photo_reason="雨",
    )  # fmt: skip
    assert found.status_code == 302, found.text
    assert press(client, "/rounds/1/end", version=version(client, "/rounds/today"), note="路面平整").status_code == 302
    with stage.app.app_context():
        walked = db.session.scalars(select(Round)).one()
        assert (walked.state, walked.weather, walked.note, len(walked.pauses)) == ("ended", "rain", "路面平整", 1)
        assert db.session.scalars(select(Defect)).one().round_id == walked.id
    for address in ("/rounds/1", "/rounds/1/sheet"):
        text = client.get(address).text
        for word in ("XC20180627-0001", "颍河路", "手机没电", "BH20180627-0001", "路面平整", "雨"):
            assert word in text, (address, word)


def test_the_paper_log_of_a_round_without_a_find_says_so(stage, client_of):
    with stage.app.app_context():
        made = people.walked(stage, "ended").id
        db.session.commit()
    assert "本次巡查未发现病害" in client_of("inspector").get(f"/rounds/{made}/sheet").text


def test_one_round_at_a_time_on_the_page(cast):
    actions.start(cast.inspector, client_id=str(uuid.uuid4()))
    with pytest.raises(BadInput, match="XC20180627-0001"):
        actions.start(cast.inspector, client_id=str(uuid.uuid4()))


def test_a_round_that_was_ended_by_mistake_is_taken_back_by_a_supervisor(cast):
    made = people.walked(cast, "ended")
    actions.take_back(cast.supervisor, made, seen=made.version, reason="误按")
    assert (made.state, made.ended_at) == ("running", None)


def test_a_round_of_another_district_is_not_there(stage, client_of):
    with stage.app.app_context():
        made = people.walked(stage).id
        db.session.commit()
    stranger = client_of("stranger")
    assert stranger.get(f"/rounds/{made}").status_code == 404
    assert stranger.get(f"/rounds/{made}/sheet").status_code == 404
    assert press(stranger, f"/rounds/{made}/end", version=1).status_code == 404
    assert "XC2018" not in stranger.get("/rounds").text


def test_only_the_one_who_walks_it_ticks_and_ends_it(stage, client_of):
    with stage.app.app_context():
        made = people.walked(stage).id
        db.session.commit()
    other = client_of("inspector2")
    assert press(other, f"/rounds/{made}/end", version=2).status_code == 403
    assert press(other, f"/rounds/{made}/tick", section=stage.section_id, reason="x").status_code == 403
    walker = client_of("inspector")
    assert press(walker, f"/rounds/{made}/end", version=2).status_code == 302
    late = press(walker, f"/rounds/{made}/tick", section=stage.section_id, reason="x")
    assert late.status_code == 409, "a section is not passed by hand days after the round"


def test_the_plan_begins_when_it_is_saved_and_keeps_its_history(stage, client_of):
    client = client_of("supervisor")
    page = client.get("/rounds/plan").text
    assert 'name="days_I" inputmode="numeric" autocomplete="off" value="1"' in page, "the standard's days are offered"
    said = {"days_I": "1", "days_II": "2", "days_III": "3", "days_-": "", "starts_on": "2018-06-27", "reason": "按规范"}
    assert press(client, "/rounds/plan", page="/rounds/plan", **said).status_code == 302
    with stage.app.app_context():
        ids = {row.grade: row.id for row in db.session.scalars(select(PatrolRule))}
        assert set(ids) == {"I", "II", "III"}
    seen = {f"seen_{grade}": number for grade, number in ids.items()}
    changed = {**said, **seen, "days_II": "1", "starts_on": "2018-07-01", "reason": "汛期"}
    assert press(client, "/rounds/plan", page="/rounds/plan", **changed).status_code == 302
    with stage.app.app_context():
        spans = plan.spans(stage.supervisor)[stage.district_id]["II"]
        assert [(s.starts_on, s.ends_on, s.days) for s in spans] == [
            (TODAY, date(2018, 7, 1), 2),
            (date(2018, 7, 1), None, 1),
        ]
    for wrong in ({"days_I": "0"}, {"days_I": "x"}, {"starts_on": "2018-06-26"}, {"reason": " "}, {"starts_on": ""}):
        assert press(client, "/rounds/plan", page="/rounds/plan", **{**said, **seen, **wrong}).status_code == 400, wrong


def test_a_plan_that_somebody_changed_meanwhile_is_not_written_over(cast):
    people.planned(cast)
    with pytest.raises(Stale):
        people.planned(cast, days=1)


def test_a_section_is_walked_by_whom_it_was_given_to_and_otherwise_by_all(cast):
    people.planned(cast)
    both = (cast.inspector, cast.inspector2)

    def due(person):
        return [p.section.id for p in plan.for_walker(plan.places(person, TODAY), person, TODAY)]

    assert [due(person) for person in both] == [[cast.section_id]] * 2
    assert plan.assign(cast.supervisor, [cast.section], cast.inspector2) == 1
    assert [due(person) for person in both] == [[], [cast.section_id]]
    with pytest.raises(BadInput):
        plan.assign(cast.supervisor, [cast.section], cast.crew)
    plan.assign(cast.supervisor, [cast.section], None)
    assert due(cast.inspector) == [cast.section_id]


def test_roads_that_the_city_manages_are_not_in_the_plan(cast):
    people.planned(cast)
    road = cast.section.road
    values = {"name_zh": road.name_zh, "maintenance_grade": "II", "managed_by": "city"}
    network.change_road(cast.engineer, road, values, seen=road.version)
    assert plan.places(cast.inspector, TODAY) == []


def walked_on(cast, *days: int) -> None:
    """Rounds that passed the section so many days after the plan's first."""
    for n in days:
        with clock.at(people.NOON + timedelta(days=n)):
            people.walked(cast, "ended")


def test_compliance_is_what_its_rows_add_up_to(either_cast):
    cast = either_cast
    people.planned(cast, days=2)
    walked_on(cast, 0, 2, 5, 6)
    db.session.commit()
    with clock.at(people.NOON + timedelta(days=10)):
        report = figures.compliance(cast.leader, TODAY, TODAY + timedelta(days=9))
        again = figures.compliance(cast.leader, TODAY + timedelta(days=3), TODAY + timedelta(days=9))
    told = [((r.duty.due_on - TODAY).days, r.duty.done_on and (r.duty.done_on - TODAY).days) for r in report.rows]
    assert told == [(0, 0), (2, 2), (4, None), (6, 5), (7, 6), (8, None)]
    assert (report.whole.done, report.whole.due) == (4, 6)
    assert report.by_grade["II"].due == sum(count.due for count in report.by_grade.values()) == 6
    assert len(report.missed) == 2
    passes = db.session.scalars(select(Pass.passed_on)).all()
    assert {r.duty.done_on for r in report.rows if r.duty.done_on} <= set(passes), "each patrol done is a row"
    assert [r.duty for r in again.rows] == [r.duty for r in report.rows[2:]], "a later period counts on from the last"


def test_without_a_plan_in_the_period_the_bulletin_says_nothing_of_patrols(stage, client_of):
    client = client_of("leader")
    before = client.get("/reports/bulletin.json").json
    assert "patrols" not in before
    assert "巡查完成率" not in client.get("/reports/bulletin").text
    with stage.app.app_context():
        people.planned(stage, starts_on=date(2018, 7, 1))
        db.session.commit()
    assert "patrols" not in client.get("/reports/bulletin.json?from=2018-01-01&to=2018-06-30").json


def test_the_bulletin_tells_the_same_on_the_page_in_json_and_in_files(stage, client_of):
    with stage.app.app_context():
        people.planned(stage, days=1)
        walked_on(stage, 0)
        sentence = bulletin.sentence_zh(bulletin.work_out(stage.leader, date(2018, 1, 1), date(2018, 6, 30)))
        db.session.commit()
    client = client_of("leader")
    with clock.at(people.NOON + timedelta(days=3)):
        told = client.get("/reports/bulletin.json?from=2018-01-01&to=2018-06-30").json
        assert told["patrols"]["numerator"] == 1
        assert told["patrols"]["denominator"] == 3
        assert told["sentence"]["zh"] == sentence, "the published sentence stays word for word"
        page = client.get("/reports/bulletin?from=2018-01-01&to=2018-06-30").text
        assert "1 ÷ 3" in page
        assert 'href="/rounds#next"' in page
        assert "/rounds/due.geojson" in page, "the map of what is due next"
        assert "/rounds/due.geojson" not in client.get(f"/reports/bulletin?from=2018-01-01&to={TODAY}").text
        [[missed, number]] = re.findall(r'href="(/rounds/duties\?missed=1&amp;section=[^"]+)">(\d+)</a>', page)
        assert (number, client.get(missed.replace("&amp;", "&")).text.count("漏巡</span>")) == ("2", 2)
        assert "漏巡</span>" not in client.get("/rounds/duties?from=2018-06-01&to=2018-06-30&missed=1&section=0").text
        assert 'id="next"' in client.get("/rounds").text
        assert "巡查完成率,33.3,%" in client.get("/reports/bulletin.csv?from=2018-01-01&to=2018-06-30").text
        assert client.get("/reports/bulletin.xlsx?from=2018-01-01&to=2018-06-30").status_code == 200
        rows = client.get("/rounds/duties?from=2018-06-01&to=2018-06-30&missed=1").text
    assert rows.count("漏巡</span>") == 2
    with stage.app.app_context():
        assert len(patrols.duty_rows(figures.compliance(stage.leader, TODAY, TODAY))) == 2


def test_the_list_shows_what_is_due_and_the_map_paints_it(stage, client_of):
    with stage.app.app_context():
        people.planned(stage, days=1)
        walked_on(stage, 0)
        db.session.commit()
    client = client_of("supervisor")
    with clock.at(people.NOON + timedelta(days=3)):
        assert "漏巡" in client.get("/rounds").text
        [feature] = client.get("/rounds/due.geojson").json["features"]
    assert (feature["properties"]["standing"], feature["properties"]["ink"]) == ("missed", "alarm")
    for bad in ("from=x", "from=2018-07-01&to=2018-06-01", "to=9999-01-01"):
        assert client.get(f"/rounds?{bad}").status_code == 400, bad


def test_last_passes_and_rounds_are_of_the_persons_district_only(cast):
    people.walked(cast, "ended")
    db.session.commit()
    assert queries.last_passes(cast.stranger) == {}
    assert db.session.scalars(queries.rounds(cast.stranger)).all() == []


def test_the_list_beside_the_map_says_how_many_more_the_map_shows(stage, client_of, monkeypatch):
    with stage.app.app_context():
        people.planned(stage)
        network.add_section(stage.engineer, stage.section.road, {"from_zh": "华山路", "to_zh": "嵩山路"})
        db.session.commit()
    client = client_of("supervisor")
    assert "另有" not in client.get("/rounds").text
    monkeypatch.setattr(overview, "MOST_PLACES", 1)
    assert "另有 1" in client.get("/rounds").text
