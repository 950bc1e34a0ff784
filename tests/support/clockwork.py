"""A clockwork process for tests: a job each half second, and a long one in which it can be killed."""

import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

from roadworks import create_app
from roadworks.base import clockwork, slots
from roadworks.base.timetable import Every, Job
from tests.support import databases

EARLIER = timedelta(days=1)


class Only:
    """A job with one slot that matters, and one before it that does not."""

    words = "once"

    def __init__(self, slot: datetime) -> None:
        self.slot = slot

    def latest(self, moment: datetime) -> datetime:
        return self.slot if self.slot <= moment else self.slot - EARLIER

    def following(self, moment: datetime) -> datetime:
        return self.slot


def main(instance: str, url: str, book: Path, only: str) -> None:
    """Tick until SIGTERM; each run writes a line into the book."""

    slot = datetime.fromisoformat(only)

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
        if at_work("long").slot != slot:
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
        "long": Job(long, Only(slot), ""),
    }
    clockwork.serve(app, every_s=0.2)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
