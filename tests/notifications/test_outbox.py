"""Letters in the outbox: one per key, in the person's language, never with a header of somebody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.notifications import outbox
from roadworks.notifications.models import Letter
from roadworks.notifications.posting import PAUSES, outside_quiet, pause

WORDS = {"subject": "3 件逾期", "text": "正文", "html": "<p>正文</p>"}


def written(person, key="reminders:1:2018-06-27", kind="reminders", **change):
    """A letter to a person."""
    return outbox.write(person, key=key, kind=kind, **{**WORDS, **change})


def test_a_key_gives_one_letter_however_often_it_is_written(either_cast):
    first = written(either_cast.crew)
    assert first is not None
    assert written(either_cast.crew, subject="other") is None
    db.session.commit()
    assert written(either_cast.crew) is None
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 1
    assert (first.state, first.tries, first.subject) == ("queued", 0, "3 件逾期")


def test_a_letter_is_gone_when_its_cause_is_taken_back(either_cast):
    written(either_cast.crew)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 0
    assert written(either_cast.crew) is not None


def test_a_letter_takes_language_and_address_from_the_person(cast):
    cast.crew.language, cast.crew.email = "en", "crew@example.org"
    english = written(cast.crew)
    plain = written(cast.inspector, key="another")
    assert (english.language, english.address) == ("en", "crew@example.org")
    assert (plain.language, plain.address) == ("zh", "")


def test_the_message_id_follows_from_the_key_and_holds_the_configured_host(app, cast):
    app.config["BASE_URL"] = "https://roads.example/district"
    letter = written(cast.crew)
    assert letter.message_id == outbox.message_id("reminders:1:2018-06-27")
    assert letter.message_id.endswith("@roads.example>")
    assert letter.message_id != outbox.message_id("reminders:1:2018-06-28")


@pytest.mark.parametrize("evil", ["x\r\nBcc: all@example.org", "x\ny", "x\x00", "x\u2028y"])
def test_a_line_break_never_reaches_a_header(cast, evil):
    with pytest.raises(BadInput):
        written(cast.crew, subject=evil)
    cast.crew.email = evil
    with pytest.raises(BadInput):
        written(cast.crew)


def test_a_newer_letter_makes_older_unsent_ones_of_its_kind_stale(either_cast):
    crew = either_cast.crew
    old, other, urgent = written(crew, "1"), written(crew, "2", "digest"), written(crew, "3", "urgent")
    elsewhere = written(either_cast.crew2, "4")
    newest, second = written(crew, "5"), written(crew, "6", "urgent")
    for letter in (old, other, urgent, elsewhere, newest, second):
        db.session.refresh(letter)
    states = [letter.state for letter in (old, other, urgent, elsewhere, newest, second)]
    assert states == ["stale", "queued", "stale", "queued", "queued", "queued"]


def test_an_urgent_letter_takes_along_what_older_ones_would_have_said(app, cast):
    def urgent(n, text, html):
        return written(cast.crew, f"urgent:{n}", "urgent", subject=f"urgent {n}", text=text, html=html)

    def page(n):
        return f"<html><body><!-- said --><p>{n}</p><!-- /said --></body></html>"

    for n in (1, 2, 3):
        letter = urgent(n, f"thing {n}\n\n--\nthe bureau\n", page(n))
        db.session.commit()
    assert letter.subject == "[3] urgent 3"
    assert letter.text == "thing 3\n\n* * *\n\nthing 2\n\n* * *\n\nthing 1\n\n--\nthe bureau\n"
    assert letter.html == ("<html><body><!-- said --><p>3</p><hr><p>2</p><hr><p>1</p><!-- /said --></body></html>")
    assert letter.message_id == outbox.message_id("urgent:3")


def test_somebody_of_all_districts_is_written_to_for_the_district_it_is_about(cast):
    letter = written(cast.chief, district_id=cast.other_id)
    assert letter.district_id == cast.other_id


@pytest.mark.parametrize(
    ("hour", "goes"), [(6, "27 07"), (7, "27 07"), (12, "27 12"), (20, "27 20"), (21, "28 07"), (23, "28 07")]
)
def test_quiet_hours_hold_a_letter_until_morning(cast, hour, goes):
    with clock.at(datetime(2018, 6, 27, hour, tzinfo=clock.ZONE)):
        letter = written(cast.crew)
        urgent = written(cast.crew, "urgent", "urgent")
        assert f"{clock.local(letter.next_try_at):%d %H}" == goes
        assert urgent.next_try_at == clock.now()
        assert letter.give_up_at - letter.next_try_at == timedelta(days=3)


def test_quiet_hours_may_lie_in_the_day_or_nowhere():
    noon = datetime(2018, 6, 27, 4, 30, tzinfo=UTC)
    assert outside_quiet(noon, 12, 14) == datetime(2018, 6, 27, 6, tzinfo=UTC)
    assert outside_quiet(noon, 0, 0) == noon
    assert outside_quiet(noon, 14, 12) == noon


def test_pauses_grow_to_six_hours_and_are_spread():
    assert [pause(n, "a") <= PAUSES[n - 1] for n in range(1, 10)] == [True] * 9
    assert [pause(n, "a") >= PAUSES[n - 1] * 0.9 for n in range(1, 10)] == [True] * 9
    assert pause(50, "a") <= timedelta(hours=6)
    assert len({pause(3, str(n)) for n in range(20)}) > 10
