"""What a phone is told of what lies around it, and how far around that is all there is."""

from roadworks.base.db import db
from roadworks.defects import pack
from tests.support import cast as people

NORTH = 0.0005


def test_the_pack_tells_how_far_around_its_place_it_knows_all_and_the_nearest_where_there_are_many(
    stage, client_of, monkeypatch
):
    with stage.app.app_context():
        far = people.filed(stage, lat=people.LAT + 2 * NORTH)
        near = people.filed(stage, lat=people.LAT + NORTH)
        last = people.filed(stage, lat=people.LAT + 3 * NORTH)
        numbers = [near.number, far.number, last.number]
        db.session.commit()
    phone, address = client_of("inspector"), f"/sync/1/pack?lon={people.LON}&lat={people.LAT}"
    told = phone.get(address).json
    assert [row["number"] for row in told["open"]] == numbers
    assert told["reach_m"] == pack.WITHIN_M
    monkeypatch.setattr(pack, "MOST_OPEN", 2)
    told = phone.get(address).json
    assert [row["number"] for row in told["open"]] == numbers[:2]
    assert told["reach_m"] == 111


def test_what_was_asked_is_not_repeated_in_an_answer_that_bears_a_key_and_goes_compressed(stage, client_of):
    phone, marks = client_of("inspector"), ("113.59876543", "34.71234567")
    answer = phone.get("/sync/1/pack?lon={}&lat={}".format(*marks))
    assert answer.json["seal"]["key"]
    assert not [mark for mark in marks if mark[:8] in answer.text]
    plain = phone.get("/sync/1/pack").json
    with stage.app.app_context():
        assert (plain["lon"], plain["lat"]) == (stage.inspector.district.lon, stage.inspector.district.lat)
