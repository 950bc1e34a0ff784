"""The district's own legal calendar: seeded, completed, edited with a reason on record, shown on roads and projects."""

from datetime import date

import pytest
from sqlalchemy import delete, func, select

from roadworks import jobs
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound, Stale
from roadworks.network import actions as network
from roadworks.projects import legal_rules
from roadworks.projects.legal import DEFAULTS
from roadworks.projects.legal_rules import bans_for, complete, in_force, section_facts
from roadworks.projects.tables import LegalRule
from roadworks.workflow import audit
from tests.support import cast as people


def rule(cast, code: str) -> LegalRule:
    statement = select(LegalRule).where(LegalRule.district_id == cast.district_id, LegalRule.code == code)
    return db.session.scalars(statement).one()


def overhauled(cast, day: date) -> None:
    section = cast.section
    values = {"from_zh": section.from_zh, "to_zh": section.to_zh, "last_overhaul_on": day}
    network.change_section(cast.engineer, section, values, seen=section.version)


def test_a_new_district_has_the_default_calendar(either_cast):
    rows = in_force(either_cast.district_id)
    assert rows == list(DEFAULTS)
    assert all("条例" in row.citation for row in rows)


def test_older_districts_get_what_they_lack_and_only_once(either_cast):
    kept = rule(either_cast, "winter")
    legal_rules.change(
        either_cast.admin, kept, values={"from": "12-01", "to": "02-28"}, citation="本市通知", active=True,
        reason="暖冬", seen=kept.version,
    )  # fmt: skip
    db.session.execute(delete(LegalRule).where(LegalRule.code.in_(("holiday", "event"))))
    db.session.commit()
    assert [r.code for r in in_force(either_cast.district_id)][-2:] == ["holiday", "event"], (
        "until then the default holds"
    )
    both = (either_cast.district_id, either_cast.other_id)
    assert [complete(district) for district in (*both, *both)] == [2, 2, 0, 0]
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(LegalRule)) == 10
    assert rule(either_cast, "winter").values == {"from": "12-01", "to": "02-28"}


def test_the_nightly_job_completes_and_keeps_what_it_added(either_cast):
    db.session.execute(delete(LegalRule).where(LegalRule.code == "winter"))
    db.session.commit()
    assert jobs.complete_tables() == 2
    db.session.rollback()
    assert rule(either_cast, "winter").values == {"from": "11-15", "to": "03-15"}
    assert jobs.complete_tables() == 0


def test_a_change_needs_a_reason_and_stands_in_the_trail(cast):
    row = rule(cast, "no_dig_overhaul")
    said = {"values": {"years": 4}, "citation": "本区规定 第三条", "active": False}
    with pytest.raises(BadInput) as fault:
        legal_rules.change(cast.admin, row, **said, reason=" ", seen=row.version)
    assert fault.value.field == "reason"
    legal_rules.change(cast.admin, row, **said, reason="新规施行", seen=row.version)
    event = audit.history(row)[-1]
    assert (event.verb, event.facts["reason"]) == ("legal.edit", "新规施行")
    assert event.changes["values"] == [{"years": 3}, {"years": 4}]
    assert event.changes["active"] == [True, False]
    assert "no_dig_overhaul" not in {r.code for r in in_force(cast.district_id)}, (
        "switched off is off, no default instead"
    )


def test_only_the_districts_admin_changes_it_and_on_the_newest_version(cast):
    row = rule(cast, "winter")
    said = {"values": row.values, "citation": row.citation, "active": True, "reason": "x"}
    for who in ("supervisor", "engineer", "leader"):
        with pytest.raises(NotAllowed):
            legal_rules.change(getattr(cast, who), row, **said, seen=row.version)
    with pytest.raises(NotFound):
        legal_rules.change(cast.stranger, row, **said, seen=row.version)
    with pytest.raises(Stale):
        legal_rules.change(cast.admin, row, **said, seen=row.version + 1)


def test_a_section_is_protected_three_years_after_its_overhaul(cast):
    assert section_facts([cast.section]) == {}
    overhauled(cast, date(2016, 5, 1))
    [(word, said)] = section_facts([cast.section])[cast.section_id]
    assert "2019年5月1日" in said
    assert "第十七条" in said
    assert word == "禁掘期"


def test_a_rebuilding_protects_five_years_a_major_repair_three_a_medium_one_none(cast):
    for category, until in (("medium", None), ("major", "2020年6月1日"), ("reconstruct", "2022年6月1日")):
        people.project(cast, "handover", category=category)
        facts = section_facts([cast.section])
        assert (until in facts[cast.section_id][0][1]) if until else facts == {}, category


def test_a_project_is_warned_of_the_works_before_it_not_of_itself(cast):
    own = people.project(cast, "handover", category="reconstruct")
    later = people.project(cast, "tender")
    span = (date(2019, 6, 1), date(2019, 6, 10))
    assert [ban.last for ban in bans_for(later, *span) if ban.rule.code == "no_dig_new"] == [date(2022, 6, 1)]
    assert [ban for ban in bans_for(own, *span) if ban.rule.code == "no_dig_new"] == []


@pytest.fixture
def office(stage):
    """The stage with the ids of its rules, by code."""
    with stage.app.app_context():
        rows = db.session.scalars(select(LegalRule).where(LegalRule.district_id == stage.district_id))
        stage.__dict__["rules"] = {row.code: row.id for row in rows}
    return stage


def sent(office, client, code: str, **values):
    address = f"/admin/legal/{office.rules[code]}"
    form = {"csrf_token": people.token(client, address), "version": 1, "active": "1", "reason": "新规", **values}
    return client.post(address, data={"citation": "条例 第十八条", **form})


def test_the_admin_edits_each_kind_of_rule_and_sees_its_history(office, client_of):
    client = client_of("admin")
    for code, values in (
        ("no_dig_new", {"years": "６"}),
        ("winter", {"from": "11-20", "to": "03-10"}),
        ("holiday", {"before": "10", "after": "3"}),
        (
            "event",
            {
                "before": "10",
                "after": "3",
                "events": "2018-09-20 2018-09-22 少数民族 运动会\n\n2018-10-01 2018-10-01 庆典",
            },
        ),
    ):
        assert sent(office, client, code, **values).status_code == 302, code
    with office.app.app_context():
        rows = {row.code: row.values for row in in_force(office.district_id)}
    assert rows["no_dig_new"] == {"years": 6}
    assert rows["winter"] == {"from": "11-20", "to": "03-10"}
    assert rows["event"]["events"][0] == {"from": "2018-09-20", "to": "2018-09-22", "name": "少数民族 运动会"}
    page = client.get(f"/admin/legal/{office.rules['no_dig_new']}").get_data(as_text=True)
    assert "新规" in page
    assert "admin·甲" in page
    page = client.get(f"/admin/legal/{office.rules['event']}").get_data(as_text=True)
    assert "少数民族 运动会" in page
    assert "条例 第十八条" in client.get("/admin/legal").get_data(as_text=True)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("no_dig_new", {"years": "21"}),
        ("no_dig_new", {"years": "-1"}),
        ("no_dig_new", {"years": ""}),
        ("winter", {"from": "02-29", "to": "03-15"}),
        ("winter", {"to": "13-01", "from": "11-15"}),
        ("holiday", {"after": "91", "before": "15"}),
        ("event", {"events": "2018-09-20 运动会", "before": "1", "after": "1"}),
        ("event", {"events": "2018-09-22 2018-09-20 运动会", "before": "1", "after": "1"}),
        ("event", {"events": "2018-09-22 2018-09-23", "before": "1", "after": "1"}),
        ("event", {"events": "1018-09-22 2018-09-23 长", "before": "1", "after": "1"}),
        ("no_dig_new", {"reason": "", "years": "5"}),
        ("no_dig_new", {"citation": "", "years": "5"}),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_its_field(office, client_of, code, values):
    answer = sent(office, client_of("admin"), code, **values)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert f'href="#{next(iter(values))}"' in page
    assert f'id="{next(iter(values))}-fault"' in page


def test_the_page_of_a_road_tells_until_when_nobody_digs(stage, client_of):
    with stage.app.app_context():
        overhauled(stage, date(2016, 5, 1))
        db.session.commit()
    page = client_of("inspector").get("/roads/1").get_data(as_text=True)
    assert "禁掘期" in page
    assert "至 2019年5月1日" in page
