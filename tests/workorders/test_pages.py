"""Orders through the browser's door: the journey of a desk, the sheet, two people at once."""

import io
import re

import segno

from roadworks.base.db import db
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people


def post(client, address, version, page="/defects/new", **data):
    csrf = people.token(client, "/account")
    return client.post(
        address, data={"csrf_token": csrf, "version": version, **data}, content_type="multipart/form-data"
    )


def state(stage, order_id=1):
    with stage.app.app_context():
        order = db.session.get_one(WorkOrder, order_id)
        return order.state, order.version


def test_an_order_walks_from_the_desk_to_the_bulletin(stage, client_of):
    with stage.app.app_context():
        ids = [people.confirmed(stage).id for _ in range(2)]
        db.session.commit()
    boss, crew, eye = client_of("supervisor"), client_of("crew"), client_of("inspector")
    answer = post(boss, "/workorders/new", 1, defect=ids, crew=stage.crew_id, instruction="先围护")
    assert answer.status_code == 302, answer.text
    page = crew.get("/").text
    assert "GD20180627-0001" in page
    for verb in ("accept", "make-safe", "start"):
        assert post(crew, f"/workorders/1/{verb}", state(stage)[1]).status_code == 302, verb
    assert crew.get("/workorders/1/finish").status_code == 200
    bad = post(crew, "/workorders/1/finish", state(stage)[1], **{"m2-1": "abc"})
    assert bad.status_code == 400
    photos = {f"photos-{n}": (io.BytesIO(people.jpeg("white", (60 + n, 40))), "a.jpg") for n in (1, 2)}
    answer = post(crew, "/workorders/1/finish", state(stage)[1], **{"m2-1": "３．１ 平方米", "m2-2": "0.9"}, **photos)
    assert answer.status_code == 302, answer.text
    assert post(crew, "/workorders/1/pass", state(stage)[1]).status_code == 403
    assert post(eye, "/workorders/1/pass", state(stage)[1]).status_code == 302
    assert boss.get("/reports/bulletin.json").json["area_m2"] == {"total": 4.0, "carriageway": 4.0, "sidewalk": 0.0}
    rows = boss.get("/reports/mended").text
    assert "3.10" in rows
    assert "0.90" in rows


def test_what_was_done_is_told_as_a_bureau_writes_it(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    crew = client_of("crew")
    post(crew, "/workorders/1/accept", state(stage)[1])
    assert "GD20180627-0001：已接单" in crew.get("/workorders/1").text


def test_the_list_names_each_filter_in_force_and_takes_it_away(stage, client_of):
    client = client_of("supervisor")
    text = client.get(f"/workorders?state=done&state=closed&severity=severe&crew={stage.crew_id}&from=2018-01-01").text
    chips = dict(re.findall(r'<a class="chip" href="([^"]*)">([^<]*)<', text))
    rest = f"severity=severe&amp;crew={stage.crew_id}&amp;from=2018-01-01"
    assert chips[f"/workorders?state=closed&amp;{rest}"] == "完工待核查"
    assert chips[f"/workorders?state=done&amp;state=closed&amp;crew={stage.crew_id}&amp;from=2018-01-01"] == "重"
    assert set(chips.values()) == {"完工待核查", "已结案", "重", "一班", "≥ 2018-01-01", "全部清除"}
    assert "≤" not in client.get("/workorders").text


def test_photos_stay_kept_when_the_measure_is_missing(stage, client_of):
    with stage.app.app_context():
        people.working(stage)
        db.session.commit()
    crew = client_of("crew")
    wrong = post(
        crew, "/workorders/1/finish", state(stage)[1], **{"photos-1": (io.BytesIO(people.jpeg("white")), "a.jpg")}
    )
    assert wrong.status_code == 400
    kept = re.search(r'name="kept-1" value="(\d+)"', wrong.text).group(1)
    answer = post(crew, "/workorders/1/finish", state(stage)[1], **{"kept-1": kept, "m2-1": "2"})
    assert answer.status_code == 302
    assert state(stage)[0] == "done"


def test_a_measure_of_ten_times_what_was_filed_is_asked_about_once_and_shown_to_who_verifies(stage, client_of):
    with stage.app.app_context():
        filed = people.working(stage).lines[0].defect.area_m2
        db.session.commit()
    crew, slip = client_of("crew"), {"m2-1": f"{filed * 10}"}
    shot = {"photos-1": (io.BytesIO(people.jpeg("white")), "a.jpg")}
    asked = post(crew, "/workorders/1/finish", state(stage)[1], **slip, **shot)
    assert (asked.status_code, 'href="#sure-1"' in asked.text) == (400, True)
    assert 'class="field bad" data-times' in asked.text
    kept = dict(re.findall(r'name="(kept-1)" value="(\d+)"', asked.text))
    assert post(crew, "/workorders/1/finish", state(stage)[1], **slip, **kept, **{"sure-1": "y"}).status_code == 302
    verifier = client_of("inspector")
    assert "相差约 10 倍" in verifier.get("/workorders/1").text
    assert "相差约 10 倍" in verifier.get("/sync/1/orders").json["orders"][0]["lines"][0]["slip"]


def test_one_photo_in_two_fields_is_told_where_it_stands_and_the_form_can_be_mended(stage, client_of):
    with stage.app.app_context():
        people.working(stage, 2)
        db.session.commit()
    crew, measured = client_of("crew"), {"m2-1": "2", "m2-2": "3"}
    shot = {f"photos-{n}": (io.BytesIO(people.jpeg("white")), "a.jpg") for n in (1, 2)}
    wrong = post(crew, "/workorders/1/finish", state(stage)[1], **measured, **shot)
    assert wrong.status_code == 400
    assert "已用于 BH20180627-0001" in wrong.text
    kept = dict(re.findall(r'name="(kept-\d)" value="(\d+)"', wrong.text))
    assert list(kept) == ["kept-1"]
    other = {"photos-2": (io.BytesIO(people.jpeg("silver")), "a.jpg")}
    assert post(crew, "/workorders/1/finish", state(stage)[1], **measured, **kept, **other).status_code == 302


def test_two_people_at_once_one_wins_and_the_other_sees_the_newer_state_and_what_they_typed(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    seen = state(stage)[1]
    assert post(client_of("crew"), "/workorders/1/accept", seen).status_code == 302
    answer = post(client_of("supervisor"), "/workorders/1/void", seen, reason="重复派工了")
    assert answer.status_code == 409
    assert "GD20180627-0001" in answer.text
    assert "<dt>原因</dt><dd>重复派工了</dd>" in answer.text
    assert state(stage)[0] == "accepted"


def test_a_missing_or_silly_version_is_bad_input(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    for version in ("", "1 OR 1=1", "-1", "9" * 30):
        assert post(client_of("crew"), "/workorders/1/accept", version).status_code == 400


def test_the_sheet_has_the_fields_of_the_paper_and_a_code(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    client = client_of("supervisor")
    text = client.get("/workorders/1/sheet", headers={"Accept-Language": "zh-CN"}).text
    for field in (
        "设施损坏通知单",
        "通知号",
        "设施名称",
        "损坏部位",
        "损坏情况及原因",
        "处理意见",
        "班长",
        "技术员",
        "巡查员",
    ):
        assert field in text, field
    assert "<svg" in text


def test_a_deadline_is_a_short_number_however_it_is_typed(stage, client_of):
    chief = client_of("admin")
    for amount, status in (("0" * 6 + "9" * 40, 400), ("1000", 400), ("x", 400), ("１２", 302)):
        answer = post(chief, "/admin/deadlines/1", 1, amount=amount, unit="work_day", reason="汛期")
        assert answer.status_code == status, amount


def test_get_on_a_step_is_405(stage, client_of):
    assert client_of("crew").get("/workorders/1/accept").status_code == 405


def test_pages_cost_a_bounded_number_of_statements(stage, client_of):
    from sqlalchemy import event

    with stage.app.app_context():
        for _ in range(12):
            people.done(stage)
        engine = db.engine
        db.session.commit()
    client = client_of("supervisor")
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *a: counted.append(statement))
    most = {
        "/defects": 8,
        "/defects/1": 8,
        "/workorders": 8,
        "/workorders/1": 10,
        "/": 22,
        "/reports/bulletin": 13,
        "/defects.geojson": 3,
        "/roads": 5,
        "/healthz": 1,
    }
    for address, limit in most.items():
        counted.clear()
        assert client.get(address).status_code == 200
        statements = [s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]
        assert len(statements) <= limit, f"{address}: {len(statements)} statements\n" + "\n".join(
            s[:140] for s in statements
        )


def test_the_code_on_the_printed_order_opens_it_after_signing_in(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    address = "http://localhost/workorders/1"
    code = segno.make(address, error="m").svg_inline(scale=4, omitsize=True, svgclass="qr")
    assert code in client_of("supervisor").get("/workorders/1/sheet").text
    phone = stage.app.test_client()
    asked = phone.get(address)
    assert asked.status_code == 302
    login = asked.headers["Location"]
    page = phone.get(login).text
    said = {"username": "crew", "password": people.PASSWORD, "csrf_token": people.token(phone, login)}
    answer = phone.post(login, data=said | ({"next": "/workorders/1"} if 'name="next"' in page else {}))
    assert answer.headers["Location"].endswith("/workorders/1")
    assert "GD20180627-0001" in phone.get(answer.headers["Location"]).text


def test_an_order_given_to_the_wrong_crew_goes_to_the_right_one_from_its_page_until_it_is_accepted(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss, address = client_of("supervisor"), "/workorders/1"
    page = boss.get(address).text
    assert re.findall(r'<option value="(\d+)"', page) == [str(stage.crew2_id)], "the crew that has it is not offered"
    assert post(boss, f"{address}/reassign", 1, crew=stage.crew_id).status_code == 400
    answer = post(boss, f"{address}/reassign", 1, crew=stage.crew2_id)
    assert answer.status_code == 302, answer.text
    page = boss.get(address).text
    assert "已改派" in page
    assert "GD20180627-0001 · 二班" in page
    assert client_of("crew").get(address).status_code == 404
    assert post(client_of("crew2"), f"{address}/accept", 2).status_code == 302
    assert "/reassign" not in boss.get(address).text
