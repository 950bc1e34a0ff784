"""Condition surveys: by hand and from a file, with what is computed from them and what patrols let one guess."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest

from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound
from roadworks.defects import actions as defects
from roadworks.projects import estimate, survey_file, surveys
from roadworks.projects.records import Survey
from roadworks.workflow import audit
from tests.support import cast as people

DAY = date(2018, 5, 20)
HEAD = "路段编号,道路,起点,止点,检测日期,PCI,FCI,IRI,来源\n"


def enter(cast, value, kind="pci", day=DAY, source="检测报告 2018-03"):
    return surveys.enter(cast.engineer, cast.section, kind=kind, value=Decimal(value), surveyed_on=day, source=source)


def rows(cast):
    db.session.flush()
    return db.session.query(Survey).count()


def test_a_survey_is_entered_once_corrected_and_told_in_the_trail_of_its_section(either_cast):
    assert [enter(either_cast, value)[1] for value in ("81.5", "81.5", "82.5")] == ["added", "same", "changed"]
    db.session.commit()
    assert rows(either_cast) == 1
    events = [e for e in audit.history(either_cast.section) if e.verb == "survey.enter"]
    assert [e.changes for e in events] == [{"pci": [None, "81.5"]}, {"pci": ["81.50", "82.5"]}]
    assert enter(either_cast, "80", source="另一单位")[1] == "added"


@pytest.mark.parametrize(
    ("kind", "value", "day"),
    [
        ("pci", "100.01", DAY),
        ("fci", "-0.01", DAY),
        ("iri", "30.01", DAY),
        ("pqi", "80", DAY),
        ("pci", "80", date(2018, 6, 28)),
        ("pci", "80", date(1989, 12, 31)),
    ],
)
def test_a_survey_out_of_its_range_is_refused(cast, kind, value, day):
    with pytest.raises(BadInput):
        enter(cast, value, kind, day)


def test_only_supervisor_and_engineer_of_the_district_enter_surveys(cast):
    said = {"kind": "pci", "value": Decimal(80), "surveyed_on": DAY}
    with pytest.raises(NotAllowed):
        surveys.enter(cast.inspector, cast.section, **said)
    with pytest.raises(NotFound):
        surveys.enter(cast.stranger, cast.section, **said)


def test_rqi_pqi_and_treatment_come_with_iri_and_grade(cast):
    enter(cast, "80"), enter(cast, "4.35", kind="iri"), enter(cast, "49.9", kind="fci")
    newest = surveys.latest(cast.engineer, [cast.section_id])[cast.section_id]
    how = estimate.standing(cast.section, newest)
    assert {kind: mark[:2] for kind, mark in how.marks.items()} == {
        "pci": (Decimal(80), None),
        "fci": (Decimal("49.9"), "D"),
        "rqi": (Decimal("3.50"), None),
    }
    assert (how.advice, how.sidewalk.code) == (None, "major")
    cast.section.road.grade = "secondary"
    how = estimate.standing(cast.section, newest)
    assert how.marks["pqi"][:2] == (Decimal("76.00"), "B")
    assert (how.advice.code, how.advice.rating, how.advice.index) == ("minor_medium", "B", "pci")
    cast.section.pavement = "concrete"
    assert estimate.standing(cast.section, newest).advice.index == "pci"


def test_the_newest_survey_of_each_index_counts(cast):
    enter(cast, "70", day=date(2017, 5, 1)), enter(cast, "65", day=DAY), enter(cast, "90", day=date(2016, 5, 1))
    assert surveys.latest(cast.engineer)[cast.section_id]["pci"].value == 65


def test_the_patrol_estimate_counts_open_defects_over_the_known_area(cast):
    assert estimate.estimates(cast.engineer, cast.section) == []
    cast.section.carriageway_m2 = Decimal(1000)
    db.session.flush()
    people.confirmed(cast, area_m2=Decimal(10))
    people.confirmed(cast, type_code="ac_linear_crack", area_m2=Decimal(10), depth_mm=None)
    people.filed(cast, area_m2=Decimal(500))
    people.closed(cast, area_m2=Decimal(500))
    people.confirmed(cast, surface="sidewalk", type_code="sw_crack", area_m2=Decimal(5), depth_mm=None)
    people.confirmed(cast, type_code="pcc_pothole", area_m2=Decimal(5))
    rejected = people.confirmed(cast, area_m2=Decimal(100))
    defects.reject(cast.supervisor, rejected, seen=rejected.version, reason="无")
    (found,) = estimate.estimates(cast.engineer, cast.section)
    assert found.areas == {"ac_pothole": Decimal(10), "ac_linear_crack": Decimal(10)}
    assert (found.kind, found.index.value, found.places) == ("pci", Decimal("75.47"), 2)


def test_too_small_for_the_index_is_left_out_of_the_estimate(cast):
    cast.section.carriageway_m2 = Decimal(1000)
    people.confirmed(cast, depth_mm=10)
    assert estimate.estimates(cast.engineer, cast.section)[0].index.value == 100


def bring_in(cast, text, encoding="utf-8"):
    return survey_file.bring_in(cast.engineer, text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_brings_in_surveys_and_the_same_file_again_nothing(either_cast, encoding):
    text = (
        HEAD
        + f"{either_cast.section_id},,,,2018-05-20,81.5,70,,检测院\n,颍河路,桐柏路,华山路,2018/5/3,,,３.2,\n,,,,,,,,\n"
    )
    report = bring_in(either_cast, text, encoding)
    assert (report.faults, report.counts) == ([], {"added": 3, "changed": 0, "same": 0})
    db.session.commit()
    again = bring_in(either_cast, text.replace("81.5", "82.5"), encoding)
    assert again.counts == {"added": 0, "changed": 1, "same": 2}
    assert rows(either_cast) == 3


def test_each_faulty_row_is_named_by_its_number(cast):
    text = HEAD + (
        f"{cast.section_id},,,,2018-05-20,181.5,,,\n"
        f"{cast.other_section_id},,,,2018-05-20,80,,,\n"
        ",颍河路,桐柏路,建设路,2018-05-20,80,,,\n"
        f"{cast.section_id},,,,20 May,80,,,\n"
        f"{cast.section_id},,,,2018-05-20,many,,,\n"
        f"{cast.section_id},,,,2018-05-20,80,,,\n"
    )
    report = bring_in(cast, text)
    assert [re.findall(r"\d+", fault)[0] for fault in report.faults] == list("23456")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00a", b"a,b\n1,2\n", b'"road', "道路,检测日期,PCI\n\x00".encode(), b"x" * 3_000_000]
)
def test_what_is_no_file_of_surveys_is_refused_in_words(cast, content):
    assert len(survey_file.bring_in(cast.engineer, content).faults) == 1


def post(client, address, **data):
    csrf = people.token(client, "/account")
    return client.post(address, data={"csrf_token": csrf, **data}, content_type="multipart/form-data")


def test_the_condition_page_takes_a_survey_and_keeps_a_wrong_one_typed(stage, client_of):
    client = client_of("engineer")
    address = f"/sections/{stage.section_id}/condition"
    wrong = post(client, address, kind="iri", value="31", surveyed_on="2018-05-20", source="检测院")
    assert wrong.status_code == 400
    assert 'value="31"' in wrong.text
    assert post(client, address, kind="pci", value="61", surveyed_on="2018-05-20", source="检测院").status_code == 302
    page = client.get(address).text
    assert "61.00" in page
    assert "检测院" in page
    assert post(client_of("inspector"), address, kind="pci", value="61", surveyed_on="2018-05-20").status_code == 403
    assert 'name="value"' not in client_of("inspector").get(address).text


def test_a_file_is_tried_first_and_a_faulty_one_writes_nothing(stage, client_of):
    client = client_of("engineer")
    good = f"{stage.section_id},,,,2018-05-20,80,,,\n"
    for text, for_real, status, count in (
        (HEAD + good, "", 200, 0),
        (HEAD + good + "9,,,,2018-05-20,80,,,\n", "y", 400, 0),
        (HEAD + good, "y", 200, 1),
        (HEAD + good, "y", 200, 1),
    ):
        data = {"file": (io.BytesIO(text.encode()), "s.csv")} | ({"for_real": for_real} if for_real else {})
        assert post(client, "/surveys/import", **data).status_code == status
        with stage.app.app_context():
            assert rows(stage) == count
    form = client.get("/surveys/form.csv").get_data(as_text=True)
    assert "颍河路" in form
    unfilled = post(client, "/surveys/import", file=(io.BytesIO(form.encode()), "s.csv"), for_real="y")
    assert "文件中没有检测结果" in unfilled.text
