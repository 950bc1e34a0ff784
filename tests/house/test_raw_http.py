"""Requests that no browser sends, byte by byte, to the real server: refused, answered once, and it goes on serving."""

import socket
import threading
import time
from statistics import median
from urllib.parse import urlencode

import pytest

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from tests.support import cast as people
from tests.support import databases, live
from tests.support.phone import Phone


@pytest.fixture(scope="module")
def base(tmp_path_factory, sqlite_template):
    """A server with the cast."""
    instance = tmp_path_factory.mktemp("raw")
    databases.copy_sqlite(sqlite_template, instance)
    app = create_app(databases.options(instance))
    with app.app_context(), clock.at(people.NOON):
        people.make_cast()
        db.session.remove()
        db.engine.dispose()
    with live.server(instance) as address:
        yield address


def talk(base: str, sent: bytes) -> bytes:
    """Send bytes, close our side, and read all that comes back."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(sent)
        answer = b""
        while True:
            try:
                piece = line.recv(65536)
            except ConnectionResetError:  # told and hung up before all of it was read
                return answer
            if not piece:
                return answer
            answer += piece


HOST = b"Host: 127.0.0.1\r\n"
SMUGGLED = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
BAD = {
    "two hosts": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "length and chunks": b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "two lengths": b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 60\r\n\r\n" + SMUGGLED,
    "a length below nothing": b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length in words": b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 0x5\r\n\r\n" + SMUGGLED,
    "nul in a header": b"GET /login HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\nConnection: close\r\n\r\n",
    "nul in the path": b"GET /log\x00in HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "a huge header": b"GET /login HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 100_000 + b"\r\nConnection: close\r\n\r\n",
    "very many headers": b"GET /login HTTP/1.1\r\n" + HOST + b"X-A: a\r\n" * 500 + b"Connection: close\r\n\r\n",
    "a huge path": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "no http at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("sent", BAD.values(), ids=BAD.keys())
def test_a_malformed_request_is_refused_once_and_the_server_goes_on(base, sent):
    answer = talk(base, sent)
    assert answer.startswith(b"HTTP/1.1 4") or answer == b"", answer[:80]
    assert answer.count(b"HTTP/1.1 ") <= 1, "what was smuggled in was answered too"
    assert b"evil" not in answer
    assert Phone(base).ask("GET", "/healthz")[0] == 200


def wait(known: Phone) -> float:
    """How many seconds a page takes, or the answer that it is busy."""
    began = time.monotonic()
    assert known.ask("GET", "/account")[0] in {200, 503}
    return time.monotonic() - began


def test_a_hundred_sign_ins_at_once_leave_the_pages_to_the_others(base):
    known = Phone(base)
    known.sign_in(people.PASSWORD)
    token_page, told = Phone(base), []
    page = token_page.ask("GET", "/login")[2]
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    start = threading.Barrier(101)

    def sign_in(number: int) -> None:
        phone = Phone(base)
        phone.cookie = token_page.cookie
        body = urlencode({"username": f"nobody{number}", "password": "wrong", "csrf_token": token}).encode()
        start.wait(120)
        told.append(phone.ask("POST", "/login", body, "application/x-www-form-urlencoded")[0])

    crowd = [threading.Thread(target=sign_in, args=(number,)) for number in range(100)]
    alone = median(wait(known) for _ in range(10))
    for one in crowd:
        one.start()
    start.wait(120)
    waits = [wait(known) for _ in range(10)]
    for one in crowd:
        one.join(120)
    assert len(told) == 100
    assert set(told) <= {400, 429, 503}, "tried, or sent away; never a fault"
    assert 503 in told or 429 in told
    assert median(waits) < 3 + 10 * alone
