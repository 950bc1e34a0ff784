"""Lists by deadline: the clock that runs out next counts, and the database and the page reckon it alike."""

import re
from datetime import timedelta

from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.workflow.transitions import ORDER_ON_THE_ROAD
from roadworks.worklist import queries as worklist
from roadworks.workorders import deadlines, kept, queries
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people


def ids(statement) -> list[int]:
    return [order.id for order in db.session.scalars(statement).unique()]


def test_what_should_be_safe_by_now_stands_first_though_it_may_be_mended_last(either_cast):
    cast = either_cast
    slight = [people.issued(cast, severity="slight") for _ in range(worklist.SHOWN + 1)]
    reported = people.done(cast)
    with clock.at(slight[0].repair_due_at - timedelta(days=1)):
        unsafe = people.issued(cast, surface="ancillary", type_code="collapse")
    assert unsafe.repair_due_at > max(order.repair_due_at for order in slight) > unsafe.make_safe_due_at
    with clock.at(slight[0].repair_due_at + timedelta(hours=1)):
        home = ids(worklist.orders_in(cast.crew, *ORDER_ON_THE_ROAD, "done"))
        assert (home[0], home[-1]) == (unsafe.id, reported.id), "what is done waits for others"
        assert ids(kept.orders_for(cast.crew))[0] == unsafe.id
        assert ids(worklist.late_orders(cast.supervisor, clock.now()))[0] == unsafe.id


def test_the_next_clock_is_the_same_in_sql_and_on_an_order(either_cast):
    made = [make(either_cast) for make in people.ORDERS.values()]
    urgent = [make(either_cast, severity="severe") for make in (people.issued, people.working, people.done)]
    safe = people.working(either_cast, severity="severe")
    people.orders.make_safe(either_cast.crew, safe, seen=safe.version)
    db.session.flush()
    told = dict(db.session.execute(select(WorkOrder.id, queries.next_due())).all())
    assert told == {order.id: deadlines.next_due(order) for order in [*made, *urgent, safe]}
    assert [told[order.id] == order.make_safe_due_at for order in [*urgent, safe]] == [True, True, False, False]


def test_pages_name_the_clock_that_runs_and_tell_since_when_the_place_is_safe(stage, client_of):
    with stage.app.app_context():
        order = people.issued(stage, severity="severe")
        db.session.commit()
        due, mend = order.make_safe_due_at, order.repair_due_at
    assert due < mend
    with clock.at(due + timedelta(hours=2)):
        crew, desk = client_of("crew"), client_of("supervisor")
        card = check(crew.get("/").text, "应急处置截止", "超时 2 小时", "修复截止")
        assert card.index("应急处置截止") < card.index("修复截止")
        check(desk.get("/").text, "应急处置截止", "超时 2 小时")
        check(desk.get("/workorders?standing=overdue").text, "应急处置截止")
        check(crew.get(f"/nearby?lon={people.LON}&lat={people.LAT}").text, "超时 2 小时")
        with stage.app.app_context():
            row = db.session.get_one(WorkOrder, 1)
            people.orders.make_safe(stage.crew, row, seen=row.version)
            db.session.commit()
        card = check(crew.get("/").text, "已围护 2018年6月27日 16:00", "修复截止")
        assert "应急处置截止" not in card
        assert "应急处置截止" not in desk.get("/workorders").text


def check(page: str, *said: str) -> str:
    """The page without its tags; it says all of these."""
    words = " ".join(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]).replace("\u2006", "").split())
    for text in said:
        assert text in words, words
    return words
