"""While you are here: what within 300 m needs this person's eyes, in walking order."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.worklist import nearby
from roadworks.worklist.rules import walk
from tests.support import cast as people
from tests.support.cast import LAT, LON

STEP = 0.001  # degrees of longitude: 91 m at this latitude


def seen(who, here=(LON, LAT)) -> list[tuple[str, tuple[str, ...]]]:
    """What `who` is shown: the defect's number and what to do."""
    return [(stop.defect.number, stop.tasks) for stop in nearby.stops(who, here)]


def test_the_way_goes_on_to_the_nearest_place_not_yet_seen():
    places = [(LON + 3 * STEP, LAT), (LON - STEP, LAT), (LON + STEP, LAT), (LON + 2.1 * STEP, LAT)]
    way = walk((LON + 0.1 * STEP, LAT), places)
    assert [place for place, _m in way] == [2, 3, 0, 1]
    assert [round(m) for _p, m in way] == [82, 101, 82, 366]
    assert walk((LON, LAT), []) == []


def test_each_person_is_shown_what_is_theirs_to_do(either_cast):
    cast = either_cast
    done = people.done(cast, lon=LON + STEP)
    for line in done.lines:
        people.photos.add(cast.inspector, line.defect, [people.picture(cast.inspector, "red")])
    bare = people.filed(cast, lon=LON + 2 * STEP, area_m2=Decimal(0), length_m=None, width_m=None)
    people.filed(cast, lon=LON + 4 * STEP)
    db.session.commit()
    number = done.lines[0].defect.number
    assert seen(cast.inspector) == [(number, ("verify",)), (bare.number, ("measure", "photo"))], "300 m and no further"
    assert seen(cast.crew) == [], "the doer does not verify, and what others filed is not a crew's"
    assert seen(cast.crew2) == []
    assert seen(cast.stranger) == []


def test_a_failed_and_late_order_calls_its_crew_and_the_desk(cast):
    order = people.rework(cast)
    number = order.lines[0].defect.number
    with clock.at(people.NOON + timedelta(days=40)):
        assert seen(cast.crew) == [(number, ("overdue", "again"))]
        assert seen(cast.crew2) == []
        assert seen(cast.supervisor) == [(number, ("overdue",))]
    slight = people.working(cast, severity="slight", lon=LON + STEP)
    with clock.at(slight.repair_due_at - timedelta(minutes=30)):
        assert (slight.lines[0].defect.number, ("due_soon", "photo")) in seen(cast.crew)


def test_a_defect_that_waits_is_photographed_again_after_a_month_until_it_is_on_an_order(cast):
    defect = people.filed(cast)
    people.photos.add(cast.inspector, defect, [people.picture(cast.inspector)])
    db.session.commit()
    month = defect.photos[0].uploaded_at + timedelta(days=30)
    for at, told in ((month - timedelta(minutes=1), []), (month, [(defect.number, ("reshoot",))])):
        with clock.at(at):
            assert seen(cast.inspector) == told
    with clock.at(month):
        people.photos.add(cast.inspector, defect, [people.picture(cast.inspector, "red")])
        assert seen(cast.inspector) == [], "there is a new one"
    done = people.done(cast, lon=LON + STEP).lines[0].defect
    people.photos.add(cast.inspector, done, [people.picture(cast.inspector, "blue")])
    with clock.at(month + timedelta(days=2)):
        assert (done.number, ("verify",)) in seen(cast.inspector), "its crew photographs what is on an order"


def test_the_page_asks_where_one_is_and_takes_a_road_section(stage, client_of):
    with stage.app.app_context():
        number = people.filed(stage).number
        db.session.commit()
    client = client_of("inspector")
    assert 'name="section"' in client.get("/nearby").text
    page = client.get(f"/nearby?section={stage.section_id}").text
    assert number in page
    assert "待补拍照片" in page or "photograph: no photo yet" in page
    assert client.get(f"/nearby?section={stage.other_section_id}").status_code == 404
    assert client.get("/nearby?lon=400&lat=1").status_code == 400
    for who in ("inspector", "crew", "supervisor"):
        assert 'href="/nearby"' in client_of(who).get("/").text


def reckoned(client, at) -> set[tuple[str, tuple[str, ...]]]:
    """What a phone makes of what it keeps at a moment, as static/js/nearby.js does."""
    found = set()
    for stop in client.get(f"/sync/1/nearby?lon={LON}&lat={LAT}").json["stops"]:
        late, soon = (stop[name] and datetime.fromisoformat(stop[name]) for name in ("late", "soon"))
        pressing = ["overdue"] if late and at > late else ["due_soon"] if soon and at >= soon else []
        again = ["reshoot"] if stop["stale"] and at >= datetime.fromisoformat(stop["stale"]) else []
        if pressing or stop["tasks"] or again:
            found.add((stop["number"], (*pressing, *stop["tasks"], *again)))
    return found


def test_a_phone_works_out_the_same_list_at_any_hour_from_what_it_keeps(stage, client_of):
    with stage.app.app_context():
        due = people.working(stage, severity="slight").repair_due_at
        people.rework(stage)
        people.done(stage, lon=LON + 2 * STEP)
        people.issued(stage, severity="emergency", lon=LON + 3 * STEP)
        people.filed(stage, lat=LAT + STEP, area_m2=Decimal(0), length_m=None, width_m=None)
        old = people.filed(stage, lat=LAT - STEP)
        people.photos.add(stage.inspector, old, [people.picture(stage.inspector)])
        # It comes of age while the phone has no network.
        old.photos[0].uploaded_at = people.NOON - timedelta(days=27)
        db.session.commit()
    for who in ("inspector", "crew", "crew2", "supervisor"):
        client, said = client_of(who), set()
        for at in (people.NOON, due - timedelta(hours=4), due, due + timedelta(minutes=1), due + timedelta(days=40)):
            with stage.app.app_context(), clock.at(at):
                mine = set(seen(getattr(stage, who)))
            said |= mine
            assert reckoned(client, at) == mine, (who, at)
        assert bool(said) == (who != "crew2")


def test_what_a_phone_keeps_of_the_way_is_its_persons_own_and_unchanged_costs_nothing(stage, client_of):
    with stage.app.app_context():
        for n in range(20):
            people.filed(stage, lon=LON + n * STEP)
        people.filed(stage, lat=LAT + 0.03)
        db.session.commit()
        engine = db.engine
    client, address = client_of("inspector"), f"/sync/1/nearby?lon={LON}&lat={LAT}"
    client.get(address)
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *a: counted.append(statement))
    answer = client.get(address)
    assert len([s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]) <= 8
    assert (len(answer.json["stops"]), answer.json["reach_m"]) == (20, 3000)
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client_of("stranger").get("/sync/1/nearby").json["stops"] == []
    page = client.get("/street/nearby").text
    assert "csrf_token" not in page
    assert "data-person" not in page


@pytest.mark.parametrize("many", [3, 30])
def test_many_places_cost_no_more_statements_than_few(stage, client_of, many):
    with stage.app.app_context():
        for n in range(many):
            make = people.working if n % 3 else people.filed
            make(stage, lon=LON + n * STEP / 20)
        db.session.commit()
        engine = db.engine
    client = client_of("supervisor")
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *a: counted.append(statement))
    page = client.get(f"/nearby?lon={LON}&lat={LAT}")
    assert page.text.count('<li class="card') == many
    statements = [s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]
    assert len(statements) <= 7, "\n".join(s[:120] for s in statements)


def test_what_a_phone_keeps_costs_the_same_statements_for_fifty_places_as_for_five(stage, client_of):
    client = client_of("supervisor")
    addresses = [f"/sync/1/{name}?lon={LON}&lat={LAT}" for name in ("pack", "nearby")]
    make = (people.filed, people.working, people.done, people.closed, people.filed)
    costs, made = [], 0
    for many in (5, 50):
        with stage.app.app_context():
            for n in range(made, many):
                make[n % 5](stage, lon=LON + n * STEP / 20)
            db.session.commit()
            engine = db.engine
        made, counted = many, []
        keep = lambda c, cur, statement, *a: counted.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", keep)
        told = []
        for address in addresses:
            told.append(client.get(address).json)
            counted.append("next")
        event.remove(engine, "before_cursor_execute", keep)
        costs.append([s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))])
        shown = [told[0]["open"], told[0]["mended"], told[1]["stops"]]
        assert [len(rows) * 5 // many for rows in shown] == [3, 1, 4]
    few, lots = costs
    assert len(few) == len(lots), "\n".join(s[:120] for s in lots)
    pack = lots.index("next")
    assert pack <= 11, "\n".join(s[:120] for s in lots[:pack])
    assert len(lots) - pack - 2 <= 4, "\n".join(s[:120] for s in lots[pack:])
