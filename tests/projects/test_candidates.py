"""Candidates: the arithmetic, re-summed from the rows that its numbers link to; the frozen snapshot; covering."""

import html
import re
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import event

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects import actions as defects
from roadworks.defects.models import Defect
from roadworks.network import actions as network
from roadworks.projects import candidates
from roadworks.projects.models import Project
from roadworks.projects.repeats import repeats
from roadworks.workflow.permissions import System
from roadworks.workorders import actions as orders
from tests.support import cast as people

METRE = 1 / 111_320.0


def worn(cast):
    """A section of 1000 m² carriageway: 12.4 m² open in three states, 3.1 + 7 m² mended, and what must not count."""
    cast.section.carriageway_m2 = Decimal(1000)
    people.confirmed(cast)
    people.issued(cast)
    kept = people.confirmed(cast, area_m2=Decimal("7.60"))
    defects.cover(cast.supervisor, kept, seen=kept.version, reason="中修")
    people.closed(cast)
    people.closed(cast, m2="7.00")
    people.filed(cast, area_m2=Decimal(90))
    rejected = people.filed(cast, area_m2=Decimal(90))
    defects.reject(cast.supervisor, rejected, seen=rejected.version, reason="无")
    people.confirmed(cast, surface="sidewalk", type_code="sw_crack", area_m2=Decimal(5), depth_mm=None)
    people.confirmed(cast, surface="ancillary", type_code="cover_missing", area_m2=Decimal(0), depth_mm=None)
    with clock.at(people.NOON - timedelta(days=740)):
        people.closed(cast, m2="50.00")
    db.session.flush()


def second_section(cast, **values):
    """Another section of the same road, 100 m long by its line."""
    line = [[people.LON, people.LAT], [people.LON, people.LAT + 100 * METRE]]
    boss = System(role="admin", district_id=cast.district_id)
    said = {"from_zh": "华山路", "to_zh": "嵩山路", "centreline": line, **values}
    return network.add_section(boss, cast.section.road, said)


def work_out(cast, *args):
    return candidates.work_out(cast.supervisor, *candidates.period(), *args)


def test_the_share_is_open_and_mended_m2_over_the_section(either_cast):
    worn(either_cast)
    (one,) = work_out(either_cast)
    road, walk = one.sums["carriageway"], one.sums["sidewalk"]
    assert (road.open_m2, road.open_places, road.mended_m2, road.mended_places) == (
        Decimal("12.40"),
        3,
        Decimal("10.10"),
        2,
    )
    assert road.percent == Decimal("2.25")
    assert (walk.open_m2, walk.percent) == (5, None)


def test_the_period_is_24_months_to_the_day(cast):
    assert candidates.period(date(2018, 6, 27)) == (date(2016, 6, 27), date(2018, 6, 27))
    assert candidates.period(date(2020, 2, 29)) == (date(2018, 2, 28), date(2020, 2, 29))
    cast.section.carriageway_m2 = Decimal(100)
    for day, counted in ((date(2016, 6, 27), 1), (date(2016, 6, 26), 0)):
        with clock.at(people.NOON.replace(year=day.year, day=day.day)):
            order = people.closed(cast)
        found = work_out(cast)
        assert sum(one.sums["carriageway"].mended_places for one in found) == counted
        defect = order.lines[0].defect
        orders.take_back(cast.supervisor, order, seen=order.version, reason="x")
        defects.merge(
            cast.supervisor, defect, people.filed(cast), seen=defect.version
        ) if defect.state == "filed" else None
        orders.fail(cast.inspector, order, seen=order.version, reason="x")
        defects.reject(cast.supervisor, defect, seen=defect.version, reason="x")


def test_sections_of_unknown_area_stand_apart_by_m2_per_metre(cast):
    worn(cast)
    longer = second_section(cast)
    short = second_section(cast, from_zh="嵩山路", to_zh="秦岭路", length_m=Decimal(10))
    bare = second_section(cast, from_zh="秦岭路", to_zh="西环路", centreline=None)
    for section in (bare, longer, short):
        people.confirmed(cast, section=section)
    known, unknown = candidates.ranked(work_out(cast), "carriageway")
    assert [one.section.id for one in known] == [cast.section_id]
    assert [one.section.id for one in unknown] == [short.id, longer.id, bare.id]
    assert [(one.per_metre("carriageway"), one.metres_from_line) for one in unknown] == [
        (Decimal("0.24"), False),
        (Decimal("0.02"), True),
        (None, False),
    ]


def test_found_again_is_the_same_type_within_15_m_after_it_was_mended(either_cast):
    with clock.at(people.NOON - timedelta(days=300)):
        before = people.closed(either_cast).lines[0].defect
        before.lat = people.LAT
    again = people.filed(either_cast, lat=people.LAT + 14.9 * METRE)
    people.filed(either_cast, lat=people.LAT + 15.3 * METRE)
    people.filed(either_cast, type_code="ac_raveling", depth_mm=None, area_m2=Decimal(1))
    twin = people.filed(either_cast)
    defects.merge(either_cast.supervisor, twin, again, seen=twin.version)
    people.filed(either_cast, section=second_section(either_cast))
    people.filed(either_cast, found_at=people.NOON - timedelta(days=301))
    db.session.flush()
    found = repeats(either_cast.supervisor, *candidates.period())
    assert {s: [(p.again.id, p.before.id) for p in pairs] for s, pairs in found.items()} == {
        either_cast.section_id: [(again.id, before.id)]
    }


def test_three_repairs_in_12_m_over_ten_months_are_two_repeats(cast):
    for days, metres in ((300, 0), (150, 6), (0, 12)):
        with clock.at(people.NOON - timedelta(days=days)):
            people.closed(cast, lat=people.LAT + metres * METRE)
    assert len(repeats(cast.supervisor, *candidates.period())[cast.section_id]) == 2


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", text))


def links(page: str, path: str) -> list[tuple[str, str]]:
    """(address, text) of the page's links that begin with `path`."""
    found = re.findall(r'<a href="([^"]+)"[^>]*>([^<]*)</a>', page)
    return [(html.unescape(address), text) for address, text in found if address.startswith(path)]


def column(page: str, label: str) -> list[Decimal]:
    return [number(text) for text in re.findall(rf'class="num" data-label="{label}">([^<]+)<', page)]


def test_every_number_of_the_page_is_the_sum_of_the_rows_it_links_to(stage, client_of):
    with stage.app.app_context():
        for days in (90, 0):
            with clock.at(people.NOON - timedelta(days=days)):
                people.closed(stage, m2="1.00")
        worn(stage)
        db.session.commit()
    client = client_of("supervisor")
    page = client.get("/projects/candidates?at_least=0").text
    (opened,) = links(page, "/defects?")
    (mended,) = links(page, "/reports/mended")
    (again,) = [link for link in links(page, "/projects/candidates/") if "#repeats" in link[0]]
    assert sum(column(client.get(opened[0]).text, "面积")) == number(opened[1]) == Decimal("12.40")
    assert sum(column(client.get(mended[0]).text, "m²")) == number(mended[1]) == Decimal("12.10")
    rows = client.get(again[0].split("#")[0]).text
    assert len(re.findall(r'data-label="相距"', rows)) == number(again[1]) == 7
    assert "2.45 %" in page


def test_the_threshold_hides_what_is_below_it(stage, client_of):
    with stage.app.app_context():
        worn(stage)
        db.session.commit()
    client = client_of("leader")
    row = re.compile(r'<tr data-share="2\.25"( hidden)?>')
    for asked, hidden in (("2.25", None), ("2.26", " hidden"), ("", " hidden"), ("abc", " hidden")):
        assert row.search(client.get(f"/projects/candidates?at_least={asked}").text).group(1) == hidden, asked
    assert client.get("/projects/candidates?surface=roof").status_code == 400
    assert 'name="section"' not in client.get("/projects/candidates").text


def make(client, **data):
    csrf = people.token(client, "/account")
    return client.post("/projects/make", data={"csrf_token": csrf, **data})


def test_a_project_made_of_a_section_freezes_its_arithmetic_and_covers_the_chosen(stage, client_of):
    with stage.app.app_context():
        worn(stage)
        db.session.commit()
    client = client_of("engineer")
    page = client.get(f"/projects/make?section={stage.section_id}").text
    assert 'value="颍河路中修"' in page
    ticked = re.findall(r'name="defect" value="(\d+)" checked', page)
    assert len(ticked) == 3
    said = {
        "section": stage.section_id,
        "name_zh": "颍河路中修",
        "category": "medium",
        "defect": ticked,
        "at_least": "2",
    }
    assert make(client, **{**said, "name_zh": ""}).status_code == 400
    assert make(client, **said).status_code == 302
    with stage.app.app_context():
        project = db.session.get_one(Project, 1)
        frozen = project.snapshot
        assert [d.state for d in db.session.query(Defect).filter(Defect.id.in_(ticked))] == ["covered"] * 3
        assert [stretch.section_id for stretch in project.stretches] == [stage.section_id]
        (part,) = frozen["sections"]
        road = part["surfaces"]["carriageway"]
        assert sum(Decimal(m2) for _id, _number, m2 in road["open"]) == Decimal(road["open_m2"]) == Decimal("12.40")
        assert sum(Decimal(row[3]) for row in road["mended"]) == Decimal(road["mended_m2"]) == Decimal("10.10")
        assert (road["percent"], frozen["asked"]["at_least"]) == ("2.25", "2")
        assert len(frozen["covered"]) == 3
        people.confirmed(stage, area_m2=Decimal(99))
        stage.section.carriageway_m2 = Decimal(1)
        db.session.commit()
        db.session.expire_all()
        assert db.session.get_one(Project, 1).snapshot == frozen
    page = client.get("/projects/1").text
    assert "(12.40 + 10.10) ÷ 1000.00 = <b>2.25 %</b>" in page
    assert "留待项目 3" in page


def test_chosen_defects_become_a_project_from_the_list(stage, client_of):
    with stage.app.app_context():
        ids = [people.confirmed(stage).id for _ in range(3)]
        filed = people.filed(stage).id
        db.session.commit()
    client = client_of("supervisor")
    page = client.get("/defects").text
    assert 'formaction="/projects/make"' in page
    address = "/projects/make?" + "&".join(f"defect={i}" for i in ids[:2])
    assert re.findall(r'name="defect" value="(\d+)" checked', client.get(address).text) == [str(i) for i in ids[:2]]
    assert make(client, defect=ids[:2], name_zh="颍河路中修", category="medium").status_code == 302
    with stage.app.app_context():
        assert [db.session.get_one(Defect, i).state for i in ids] == ["covered", "covered", "confirmed"]
    # Others were ticked with them: one that the first project has, one not confirmed, one kept while no project had it.
    with stage.app.app_context():
        kept = people.confirmed(stage)
        defects.cover(stage.supervisor, kept, seen=kept.version, reason="中修")
        kept_id = kept.id
        db.session.commit()
    address = "/projects/make?" + "&".join(f"defect={i}" for i in (ids[0], filed, kept_id, ids[2]))
    page = client.get(address).text
    assert re.findall(r'name="defect" value="(\d+)" checked', page) == [str(ids[2]), str(kept_id)]
    assert re.search(r"未纳入[^<]*BH20180627-0001 \(XM2018-001\)[^<]*BH20180627-0004 \(已上报\)", page)
    csrf = people.token(client, "/account")
    said = {"csrf_token": csrf, "name_zh": "工人路中修", "category": "medium"}
    # The form is sent to the address that names them all; what has no tick in it stays out.
    answer = client.post(address, data={**said, "defect": [filed, kept_id]}, follow_redirects=True)
    assert (answer.status_code, "BH20180627-0004 (已上报)" in answer.text) == (200, True)
    with stage.app.app_context():
        found = [db.session.get_one(Defect, i) for i in (ids[0], filed, kept_id, ids[2])]
        assert [d.state for d in found] == ["covered", "filed", "covered", "confirmed"]
        assert [d.project_id for d in found] == [1, None, 2, None]
    csrf = people.token(client, "/account")
    assert client.post("/projects/1/cover", data={"csrf_token": csrf, "defect": "x"}).status_code == 400
    page = client.get("/defects?project=1").text
    assert "颍河路中修" in page
    assert len(column(page, "面积")) == 2


def test_nobody_makes_a_project_of_another_districts_things(stage, client_of):
    with stage.app.app_context():
        defect_id = people.confirmed(stage).id
        db.session.commit()
    client = client_of("stranger")
    assert client.get(f"/projects/make?defect={defect_id}").status_code == 404
    assert make(client, section=stage.section_id, name_zh="x", category="medium").status_code == 404
    assert client.get(f"/projects/candidates/{stage.section_id}").status_code == 404
    for bad in ("x", "9" * 12):
        assert client_of("supervisor").get(f"/projects/make?defect={bad}").status_code == 400


def test_the_pages_cost_a_bounded_number_of_statements(stage, client_of):
    with stage.app.app_context():
        worn(stage)
        for n in range(12):
            people.closed(stage, section=second_section(stage, from_zh=f"{n}", carriageway_m2=Decimal(500)))
        engine = db.engine
        db.session.commit()
    client = client_of("supervisor")
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *a: counted.append(statement))
    most = {"/projects/candidates": 10, f"/projects/candidates/{stage.section_id}": 12}
    most |= {f"/sections/{stage.section_id}/condition": 8, f"/projects/make?section={stage.section_id}": 8}
    for address, limit in most.items():
        counted.clear()
        assert client.get(address).status_code == 200
        statements = [s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]
        assert len(statements) <= limit, f"{address}: {len(statements)}\n" + "\n".join(s[:120] for s in statements)
