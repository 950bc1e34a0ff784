"""A process killed at each write, flush, rename and statement of a filing and of a step: all or nothing, every time."""

import io
import os
import sys

import pytest
from sqlalchemy import select

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.imaging import read_photo
from roadworks.base.storage import storage
from roadworks.defects import filing, photos
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from roadworks.workorders import actions
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people
from tests.support import databases

POINTS = frozenset(
    {
        "write",
        "fsync",
        "flush",
        "replace",
        "rename",
        "mkdir",
        "open",
        "close",
        "execute",
        "executemany",
        "fetchall",
        "fetchone",
        "commit",
        "rollback",
    }
)
KILLED, WHOLE = 9, 0


class Killer:
    """Ends the process, without a word, at the N-th call that touches disk or database."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, _frame, event, called) -> None:
        if event == "c_call" and called.__name__ in POINTS:
            self.count += 1
            if self.count == self.at:
                os._exit(KILLED)


def in_child(app, work, at: int) -> int:
    """Fork, do the work, be killed at point `at`; gives how the child ended."""
    child = os.fork()
    if child == 0:
        code = KILLED
        with app.app_context(), clock.at(people.NOON):
            sys.setprofile(Killer(at))
            work()
            sys.setprofile(None)
            code = WHOLE
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def file_with_photo(ids: dict, client_id: str, shade: int) -> None:
    """What the phone form does."""
    cast = people.Cast(1, 0, 0, 0, 1, 0, ids)
    picture = read_photo(io.BytesIO(people.jpeg(f"#{shade:06x}")))
    kept = photos.keep(cast.inspector, picture)
    db.session.commit()
    filing.file(cast.inspector, people.said(cast, client_id=client_id, no_photo_reason=None), [kept])
    db.session.commit()


def finish(ids: dict, order_id: int, shade: int) -> None:
    """What the crew's form does."""
    cast = people.Cast(1, 0, 0, 0, 1, 0, ids)
    order = db.session.get(WorkOrder, order_id)
    kept = photos.keep(cast.crew, read_photo(io.BytesIO(people.jpeg(f"#{shade:06x}"))))
    db.session.commit()
    for line in order.live_lines:
        actions.measure(cast.crew, order, line, m2=line.defect.area_m2, m=None, photos=[kept])
    db.session.flush()
    actions.finish(cast.crew, order, seen=order.version)
    db.session.commit()


@pytest.fixture
def world(tmp_path, sqlite_template):
    """An app with nobody watching, and its people's ids."""
    databases.copy_sqlite(sqlite_template, tmp_path)
    app = create_app(databases.options(tmp_path))
    with app.app_context(), clock.at(people.NOON):
        ids = people.make_cast().ids
        db.session.remove()
        db.engine.dispose()
    return app, ids


def look(app) -> None:
    """What must hold after every death."""
    for defect in db.session.scalars(select(Defect)):
        assert len(defect.photos) == 1 or defect.no_photo_reason, "a row without its photo"
        assert [e.verb for e in audit.history(defect)][0] == "defect.file"
    for photo in db.session.scalars(select(Photo)):
        for key in (photo.key, photo.thumb_key):
            with storage().open(key) as file:
                content = file.read()
            assert content.startswith(b"\xff\xd8")
            assert content.endswith(b"\xff\xd9"), "half a photo"
    assert list(audit.faults(1)) == []


def test_a_filing_killed_at_any_point_is_whole_or_not_there_and_can_be_sent_again(world):
    app, ids = world
    point, killed = 1, 0
    while True:
        client_id = f"00000000-0000-4000-8000-{point:012d}"
        ended = in_child(app, lambda c=client_id, p=point: file_with_photo(ids, c, p), point)
        assert ended in {KILLED, WHOLE}
        killed += ended == KILLED
        with app.app_context(), clock.at(people.NOON):
            if point % 9 == 0 or ended == WHOLE:
                look(app)
            file_with_photo(ids, client_id, point)
            found = db.session.scalars(select(Defect).where(Defect.client_id == client_id)).all()
            assert len(found) == 1
            db.session.remove()
            db.engine.dispose()
        if ended == WHOLE:
            break
        point += 1
    assert killed >= 95, f"only {killed} points"


def test_a_finish_killed_at_any_point_is_whole_or_not_there(world):
    app, ids = world
    with app.app_context(), clock.at(people.NOON):
        order_id = people.working(people.Cast(1, 2, 1, 2, 1, 2, ids)).id
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    point = 1
    while in_child(app, lambda: finish(ids, order_id, 4711), point) == KILLED:
        with app.app_context():
            order = db.session.get(WorkOrder, order_id)
            assert (order.state, order.lines[0].defect.state) in {("working", "ordered"), ("done", "mended")}
            done = order.state == "done"
            if point % 9 == 0:
                look(app)
            db.session.remove()
            db.engine.dispose()
        if done:
            break
        point += 1
    assert point >= 140, f"only {point} points"


def issue(ids: dict, defect_ids: list[int]) -> None:
    """What the desk's form does: several defects, one order."""
    cast = people.Cast(1, 2, 1, 2, 1, 2, ids)
    chosen = [db.session.get(Defect, defect_id) for defect_id in defect_ids]
    actions.issue(cast.supervisor, chosen, crew=cast.crew_row)
    db.session.commit()


def test_an_order_killed_at_any_point_of_its_issue_is_whole_or_not_there(world):
    app, ids = world
    with app.app_context(), clock.at(people.NOON):
        defect_ids = [people.confirmed(people.Cast(1, 2, 1, 2, 1, 2, ids)).id for _ in range(3)]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    point, whole = 1, False
    while not whole and in_child(app, lambda: issue(ids, defect_ids), point) == KILLED:
        with app.app_context():
            orders = db.session.scalars(select(WorkOrder)).all()
            states = {db.session.get(Defect, defect_id).state for defect_id in defect_ids}
            assert (len(orders), states) in [(0, {"confirmed"}), (1, {"ordered"})]
            whole = len(orders) == 1
            assert not whole or len(orders[0].live_lines) == 3
            assert list(audit.faults(1)) == []
            db.session.remove()
            db.engine.dispose()
        point += 1
    assert point >= 145, f"only {point} points"
