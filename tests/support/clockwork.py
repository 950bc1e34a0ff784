"""A clockwork process for tests: a job each half second, and a long one in which it can be killed."""

import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

from roadworks import create_app
from roadworks.base import clock, clockwork, slots
from roadworks.base.timetable import Every, Job
from tests.support import databases

EARLIER = timedelta(days=1)


class Only:
    """A job with one slot that matters, which the test writes beside the book, and earlier ones that do not."""

    words = "once"

    def __init__(self, book: Path) -> None:
        self.written, self.began = book.with_name("long"), clock.now()

    def slot(self) -> datetime | None:
        return datetime.fromisoformat(self.written.read_text()) if self.written.exists() else None

    def latest(self, moment: datetime) -> datetime:
        slot = self.slot()
        return slot if slot and slot <= moment else self.began - EARLIER

    def following(self, moment: datetime) -> datetime:
        return self.slot() or moment + EARLIER


def main(instance: str, url: str, book: Path, every_s: float) -> None:
    """Tick until SIGTERM; each run writes a line into the book."""

    once = Only(book)

    def at_work(job: str) -> slots.Claim:
        return next(held for held in clockwork.held() if held.job == job)

    def note(job: str, what: str) -> int:
        held = at_work(job)
        with book.open("a") as file:
            file.write(f"{job} {what} {held.slot.isoformat()} {clockwork.OWNER.split()[1]}\n")
        return 1

    def often() -> int:
        return note("often", "ran")

    def long() -> int:
        if at_work("long").slot != once.slot():
            return 0
        first = "long began" not in book.read_text()
        note("long", "began")
        if first:
            threading.Event().wait(120)  # whoever comes first is killed in here
        return note("long", "ended")

    slots.LEASE = timedelta(seconds=3)
    app = create_app(databases.options(Path(instance), url))
    app.extensions["timetable"] = {
        "often": Job(often, Every(timedelta(seconds=0.5)), ""),
        "long": Job(long, once, ""),
    }
    clockwork.serve(app, every_s=every_s)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))
