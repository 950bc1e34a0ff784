"""Several processes, killed servers, slow phones, a database that is down: nothing acknowledged is lost."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support import databases, live, whole
from tests.support.phone import Phone

SECONDS = 10
PROCESSES = 8
SLOW_BYTES_S = 15_000


def test_eight_processes_writing_lose_nothing(either_app):
    with either_app.app_context(), clock.at(people.NOON):
        cast = people.make_cast()
        ids = [cast.district_id, cast.section_id, cast.ids["inspector"], cast.ids["supervisor"]]
        db.session.remove()
        db.engine.dispose()
    url = either_app.config["SQLALCHEMY_DATABASE_URI"]
    url = "" if url.startswith("sqlite") else url
    command = [
        sys.executable,
        "-m",
        "tests.support.server",
        str(either_app.config["INSTANCE"]),
        url,
        ",".join(map(str, ids)),
        str(SECONDS),
    ]
    writers = [
        subprocess.Popen(command, cwd=live.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    acknowledged = sum(int(writer.communicate(timeout=300)[0]) for writer in _started(writers))
    with either_app.app_context():
        defects = db.session.scalars(select(Defect)).all()
        assert acknowledged > PROCESSES
        assert len(defects) == acknowledged
        assert {d.state for d in defects} == {"confirmed"}
        assert {d.version for d in defects} == {2}
        assert len({d.number for d in defects}) == acknowledged
        assert list(audit.faults(cast.district_id)) == []


def _started(writers):
    """All at once: the line goes to each before any is waited for."""
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    return writers


def test_a_server_killed_during_filings_keeps_every_acknowledged_one_with_its_photo(demo_folder):
    acknowledged: list[int] = []
    for turn in range(3):
        stop = threading.Event()

        def keep_filing(base: str, number: int, turn: int = turn, stop: threading.Event = stop) -> None:
            phone, shade = Phone(base), 0
            while not stop.is_set():
                shade += 1
                try:
                    if shade == 1:
                        phone.sign_in()
                    status, location = phone.file(people.jpeg(f"#{turn:02x}{number:02x}{shade:02x}", (640, 480)))
                except (OSError, http.client.HTTPException):  # the server was killed: nothing was acknowledged
                    return
                if status == 302 and "filed" in location:
                    acknowledged.append(int(location.split("/")[2]))

        before = len(acknowledged)
        with live.server(demo_folder) as base:
            phones = [threading.Thread(target=keep_filing, args=(base, n)) for n in range(4)]
            for phone in phones:
                phone.start()
            pause, deadline = threading.Event(), time.time() + 150
            while len(acknowledged) < before + 6 and time.time() < deadline:
                pause.wait(0.02)
            _kill(base)
            stop.set()
            for phone in phones:
                phone.join()
    assert len(acknowledged) >= 18
    assert whole.check(demo_folder, acknowledged) >= len(acknowledged)


def _kill(base: str) -> None:
    """kill -9 the server's whole group."""
    port = base.rsplit(":", 1)[1]
    for folder in os.listdir("/proc"):
        if folder.isdecimal():
            try:
                with open(f"/proc/{folder}/cmdline", "rb") as file:
                    words = file.read()
                if f"127.0.0.1:{port}".encode() in words and b"gunicorn" in words:
                    os.killpg(os.getpgid(int(folder)), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                continue


def crawl(phone: Phone, form: tuple[bytes, str]) -> tuple[int, str, float]:
    """Send a form at 15 kB/s; gives the answer, where it leads, and how many seconds it took."""
    body, kind = form
    began, pause = time.monotonic(), threading.Event()
    line = http.client.HTTPConnection(phone.host, timeout=60)
    try:
        line.putrequest("POST", "/defects/new")
        for name, value in (("Cookie", phone.cookie), ("Content-Type", kind), ("Content-Length", str(len(body)))):
            line.putheader(name, value)
        line.endheaders()
        for at in range(0, len(body), SLOW_BYTES_S // 10):
            line.send(body[at : at + SLOW_BYTES_S // 10])
            pause.wait(0.1)
        with line.getresponse() as answer:
            return answer.status, answer.headers["Location"], time.monotonic() - began
    finally:
        line.close()


def twenty_pages(phone: Phone) -> float:
    """How many seconds they take; all of them are given."""
    began = time.monotonic()
    for _ in range(20):
        assert phone.ask("GET", "/defects")[0] == 200
    return time.monotonic() - began


def test_slow_uploads_do_not_block_others(demo_folder):
    with live.server(demo_folder, GATE_SLOTS="2", GATE_QUEUE="2") as base:  # six of a kind would fill it
        phone = Phone(base)
        phone.sign_in()
        host, port = base.removeprefix("http://").split(":")
        token = json.loads(phone.ask("GET", "/sync/1/hello")[2])["token"]
        head = f"HTTP/1.1\r\nHost: {host}\r\nCookie: {phone.cookie}\r\n"
        form = f"POST /defects/new {head}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000000\r\n\r\n--x\r\n"
        said = f'POST /sync/1/filings {head}X-CSRFToken: {token}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{{"client_id": "'
        alone, drips = twenty_pages(phone), []
        for begun in (form, said) * 6:
            line = socket.create_connection((host, int(port)), timeout=60)
            line.sendall(begun.encode())
            drips.append(line)
        with ThreadPoolExecutor(1) as street:
            crawling = street.submit(crawl, phone, phone.form(people.jpeg("sienna", comment=bytes(28_000))))
            assert twenty_pages(phone) < 10 + 5 * alone, "while thirteen phones drip"
        status, where, seconds = crawling.result()
        assert (status, phone.ask("GET", where)[0]) == (302, 200), "what comes slowly is taken"
        assert seconds > 28_000 / SLOW_BYTES_S
        for line in drips:
            line.sendall(b"more")
            line.setblocking(False)
            with pytest.raises(BlockingIOError):  # no answer: the server still waits for the rest
                line.recv(1)
            line.close()


def test_a_server_whose_database_is_down_lives_and_says_503(tmp_path):
    url = f"postgresql://nobody@127.0.0.1:{live.free_port()}/none"
    port = live.free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("ROADWORKS_")}
    env |= {
        "ROADWORKS_INSTANCE": str(tmp_path),
        "ROADWORKS_SECRET_KEY": databases.KEY,
        "ROADWORKS_DATABASE_URL": url,
        "ROADWORKS_HTTPS": "0",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--no-control-socket",
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(command, cwd=live.ROOT, env=env, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        pause, answer = threading.Event(), None
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60)
            except urllib.error.HTTPError as error:
                answer = error
                error.close()
                break
            except (urllib.error.URLError, ConnectionError):
                pause.wait(0.1)
        assert answer is not None
        assert answer.code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
