"""The line to the mail server: TLS from the first byte or by STARTTLS, sign-in, a certificate that nobody vouches for."""

import ssl
from dataclasses import replace

import pytest
import trustme

from roadworks.base.config import BadSetting, settings
from roadworks.base.mail_server import parse
from tests.notifications.test_sender import MINUTE, Post
from tests.support.databases import KEY
from tests.support.post_office import PostOffice


@pytest.fixture(scope="module")
def authority():
    """A certificate authority that only these tests know."""
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """This machine trusts the authority."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture
def server(authority):
    """Gives a running server: `smtps` or `starttls`, with sign-in."""
    running = []

    def make(kind: str) -> PostOffice:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        if kind == "smtps":
            options = {"ssl_context": context, "auth_require_tls": False}
        else:
            options = {"tls_context": context, "require_starttls": True, "auth_required": True}
        office = PostOffice(**options)
        office.options["authenticator"] = office.check
        running.append(office.open())
        return office

    yield make
    for office in running:
        office.close()


def post_to(app, office: PostOffice, scheme: str, password: str = "p%40ss%2Fword") -> Post:
    """An outbox that signs in at the server."""
    app.config["MAIL_SERVER"] = parse(f"{scheme}://roads:{password}@127.0.0.1:{office.port}", 10)
    post = Post(app, office)
    post.write()
    return post


@pytest.mark.parametrize(("kind", "scheme"), [("smtps", "smtps"), ("starttls", "smtp+starttls")])
def test_a_letter_goes_over_a_protected_line_after_signing_in(app, server, trusted, kind, scheme):
    office = server(kind)
    post = post_to(app, office, scheme)
    assert post.send() == 1, post.letters()[0].fault
    assert office.ids == [post.letters()[0].message_id]
    assert office.sign_ins == ["roads"]


@pytest.mark.parametrize(("kind", "scheme"), [("smtps", "smtps"), ("starttls", "smtp+starttls")])
def test_a_certificate_that_nobody_vouches_for_gets_neither_password_nor_letter(app, server, kind, scheme):
    office = server(kind)
    post = post_to(app, office, scheme)
    assert post.send() == 0
    assert office.got == []
    assert office.sign_ins == []
    assert post.states == ["queued"]
    assert "CERTIFICATE_VERIFY_FAILED" in post.letters()[0].fault


def test_a_wrong_password_puts_letters_off_until_it_is_right(app, server, trusted):
    office = server("starttls")
    post = post_to(app, office, "smtp+starttls", "wrong")
    assert post.send() == 0
    assert post.states == ["queued"]
    assert "535" in post.letters()[0].fault
    assert "wrong" not in post.letters()[0].fault
    app.config["MAIL_SERVER"] = replace(app.config["MAIL_SERVER"], password="密码")
    assert post.send(MINUTE) == 0, "a password that the protocol cannot carry is no end of the job either"
    assert post.states == ["queued"]
    assert "UnicodeEncodeError" in post.letters()[0].fault
    assert "\\u5bc6" not in post.letters()[0].fault
    app.config["MAIL_SERVER"] = replace(app.config["MAIL_SERVER"], password="p@ss/word")
    assert post.send(9 * MINUTE) == 1


def test_a_server_without_starttls_gets_nothing_in_the_clear(app):
    office = PostOffice().open()
    try:
        post = post_to(app, office, "smtp+starttls")
        assert post.send() == 0
        assert office.got == []
        assert post.states == ["queued"]
        assert "STARTTLS" in post.letters()[0].fault
    finally:
        office.close()


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls", "user", "password"),
    [
        ("smtp://mail.example", 25, False, False, "", ""),
        ("smtp://mail.example:2525", 2525, False, False, "", ""),
        ("smtps://a%40b:c%2Fd%23@mail.example", 465, True, False, "a@b", "c/d#"),
        ("smtp+starttls://a:b@mail.example", 587, False, True, "a", "b"),
        ("smtp://a:b@mail.example?starttls=yes", 587, False, True, "a", "b"),
        ("smtp://a:b@mail.example?insecure=yes", 25, False, False, "a", "b"),
        ("smtp://a:b@localhost", 25, False, False, "a", "b"),
    ],
)
def test_the_address_of_the_server_is_read(url, port, tls, starttls, user, password):
    read = parse(url, 20)
    assert (read.port, read.tls, read.starttls) == (port, tls, starttls)
    assert (read.user, read.password, read.timeout) == (user, password, 20)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "mail.example"),
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example:port"),
        ("SMTP_URL", "smtp://user:secret@mail.example"),
        ("SMTP_URL", "smtps://user:sec/ret@mail.example"),
        ("SMTP_URL", "smtp://mail.example?tls=yes"),
        ("SMTP_TIMEOUT", "600"),
        ("SMTP_TIMEOUT", "0"),
        ("GATE_SLOTS", "0"),
        ("SESSION_HOURS", "0"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.example\r\nBcc: c@d.example"),
        ("BASE_URL", "roads.example"),
        ("BASE_URL", "ftp://roads.example"),
        ("BASE_URL", "https://roads.example/?x=1"),
        ("BASE_URL", "https://user@roads.example"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_what_to_write_and_no_password(name, value):
    with pytest.raises(BadSetting, match=f"ROADWORKS_{name}") as fault:
        settings({"ROADWORKS_SECRET_KEY": KEY, f"ROADWORKS_{name}": value})
    assert "secret" not in str(fault.value)
    assert "sec/ret" not in str(fault.value)


def test_addresses_in_mail_follow_from_the_settings():
    told = settings({"ROADWORKS_SECRET_KEY": KEY, "ROADWORKS_TRUSTED_HOSTS": "roads.example,other.example"})
    assert told["BASE_URL"] == "https://roads.example"
    assert told["MAIL_FROM"] == "roadworks@roads.example"
    told = settings({"ROADWORKS_SECRET_KEY": KEY, "ROADWORKS_BASE_URL": "https://x.example/roads/"})
    assert told["BASE_URL"] == "https://x.example/roads"
