"""The rules of reminding are data: changed by an administrator with a reason, each change kept and on record."""

import pytest
from sqlalchemy import select

from roadworks.base.calendar import Unit
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound, Stale
from roadworks.notifications import rules
from roadworks.notifications.models import ReminderRule
from roadworks.notifications.rules import Level, change, in_force, levels_of
from roadworks.workflow import audit
from roadworks.workflow.words import WORDS
from tests.notifications.test_reminders import at, raised
from tests.support import cast as people
from tests.workorders.test_pages import post

SOON = people.NOON.replace(hour=4)  # noon in Zhengzhou: two hours of work later


def rule(cast, code: str) -> ReminderRule:
    return db.session.scalars(in_force(cast.district_id).filter_by(code=code)).one()


def changed(cast, row, **said):
    values = {"amount": row.amount, "unit": Unit(row.unit), "levels": levels_of(row), "urgent": row.urgent}
    values |= {"active": True, "reason": "汛期", "seen": row.version}
    return change(said.pop("by", cast.admin), row, **{**values, **said})


def test_every_rule_and_addressee_has_its_word():
    assert set(rules.CODES) == set(WORDS["reminder_rule"])
    assert set(rules.ADDRESSEES) == set(WORDS["addressee"])


def test_a_new_row_follows_the_old_one_and_holds_from_then_on(either_cast):
    people.filed(either_cast)
    db.session.commit()
    assert at(SOON) == 0
    row = rule(either_cast, "triage")
    fresh = changed(either_cast, row, amount=2, unit=Unit.WORK_HOUR, levels=[Level(("engineer", "leader")[1:])])
    db.session.commit()
    db.session.refresh(row)
    assert (row.amount, row.ended_at is not None, fresh.amount) == (4, True, 2)
    told = audit.history(fresh)[-1]
    assert (told.verb, told.changes["amount"], told.facts["reason"]) == ("reminders.edit", [4, 2], "汛期")
    assert at(SOON) == 1
    assert raised() == [("triage", "leader", 1)]


def test_a_rule_switched_off_raises_nothing_and_settles_what_it_raised(either_cast):
    people.filed(either_cast)
    db.session.commit()
    assert at(people.NOON.replace(hour=9)) == 1
    changed(either_cast, rule(either_cast, "triage"), active=False)
    db.session.commit()
    at(people.NOON.replace(hour=10))
    assert raised(state="open") == []


def test_senseless_rules_are_refused(cast):
    row = rule(cast, "triage")
    one = Level(("supervisor",))
    for said, field in (
        ({"amount": 1000}, "amount"),
        ({"levels": []}, "levels"),
        ({"levels": [one] * 4}, "levels"),
        ({"levels": [Level(("mayor",))]}, "levels"),
        ({"levels": [Level(("supervisor",), 2, Unit.WORK_DAY), one]}, "levels"),
        ({"reason": ""}, "reason"),
    ):
        with pytest.raises(BadInput) as wrong:
            changed(cast, row, **said)
        assert wrong.value.field == field
    with pytest.raises(NotAllowed):
        changed(cast, row, by=cast.supervisor)
    with pytest.raises(NotFound):
        changed(cast, row, by=cast.stranger)
    with pytest.raises(Stale):
        changed(cast, row, seen=row.version + 1)


def test_the_page_keeps_what_was_typed_and_shows_the_history(stage, client_of):
    with stage.app.app_context():
        number = db.session.scalars(select(ReminderRule.id).where(ReminderRule.code == "triage")).first()
    admin, address = client_of("admin"), f"/admin/reminders/{number}"
    said = {"amount": "6", "unit": "work_hour", "to-1": ["supervisor", "engineer"], "after-1": "0", "active": "1"}
    said |= {"unit-1": "work_hour", "to-2": ["leader"], "after-2": "3", "unit-2": "work_day"}
    bad = post(admin, address, 1, **said)
    assert bad.status_code == 400
    assert 'value="6"' in bad.text
    assert post(admin, address, 1, **said | {"amount": "viele"}, reason="x").status_code == 400
    assert post(admin, address, 1, **said | {"amount": "６"}, reason="人手不足").status_code == 302
    page = admin.get("/admin/reminders").text
    assert "人手不足" in page.split("<caption>")[1]  # the row in force says since when, by whom and why
    assert "人手不足" not in page.split("<caption>")[2]
    stale = post(admin, address, 1, **said, reason="又改")
    assert stale.status_code == 409
    for fact in ("<dt>规则</dt><dd>病害未确认</dd>", "<dt>时限</dt><dd>6 个工作时</dd>", "<dt>超限后</dt><dd>3</dd>"):
        assert fact in stale.text, "as the rule in force says, and what was typed"
