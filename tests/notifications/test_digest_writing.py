"""One digest per person and ISO week, whatever is started twice, killed, late, or edited afterwards."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select, text

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db, reading
from roadworks.defects.models import Defect
from roadworks.network.models import Road
from roadworks.notifications import digest
from roadworks.notifications.models import Digest, Letter
from roadworks.notifications.weeks import Week, week_of
from roadworks.projects.tables import StageRule
from tests.notifications.digests import MONDAY, WEEK, of, write_due, written
from tests.support import cast as people
from tests.support import live

WHO = ("supervisor", "leader", "crew", "inspector", "engineer")
READERS = 8  # of the cast, in both districts


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_is_written_when_its_hour_has_come_and_once(either_cast):
    people.filed(either_cast)
    db.session.commit()
    assert write_due(MONDAY - timedelta(seconds=1)) == 0, "of the week before nobody was there when it was due"
    assert write_due(MONDAY) == READERS
    for later in (timedelta(0), timedelta(hours=1), timedelta(days=6, hours=15)):
        assert write_due(MONDAY + later) == 0
    assert count(Digest) == count(Letter) == READERS
    assert write_due(MONDAY + timedelta(days=7)) == READERS


def test_each_district_has_its_own_day_and_hour(cast):
    home = db.session.get_one(District, cast.district_id)
    home.digest_weekday, home.digest_hour = 2, 17
    db.session.commit()
    assert write_due(MONDAY) == 1, "the other district's supervisor"
    wednesday = datetime(2018, 7, 4, 9, 0, tzinfo=UTC)
    assert write_due(wednesday - timedelta(minutes=1)) == 0
    assert write_due(wednesday) == READERS - 1
    facts = of(cast, "leader").facts
    assert (facts["since"], facts["until"], facts["ahead"]) == ("2018-06-27", "2018-07-03", "2018-07-10")
    home = db.session.get_one(District, cast.district_id)
    home.digest_weekday, home.digest_hour = 4, 8
    db.session.commit()
    assert write_due(datetime(2018, 7, 6, 0, 0, tzinfo=UTC)) == 0, "a day moved within the week brings no second"


def test_a_missed_hour_is_made_up_once_and_missed_weeks_are_not(cast):
    db.session.commit()
    assert write_due(MONDAY + timedelta(days=23)) == READERS
    assert set(db.session.scalars(select(Digest.week))) == {"2018-W30"}


def test_no_monday_of_a_year_is_missed_and_none_comes_twice(cast):
    """From October 2017 to January 2019: 国庆, New Year, 春节, and every week between; asked at odd hours."""
    with clock.at(datetime(2017, 9, 1, tzinfo=UTC)):
        for person in people.everybody():
            person.created_at = clock.now()
            person.active = person.username in {"leader", "stranger"}
        db.session.commit()
    moment, end = datetime(2017, 9, 24, 16, 0, tzinfo=UTC), datetime(2019, 1, 20, 16, 0, tzinfo=UTC)
    told: Counter[str] = Counter()
    step = timedelta(hours=8)
    while moment < end:
        # 00:00, 08:00 and 16:00 in Zhengzhou
        wrote = write_due(moment)
        if wrote:
            there = clock.local(moment)
            assert (there.weekday(), there.hour) == (0, 8), there
            told[str(week_of(moment))] += wrote
        moment += step
    weeks = []
    week = Week(2017, 39)
    while week <= Week(2019, 3):
        weeks.append(str(week))
        week = week.after()
    assert told == dict.fromkeys(weeks, 2)
    assert {"2017-W40", "2017-W52", "2018-W01", "2018-W08", "2018-W40", "2018-W52", "2019-W01"} <= set(told)
    assert count(Letter) == count(Digest) == 2 * len(weeks)


def test_week_53_and_the_week_after_it(cast):
    for person in people.everybody():
        person.created_at = datetime(2020, 1, 1, tzinfo=UTC)
    db.session.commit()
    for moment, week in (
        (datetime(2020, 12, 21, 0, tzinfo=UTC), "2020-W52"),
        (datetime(2020, 12, 28, 0, tzinfo=UTC), "2020-W53"),
        (datetime(2021, 1, 1, 0, tzinfo=UTC), None),
        (datetime(2021, 1, 3, 15, 59, tzinfo=UTC), None),
        (datetime(2021, 1, 4, 0, tzinfo=UTC), "2021-W01"),
    ):
        assert write_due(moment) == (READERS if week else 0)
        if week:
            assert of(cast, "leader", week).facts["left"] == (
                {"week": {"2020-W53": "2020-W52", "2021-W01": "2020-W53"}[week], "n": 0, "rows": []}
                if week != "2020-W52"
                else None
            )


def test_a_kill_in_the_middle_leaves_the_rest_to_do(either_cast, monkeypatch):
    people.filed(either_cast)
    db.session.commit()
    monkeypatch.setattr(digest, "BATCH", 3)
    whole, calls = digest._store, []

    def dies(*args) -> int:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(digest, "_store", dies)
    with pytest.raises(KeyboardInterrupt):
        write_due(MONDAY)
    db.session.rollback()
    assert count(Digest) == count(Letter) == 3
    monkeypatch.setattr(digest, "_store", whole)
    assert write_due(MONDAY) == READERS - 3
    assert count(Digest) == count(Letter) == READERS


def test_a_letter_that_cannot_be_written_takes_its_digest_with_it(cast, monkeypatch):
    db.session.commit()

    def fails(*_letters) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(digest.outbox, "write_all", fails)
    with pytest.raises(RuntimeError):
        write_due(MONDAY)
    db.session.rollback()
    assert count(Digest) == count(Letter) == 0, "both in one transaction"


WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from roadworks import create_app
from roadworks.notifications import digest
from tests.notifications.digests import write_due
from tests.support import databases
app = create_app(databases.options(Path(sys.argv[1]), sys.argv[2]))
digest.BATCH = 2
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    print(write_due(datetime.fromisoformat(sys.argv[3])))
"""


def test_five_processes_at_once_write_one_digest_and_one_letter_each(either_app):
    with either_app.app_context(), clock.at(people.NOON):
        cast = people.make_cast()
        for make in people.ORDERS.values():
            make(cast)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    url = either_app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-c", WRITER, str(either_app.config["INSTANCE"])]
    command += ["" if url.startswith("sqlite") else url, MONDAY.isoformat()]
    writers = [
        subprocess.Popen(command, cwd=live.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    wrote = [int(writer.communicate(timeout=300)[0]) for writer in writers]
    assert sum(wrote) == READERS
    with either_app.app_context():
        assert count(Digest) == count(Letter) == READERS
        keys = Counter(db.session.scalars(select(Letter.key)))
        assert set(keys.values()) == {1}
        assert all(key.startswith("digest:") and key.endswith(f":{WEEK}") for key in keys)


def statements(work) -> int:
    seen = []

    def keep(_conn, _cursor, statement, *_more) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
    return len(seen)


def test_reading_costs_the_same_number_of_statements_for_any_number_of_rows_and_readers(cast):
    def all_of_it() -> None:
        with clock.at(MONDAY):
            assert list(digest.worded(cast.district_id, week_of(MONDAY)))

    def grow(n: int) -> None:
        with clock.at(people.NOON):
            for _ in range(n):
                people.filed(cast)
                people.handed_back(cast)
                people.done(cast)
                people.working(cast)
        db.session.commit()

    grow(1)
    few = statements(all_of_it)
    grow(12)
    assert statements(all_of_it) == few
    made = people.everybody()[0]
    for number in range(60):
        values = {
            "role": "inspector" if number % 2 else "crew",
            "crew_id": cast.crew_id,
            "district_id": cast.district_id,
        }
        db.session.add(type(made)(username=f"p{number}", name="x", password_hash="x", created_at=people.NOON, **values))
    db.session.commit()
    assert statements(all_of_it) == few
    assert few < 110


def test_it_reads_the_same_after_every_edit(stage, client_of):
    with stage.app.app_context(), clock.at(people.NOON):
        for make in people.ORDERS.values():
            make(stage)
        people.filed(stage)
        _project_with_a_day(stage)
        for who in WHO:
            written(stage, who)
        stored = {row.id: (row.subject, row.text, row.html, row.facts) for row in db.session.scalars(select(Digest))}
    clients = {who: client_of(who) for who in WHO}

    def main(who: str) -> str:
        page = clients[who].get(f"/notifications/digests/{WEEK}").text
        return page[page.index("<main") : page.index("</main>")]

    with clock.at(MONDAY):
        before = {who: main(who) for who in clients}
    with stage.app.app_context(), clock.at(MONDAY + timedelta(days=400)):
        stage.crew_row.name_zh = stage.crew_row.name_en = "改名班"
        for road in db.session.scalars(select(Road)):
            road.name_zh = "改名路"
        for person in people.everybody():
            person.name = "改名"
        for rule in db.session.scalars(select(StageRule)):
            rule.name_zh = rule.name_en = "改名阶段"
        home = db.session.get_one(District, stage.district_id)
        home.name_zh = home.bureau_zh = "改名区"
        db.session.execute(text("UPDATE defect SET number = 'X' || id, severity = 'slight', area_m2 = 1"))
        db.session.execute(
            text("UPDATE work_order SET number = 'Y' || id, hand_back_reason = 'x', rework_reason = 'x'")
        )
        db.session.commit()
        write_due(clock.now())
        again = {
            row.id: (row.subject, row.text, row.html, row.facts)
            for row in db.session.scalars(select(Digest).where(Digest.week == WEEK))
        }
        assert {key: again[key] for key in stored} == stored
    with clock.at(MONDAY + timedelta(days=400)):
        clients = {who: client_of(who) for who in clients}
        assert {who: main(who) for who in clients} == before
    assert "养护局" in before["leader"] or "中原区" in before["leader"]
    assert "改名" not in before["leader"]
    assert all("施工图设计" in before[who] for who in ("leader", "engineer"))


def test_a_stage_is_told_by_the_name_in_force_and_an_older_digest_by_the_common_one(stage, client_of):
    with stage.app.app_context():
        _project_with_a_day(stage)
        for rule in db.session.scalars(select(StageRule).where(StageRule.code == "drawings")):
            rule.name_zh = {"medium": "出图", "major": "大修出图"}.get(rule.category, rule.name_zh)
        people.project(stage, "drawings", category="major", name_zh="嵩山路大修")
        for who in ("leader", "engineer"):
            assert "出图" in written(stage, who).text
        assert "大修出图 / 出图" in of(stage, "leader").text
    client = client_of("engineer")
    with clock.at(MONDAY):
        assert "出图" in client.get(f"/notifications/digests/{WEEK}").text
    with stage.app.app_context():
        for row in db.session.scalars(select(Digest)):
            row.facts = _as_before(row.facts)
        db.session.commit()
    with clock.at(MONDAY):
        for who in ("engineer", "leader"):
            page = client_of(who).get(f"/notifications/digests/{WEEK}")
            assert page.status_code == 200
            assert "出图" not in page.text
            assert "施工图设计" in page.text


def _project_with_a_day(cast) -> None:
    project = people.project(cast, "drawings")
    for row in project.dates:
        if row.stage == "drawings":
            row.planned_on = date(2018, 6, 30)
    db.session.commit()


def _as_before(facts):
    """Facts as they were kept before they knew the names of stages."""
    if isinstance(facts, dict):
        kept = {k: _as_before(v) for k, v in facts.items() if k != "stage_name"}
        return kept | {"stages": [row[:2] for row in facts["stages"]]} if "stages" in facts else kept
    return [_as_before(row) for row in facts] if isinstance(facts, list) else facts


def test_pages_are_the_readers_own_and_only_of_weeks_that_are_there(stage, client_of):
    with stage.app.app_context():
        people.handed_back(stage)
        written(stage, "supervisor")
    with clock.at(MONDAY):
        client = client_of("supervisor")
        assert WEEK in client.get("/notifications/digests").text
        page = client.get(f"/notifications/digests/{WEEK}").text
        assert "有管线" in page
        mail = client.get(f"/notifications/digests/{WEEK}/mail.txt")
        assert mail.mimetype == "text/plain"
        assert mail.text.startswith("〔1 件待办〕第27周 道路养护周报\n")
        for week in ("2018-W26", "2018-W54", "2018-27", "x", "2018-W2%00"):
            assert client.get(f"/notifications/digests/{week}").status_code == 404, week
        assert "有管线" not in client_of("crew2").get(f"/notifications/digests/{WEEK}").text
        assert "有管线" not in client_of("stranger").get(f"/notifications/digests/{WEEK}").text
        english = client.get(f"/notifications/digests/{WEEK}", headers={"Accept-Language": "en"})
        assert "Handed back (1)" in english.text


def test_the_preview_is_marked_and_stores_nothing(stage, client_of):
    with stage.app.app_context():
        people.handed_back(stage)
        db.session.commit()
    page = client_of("supervisor").get("/notifications/digests/preview").text
    assert "预览" in page
    assert "2018年第27周" in page
    assert "有管线" in page
    for who in ("leader", "engineer", "crew", "inspector"):
        assert client_of(who).get("/notifications/digests/preview").status_code == 200
    with stage.app.app_context():
        assert count(Digest) == count(Letter) == 0


def test_before_its_hour_on_a_monday_the_next_one_is_this_weeks(stage, client_of):
    with clock.at(MONDAY - timedelta(minutes=5)):
        assert "2018年第27周" in client_of("leader").get("/notifications/digests/preview").text
    with clock.at(MONDAY):
        assert "2018年第28周" in client_of("leader").get("/notifications/digests/preview").text


def test_the_command_prints_without_storing_and_writes_what_is_missing(stage):
    with stage.app.app_context(), clock.at(people.NOON):
        people.handed_back(stage)
        db.session.commit()
    runner = stage.app.test_cli_runner()
    with clock.at(MONDAY):
        told = runner.invoke(args=["digest", "--week", WEEK, "--dry-run"])
        assert told.exit_code == 0, told.output
        assert "〔1 件待办〕第27周 道路养护周报" in told.output
        assert "supervisor·甲" in told.output
        with stage.app.app_context():
            assert count(Digest) == 0
        assert (
            "中原区 2018-W27: 7 written"
            in runner.invoke(args=["digest", "--week", WEEK, "--district", "410102"]).output
        )
        again = runner.invoke(args=["digest"]).output
        assert "中原区 2018-W27: 0 written" in again
        assert "二七区 2018-W27: 1 written" in again
        assert "〔1 件待办〕" in runner.invoke(args=["digest", "--dry-run"]).output, "it shows those written, too"
        early = runner.invoke(args=["digest", "--week", "2018-W28"])
        assert early.exit_code != 0
        assert "not due yet" in early.output
        assert runner.invoke(args=["digest", "--week", "2018-W28", "--dry-run"]).exit_code == 0
        assert runner.invoke(args=["digest", "--week", "2018-28"]).exit_code != 0
        assert runner.invoke(args=["digest", "--district", "999999"]).exit_code != 0


def test_reading_holds_up_nobody_and_cannot_write(either_cast):
    with pytest.raises(RuntimeError):
        either_cast.crew.name = "x"
        with reading():
            pass
    db.session.rollback()
    with reading():
        assert db.session.scalar(select(func.count()).select_from(Defect)) == 0
        with pytest.raises(Exception, match="(?i)read-?only"):
            db.session.execute(text("DELETE FROM person"))
    db.session.execute(text("UPDATE person SET name = 'y'"))
    db.session.rollback()


def test_what_a_person_knows_of_dates_is_told_in_their_language(cast):
    people.working(cast)
    cast.supervisor.language = "en"
    found = written(cast, "supervisor")
    assert found.subject == "[1 overdue] Road maintenance, week 27"
    assert f"ahead to {date(2018, 7, 8).day} Jul 2018" in found.text
    assert of(cast, "leader").text.startswith("2018年第27周")
