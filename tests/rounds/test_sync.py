"""A round as a phone tells it: once, again, in parts, out of order, before and after what was found on it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.rounds import actions, ahead
from roadworks.rounds.models import Pass, Round
from roadworks.workflow import audit
from tests.support import cast as people

T0 = people.NOON - timedelta(hours=2)


def at(minutes: float) -> str:
    return (T0 + timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def phone(client_of):
    """Gives a function that sends JSON to a door of contract 1 as somebody."""

    def make(who: str):
        client = client_of(who)
        head = {"X-CSRFToken": client.get("/sync/1/hello").json["token"], "Accept": "application/json"}
        return lambda door, said: client.post(f"/sync/1/{door}", json=said, headers=head)

    return make


def told(stage, **change) -> dict:
    """A round that passed the stage's section by position."""
    tick = {"section_id": stage.section_id, "at": at(20), "how": "position", "share": 88}
    tick |= {"lon": people.LON, "lat": people.LAT}
    said = {"client_id": str(uuid.uuid4()), "started_at": at(0), "ended_at": at(60), "sent_at": at(120), "photos": []}
    return {**said, "pauses": [[at(30), at(40)]], "ticks": [tick], "weather": "rain", "note": "", **change}


def rows(stage, model) -> int:
    with stage.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def only(stage) -> Round:
    return db.session.scalars(select(Round)).one()


def test_a_round_told_again_is_one_round(stage, phone):
    send, said = phone("inspector"), told(stage)
    first = send("rounds", said)
    assert first.status_code == 201, first.text
    assert first.json["number"] == "XC20180627-0001"
    assert first.json["sections"] == [stage.section_id]
    assert first.json["photos"] == []
    again = send("rounds", said)
    assert (again.status_code, again.json) == (200, first.json)
    assert (rows(stage, Round), rows(stage, Pass)) == (1, 1)
    with stage.app.app_context():
        verbs = [event.verb for event in audit.history(only(stage))]
        assert verbs == ["round.start", "round.tick", "round.pause", "round.resume", "round.end"]
        assert only(stage).pauses == [[at(30), at(40)]]
        assert list(audit.faults(stage.district_id)) == []


def test_a_round_without_a_find_and_without_a_section_is_a_record_too(stage, phone):
    answer = phone("inspector")("rounds", told(stage, ticks=[], pauses=[]))
    assert (answer.status_code, answer.json["state"]) == (201, "ended")


def test_what_arrives_in_parts_and_in_the_wrong_order_comes_to_the_same(stage, phone):
    send, whole = phone("inspector"), told(stage)
    parts = [
        {**whole, "ended_at": None, "ticks": [], "pauses": []},
        {**whole, "ended_at": None, "pauses": [[at(30), None]]},
        whole,
        {**whole, "ended_at": None, "pauses": [[at(30), None]], "ticks": []},
    ]
    states = [send("rounds", part).json["state"] for part in parts]
    assert states == ["running", "paused", "ended", "ended"], "less than is known changes nothing"
    with stage.app.app_context():
        walked = only(stage)
        assert walked.ended_at.isoformat() == at(60)
        assert len(walked.passes) == 1


def test_a_tick_that_arrives_after_the_end_is_still_taken(stage, phone):
    send, whole = phone("inspector"), told(stage)
    send("rounds", {**whole, "ticks": []})
    assert send("rounds", whole).json["sections"] == [stage.section_id]


def test_a_tick_by_hand_needs_a_reason(stage, phone):
    by_hand = {"section_id": stage.section_id, "at": at(20), "how": "hand"}
    answer = phone("inspector")("rounds", told(stage, ticks=[{**by_hand, "reason": "  "}]))
    assert answer.status_code == 422
    assert list(answer.json["faults"]) == [f"reason-{stage.section_id}"], "by its place, for the phone to show it there"
    assert rows(stage, Round) == 0, "all or nothing"
    answer = phone("inspector")("rounds", told(stage, ticks=[{**by_hand, "reason": "手机没电"}]))
    assert answer.status_code == 201


@pytest.mark.parametrize("first", ["round", "filing"])
def test_a_find_hangs_on_its_round_whichever_arrives_first(stage, phone, first):
    send, said = phone("inspector"), told(stage)
    filing = {"client_id": str(uuid.uuid4()), "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "2"}
    filing |= {"section_id": str(stage.section_id), "no_photo_reason": "雨", "round_client_id": said["client_id"]}
    filing |= {"found_at": at(60)}
    order = [("rounds", said), ("filings", filing)]
    for door, body in order if first == "round" else order[::-1]:
        assert send(door, body).status_code == 201
    with stage.app.app_context():
        defect = db.session.scalars(select(Defect)).one()
        assert defect.round_id == only(stage).id
        told_of = [(e.verb, e.changes, e.cause_label) for e in audit.history(defect)][1:]
        joined = ("defect.join", {"round_id": [None, only(stage).id]}, only(stage).number)
        assert told_of == ([joined] if first == "filing" else []), "its own trail tells what was changed after it"
        assert list(audit.faults(stage.district_id)) == []


@pytest.mark.parametrize("first", ["round", "filing"])
def test_what_was_found_after_the_end_of_its_round_hangs_on_none_and_the_person_is_told(stage, phone, client_of, first):
    send, said = phone("inspector"), told(stage)
    filing = {"client_id": str(uuid.uuid4()), "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "2"}
    filing |= {"section_id": str(stage.section_id), "no_photo_reason": "雨", "round_client_id": said["client_id"]}
    filing |= {"found_at": at(61)}
    if first == "filing":
        # The round has arrived as far as it had come then.
        send("rounds", {**said, "ended_at": None})
        assert "told" not in send("filings", filing).json
    send("rounds", said)
    receipt = send("filings", filing).json
    assert "XC20180627-0001 结束之后" in receipt["told"]
    client = client_of("inspector")
    page = client.get(receipt["filed"]).text
    assert "XC20180627-0001 结束之后" in page
    assert "round=" not in page
    assert f'value="{said["client_id"]}"' not in client.get(f"/defects/new?round={said['client_id']}").text
    with stage.app.app_context():
        walked, defect = only(stage), db.session.scalars(select(Defect)).one()
        assert (defect.round_id, defect.round_client_id) == (None, said["client_id"])
        actions.take_back(stage.supervisor, walked, seen=walked.version, reason="误按")
        db.session.refresh(defect)
        assert defect.round_id == walked.id, "a round that goes on takes it back"
        verbs = [(e.verb, e.actor_name) for e in audit.history(defect)][1:]
        left = [("defect.leave", "inspector·甲")] if first == "filing" else []
        assert verbs == [*left, ("defect.join", "supervisor·甲")]


def test_what_somebody_else_found_does_not_hang_on_ones_round(stage, phone):
    said = told(stage)
    filing = {"client_id": str(uuid.uuid4()), "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "2"}
    filing |= {"section_id": str(stage.section_id), "no_photo_reason": "雨", "round_client_id": said["client_id"]}
    assert phone("inspector2")("filings", filing).status_code == 201
    phone("inspector")("rounds", said)
    with stage.app.app_context():
        assert db.session.scalars(select(Defect)).one().round_id is None


def test_nobody_tells_anothers_round_and_no_crew_walks_one(stage, phone):
    said = told(stage)
    phone("inspector")("rounds", said)
    assert phone("inspector2")("rounds", said).status_code == 404
    assert phone("crew")("rounds", told(stage)).status_code == 403


def test_a_section_of_another_district_is_not_ticked(stage, phone):
    tick = {"section_id": stage.other_section_id, "at": at(20), "how": "position", "share": 90}
    assert phone("inspector")("rounds", told(stage, ticks=[tick])).json["sections"] == []


def test_times_no_clock_can_tell_are_refused(stage, phone):
    send = phone("inspector")
    before = {"section_id": stage.section_id, "at": at(-1), "how": "position", "share": 90}
    for wrong, places in (
        ({"ended_at": at(-1), "pauses": []}, ["ended_at"]),
        ({"pauses": [[at(50), at(40)]]}, ["pauses-0"]),
        ({"pauses": [[at(10), at(20)], [at(-5), None]], "ticks": [before]}, ["pauses-1", f"ticks-{stage.section_id}"]),
        ({"note": "x" * 2001}, ["note"]),
    ):
        answer = send("rounds", told(stage, **wrong))
        assert (answer.status_code, list(answer.json["faults"])) == (422, places), wrong
    assert rows(stage, Round) == 0


def test_a_wrong_clock_is_marked_and_a_tick_never_counts_for_a_day_to_come(stage, phone):
    day = timedelta(days=2)
    ahead = {name: (T0 + day + timedelta(minutes=n)).isoformat() for name, n in (("started_at", 0), ("ended_at", 60))}
    tick = {"section_id": stage.section_id, "at": ahead["started_at"], "how": "position", "share": 90}
    said = told(stage, **ahead, ticks=[tick], pauses=[], sent_at=(people.NOON + day).isoformat())
    assert phone("inspector")("rounds", said).status_code == 201
    with stage.app.app_context():
        walked = only(stage)
        assert walked.clock_doubtful
        assert walked.clock_off_s == 2 * 86400
        assert walked.started_at.isoformat() == ahead["started_at"], "kept as it was told"
        assert walked.passes[0].passed_on == people.NOON.date()
        [doubt] = [event for event in audit.history(walked) if event.verb == "round.doubt"]
        assert doubt.changes["clock_off_s"] == [None, 2 * 86400], "the trail is written with the change"


def test_how_wrong_a_clock_is_is_said_in_words_that_people_use(stage, phone, client_of):
    years = timedelta(days=3071)
    said = told(stage, sent_at=(people.NOON - years).isoformat())
    assert phone("inspector")("rounds", said).status_code == 201
    assert "时钟慢 8 年" in client_of("supervisor").get("/rounds/1").text


def test_a_phone_at_the_demo_tells_its_times_by_the_real_clock(app):
    real = datetime.now(UTC)
    demo = datetime(2018, 6, 30, 1, tzinfo=UTC)
    clock.set_from(f"{demo.isoformat()}@{real.timestamp()}")
    try:
        with app.app_context():
            stage = people.make_cast()
        client = app.test_client()
        people.sign_in(client, "inspector")
        head = {"X-CSRFToken": client.get("/sync/1/hello").json["token"], "Accept": "application/json"}
        times = {"started_at": real - timedelta(hours=1), "ended_at": real, "sent_at": real}
        said = told(stage, pauses=[], ticks=[], **{name: moment.isoformat() for name, moment in times.items()})
        assert client.post("/sync/1/rounds", json=said, headers=head).status_code == 201
        found = {"client_id": str(uuid.uuid4()), "surface": "carriageway", "type_code": "ac_pothole", "area_m2": "2"}
        found |= {"place": "路口", "no_photo_reason": "雨", "photos": [], "found_at": real.isoformat()}
        assert client.post("/sync/1/filings", json=found, headers=head).status_code == 201
        with app.app_context():
            walked, defect = only(stage), db.session.scalars(select(Defect)).one()
            assert walked.started_at == demo - timedelta(hours=1)
            assert defect.found_at == demo
            assert not walked.clock_doubtful
            assert not defect.clock_doubtful
            assert clock.of_device(demo) == demo, "a phone that was set to the demo's day is believed"
    finally:
        clock.set_from(None)


def test_how_far_from_the_line_a_tick_was_is_measured_here(stage, phone):
    tick = {"section_id": stage.section_id, "at": at(20), "how": "position", "share": 90}
    tick |= {"lon": people.LON, "lat": people.LAT + 0.001}
    phone("inspector")("rounds", told(stage, ticks=[tick]))
    with stage.app.app_context():
        assert only(stage).passes[0].off_m == 111


def test_nonsense_is_told_as_such(stage, phone):
    send = phone("inspector")
    for wrong in (
        {"client_id": "x"},
        {"started_at": "yesterday"},
        {"started_at": "2018-06-27T10:00:00"},
        {"started_at": "9999-12-31T23:59:00Z", "ended_at": None, "pauses": [], "ticks": []},
        {"ticks": "all"},
        {"ticks": [{"section_id": True}]},
        {"ticks": [{"section_id": 1, "at": at(1), "how": "flying"}]},
        {"ticks": [{"section_id": stage.section_id, "at": at(1), "how": ["hand"]}]},
        {"pauses": [[1]]},
        {"weather": ["rain"]},
    ):
        answer = send("rounds", told(stage, **wrong))
        assert answer.status_code == 400, (wrong, answer.text)
    assert "不符合接口约定" in answer.json["error"]["message"], "in the language of the one who is told"
    long = {"section_id": stage.section_id, "at": at(1), "how": "hand", "reason": "x" * 201}
    for wrong in ({"note": "x" * 3000}, {"weather": "x" * 41}, {"ticks": [long]}):
        assert send("rounds", told(stage, **wrong)).status_code == 422, "what somebody wrote can be mended"


def test_what_is_due_today_is_told_once_while_it_stays_the_same(stage, client_of):
    with stage.app.app_context():
        people.planned(stage)
        db.session.commit()
    client = client_of("inspector")
    first = client.get("/sync/1/rounds/today")
    assert [one["id"] for one in first.json["due"]] == [stage.section_id]
    assert first.json["due"][0]["standing"] == "today"
    assert first.json["rule"] == {"near_m": 25, "worst_m": 50, "share": 60}
    again = client.get("/sync/1/rounds/today", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["X-Now"]) == (304, people.NOON.isoformat())


def test_what_falls_due_in_the_days_after_is_told_as_far_as_it_is_whole(stage, client_of, monkeypatch):
    with stage.app.app_context():
        people.planned(stage, days=3)
        people.walked(stage, "ended")
        db.session.commit()
    client = client_of("inspector")
    said = client.get("/sync/1/rounds/today").json
    assert (said["due"][0]["standing"], said["due"][0]["again"][:3]) == ("done", [3, 4, 5])
    with clock.at(people.NOON + timedelta(days=1)):
        [soon] = client.get("/sync/1/rounds/today").json["soon"]
        assert (soon["due_on"], soon["again"][:2]) == ("2018-06-30", [3, 4])
        monkeypatch.setattr(ahead, "MOST_SOON", 0)
        said = client.get("/sync/1/rounds/today").json
        assert (said["soon"], said["until"]) == ([], "2018-06-29"), "whole up to the day before"


def test_a_round_begun_by_the_plain_form_is_gone_on_with_by_a_phone_as_one_round(stage, phone, client_of):
    with stage.app.app_context():
        people.planned(stage)
        db.session.commit()
    form, once = client_of("inspector"), str(uuid.uuid4())
    post = lambda address, **said: form.post(address, data={"csrf_token": people.token(form, "/rounds/today"), **said})  # noqa: E731
    post("/rounds/start", once=once, weather="rain")
    post("/rounds/1/tick", section=stage.section_id, reason="手机没电")
    with stage.app.app_context():
        walked = only(stage)
        actions.pause(stage.inspector, walked, seen=None)
        actions.resume(stage.inspector, walked, seen=None)
        db.session.commit()
    assert form.get("/sync/1/rounds/today").json["walking"]["here"] is True
    other = client_of("inspector").get("/sync/1/rounds/today").json["walking"]
    assert (other.pop("here"), other["client_id"], other["weather"]) == (False, once, "rain")
    assert [tick["section_id"] for tick in other["ticks"]] == [stage.section_id]
    assert client_of("inspector2").get("/sync/1/rounds/today").json["walking"] is None
    said = {**other, "photos": [], "sent_at": people.NOON.isoformat()}
    end = (people.NOON + timedelta(hours=1)).isoformat()
    for more in ({}, {"ended_at": end, "note": "路面平整"}, {"ended_at": end}):
        answer = phone("inspector")("rounds", {**said, **more})
        assert (answer.status_code, answer.json["number"]) == (200, other["number"]), answer.text
    assert (rows(stage, Round), rows(stage, Pass)) == (1, 1)
    with stage.app.app_context():
        walked = only(stage)
        assert (walked.state, walked.weather, walked.note, len(walked.pauses)) == ("ended", "rain", "路面平整", 1)
        assert [event.verb for event in audit.history(walked)].count("round.pause") == 1
    assert form.get("/sync/1/rounds/today").json["walking"] is None
