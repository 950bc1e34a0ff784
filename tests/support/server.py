"""Process tests' helper: what a writer process does."""

import sys
import time
from pathlib import Path

from roadworks import create_app
from roadworks.base.db import db
from roadworks.defects import actions
from tests.support import cast as people
from tests.support import databases


def write(instance: str, url: str, ids: list[int], seconds: float) -> int:
    """Say ready, wait for a line, then file and confirm defects for a while; gives how many a commit acknowledged."""
    from sqlalchemy.exc import OperationalError

    from roadworks.base import clock

    app = create_app(databases.options(Path(instance), url))
    acknowledged = 0
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + seconds
    with app.app_context(), clock.at(people.NOON):
        while time.monotonic() < until:
            cast = people.Cast(ids[0], 0, 0, 0, ids[1], 0, {"inspector": ids[2], "supervisor": ids[3]})
            try:
                defect = people.filed(cast)
                actions.confirm(cast.supervisor, defect, seen=defect.version)
                db.session.commit()
            except OperationalError:  # busy: a 503 for the person, who sends again
                db.session.rollback()
            else:
                acknowledged += 1
            db.session.remove()
        db.engine.dispose()
    return acknowledged


if __name__ == "__main__":
    instance, url, ids, seconds = sys.argv[1:]
    print(write(instance, url, [int(i) for i in ids.split(",")], float(seconds)))
