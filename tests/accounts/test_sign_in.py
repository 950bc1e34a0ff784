"""Signing in: the same answer whoever asks, counted failures, sessions that end."""

import re
import threading
import time
from datetime import timedelta
from statistics import median

import pytest
from sqlalchemy import select

from roadworks.accounts import actions, passwords
from roadworks.accounts.models import Person, SignIn, fold_username
from roadworks.accounts.throttle import LoginAttempt
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Unavailable
from roadworks.base.web import safe_next
from tests.support import cast as people


def attempt(client, who, password, **more):
    return client.post(
        "/login", data={"username": who, "password": password, "csrf_token": people.token(client), **more}
    )


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(stage):
    answers = []
    for who in ("inspector", "nobody-at-all"):
        client = stage.app.test_client()
        answer = attempt(client, who, "wrong password")
        text = re.sub(r'value="[^"]*"', "", answer.text)
        answers.append((answer.status_code, text, sorted(h for h, _ in answer.headers)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400


def test_an_account_that_does_not_exist_costs_a_hash_too(app, monkeypatch):
    calls = []

    class Counting:
        def hash(self, _text):
            return "stored"

        def verify(self, stored, _password):
            calls.append(stored)
            return False

    monkeypatch.setattr(passwords, "hasher", Counting)
    passwords._dummy.cache_clear()
    with app.app_context():
        assert not passwords.fits(None, "x")
        assert not passwords.fits("hash", "x")
    assert len(calls) == 2


def test_at_most_two_hash_at_once_a_few_wait_and_the_rest_are_sent_away_at_once(app, monkeypatch):
    at_once, most, lock, told = [0], [0], threading.Lock(), []
    many, open_door = threading.Barrier(100), threading.Event()

    class Slow:
        def verify(self, _stored, _password):
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            assert open_door.wait(120)
            with lock:
                at_once[0] -= 1
            return False

    monkeypatch.setattr(passwords, "hasher", Slow)
    # Who is in the line stays there until the door opens, however long a slow machine takes to send a hundred away.
    monkeypatch.setattr(passwords, "LONGEST_WAIT_S", 120)

    def sign_in() -> None:
        many.wait(120)
        try:
            passwords.fits("stored", "x")
        except Unavailable as refusal:
            with lock:
                told.append(refusal.facts["retry_after"])
                if len(told) == 95:
                    open_door.set()

    crowd = [threading.Thread(target=sign_in) for _ in range(100)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(120)
    assert most[0] == 2
    assert told == [3] * 95
    assert passwords._in_line._value == 5


def test_a_name_that_does_not_exist_takes_as_long_as_one_that_does(app):
    app.config["ARGON2"] = (1, 4096)
    with app.app_context():
        stored, took = passwords.make("a long enough sentence"), {True: [], False: []}
        passwords.fits(None, "x")
        for turn in range(70):
            known = turn % 2 == 0
            began = time.process_time()
            assert not passwords.fits(stored if known else None, "wrong password")
            took[known].append(time.process_time() - began)
    ratio = median(took[False]) / median(took[True])
    assert 0.5 < ratio < 2, f"a stranger can tell who is known by the time: {ratio:.2f}"


def test_the_eleventh_wrong_try_is_429_and_the_owners_device_still_gets_in(stage):
    owner, thief = stage.app.test_client(), stage.app.test_client()
    people.sign_in(owner, "inspector")
    owner.post("/logout", data={"csrf_token": people.token(owner, "/account")})
    for _ in range(10):
        assert attempt(thief, "inspector", "wrong").status_code == 400
    refused = attempt(thief, "inspector", people.PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert attempt(owner, "inspector", people.PASSWORD).status_code == 302
    with stage.app.app_context():
        rows = db.session.scalars(select(LoginAttempt)).all()
        assert {row.failures for row in rows} == {10}
        assert not any("inspector" in row.key for row in rows)


def test_sign_out_ends_the_session_even_for_a_copied_cookie(stage, client_of):
    client = client_of("inspector")
    cookie = client.get_cookie("roadworks").value
    client.post("/logout", data={"csrf_token": people.token(client, "/account")})
    thief = stage.app.test_client()
    thief.set_cookie("roadworks", cookie)
    assert thief.get("/defects").status_code == 302


def test_a_new_password_ends_other_devices_and_keeps_this_one(stage, client_of):
    here, there = client_of("inspector"), client_of("inspector")
    data = {"csrf_token": people.token(here, "/account"), "old": people.PASSWORD, "password": "另一句足够长的短话呀呀"}
    assert here.post("/account", data=data).status_code == 302
    assert here.get("/defects").status_code == 200
    assert there.get("/defects").status_code == 302


def test_deactivation_ends_everything_within_one_request(stage, client_of):
    client = client_of("inspector")
    with stage.app.app_context():
        person = stage.inspector
        values = {n: getattr(person, n) for n in actions.PERSON_FIELDS} | {"active": False}
        actions.change_person(stage.admin, person, values, seen=person.version)
        db.session.commit()
    assert client.get("/defects").status_code == 302
    assert attempt(client, "inspector", people.PASSWORD).status_code == 400


def test_a_session_ends_after_seven_days(stage, client_of):
    client = client_of("inspector")
    with clock.at(people.NOON + timedelta(days=8)):
        assert client.get("/defects").status_code == 302


def test_a_session_set_before_signing_in_is_not_kept(stage):
    client = stage.app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "x"
    people.sign_in(client, "inspector")
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_tampered_cookie_is_nobody_and_no_fault(stage, client_of):
    client = client_of("inspector")
    client.set_cookie("roadworks", client.get_cookie("roadworks").value[:-4] + "AAAA")
    assert client.get("/defects").status_code == 302


def test_a_megabyte_of_password_is_refused(stage):
    client = stage.app.test_client()
    assert attempt(client, "inspector", "x" * 2000).status_code == 400
    assert attempt(client, "inspector", "x" * 3_000_000).status_code == 413


EVIL = ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil", "javascript:alert(1)", "/%0d%0aSet-Cookie:x", "\\\\evil", "/../..//evil", "///evil", "http:/evil", "/%5cevil", " /x", "/x\n", ""]  # fmt: skip


@pytest.mark.parametrize("address", EVIL)
def test_after_signing_in_one_never_leaves_the_house(stage, address):
    assert safe_next(address) is None
    client = stage.app.test_client()
    answer = attempt(client, "inspector", people.PASSWORD, next=address)
    assert answer.location == "/"


def test_a_local_address_is_kept(stage):
    client = stage.app.test_client()
    asked = client.get("/defects?state=filed")
    page = client.get(asked.location).text
    wanted = re.findall(r'name="next" value="([^"]*)"', page)[-1]
    assert attempt(client, "inspector", people.PASSWORD, next=wanted).location == "/defects?state=filed"


def test_names_that_look_alike_are_one(cast):
    assert fold_username(" Ｉnspector ") == "inspector"
    with pytest.raises(BadInput):
        actions.add_person(
            cast.admin,
            username="Ｉnspector",
            password="长长的一句短话也可以呀",
            values={"name": "x", "role": "leader", "district_id": cast.district_id},
        )


@pytest.mark.parametrize(
    "password", ["short", "1234567890", "aaaaaaaaaaaa", "zhengzhou371", "password123", "inspector1"]
)
def test_passwords_that_are_guessed_first_are_refused(password):
    with pytest.raises(BadInput):
        passwords.judge(password, "inspector")


def test_unsafe_hosts_and_forwarded_hosts_are_not_believed(stage):
    client = stage.app.test_client()
    assert client.get("/login", headers={"Host": "evil.example"}).status_code == 400
    answer = client.get("/defects", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in answer.location


def test_a_long_or_silly_language_list_gives_chinese(stage):
    client = stage.app.test_client()
    for wish in ("xx," * 3000, "../../etc/passwd", "fr"):
        assert 'lang="zh-Hans"' in client.get("/login", headers={"Accept-Language": wish}).text
    assert 'lang="zh-Hans"' in client.get("/login", headers={"Accept-Language": "zh-Hans-CN"}).text
    assert 'lang="en"' in client.get("/login", headers={"Accept-Language": "en-GB,en"}).text


def test_the_language_a_person_chose_goes_before_the_browser(stage, client_of):
    client = client_of("inspector")
    client.post("/language", data={"csrf_token": people.token(client, "/account"), "language": "en"})
    assert 'lang="en"' in client.get("/defects", headers={"Accept-Language": "zh"}).text
    with stage.app.app_context():
        assert db.session.get(Person, stage.ids["inspector"]).language == "en"


def test_pages_behind_the_door_are_not_cached_and_headers_are_strict(client_of):
    answer = client_of("inspector").get("/defects")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "geolocation=(self)" in answer.headers["Permissions-Policy"]


def test_the_first_admin_is_made_at_the_shell_with_a_password_shown_once(app):
    answer = app.test_cli_runner().invoke(args=["create-admin", "--username", "root", "--name", "根", "--random"])
    assert answer.exit_code == 0, answer.output
    secret = answer.output.split()[-1]
    client = app.test_client()
    people.sign_in(client, "root", secret)
    with app.app_context():
        assert db.session.scalars(select(SignIn)).unique().one().person.username == "root"


def test_the_roles_page_of_the_docs_is_the_table_itself(app):
    from roadworks.base.config import ROOT

    printed = app.test_cli_runner().invoke(args=["permissions"]).output
    assert (ROOT / "docs" / "roles.md").read_text("utf-8") == printed, "run: flask permissions > docs/roles.md"
