"""The session's cookie is sent when it changed or has come of age, and not on every answer."""

import time

from roadworks.base import cookie


def test_an_answer_that_changes_nothing_sends_no_cookie(client_of):
    client = client_of("inspector")
    client.get("/defects")
    assert "Set-Cookie" not in client.get("/defects").headers


def test_a_cookie_of_age_is_renewed_and_one_too_old_ends_the_sign_in(client_of, stage, monkeypatch):
    client, now = client_of("inspector"), time.time
    client.get("/defects")
    monkeypatch.setattr(time, "time", lambda: now() + cookie.OF_AGE_S + 5)
    assert "roadworks=" in client.get("/defects").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/defects").headers
    life = stage.app.permanent_session_lifetime.total_seconds()
    monkeypatch.setattr(time, "time", lambda: now() + 2 * life)
    assert client.get("/defects").status_code == 302


def test_a_forged_cookie_is_nobody(stage):
    client = stage.app.test_client()
    client.set_cookie("roadworks", "eyJfdXNlcl9pZCI6IjEifQ.xxxxxx.yyyyyyyyyyyyyyyyy")
    assert client.get("/defects").status_code == 302
