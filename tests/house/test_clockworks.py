"""Several clockworks as real processes, one of them killed: each slot has one run."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import select

from roadworks.base.db import db
from roadworks.base.slots import JobRun, pulse
from tests.support import live
from tests.support.cast import NOON

PLENTY = 24


class Clockworks:
    """Processes that write into one book."""

    def __init__(self, app, book) -> None:
        self.app, self.book, self.running = app, book, []
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        self.command = [sys.executable, "-m", "tests.support.clockwork", str(app.config["INSTANCE"])]
        self.command += ["" if url.startswith("sqlite") else url, str(book), NOON.isoformat()]
        book.touch()

    def start(self) -> None:
        env = {k: v for k, v in os.environ.items() if not k.startswith("ROADWORKS_")}
        process = subprocess.Popen(self.command, cwd=live.ROOT, env=env, stderr=subprocess.DEVNULL)
        self.running.append(process)

    def lines(self, job: str, what: str) -> list[list[str]]:
        return [line.split() for line in self.book.read_text().splitlines() if line.startswith(f"{job} {what} ")]

    def wait_for(self, condition) -> None:
        pause, deadline = threading.Event(), time.monotonic() + 90
        while not condition():
            assert time.monotonic() < deadline, self.book.read_text()[-2000:]
            pause.wait(0.05)


@pytest.fixture
def clockworks(either_app, tmp_path):
    """Gives the processes, and ends those still running."""
    found = Clockworks(either_app, tmp_path / "book")
    yield found
    for process in found.running:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)


def test_two_clockworks_one_killed_in_the_middle_give_each_slot_one_run(clockworks):
    clockworks.start()
    clockworks.start()
    clockworks.wait_for(lambda: clockworks.lines("long", "began"))
    clockworks.wait_for(lambda: len(clockworks.lines("often", "ran")) >= PLENTY // 3)
    victim = int(clockworks.lines("long", "began")[0][3])
    os.kill(victim, signal.SIGKILL)
    clockworks.start()
    clockworks.wait_for(lambda: clockworks.lines("long", "ended"))
    clockworks.wait_for(lambda: len(clockworks.lines("often", "ran")) >= PLENTY)
    for process in clockworks.running:
        if process.pid != victim:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0, "it ends well when asked"

    ran = Counter(line[2] for line in clockworks.lines("often", "ran"))
    assert len(ran) >= PLENTY
    assert set(ran.values()) == {1}, "a slot ran twice"
    assert len(clockworks.lines("long", "began")) == 2, "the killed run, and the one that took its slot over"
    assert len(clockworks.lines("long", "ended")) == 1
    with clockworks.app.app_context():
        rows = list(db.session.scalars(select(JobRun)))
        assert {row.outcome for row in rows} == {"done"}
        assert {row.slot.isoformat() for row in rows if row.job == "often"} == set(ran)
        assert pulse().last is not None
