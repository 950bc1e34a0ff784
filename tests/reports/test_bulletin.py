"""The bulletin's figures are sums over rows that a link shows; exports are safe."""

import csv
import functools
import io
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from roadworks.base import clock, sheets
from roadworks.base.db import db
from roadworks.base.i18n import force_locale
from roadworks.base.web import paged
from roadworks.defects import actions as defects
from roadworks.defects.catalogue import TYPES
from roadworks.reports import bulletin
from roadworks.reports import views as reports
from roadworks.reports.bulletin import kind_name
from tests.support import cast as people

HALF = (people.NOON.date().replace(month=1, day=1), people.NOON.date().replace(day=30))


def test_only_verified_area_counts_by_surface_and_only_true_places(either_cast):
    people.closed(either_cast, n=2, m2="1.25")
    people.closed(either_cast, m2="4.00", surface="sidewalk", type_code="sw_missing")
    people.done(either_cast, m2="100.00")
    twin = people.confirmed(either_cast)
    defects.merge(either_cast.supervisor, twin, people.filed(either_cast), seen=twin.version)
    rejected = people.filed(either_cast)
    defects.reject(either_cast.supervisor, rejected, seen=rejected.version, reason="无")
    db.session.commit()
    report = bulletin.work_out(either_cast.leader, *HALF)
    assert report.defects_found == 5
    assert report.area_m2 == {"carriageway": Decimal("2.50"), "sidewalk": Decimal("4.00")}
    assert report.total_m2 == Decimal("6.50")
    assert (report.punctual.on_time, report.punctual.n) == (2, 2)
    assert (
        bulletin.sentence_zh(report)
        == "上半年，共巡查发现道路病害5处，维修保养道路7平方米，其中车行道3平方米，人行道4平方米。"
    )


def test_the_lines_behind_the_area_are_paged_but_counted_and_summed_whole(stage, client_of, monkeypatch):
    monkeypatch.setattr(reports, "paged", functools.partial(paged, size=2))
    with stage.app.app_context():
        people.closed(stage, n=3, m2="1.25")
        people.closed(stage, m2="4.00", surface="sidewalk", type_code="sw_missing")
        db.session.commit()
    client = client_of("leader")
    first = client.get("/reports/mended?from=2018-01-01&to=2018-06-30").text
    onward = unescape(re.search(r'rel="next" href="([^"]+)"', first).group(1))
    second = client.get(onward).text
    for page in (first, second):
        assert "7.75" in page, "the sum is of all lines, whichever are shown"
        assert len(re.findall(r">BH\d{8}-\d{4}<", page)) == 2
    assert 'rel="next"' not in second
    assert "4.00" in client.get("/reports/mended?from=2018-01-01&to=2018-06-30&surface=sidewalk").text


def test_found_and_mended_go_by_their_own_dates(cast):
    order = people.done(cast)
    with clock.at(people.NOON + timedelta(days=10)):
        from roadworks.workorders import actions

        actions.pass_(cast.inspector, order, seen=order.version)
    db.session.commit()
    first = bulletin.work_out(cast.leader, *HALF)
    second = bulletin.work_out(cast.leader, HALF[0].replace(month=7), HALF[1].replace(month=12))
    assert (first.defects_found, first.total_m2) == (1, 0)
    assert (second.defects_found, second.total_m2) == (0, Decimal("3.10"))


def test_a_late_hand_in_is_not_on_time(cast):
    order = people.working(cast)
    with clock.at(people.NOON + timedelta(days=30)):
        from roadworks.workorders import actions

        line = order.lines[0]
        actions.measure(cast.crew, order, line, m2=Decimal(1), m=None, photos=[people.picture(cast.crew)])
        db.session.flush()
        actions.finish(cast.crew, order, seen=order.version)
        actions.pass_(cast.inspector, order, seen=order.version)
    report = bulletin.work_out(cast.leader, HALF[0], HALF[1].replace(month=12))
    assert (report.punctual.on_time, report.punctual.n, report.punctual.share) == (0, 1, Decimal("0.0"))


def test_the_repeat_rate_is_the_crews_own_and_adds_up_from_the_rows_it_links_to(stage, client_of):
    far = {"lat": people.LAT + 0.001}
    with stage.app.app_context():
        with clock.at(people.NOON - timedelta(days=300)):
            people.closed(stage)
            people.closed(stage, n=4, lat=people.LAT + 0.002)
        for days in (150, 20, 0):
            with clock.at(people.NOON - timedelta(days=days)):
                people.filed(stage)
        with clock.at(people.NOON - timedelta(days=200)):
            people.filed(stage)
            people.filed(stage, **far)
        rejected = people.filed(stage)
        defects.reject(stage.supervisor, rejected, seen=rejected.version, reason="无")
        db.session.commit()
    client = client_of("leader")
    page = client.get("/reports/bulletin?from=2018-01-01&to=2018-06-30").text
    table = page[page.index('id="again"') :].split("</table>")[0]
    (found, n_found), (mended, n_mended) = re.findall(r'<a href="([^"]+)">(\d+)</a>', table)
    assert (n_found, n_mended) == ("3", "5")
    assert "60.0 %" in table
    rows = client.get(unescape(found)).text
    assert len(set(re.findall(r"BH\d{8}-\d{4}", rows))) == 3
    rows = client.get(unescape(mended)).text
    assert len(re.findall(r"BH\d{8}-\d{4}", rows)) == 5
    said = client.get("/reports/bulletin.json?from=2018-01-01&to=2018-06-30").json["repeats"]
    assert (said["found"], said["mended"], said["percent"], said["mended_since"]) == (3, 5, 60.0, "2016-01-01")
    assert [(one["crew_id"], one["found"]) for one in said["by_crew"]] == [(stage.crew_id, 3)]
    file = client.get("/reports/bulletin.csv?from=2018-01-01&to=2018-06-30").text
    assert "复发率 一班,60.0,%" in file


def test_the_json_holds_the_contract(stage, client_of):
    with stage.app.app_context():
        people.closed(stage)
        db.session.commit()
    body = client_of("leader").get("/reports/bulletin.json?from=2018-01-01&to=2018-06-30").json
    assert body["defects_found"] == 1
    assert body["area_m2"] == {"total": 3.1, "carriageway": 3.1, "sidewalk": 0.0}
    assert set(body["sentence"]) == {"zh", "en"}


def test_csv_has_a_bom_and_no_formula_and_xlsx_only_text(stage, client_of):
    evil = '=HYPERLINK("x")'
    with stage.app.app_context():
        people.filed(stage, place=evil, note="+1", type_code="ac_rutting")
        db.session.commit()
    client = client_of("leader")
    content = client.get("/defects.csv").data
    assert content.startswith(b"\xef\xbb\xbf")
    row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1]
    assert "'" + evil in row
    assert "'+1" in row
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/defects.xlsx").data))
    cells = book.get_sheet_by_index(0).to_python()[1]
    assert evil in cells
    assert b"<f>" not in client.get("/defects.xlsx").data
    figures = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/reports/bulletin.xlsx").data))
    assert len(figures.sheet_names) >= 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_distress_types_read_the_same_in_the_bulletin(stage, language):
    with stage.app.test_request_context(), force_locale(language):
        names = [kind_name(code) for code in TYPES]
    assert len(set(names)) == len(names)


def test_control_signs_do_not_break_an_export():
    assert sheets.as_xlsx({"x": [("a\x00b", 1)]})
    assert b"ab" in sheets.as_csv([("a\x07b",)])


def test_periods_that_make_no_sense_are_told(stage, client_of):
    client = client_of("leader")
    for bad in ("from=2018-02-31", "from=2018-07-01&to=2018-01-01", "to=9999-12-31", "from=0000-00-00"):
        assert client.get(f"/reports/bulletin?{bad}").status_code == 400, bad
