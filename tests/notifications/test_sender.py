"""Letters and a real mail server: refused, stalled, dropped, dead for days; every letter arrives, in order, once."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.mail_server import parse
from roadworks.notifications import carriers, resending, sender
from roadworks.notifications.models import Letter
from tests.support import cast as people
from tests.support import live
from tests.support.post_office import PostOffice

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Post:
    """The stage's outbox and a mail server; the clock is set for each sending."""

    def __init__(self, app, office: PostOffice) -> None:
        self.app, self.office = app, office
        with app.app_context(), clock.at(people.NOON):
            self.cast = people.make_cast()
            for person in people.everybody():
                person.email = f"{person.username}@example.org"
            db.session.commit()

    def write(self, who="crew", n=1, kind="reminders", after=timedelta()):
        with self.app.app_context(), clock.at(people.NOON + after):
            people.letter(self.cast, who, n, key=f"{kind}:{who}:{n}", kind=kind)
            db.session.commit()

    def send(self, after=timedelta()) -> int:
        with self.app.app_context(), clock.at(people.NOON + after):
            return sender.send_due()

    def letters(self) -> list[Letter]:
        with self.app.app_context():
            return list(db.session.scalars(select(Letter).order_by(Letter.id)))

    @property
    def states(self) -> list[str]:
        return [letter.state for letter in self.letters()]


@pytest.fixture
def office():
    """A mail server."""
    office = PostOffice().open()
    yield office
    office.close()


def _post(app, office):
    app.config["MAIL_SERVER"] = parse(office.url, 0.5)
    return Post(app, office)


@pytest.fixture
def post(app, office):
    """An outbox that hands its letters to the mail server."""
    return _post(app, office)


@pytest.fixture
def either_post(either_app, office):
    """The same on each database."""
    return _post(either_app, office)


def test_a_letter_arrives_as_it_was_written(either_post, office):
    post = either_post
    post.write()
    assert post.send() == 1
    assert post.send() == 0
    mail = office.got[0]
    assert (mail["Subject"], mail["To"], mail["From"]) == ("crew 第1封", "crew@example.org", "roadworks@localhost")
    assert mail["Message-ID"] == post.letters()[0].message_id
    assert mail["Date"].datetime == people.NOON
    assert mail.get_body(("plain",)).get_content().splitlines() == ["正文 1"]
    assert mail.get_body(("html",)).get_content().splitlines() == ["<p>正文 1</p>"]
    assert mail["Auto-Submitted"] == "auto-generated"
    letter = post.letters()[0]
    assert (letter.state, letter.sent_at, letter.tries, letter.fault) == ("sent", people.NOON, 1, None)


def test_many_letters_go_over_one_line(post, office):
    for who in people.ROLES:
        post.write(who)
    assert post.send() == len(people.ROLES)
    assert office.lines == 1
    assert sorted(office.to) == sorted(f"{who}@example.org" for who in people.ROLES)


@pytest.mark.parametrize("act", ["450", "451", "data 451", "data 452", "421", "early", "stall"])
def test_a_letter_put_off_is_tried_again_after_growing_pauses_and_arrives_once(post, office, act):
    post.write()
    office.plan.extend([act, act, act])
    assert post.send() == 0
    letter = post.letters()[0]
    assert (letter.state, letter.tries) == ("queued", 1)
    assert letter.fault
    assert post.send() == 0
    assert post.letters()[0].tries == 1, "not before its pause is over"
    assert post.send(MINUTE) == 0
    assert post.send(2 * MINUTE) == 0
    assert post.letters()[0].tries == 2
    assert post.send(3 * MINUTE) == 0
    assert post.send(8 * MINUTE) == 1
    assert post.states == ["sent"]
    assert len(office.got) == 1


@pytest.mark.parametrize("act", ["550", "553", "data 554"])
def test_a_letter_refused_for_good_is_not_tried_again_and_says_why(post, office, act):
    post.write()
    post.write("inspector")
    office.plan.append(act)
    assert post.send() == 1
    assert post.states == ["failed", "sent"]
    assert post.letters()[0].fault == f"{act.split()[-1]} because"
    assert post.send(5 * DAY) == 0


def test_a_server_that_is_dead_is_asked_by_one_letter_at_a_time_and_all_arrive_when_it_is_back(post, office):
    office.close()
    for who in people.ROLES:
        post.write(who)
    for minute in range(3):
        assert post.send(minute * MINUTE) == 0
    assert sum(letter.tries for letter in post.letters()) == 3
    office.open()
    assert post.send(20 * MINUTE) == len(people.ROLES)
    assert sorted(office.to) == sorted(f"{who}@example.org" for who in people.ROLES)


def test_a_server_dead_for_four_days_makes_letters_fail_in_sight_and_they_can_be_sent_again(post, office):
    office.close()
    post.write()
    moment = timedelta()
    while moment < 4 * DAY:
        post.send(moment)
        moment += 60 * MINUTE
    letter = post.letters()[0]
    assert letter.state == "failed"
    assert "refused" in letter.fault
    assert 10 < letter.tries < 25
    office.open()
    assert post.send(5 * DAY) == 0
    with post.app.app_context(), clock.at(people.NOON + 5 * DAY):
        found = db.session.get_one(Letter, letter.id)
        resending.resend(post.cast.admin, found, seen=found.version)
        db.session.commit()
    assert post.send(5 * DAY) == 1
    assert office.ids == [letter.message_id]


def test_after_a_long_outage_each_person_gets_one_mail_of_a_kind_and_no_flood(either_post, office):
    post = either_post
    office.close()
    for day in range(5):
        for who in ("crew", "inspector"):
            post.write(who, day, after=day * DAY)
        post.send(day * DAY)
    post.write("crew", 99, "digest", after=4 * DAY)
    for n in (1, 2, 3):
        post.write("crew", n, "urgent", after=4 * DAY)
    office.open()
    assert post.send(4 * DAY + timedelta(hours=7)) == 4
    assert sorted(mail["Subject"] for mail in office.got) == [
        "[3] crew 第3封",
        "crew 第4封",
        "crew 第99封",
        "inspector 第4封",
    ]
    urgent = next(mail for mail in office.got if "[3]" in mail["Subject"])
    for part in ("plain", "html"):
        said = urgent.get_body((part,)).get_content()
        assert [said.index(f"正文 {n}") for n in (3, 2, 1)] == sorted(said.index(f"正文 {n}") for n in (3, 2, 1))


def test_a_line_dropped_after_the_final_dot_leaves_it_unknown_and_it_is_tried_once_more(either_post, office):
    post = either_post
    post.write()
    office.plan.append("late")
    assert post.send() == 0
    assert post.states == ["unknown"]
    assert post.send(14 * MINUTE) == 0
    assert post.send(15 * MINUTE) == 1
    assert post.states == ["sent"]
    assert post.send(DAY) == 0
    assert len(office.got) == 2
    assert len(set(office.ids)) == 1


def test_a_letter_twice_without_an_answer_stays_unknown_and_is_not_sent_a_third_time(post, office):
    post.write()
    office.plan.extend(["late", "451", "late"])
    for minutes in (0, 15, 20, 25, 60, 600):
        post.send(minutes * MINUTE)
    assert post.states == ["unknown"]
    assert len(office.got) == 2
    assert len(set(office.ids)) == 1


def test_a_younger_letter_of_a_person_waits_for_the_older_one(either_post, office):
    post = either_post
    post.write("crew", 1)
    post.write("crew", 2, "digest")
    post.write("inspector", 3)
    post.write("crew", 4, "urgent")
    office.plan.extend(["take", "451"])
    assert post.send() == 2
    assert office.to == ["crew@example.org", "inspector@example.org"]
    assert office.got[0]["Subject"] == "crew 第4封"
    assert post.send(2 * MINUTE) == 2
    assert [mail["Subject"] for mail in office.got[2:]] == ["crew 第1封", "crew 第2封"]


def test_a_letter_overtaken_while_it_was_being_sent_is_not_tried_again(either_post, office):
    post = either_post
    post.write("crew", 1)
    with post.app.app_context(), clock.at(people.NOON):
        held = sender.claim()
    post.write("crew", 2)
    assert post.send() == 0, "the older one is in somebody's hands"
    with post.app.app_context(), clock.at(people.NOON):
        sender.settle(held, carriers.Outcome("deferred", "451 because"))
    assert post.states == ["stale", "queued"]
    assert post.send() == 1


def test_a_server_that_ends_the_line_now_and_then_costs_no_letter_a_pause(post, office):
    for who in people.ROLES:
        post.write(who)
    office.plan.extend(["take", "early", "take", "421", "take"])
    assert post.send() == len(people.ROLES)
    assert len(office.got) == len(people.ROLES)


def test_somebody_without_an_address_stands_among_the_failed_until_there_is_one(post, office):
    with post.app.app_context():
        post.cast.crew.email = None
        db.session.commit()
    post.write()
    assert post.send() == 0
    assert (post.letters()[0].state, post.letters()[0].fault) == ("failed", carriers.NO_ADDRESS)
    letter_id = post.letters()[0].id
    with post.app.app_context(), clock.at(people.NOON):
        post.cast.crew.email = "new@example.org"
        letter = db.session.get_one(Letter, letter_id)
        resending.resend(post.cast.admin, letter, seen=letter.version)
        db.session.commit()
    assert post.send() == 1
    assert office.to == ["new@example.org"]


def test_two_senders_at_once_send_each_letter_once_and_in_order(either_post, office):
    post = either_post
    for who in people.ROLES:
        for n, kind in enumerate(("reminders", "digest", "third"), 1):
            post.write(who, n, kind)
    senders = [threading.Thread(target=post.send) for _ in range(4)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    post.send()
    assert sorted(office.ids) == sorted({letter.message_id for letter in post.letters()})
    for who in people.ROLES:
        assert [m["Subject"][-2] for m in office.got if m["To"] == f"{who}@example.org"] == ["1", "2", "3"]


def test_a_sender_killed_between_the_answer_and_its_commit_sends_again_with_the_same_message_id(either_post, office):
    post = either_post
    post.write()
    url = post.app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-m", "tests.support.killed_sender", str(post.app.config["INSTANCE"])]
    command += ["" if url.startswith("sqlite") else url, office.url, people.NOON.isoformat()]
    env = {k: v for k, v in os.environ.items() if not k.startswith("ROADWORKS_")}
    killed = subprocess.run(command, cwd=live.ROOT, env=env, timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(office.got) == 1
    assert (post.states, post.letters()[0].tries) == (["sending"], 1), "the try was counted before it was handed over"
    assert post.send(MINUTE) == 0, "its lease is not past"
    assert post.send(3 * MINUTE) == 0, "it waits the pause of a first fault"
    assert post.letters()[0].fault == carriers.NEVER_BACK
    kill = [*command[:-1], (people.NOON + 5 * MINUTE).isoformat()]
    assert subprocess.run(kill, cwd=live.ROOT, env=env, timeout=300, check=False).returncode == -signal.SIGKILL
    assert len(office.got) == 2
    assert [post.send(minutes * MINUTE) for minutes in (8, 9)] == [0, 0], "the second pause is longer"
    assert post.send(10 * MINUTE) == 1
    assert (post.states, post.letters()[0].tries, post.letters()[0].fault) == (["sent"], 3, None)
    assert len(office.got) == 3
    assert len(set(office.ids)) == 1


@pytest.mark.parametrize("kind", ["reminders", "urgent"])
def test_a_letter_that_ends_its_sender_each_time_is_tried_after_growing_pauses_and_given_up(either_post, office, kind):
    post, taken = either_post, []
    post.write(kind=kind)
    for minutes in range(0, 4 * 24 * 60, 10):
        with post.app.app_context(), clock.at(people.NOON + minutes * MINUTE):
            if sender.claim() is not None:
                taken.append(minutes)
    letter = post.letters()[0]
    assert (letter.state, letter.fault, letter.tries) == ("failed", carriers.NEVER_BACK, len(taken))
    assert taken[-1] < 3 * 24 * 60
    assert len(taken) < 25
    pauses = [later - sooner for sooner, later in zip(taken, taken[1:], strict=False)]
    assert max(pauses[:4]) < 60 <= min(pauses[8:])
    post.write("inspector")
    assert post.send(5 * DAY) == 1, "others are not held up"


def test_a_sender_that_lost_its_letter_to_another_records_nothing(either_post):
    post = either_post
    post.write()
    with post.app.app_context():
        with clock.at(people.NOON):
            slow = sender.claim()
        with clock.at(people.NOON + 3 * MINUTE):
            assert sender.claim() is None, "the lost try has its pause"
        with clock.at(people.NOON + 5 * MINUTE):
            other = sender.claim()
            assert other.id == slow.id
            assert not sender.hold(slow)
            sender.settle(slow, carriers.Outcome("refused", "550"))
            assert sender.hold(other)
            sender.settle(other, carriers.Outcome("sent"))
    assert post.states == ["sent"]


def test_without_a_mail_server_letters_become_files(app):
    post = Post(app, None)
    post.write()
    with app.app_context():
        post.cast.inspector.email = None
        db.session.commit()
    post.write("inspector")
    assert post.send() == 2
    assert post.states == ["sent", "sent"]
    files = sorted((app.config["INSTANCE"] / "letters").rglob("*"))
    assert [path.name for path in files if path.is_file()] == ["0000001.eml", "0000002.eml"]
    text = next(path for path in files if path.name == "0000001.eml").read_bytes()
    assert post.letters()[0].message_id.encode() in text
    assert b"\nTo: crew@example.org" in text
