"""The pages of a project: faults at their fields, papers handed out safely, and never one statement more."""

import io
import re

import pytest
from sqlalchemy import event

from roadworks.base.db import db
from roadworks.projects import stages
from roadworks.projects.models import Project
from tests.support import cast as people
from tests.support import documents as made


@pytest.fixture
def there(stage):
    """A project in tender, with its address."""
    with stage.app.app_context():
        project = people.project(stage, "tender")
        db.session.commit()
        stage.__dict__["address"] = f"/projects/{project.id}"
    return stage


def form(client, address: str, **said) -> dict:
    """What a form of the page sends: its token and version, and what is said."""
    text = client.get(address).text
    found = re.search(r'name="version" value="(\d+)"', text)
    once = dict(re.findall(r'name="(once)" value="([^"]+)"', text))
    return {"csrf_token": people.token(client, address), "version": found.group(1) if found else "0", **once, **said}


def test_a_project_is_made_from_nothing_and_keeps_what_was_typed(stage, client_of):
    client = client_of("engineer")
    said = form(client, "/projects/new", category="major", estimate_yuan="1２，345.5 万元", limits_zh="甲—乙")
    wrong = client.post("/projects/new", data={**said, "name_zh": "", "warranty_months": "12"})
    assert wrong.status_code == 400
    assert 'href="#name_zh"' in wrong.text
    assert "1２，345.5 万元" in wrong.text
    ids = {"section_ids": [str(stage.section_id)], "in_charge_id": "", "stage": "tender", "on": "2018-06-01"}
    done = client.post("/projects/new", data={**said, **ids, "name_zh": "嵩山路大修", "warranty_months": "24"})
    assert done.status_code == 302
    page = client.get(done.location).text
    assert "嵩山路大修" in page
    assert "123 455 000.00" in page.replace("\u202f", " ")
    with stage.app.app_context():
        project = db.session.query(Project).one()
        assert (project.stage, project.in_charge_id, project.warranty_months) == ("tender", stage.engineer.id, 24)
        assert [s.section_id for s in project.stretches] == [stage.section_id]


def test_a_form_that_is_sent_twice_makes_one_project(stage, client_of):
    client = client_of("engineer")
    said = form(client, "/projects/new", name_zh="嵩山路大修", category="major", warranty_months="12")
    first, again = (client.post("/projects/new", data=said) for _ in range(2))
    assert (first.status_code, again.location) == (302, first.location)
    other = form(client, "/projects/new", name_zh="嵩山路大修", category="major", warranty_months="12")
    assert client.post("/projects/new", data=other).location != first.location
    assert client.post("/projects/new", data={**other, "once": "x"}).status_code == 400


def test_the_history_says_which_field_was_changed_and_how(there, client_of):
    client = client_of("supervisor")
    with there.app.app_context():
        project = db.session.query(Project).one()
        base = {"name_zh": project.name_zh, "category": "medium", "warranty_months": "12", "designer": "乙设计院"}
    said = form(client, there.address + "/edit", **base, expected_on="2018-09-30")
    assert client.post(there.address + "/edit", data=said).status_code == 302
    tender = form(client, there.address + "/tender", method="open", sale_from="2018-06-01")
    assert client.post(there.address + "/tender", data=tender).status_code == 302
    plan = form(client, there.address + "/plan", tender="2018-08-01", do="save")
    assert client.post(there.address + "/plan", data=plan).status_code == 302
    trail = client.get(there.address).text.split('id="trail"')[1].replace("\u202f", "")
    for line in (
        "预计恢复通行：– → 2018年9月30日",
        "→ 乙设计院",
        "招标文件发售开始：– → 2018年6月1日",
        "招标：– → 2018年8月1日",
    ):
        assert line in trail


def test_a_wrong_day_comes_back_at_its_field_with_the_reason_kept(there, client_of):
    client = client_of("supervisor")
    said = form(client, there.address, reason="评标报告在路上", on="2018-07-30")
    back = client.post(f"{there.address}/skip", data=said)
    assert back.status_code == 400
    assert 'href="#skip-on"' in back.text
    assert "评标报告在路上" in back.text
    assert re.search(r'id="skip-on"[^>]*value="2018-07-30"[^>]*aria-invalid', back.text)
    done = client.post(f"{there.address}/skip", data={**said, "on": "2018-06-20"})
    assert done.status_code == 302
    assert client.get(there.address).status_code == 200


def test_days_typed_in_full_width_or_in_chinese_are_read_in_steps_and_forms(there, client_of):
    client = client_of("supervisor")
    base = {"name_zh": "颍河路中修", "category": "medium", "warranty_months": "12"}
    edit = form(client, there.address + "/edit", **base, expected_on="２０１８－０９－３０")
    assert client.post(there.address + "/edit", data=edit).status_code == 302
    tender = form(client, there.address + "/tender", method="open", sale_from="2018年6月1日")
    assert client.post(there.address + "/tender", data=tender).status_code == 302
    skip = form(client, there.address, reason="评标报告在路上", on="２０１８年６月２０日")
    assert client.post(f"{there.address}/skip", data=skip).status_code == 302
    pause = form(client, there.address, reason="管控", code="control", until="2018/8/1")
    assert client.post(f"{there.address}/suspend", data=pause).status_code == 302
    with there.app.app_context():
        project = db.session.query(Project).one()
        days = (project.expected_on, project.tenders[0].sale_from, project.paused_until)
        assert [str(day) for day in days] == ["2018-09-30", "2018-06-01", "2018-08-01"]
        assert str(next(row.left_on for row in project.dates if row.stage == "tender")) == "2018-06-20"


def test_a_shut_gate_is_a_conflict_that_names_what_is_missing(there, client_of):
    client = client_of("engineer")
    answer = client.post(f"{there.address}/advance", data=form(client, there.address, on="2018-06-20"))
    assert answer.status_code == 409
    assert "评标报告" in answer.text
    assert "招标公告" not in answer.text
    assert "2018-06-20" in answer.text


def test_a_conflict_calls_the_stage_as_the_bureau_does(there, client_of):
    with there.app.app_context():
        project = db.session.query(Project).one()
        stages.current_stage(project).name_zh = "招投标"
        db.session.commit()
    client = client_of("engineer")
    old = form(client, there.address, reason="管线单位有异议")
    client.post(f"{there.address}/coordinate", data=old)
    assert "招投标" in client.post(f"{there.address}/coordinate", data=old).text


def test_an_old_page_is_a_conflict_that_keeps_what_was_typed(there, client_of):
    client = client_of("engineer")
    old = form(client, there.address, reason="管线单位有异议")
    client.post(f"{there.address}/coordinate", data={**old, "reason": "先来的"})
    answer = client.post(f"{there.address}/coordinate", data=old)
    assert answer.status_code == 409
    assert "管线单位有异议" in answer.text
    assert "XM2018-001" in answer.text


@pytest.mark.parametrize("verb", ["suspend", "cancel", "undo", "retender", "coordinate"])
def test_every_step_without_its_reason_comes_back_to_its_form(there, client_of, verb):
    client = client_of("supervisor")
    answer = client.post(f"{there.address}/{verb}", data=form(client, there.address, until="2018-08-01", code="funds"))
    assert answer.status_code == 400
    assert f'id="{verb}-reason"' in answer.text


def test_a_paper_is_sent_and_handed_out_as_a_download_only(there, client_of):
    client = client_of("engineer")
    with there.app.app_context():
        asked = stages.current_stage(db.session.query(Project).one()).papers[0].id
    token = people.token(client, there.address)
    sent = {"csrf_token": token, "gate_paper": str(asked), "file": (io.BytesIO(made.PDF), "招标 文件\u202e.exe")}
    done = client.post(f"{there.address}/papers", data=sent, content_type="multipart/form-data")
    assert done.status_code == 302
    page = client.get(there.address).text
    address = re.search(rf'href="({there.address}/papers/\d+)"', page).group(1)
    answer = client_of("leader").get(address)
    assert answer.data == made.PDF
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "filename*=UTF-8''%E6%8B%9B%E6%A0%87%20%E6%96%87%E4%BB%B6.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "application/pdf"
    assert client_of("stranger").get(address).status_code == 404
    assert client_of("leader").get(address.replace(there.address, "/projects/99")).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"MZ", made.office("a.txt"), made.bomb()],
)
def test_a_hostile_file_is_refused_at_its_field_and_leaves_nothing(there, client_of, content):
    client = client_of("engineer")
    sent = {
        "csrf_token": people.token(client, there.address),
        "name": "合同",
        "file": (io.BytesIO(content), "合同.pdf"),
    }
    answer = client.post(f"{there.address}/papers", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert 'id="paper-file-fault"' in answer.text
    assert 'value="合同"' in answer.text
    assert "papers/1" not in client.get(there.address).text


@pytest.mark.parametrize(("size", "status"), [(50 * 1024 * 1024 + 1, 400), (60_000_000, 413)])
def test_a_file_over_the_limit_is_refused(there, client_of, size, status):
    client = client_of("engineer")
    fields = {"csrf_token": people.token(client, there.address), "name": "x"}
    head = "".join(f'--edge\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    head += '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = head.encode() + made.PDF.ljust(size, b" ") + b"\r\n--edge--\r\n"
    answer = client.post(f"{there.address}/papers", data=body, content_type="multipart/form-data; boundary=edge")
    assert answer.status_code == status
    assert "50 MB" in answer.text or status == 413


def test_progress_with_a_photo_is_shown_to_all_who_may_see_the_project(there, client_of):
    client = client_of("engineer")
    said = {"csrf_token": people.token(client, there.address), "percent": "101", "text": "开工", "on": "2018-06-27"}
    wrong = client.post(
        f"{there.address}/progress",
        data={**said, "photos": (io.BytesIO(people.jpeg()), "a.jpg")},
        content_type="multipart/form-data",
    )
    assert wrong.status_code == 400
    kept = re.search(r'name="kept" value="(\d+)"', wrong.text).group(1)
    done = client.post(f"{there.address}/progress", data={**said, "percent": "10", "kept": kept})
    assert done.status_code == 302
    assert client_of("leader").get(f"/photos/{kept}/thumb").status_code == 200
    assert client_of("stranger").get(f"/photos/{kept}/thumb").status_code == 404
    assert "10 %" in client.get(there.address).text


def test_a_project_of_another_district_is_not_there(there, client_of):
    client = client_of("stranger")
    for last in ("", "/edit", "/sections.geojson"):
        assert client.get(there.address + last).status_code == 404


def test_everybody_else_sees_the_project_without_buttons(there, client_of):
    for who in ("inspector", "crew", "leader", "admin"):
        text = client_of(who).get(there.address).text
        assert "XM2018-001" in text
        assert "/projects/1/advance" not in text
        assert "/projects/1/edit" not in text


def test_the_page_asks_the_database_no_more_for_a_long_history(there, client_of):
    client = client_of("engineer")
    client.get(there.address)

    def statements() -> int:
        found = []
        with there.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *said: found.append(said[2]))
        assert client.get(there.address).status_code == 200
        return len(found)

    before = statements()
    with there.app.app_context():
        project = db.session.query(Project).one()
        for n in range(6):
            people.paper(there, project, made.PDF + str(n).encode(), name=f"纪要{n}")
        from roadworks.projects import cover, progress

        for n in range(4):
            progress.add(
                there.engineer, project, percent=n, text="", photos=[people.picture(there.engineer, f"#00000{n}")]
            )
        cover.take(there.supervisor, project, [people.confirmed(there) for _ in range(5)])
        db.session.commit()
    assert statements() <= before + 3, "one for the photos, two for the defects"
    assert before <= 22
