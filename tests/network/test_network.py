"""Roads: nearest section, names found by pinyin, coordinates shifted only for display, import that never doubles."""

import io
import json
import math

import pytest

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.network import actions, bringing, geojson, queries
from roadworks.network.geometry import Index, length_m, metres_between
from roadworks.network.pinyin import normalise_query, search_key
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support.datum import to_gcj02, to_wgs84


def test_the_gcj_vector_of_zhongyuan():
    assert to_gcj02(113.6130, 34.7480) == pytest.approx((113.619040, 34.746808), abs=5e-7)


@pytest.mark.parametrize("place", [(113.613, 34.748), (116.397, 39.908), (121.47, 31.23), (87.6, 43.8)])
def test_there_and_back_again(place):
    assert to_wgs84(*to_gcj02(*place)) == pytest.approx(place, abs=1e-9)


def test_nothing_is_shifted_abroad():
    assert to_gcj02(2.35, 48.85) == (2.35, 48.85)


def test_metres():
    assert metres_between(113.62, 34.75, 113.62, 34.751) == pytest.approx(111.32, rel=1e-3)
    assert length_m([[113.62, 34.75], [113.63, 34.75]]) == pytest.approx(914.7, rel=1e-3)


def test_the_nearest_sections_come_first_with_distance_and_chainage():
    tree = Index(
        [
            (1, [[113.60, 34.75], [113.64, 34.75]]),
            (2, [[113.62, 34.74], [113.62, 34.76]]),
            (3, [[113.7, 34.7], [113.8, 34.7]]),
        ]
    )
    found = tree.nearest(113.6202, 34.7505)
    assert [near.id for near in found] == [2, 1]
    assert found[0].distance_m == pytest.approx(18.3, abs=0.2)
    assert found[1].chainage_m == pytest.approx(1847, rel=2e-3)


def test_fifty_thousand_sections_answer_like_the_naive_way():
    lines = [
        (
            n,
            [
                [113 + (n % 250) * 0.004, 34 + (n // 250) * 0.004],
                [113.003 + (n % 250) * 0.004, 34.002 + (n // 250) * 0.004],
            ],
        )
        for n in range(50_000)
    ]
    tree = Index(lines)
    best = tree.nearest(113.4321, 34.3217, within_m=2000)[0]

    def naive(line):
        (x1, y1), (x2, y2) = line
        return min(
            math.hypot((x1 + (x2 - x1) * t / 50 - 113.4321) * 0.826, y1 + (y2 - y1) * t / 50 - 34.3217)
            for t in range(51)
        )

    assert best.id == min(lines, key=lambda row: naive(row[1]))[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("颍河路", ["颍河", "yinghelu", "yhl", "颖河路", "ying he"]),
        ("百花路", ["baihua", "bhl"]),
        ("西十里铺", ["xishilipu", "xslp"]),
        ("嵩山路", ["songshan", "SSL"]),
    ],
)
def test_a_road_is_found_by_what_people_type(name, words):
    key = search_key(name, None, None)
    for word in words:
        assert normalise_query(word) in key, word


def test_the_index_is_built_anew_when_roads_change(either_app, noon):
    with either_app.app_context():
        cast = people.make_cast()
        district = cast.inspector.district
        assert queries.nearest(district, people.LON, people.LAT)[0][0].id == cast.section_id
        line = [[people.LON - 0.001, people.LAT + 0.00001], [people.LON + 0.001, people.LAT + 0.00001]]
        fresh = actions.add_section(
            cast.engineer, cast.section.road, {"from_zh": "甲", "to_zh": "乙", "centreline": line}
        )
        db.session.commit()
        found = queries.nearest(district, people.LON, people.LAT + 0.00001)
        assert [section.id for section, _near in found] == [fresh.id, cast.section_id]


def feature(name="新路", line=((113.6, 34.7), (113.61, 34.7)), **properties):
    geometry = {"type": "LineString", "coordinates": [list(p) for p in line]} if line else None
    return {"type": "Feature", "properties": {"name": name, **properties}, "geometry": geometry}


def collection(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def test_an_import_again_updates_instead_of_doubling(cast):
    found, faults = geojson.parse(
        collection(feature(grade="branch"), feature("颍河路", **{"from": "桐柏路", "to": "华山路"}, length_m=1830))
    )
    assert not faults
    first = bringing.bring_in(cast.engineer, cast.engineer.district, found)
    again = bringing.bring_in(cast.engineer, cast.engineer.district, found)
    assert (len(first.added), len(first.changed)) == (1, 1)
    assert (len(again.added), len(again.changed), len(again.same)) == (0, 0, 2)
    assert cast.section.length_m == 1830


def test_what_an_import_changed_of_a_road_stands_on_its_trail(cast):
    road = cast.section.road
    known = {"from": "桐柏路", "to": "华山路"}
    before = road.version
    for grade, changed in (("II", {}), ("I", {"maintenance_grade": ["II", "I"]})):
        found, faults = geojson.parse(collection(feature("颍河路", **known, maintenance_grade=grade)))
        bringing.bring_in(cast.engineer, cast.engineer.district, found)
        told = [event.changes for event in audit.history(road) if event.verb == "network.import"]
        assert (faults, told) == ([], [changed] if changed else [])
    assert road.version == before + 1, "what is as it was is not written"


def test_a_name_and_a_code_of_two_roads_are_told(cast):
    actions.add_road(cast.engineer, cast.engineer.district, {"name_zh": "友爱路", "code": "A1"})
    found, faults = geojson.parse(collection(feature("颍河路", code="A1")))
    report = bringing.bring_in(cast.engineer, cast.engineer.district, found)
    assert (faults, len(report.faults), report.added) == ([], 1, [])


def test_who_belongs_to_all_districts_is_told_of_a_change_in_any(stage, client_of):
    chief = client_of("chief")
    mark = chief.get("/roads.geojson").headers["ETag"]
    assert chief.get("/roads.geojson", headers={"If-None-Match": mark}).status_code == 304
    with stage.app.app_context():
        other = stage.stranger.district
        actions.add_road(stage.stranger, other, {"name_zh": "友爱路"})
        db.session.commit()
    assert chief.get("/roads.geojson", headers={"If-None-Match": mark}).status_code == 200


def test_a_trial_writes_nothing_and_the_real_one_does(stage, client_of):
    client = client_of("engineer")
    for real in ("", "y"):
        data = {
            "csrf_token": people.token(client, "/account"),
            "file": (io.BytesIO(collection(feature())), "r.geojson"),
            "for_real": real,
        }
        answer = client.post(
            "/roads/import", data={k: v for k, v in data.items() if v}, content_type="multipart/form-data"
        )
        assert answer.status_code == 200
        assert ("新路" in client.get("/roads").text) is bool(real)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"features": 3}', b'{"features": [null]}', collection(feature("")), collection(feature(line=None) | {"geometry": {"type": "Point", "coordinates": [1, 2]}}),
     collection(feature(line=((34.7, 113.6), (34.7, 113.61)))), collection(feature(grade="motorway")), collection(feature(length_m="long")), collection(feature(length_m="NaN")), collection(feature(), feature()), collection(feature(code="A1"), feature("颍河路", code="A1")), collection(feature(last_overhaul_on="gestern")),
     b'{"features": [{"properties": {"name": "x", "length_m": NaN}, "geometry": null}]}', b"[" * 100_000, b'{"features": [{"properties": {"name": "x"}, "geometry": {"type": "LineString", "coordinates": [[1, 2], [1, 1' + b"0" * 5000 + b"]]}}]}"],
)  # fmt: skip
def test_files_that_are_wrong_are_told_and_write_nothing(stage, client_of, content):
    client = client_of("engineer")
    data = {"csrf_token": people.token(client, "/account"), "file": (io.BytesIO(content), "r.geojson"), "for_real": "y"}
    answer = client.post("/roads/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert client.get("/roads").text.count('<th scope="row">') == 1


def test_what_is_exported_can_be_imported_again(stage, client_of):
    client = client_of("engineer")
    exported = client.get("/roads.geojson?download=1")
    found, faults = geojson.parse(exported.data)
    assert not faults
    assert found[0].section_values()["pavement"] == "asphalt"
    assert client.get("/roads.geojson", headers={"If-None-Match": exported.headers["ETag"]}).status_code == 304


def test_who_belongs_to_all_districts_enters_nothing_into_the_first_by_chance(stage, client_of):
    client = client_of("chief")
    for page in ("/roads/new", "/roads/import", "/programmes/new"):
        assert client.get(page).status_code == 403, page
    for page in ("/rounds/plan", "/roads", "/roads/1/edit"):
        assert client.get(page).status_code == 200, page


def test_a_holiday_is_on_record_in_each_district_whose_deadlines_it_moves(stage, client_of):
    client = client_of("admin")
    assert "所有城区" in client.get("/admin/calendar").text
    said = {"csrf_token": people.token(client, "/account"), "day": "2018-07-02", "kind": "holiday", "name": "x"}
    assert client.post("/admin/calendar", data=said).status_code == 302
    with stage.app.app_context():
        for district_id in (stage.district_id, stage.other_id):
            assert audit.history(db.session.get_one(District, district_id))[-1].verb == "calendar.edit"


def test_a_road_is_added_and_edited_by_form_and_doubles_are_told(stage, client_of):
    client = client_of("supervisor")
    data = {
        "csrf_token": people.token(client, "/account"),
        "name_zh": "友爱路",
        "managed_by": "district",
        "grade": "branch",
        "maintenance_grade": "",
    }
    assert client.post("/roads/new", data=data).status_code == 302
    assert client.post("/roads/new", data=data).status_code == 400
    stale = client.post("/roads/1/edit", data={**data, "name_zh": "新名路", "version": "99"})
    assert stale.status_code == 409
    assert "新名路" in stale.text
    assert "<dt>道路</dt><dd>颍河路</dd>" in stale.text, "and not as a person's name"
    line = "[[113.6, 34.75], [113.61, 34.75]]"
    section = {"csrf_token": data["csrf_token"], "from_zh": "甲", "to_zh": "乙", "length_m": "１０００米", "line": line}
    assert client.post("/roads/3/sections/new", data=section).status_code == 302
    assert client.post("/roads/3/sections/new", data={**section, "from_zh": "丙", "line": "[[1]]"}).status_code == 400
    assert "youai" in client.get("/roads?q=youai").request.path + "youai"
    assert "友爱路" in client.get("/roads?q=ya").text
