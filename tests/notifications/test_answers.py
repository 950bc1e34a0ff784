"""An answer silences until its day, shows as the reason, and a broken promise goes up one level, once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound, Stale, WrongStep
from roadworks.notifications.answers import Answer, answer, choices
from roadworks.notifications.models import Letter, Reminder
from roadworks.workflow import audit
from roadworks.workflow.reasons import reasons
from tests.notifications.test_reminders import at, raised
from tests.support import cast as people
from tests.workorders.test_pages import post

SIX = people.NOON + timedelta(hours=6)  # 16:00, after four hours of work
DAY = timedelta(days=1)


def asked(cast, code: str = "triage", who: str = "supervisor") -> Reminder:
    """The open reminder of somebody."""
    found = select(Reminder).where(Reminder.code == code, Reminder.person_id == cast.ids[who], Reminder.state == "open")
    return db.session.scalars(found.order_by(Reminder.id.desc()).limit(1)).one()


@pytest.fixture
def triage(either_cast):
    """A defect that nobody has confirmed, and the supervisor's reminder about it."""
    people.filed(either_cast)
    db.session.commit()
    with clock.at(SIX):
        jobs.raise_reminders()
        yield asked(either_cast)


def reply(by, reminder, **said) -> None:
    answer(by, reminder, Answer(**said), seen=reminder.version)
    db.session.commit()


def test_an_answer_silences_until_the_end_of_its_day_and_a_broken_promise_goes_up_once(either_cast, triage):
    reply(either_cast.supervisor, triage, kind="waiting", text="管线单位", until=date(2018, 7, 10))
    last = datetime.fromisoformat("2018-07-10T23:59:00+08:00")
    assert [at(SIX + DAY), at(SIX + 5 * DAY), at(last)] == [0, 0, 0]
    assert at(last + timedelta(minutes=2)) == 1
    assert raised(state="open") == [("triage", "leader", 2)]
    db.session.refresh(triage)
    assert triage.broken_at is not None
    broken = triage.broken_at
    assert [at(last + n * DAY) for n in range(1, 9)] == [0] * 8
    db.session.refresh(triage)
    assert triage.broken_at == broken


def test_an_answer_that_is_kept_breaks_nothing(either_cast, triage):
    from roadworks.defects import actions as defects
    from roadworks.defects.models import Defect

    reply(either_cast.supervisor, triage, kind="doing", until=date(2018, 6, 29))
    defect = db.session.scalars(select(Defect)).one()
    defects.confirm(either_cast.supervisor, defect, seen=defect.version)
    db.session.commit()
    assert at(SIX + 10 * DAY) == 0
    assert triage.broken_at is None
    assert triage.state == "settled"


def test_the_reason_shows_in_lists_and_stands_in_the_trail(either_cast):
    order = people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    with clock.at(SIX):
        jobs.raise_reminders()
        mine = asked(either_cast, "unaccepted", "crew")
        reply(either_cast.crew, mine, kind="waiting", text="管线单位", until=date(2018, 7, 10))
        why = reasons("order", [order.id, 99])[order.id]
        assert (why.text, why.by, why.broken) == ("等待管线单位至2018年7月10日", either_cast.crew.name, False)
        told = audit.history(order)[-1]
        assert (told.verb, told.facts["reason"]) == ("reminder.answer", "管线单位")
        assert raised(state="open") == []  # what the supervisor was asked about it is settled with it
    with clock.at(SIX + 14 * DAY):
        assert reasons("order", [order.id])[order.id].broken


def test_the_promise_of_a_due_order_holds_when_it_becomes_overdue_and_breaks_to_the_supervisor(either_cast):
    order = people.accepted(either_cast)
    from roadworks.workorders import actions

    actions.make_safe(either_cast.crew, order, seen=order.version)
    db.session.commit()
    early = order.repair_due_at - timedelta(hours=1)
    assert at(early) == 1
    with clock.at(early):
        reply(either_cast.crew, asked(either_cast, "repair_soon", "crew"), kind="doing", until=date(2018, 7, 2))
    assert at(order.repair_due_at + DAY) == 0
    assert at(datetime.fromisoformat("2018-07-03T00:01:00+08:00")) == 1
    assert raised(state="open") == [("repair_overdue", "supervisor", 2)]


@pytest.mark.parametrize(
    ("kind", "days", "fits"),
    [("doing", 30, True), ("doing", 31, False), ("waiting", 90, True), ("waiting", 91, False), ("doing", -1, False)],
)
def test_a_promise_lies_within_its_days(cast, kind, days, fits):
    people.filed(cast)
    db.session.commit()
    with clock.at(SIX):
        jobs.raise_reminders()
        said = {"kind": kind, "text": "材料", "until": clock.today() + timedelta(days=days)}
        if fits:
            reply(cast.supervisor, asked(cast), **said)
        else:
            with pytest.raises(BadInput) as wrong:
                reply(cast.supervisor, asked(cast), **said)
            assert wrong.value.field == "until"


def test_not_mine_is_passed_on_and_the_third_time_it_stays_with_the_supervisor(either_cast):
    order = people.issued(either_cast, type_code="ac_rutting", depth_mm=None)
    db.session.commit()
    crew, other = either_cast.crew, either_cast.crew2
    with clock.at(people.NOON + timedelta(hours=4)):
        jobs.raise_reminders()
        for by, whom in ((crew, other), (other, crew), (crew, other)):
            mine = asked(either_cast, "unaccepted", by.username)
            reply(by, mine, kind="not_mine", whom=whom.username)
        last = asked(either_cast, "unaccepted", "supervisor")
        assert "not_mine" not in choices(either_cast.supervisor, last, order)
        assert raised(state="open") == [("unaccepted", "supervisor", 1)]
        with pytest.raises(BadInput):
            reply(either_cast.supervisor, last, kind="not_mine", whom=crew.username)


def test_it_is_passed_to_an_active_person_of_the_district_by_name_or_sign_in_name(cast):
    people.filed(cast)
    db.session.commit()
    with clock.at(SIX):
        jobs.raise_reminders()
        for nobody in ("stranger", "niemand", "", "supervisor"):
            with pytest.raises(BadInput) as wrong:
                reply(cast.supervisor, asked(cast), kind="not_mine", whom=nobody)
            assert wrong.value.field == "whom"
            db.session.rollback()
        reply(cast.supervisor, asked(cast), kind="not_mine", whom=cast.engineer.name)
        assert ("triage", "engineer", 1) in raised(state="open")


def test_needing_an_extension_asks_the_supervisor_and_the_new_deadline_settles_it(either_cast):
    from roadworks.workorders import actions, extension

    order = people.accepted(either_cast)
    actions.make_safe(either_cast.crew, order, seen=order.version)
    db.session.commit()
    early = order.repair_due_at - timedelta(hours=1)
    at(early)
    with clock.at(early):
        mine = asked(either_cast, "repair_soon", "crew")
        reply(either_cast.crew, mine, kind="extension", text="等沥青")
        assert order.extension_reason == "等沥青"
        extension.extend(either_cast.supervisor, order, seen=order.version)
        db.session.commit()
        jobs.raise_reminders()
        db.session.refresh(mine)
        assert mine.state == "settled"


def test_only_the_person_a_substitute_on_leave_or_whom_it_was_passed_to_may_answer(cast):
    people.filed(cast)
    db.session.commit()
    with clock.at(SIX):
        jobs.raise_reminders()
        mine = asked(cast)
        for who, refusal in (("engineer", NotAllowed), ("leader", NotAllowed), ("stranger", NotFound)):
            with pytest.raises(refusal):
                reply(getattr(cast, who), mine, kind="doing", until=clock.today())
        cast.supervisor.substitute_id = cast.engineer.id
        with pytest.raises(NotAllowed):
            reply(cast.engineer, mine, kind="doing", until=clock.today())
        cast.supervisor.away_from = clock.today()
        with pytest.raises(Stale):
            answer(cast.engineer, mine, Answer("doing", clock.today()), seen=mine.version + 1)
        reply(cast.engineer, mine, kind="doing", until=clock.today())
        with pytest.raises(WrongStep):
            reply(cast.supervisor, mine, kind="doing", until=clock.today())


def test_opening_the_link_changes_nothing_and_the_post_answers(stage, client_of):
    with stage.app.app_context():
        people.filed(stage)
        db.session.commit()
        with clock.at(SIX):
            jobs.raise_reminders()
        engine, address = db.engine, f"/notifications/reminders/{asked(stage).id}"
    boss = client_of("supervisor")
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *a: written.append(statement))
    with clock.at(SIX):
        for _ in range(3):
            assert boss.get(address).status_code == 200
        assert not [s for s in written if s.startswith(("INSERT", "UPDATE", "DELETE"))]
        assert '<b aria-hidden="true">1</b>' in boss.get("/defects").text
        assert post(boss, address, 1, answer="waiting", until="2018-07-10").status_code == 400
        bad = post(boss, address, 1, answer="waiting", until="nicht")
        assert "nicht" in bad.text
        assert post(boss, address, 1, answer="waiting", until="2018-07-10", text="管线单位").status_code == 302
        assert "管线单位" in boss.get("/notifications").text
        assert '<b aria-hidden="true">1</b>' not in boss.get("/defects").text
        assert "管线单位" in boss.get("/stalled?rule=triage").text


def test_the_bell_falls_silent_when_all_is_read_and_the_question_stays(stage, client_of):
    with stage.app.app_context():
        people.filed(stage)
        db.session.commit()
        with clock.at(SIX):
            jobs.raise_reminders()
    boss = client_of("supervisor")
    assert post(boss, "/notifications/read", 1).status_code == 302
    page = boss.get("/notifications").text
    assert '<b aria-hidden="true">' not in page
    assert "BH20180627-0001" in page


def test_an_emergency_stands_above_what_has_waited_longer(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
        with clock.at(SIX):
            jobs.raise_reminders()
        waiting = select(Reminder.code).where(Reminder.person_id == stage.ids["crew"]).order_by(Reminder.since)
        assert db.session.scalars(waiting).all() == ["unaccepted", "make_safe_overdue"]
    with clock.at(SIX):
        page = client_of("crew").get("/notifications").text
    assert 0 < page.index("应急处置超时") < page.index("工单未接单")


def test_the_mailed_link_leads_to_the_answer_page(stage, client_of):
    with stage.app.app_context():
        people.filed(stage)
        db.session.commit()
        with clock.at(SIX + timedelta(hours=17)):
            jobs.raise_reminders()
        letter = db.session.scalars(select(Letter).where(Letter.person_id == stage.ids["supervisor"])).one()
        address = f"/notifications/reminders/{asked(stage).id}"
        assert address in letter.text
        assert address in letter.html
    assert client_of("supervisor").get(address).status_code == 200


def test_every_rule_has_its_page_of_what_stands_still(stage, client_of):
    from roadworks.notifications.rules import CODES

    with stage.app.app_context():
        for make in people.ORDERS.values():
            make(stage)
        people.filed(stage)
        db.session.commit()
        with clock.at(SIX + 20 * DAY):
            jobs.raise_reminders()
    with clock.at(SIX + 20 * DAY):
        boss = client_of("supervisor")
        for code in CODES:
            assert boss.get(f"/stalled?rule={code}").status_code == 200, code
        assert boss.get("/stalled?rule=nothing").status_code == 400
        assert "GD20180627" in boss.get("/stalled?rule=repair_overdue").text
        assert "GD20180627" not in client_of("crew2").get("/stalled?rule=repair_overdue").text
        assert "GD20180627" not in client_of("stranger").get("/stalled?rule=repair_overdue").text
