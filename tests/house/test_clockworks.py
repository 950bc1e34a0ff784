"""Two clockworks as real processes for a minute, one of them killed and started again: each slot has one run."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.slots import JobRun, pulse
from tests.support import live

RUN_S = 60.0
KILLED_AT_S = (10, 35)
SLOT = timedelta(seconds=0.5)  # as in tests/support/clockwork.py
# A slot passed over while both were at work or one lay dead is caught up by the next: on a busy machine a few are.
PASSED_OVER = 24


class Clockworks:
    """Processes that write into one book."""

    def __init__(self, app, book, long_at: datetime) -> None:
        self.app, self.book, self.running = app, book, []
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        self.command = [sys.executable, "-m", "tests.support.clockwork", str(app.config["INSTANCE"])]
        self.command += ["" if url.startswith("sqlite") else url, str(book), long_at.isoformat()]
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
def clockworks(either_app, tmp_path, request):
    """Gives the processes, and ends those still running."""
    moment = random.Random(request.node.name).uniform(*KILLED_AT_S)
    found = Clockworks(either_app, tmp_path / "book", clock.now() + timedelta(seconds=moment))
    yield found
    for process in found.running:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)


def test_two_clockworks_for_a_minute_one_killed_and_started_again_give_each_slot_one_run(clockworks):
    clockworks.start()
    clockworks.start()
    clockworks.wait_for(lambda: clockworks.lines("often", "ran"))
    began = time.monotonic()
    clockworks.wait_for(lambda: clockworks.lines("long", "began"))
    victim = int(clockworks.lines("long", "began")[0][3])
    os.kill(victim, signal.SIGKILL)
    clockworks.start()
    clockworks.wait_for(lambda: time.monotonic() > began + RUN_S and clockworks.lines("long", "ended"))
    for process in clockworks.running:
        if process.pid != victim:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0, "it ends well when asked"

    ran = Counter(line[2] for line in clockworks.lines("often", "ran"))
    assert set(ran.values()) == {1}, "a slot ran twice"
    slots = sorted(datetime.fromisoformat(slot) for slot in ran)
    whole = (slots[-1] - slots[0]) // SLOT + 1
    assert whole >= RUN_S / SLOT.total_seconds()
    assert len(slots) >= whole - PASSED_OVER, "what one cannot run the other does"
    assert len(clockworks.lines("long", "began")) == 2, "the killed run, and the one that took its slot over"
    assert len(clockworks.lines("long", "ended")) == 1
    assert len({line[3] for line in clockworks.lines("often", "ran")}) == 3, "all three had some"
    with clockworks.app.app_context():
        rows = list(db.session.scalars(select(JobRun)))
        assert {row.outcome for row in rows} == {"done"}
        assert {row.slot.isoformat() for row in rows if row.job == "often"} == set(ran)
        assert pulse().last is not None
