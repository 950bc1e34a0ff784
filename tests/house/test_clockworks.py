"""Two clockworks as real processes for a minute, one of them killed and started again: each slot has one run.

Both databases in the same minute: what is tested is waiting, and one minute of it is enough.
"""

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
KILLED_AFTER_S = (1, 20)
# Steps of one length could stay behind one another for ever, and then one process would take every slot.
EVERY_S = (0.2, 0.23, 0.26)
SLOT = timedelta(seconds=0.5)  # as in tests/support/clockwork.py
# A slot passed over while both were at work or one lay dead is caught up by the next: on a busy machine a few are.
PASSED_OVER = 24


class Clockworks:
    """Processes that write into one book."""

    def __init__(self, app, book) -> None:
        self.app, self.book, self.running = app, book, []
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        self.command = [sys.executable, "-m", "tests.support.clockwork", str(app.config["INSTANCE"])]
        self.command += ["" if url.startswith("sqlite") else url, str(book)]
        book.touch()

    def start(self) -> None:
        env = {k: v for k, v in os.environ.items() if not k.startswith("ROADWORKS_")}
        command = [*self.command, str(EVERY_S[len(self.running)])]
        process = subprocess.Popen(command, cwd=live.ROOT, env=env, stderr=subprocess.DEVNULL)
        self.running.append(process)

    def lines(self, job: str, what: str) -> list[list[str]]:
        return [line.split() for line in self.book.read_text().splitlines() if line.startswith(f"{job} {what} ")]

    def at_work(self) -> set[str]:
        """The processes that have had a short slot."""
        return {line[3] for line in self.lines("often", "ran")}

    def set_long(self, moment: datetime) -> None:
        """Say when the long run is due."""
        draft = self.book.with_name("draft")
        draft.write_text(moment.isoformat())
        draft.rename(self.book.with_name("long"))

    def wait_for(self, condition) -> None:
        pause, deadline = threading.Event(), time.monotonic() + 90
        while not condition():
            assert time.monotonic() < deadline, self.book.read_text()[-2000:]
            pause.wait(0.05)

    def victim(self) -> int:
        """The process that began the long run first."""
        return int(self.lines("long", "began")[0][3])

    def stop(self) -> None:
        """Ask all to end; the killed one is left out."""
        asked = [process for process in self.running if process.pid != self.victim()]
        for process in asked:
            process.send_signal(signal.SIGTERM)
        for process in asked:
            assert process.wait(timeout=30) == 0, "it ends well when asked"

    def end(self) -> None:
        """Let none live on."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=20)


@pytest.fixture
def clockworks(app, app_on, postgresql, tmp_path):
    """Gives those of both databases and ends the processes still running."""
    url = postgresql.fresh()
    found = []
    for name, one in (("sqlite", app), ("postgresql", app_on(tmp_path / "postgresql", url))):
        (tmp_path / name).mkdir(exist_ok=True)
        found.append(Clockworks(one, tmp_path / name / "book"))
    yield found
    for works in found:
        works.end()
    postgresql.drop(url)


def test_two_clockworks_for_a_minute_one_killed_and_started_again_give_each_slot_one_run(clockworks, request):
    for works in clockworks:
        works.start()
        works.start()
    for works in clockworks:
        works.wait_for(lambda works=works: len(works.at_work()) == 2)
    began = time.monotonic()
    drawn = random.Random(request.node.name)
    moments = sorted(clock.now() + timedelta(seconds=drawn.uniform(*KILLED_AFTER_S)) for _works in clockworks)
    for works, moment in zip(clockworks, moments, strict=True):
        works.set_long(moment)
    for works in clockworks:
        works.wait_for(lambda works=works: works.lines("long", "began"))
        os.kill(works.victim(), signal.SIGKILL)
        works.start()
    for works in clockworks:
        works.wait_for(lambda works=works: time.monotonic() > began + RUN_S and works.lines("long", "ended"))
        works.wait_for(lambda works=works: len(works.at_work()) == 3)
    for works in clockworks:
        works.stop()
    for works in clockworks:
        judge(works)


def judge(works: Clockworks) -> None:
    """What the book and the table of slots must say."""
    ran = Counter(line[2] for line in works.lines("often", "ran"))
    assert set(ran.values()) == {1}, "a slot ran twice"
    slots = sorted(datetime.fromisoformat(slot) for slot in ran)
    whole = (slots[-1] - slots[0]) // SLOT + 1
    assert whole >= RUN_S / SLOT.total_seconds()
    assert len(slots) >= whole - PASSED_OVER, "what one cannot run the other does"
    assert len(works.lines("long", "began")) == 2, "the killed run, and the one that took its slot over"
    assert len(works.lines("long", "ended")) == 1
    assert len(works.at_work()) == 3, "all three had some"
    with works.app.app_context():
        rows = list(db.session.scalars(select(JobRun)))
        assert {row.outcome for row in rows} == {"done"}
        assert {row.slot.isoformat() for row in rows if row.job == "often"} == set(ran)
        assert pulse().last is not None
        db.session.remove()
        db.engine.dispose()
