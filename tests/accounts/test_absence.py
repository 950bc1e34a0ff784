"""Leave, substitutes and channels: one's own on the account page, anybody's by an administrator."""

from datetime import date

import pytest

from roadworks.accounts import absence
from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, Stale
from roadworks.workflow import audit
from tests.support import cast as people
from tests.workorders.test_pages import post

DAY = date(2018, 6, 27)


def settle(by, person, **said):
    values = {"away_from": DAY, "away_until": DAY, "deputy": "", "chat_url": None, "wants_digest": True}
    absence.settle(by, person, **{**values, "seen": person.version, **said})


@pytest.mark.parametrize(
    ("day", "away"),
    [("2018-06-26", False), ("2018-06-27", True), ("2018-06-29", True), ("2018-06-30", False)],
)
def test_leave_holds_from_its_first_to_its_last_day(cast, day, away):
    settle(cast.engineer, cast.engineer, away_until=date(2018, 6, 29), deputy="inspector2")
    with clock.at(people.datetime.fromisoformat(f"{day}T12:00:00+08:00")):
        assert cast.engineer.away is away
        assert cast.engineer.stand_in.username == ("inspector2" if away else "engineer")


def test_the_chain_of_substitutes_is_bounded_and_a_loop_ends(cast):
    chain = ["engineer", "supervisor", "inspector", "leader"]
    for name, following in zip(chain, [*chain[1:], chain[0]], strict=True):
        settle(getattr(cast, name), getattr(cast, name), deputy=following)
    assert cast.engineer.stand_in.username in chain


def test_senseless_leave_and_hooks_are_refused_at_their_field(cast):
    for said, field in (
        ({"away_from": None}, "away_from"),
        ({"away_until": date(2018, 6, 26)}, "away_until"),
        ({"deputy": "engineer"}, "deputy"),
        ({"deputy": "stranger"}, "deputy"),
        ({"deputy": "nobody"}, "deputy"),
        ({"chat_url": "http://127.0.0.1/x"}, "chat_url"),
        ({"chat_url": "json://10.0.0.1:8000/"}, "chat_url"),
        ({"chat_url": "dingtalk://a b"}, "chat_url"),
    ):
        with pytest.raises(BadInput) as wrong:
            settle(cast.engineer, cast.engineer, **said)
        assert wrong.value.field == field, said


def test_others_are_set_by_an_administrator_only_and_the_duty_too(cast):
    with pytest.raises(NotAllowed):
        settle(cast.supervisor, cast.engineer)
    with pytest.raises(NotAllowed):
        settle(cast.engineer, cast.engineer, digest_duty=False)
    with pytest.raises(Stale):
        settle(cast.admin, cast.engineer, seen=99)
    settle(cast.admin, cast.engineer, digest_duty=True, chat_url="dingtalk://abcdefgh12345678")
    told = audit.history(cast.engineer)[-1].changes
    assert cast.engineer.digest_duty
    assert told["chat_url"] == [False, True]  # the secret of the hook stays out of the trail


def test_the_account_page_takes_leave_and_keeps_what_was_typed(stage, client_of):
    client = client_of("engineer")
    said = {"away_from": "2018-07-02", "away_until": "2018-07-06", "deputy": "supervisor", "wants_digest": "y"}
    bad = post(client, "/account/settings", 1, **said | {"chat_url": "ftp://x"})
    assert bad.status_code == 400
    assert "ftp://x" in bad.text
    assert post(client, "/account/settings", 1, **said).status_code == 302
    assert 'value="2018-07-06"' in client.get("/account").text
    with stage.app.app_context():
        assert stage.engineer.substitute.username == "supervisor"


def test_the_person_page_sets_the_duty_and_the_crew_page_the_hook(stage, client_of):
    admin = client_of("admin")
    with stage.app.app_context():
        number, version = stage.ids["leader"], stage.leader.version
    assert post(admin, f"/admin/people/{number}/settings", version, digest_duty="y").status_code == 302
    with stage.app.app_context():
        assert db.session.get_one(Person, number).digest_duty
    page = admin.get(f"/admin/crews/{stage.crew_id}").text
    assert "dingtalk://" in page
    said = {"name_zh": "一班", "name_en": "Crew 1", "active": "y", "chat_url": "feishu://abcdefgh12345678"}
    assert post(admin, f"/admin/crews/{stage.crew_id}", 1, **said).status_code == 302
    assert post(admin, f"/admin/crews/{stage.crew_id}", 2, **said | {"chat_url": "json://x"}).status_code == 400
