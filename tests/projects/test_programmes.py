"""Programmes: exclusive stages add up to the total, milestones stand beside it, what was recorded is kept."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound, Stale
from roadworks.projects import counts, tracker
from roadworks.projects.boards import Programme
from roadworks.projects.counts import Line
from roadworks.workflow import audit
from tests.support import cast as people

PARKS = [("基本建成", 7), ("在建", 12), ("施工招标", 3), ("设计", 22), ("协调", 1)]
TODAY = people.NOON.date()


def lines(*pairs, milestone=()):
    return [Line(name, Decimal(n)) for name, n in pairs] + [
        Line(name, Decimal(n), milestone=True) for name, n in milestone
    ]


def parks(cast, **values):
    return people.programme(cast, **values)


def record(cast, programme, said, note="", as_of=TODAY, by=None):
    tracker.record(by or cast.supervisor, programme, as_of=as_of, lines=said, note=note, seen=programme.version)


def test_the_published_parks_add_up_and_the_greenways_do_not():
    assert counts.total(lines(*PARKS)) == 45
    assert counts.adds_up(lines(*PARKS, milestone=[("选址", 45)]), Decimal(45))
    assert not counts.adds_up(lines(("西三环", 15), ("陇海路", 4)), Decimal(9))
    assert counts.share(Decimal("1195600"), Decimal(1_000_000)) == Decimal("119.56")
    assert counts.share(Decimal(103230), Decimal(50000)) == Decimal("206.46")
    assert counts.share(Decimal(1), None) is None


def test_the_bar_shows_each_stage_as_its_share_of_the_total():
    assert counts.bar(lines(("a", 1), ("b", 1)), Decimal(4)) == [(0.0, 100.0), (100.0, 100.0)]
    assert counts.bar(lines(("a", 15), ("b", 5)), Decimal(9)) == [(0.0, 300.0), (300.0, 100.0)]
    assert counts.bar(lines(milestone=[("选址", 45)]), None) == []


def test_stages_that_do_not_add_up_are_refused_at_the_counts_unless_noted_as_printed(either_cast):
    programme = parks(either_cast)
    wrong = lines(("在建", 12), ("设计", 22))
    with pytest.raises(BadInput) as refused:
        record(either_cast, programme, wrong)
    assert refused.value.field == "counts"
    assert "34" in str(refused.value.message)
    record(either_cast, programme, wrong, note="原文如此")
    db.session.commit()
    assert not counts.adds_up(tracker.latest(programme), programme.sited)
    assert programme.as_printed == "原文如此"


def test_a_note_excuses_only_the_sum_it_was_written_for(cast):
    programme = parks(cast)
    record(cast, programme, lines(("在建", 12)), note="原文如此")
    with pytest.raises(BadInput) as refused:
        record(cast, programme, lines(("在建", 13)), note="原文如此")
    assert refused.value.field == "note"
    record(cast, programme, lines(("在建", 13)), note="第二次公布为13")
    record(cast, programme, lines(*PARKS), note="第二次公布为13")


def test_a_total_that_the_last_counts_do_not_reach_is_refused_at_its_field(cast):
    programme = parks(cast)
    record(cast, programme, lines(*PARKS))
    values = {name: getattr(programme, name) for name in tracker.FIELDS}
    with pytest.raises(BadInput) as refused:
        tracker.edit(cast.supervisor, programme, {**values, "sited": Decimal(46)}, seen=programme.version)
    assert refused.value.field == "sited"
    tracker.edit(cast.supervisor, programme, {**values, "sited": None}, seen=programme.version)


def test_earlier_counts_are_kept_and_the_latest_day_counts(either_cast):
    programme = parks(either_cast)
    record(either_cast, programme, lines(*PARKS), as_of=date(2018, 3, 31))
    with clock.at(people.NOON + timedelta(minutes=5)):
        record(either_cast, programme, lines(("在建", 45)))
    with clock.at(people.NOON + timedelta(minutes=9)):
        record(either_cast, programme, lines(("在建", 44), ("建成", 1)))
    db.session.commit()
    db.session.expire_all()
    kept = counts.records(db.session.get_one(Programme, programme.id).counts)
    assert [(r.as_of, [line.stage_zh for line in r.lines]) for r in kept] == [
        (TODAY, ["在建", "建成"]),
        (TODAY, ["在建"]),
        (date(2018, 3, 31), [name for name, _n in PARKS]),
    ]
    assert not list(audit.faults(either_cast.district_id))


def test_what_makes_no_sense_is_refused(cast):
    programme = parks(cast)
    for said, as_of, field in (
        ([], TODAY, "counts"),
        (lines(("在建", 20), ("在建", 25)), TODAY, "counts"),
        (lines(*PARKS), TODAY + timedelta(days=1), "as_of"),
    ):
        with pytest.raises(BadInput) as refused:
            record(cast, programme, said, as_of=as_of)
        assert refused.value.field == field


def test_only_who_may_edit_records_and_nobody_elsewhere(cast):
    programme = parks(cast)
    with pytest.raises(NotAllowed):
        record(cast, programme, lines(*PARKS), by=cast.inspector)
    with pytest.raises(NotFound):
        record(cast, programme, lines(*PARKS), by=cast.stranger)
    with pytest.raises(NotFound):
        tracker.add(cast.stranger, db.session.get_one(District, cast.district_id), {"name_zh": "x"})
    with pytest.raises(Stale):
        tracker.record(
            cast.supervisor, programme, as_of=TODAY, lines=lines(*PARKS), note="", seen=programme.version - 1
        )


def send(client, address, **data):
    return client.post(address, data={"csrf_token": people.token(client, "/account"), **data})


def test_a_programme_is_added_counted_and_corrected_in_the_browser(stage, client_of):
    client = client_of("engineer")
    said = {
        "name_zh": "公厕建设",
        "year": "2018",
        "unit_zh": "座",
        "unit_en": "toilets",
        "target": "１２１",
        "sited": "121",
    }
    assert send(client, "/programmes/new", **{**said, "sited": "很多"}).status_code == 400
    assert send(client, "/programmes/new", **said).location == "/programmes/1"
    page = client.get("/programmes/1/counts").text
    assert 'name="stage_zh-9"' in page
    typed = {
        "version": 1,
        "as_of": "2018-06-27",
        "stage_zh-0": "建成",
        "count-0": "4",
        "stage_zh-1": "在建",
        "count-1": "81",
    }
    refused = send(client, "/programmes/1/counts", **typed)
    assert refused.status_code == 400
    assert "各阶段之和为 85" in refused.text
    assert 'value="在建"' in refused.text, "what was typed stays"
    whole = {
        **typed,
        "stage_zh-2": "未开工",
        "count-2": "36",
        "stage_zh-3": "选址",
        "count-3": "121",
        "milestone-3": "1",
    }
    wrong = send(client, "/programmes/1/counts", **{**whole, "count-1": "八十一"})
    assert 'id="count-1-fault"' in wrong.text
    assert send(client, "/programmes/1/counts", **{**whole, "stage_zh-1": ""}).status_code == 400
    assert send(client, "/programmes/1/counts", **{**whole, "as_of": "31 June"}).status_code == 400
    assert send(client, "/programmes/1/counts", **whole).status_code == 302
    assert send(client, "/programmes/1/counts", **whole).status_code == 409, "an old page"
    shown = client.get("/programmes").text
    assert "121 = 121 ✓" in shown
    assert "shade-2" in shown
    again = client.get("/programmes/1/counts").text
    assert 'value="在建"' in again
    assert "checked" in again


def test_more_than_is_read_and_shown(stage, client_of):
    with stage.app.app_context():
        parks(stage, sited=None)
        db.session.commit()
    client = client_of("supervisor")
    typed = {"version": 1, "as_of": "2018-06-27", "stage_zh-0": "更新维修", "count-0": "700余", "milestone-0": "1"}
    assert send(client, "/programmes/1/counts", **typed).status_code == 302
    with stage.app.app_context():
        (line,) = db.session.get_one(Programme, 1).counts
        assert (line.count, line.approximate, line.milestone) == (700, True, True)
    assert "余" in client.get("/programmes/1").text


def test_programmes_of_another_district_are_not_there(stage, client_of):
    with stage.app.app_context():
        parks(stage)
        db.session.commit()
    client = client_of("stranger")
    for address in ("/programmes/1", "/programmes/1/edit", "/programmes/1/counts"):
        assert client.get(address).status_code == 404, address
    assert client_of("leader").get("/programmes/1").status_code == 200
    assert client_of("leader").get("/programmes/1/counts").status_code == 403
    assert client_of("leader").get("/programmes?year=2017").status_code == 200
