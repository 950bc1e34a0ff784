"""The stall scan at 10 000 people and 100 000 open items, on both databases: seconds and memory, written to the page."""

import gc
import random
import resource
import tempfile
import time
import tracemalloc
import uuid
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from roadworks import create_app
from roadworks.accounts.models import Crew, District, Person
from roadworks.base import calendar, clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.notifications.models import Letter, Reminder
from roadworks.notifications.reminders import raise_due
from roadworks.notifications.rules import complete_rules, in_force
from roadworks.notifications.scanning import scan
from roadworks.projects import stages
from roadworks.projects.models import Project
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people
from tests.support import databases

OUT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
HEADING = "## What stands still"
AIM_S = 5.0
DISTRICTS, PEOPLE, ITEMS = 100, 100, 1000  # people and open items of each
ROLES = ["supervisor"] * 2 + ["leader", "admin"] + ["inspector"] * 10 + ["engineer"] * 6
CREWS = 20
ORDERS = ("issued", "accepted", "working", "working", "rework", "done", "handed_back")
STAGES = ("scheme", "drawings", "drawing_review", "tender", "construction", "acceptance")
CHUNK = 2000
WHOLE = 10  # districts in which everything is raised and mailed


def fill() -> None:
    """Districts with their people, and their open defects, orders and projects of the last sixty days."""
    dice = random.Random(7)
    with db.engine.begin() as connection:
        places = [_district(number) for number in range(1, DISTRICTS + 1)]
        _insert(connection, District, places)
        crews = [
            {"id": c, "district_id": (c - 1) // CREWS + 1, "name_zh": f"{c}班", "name_en": f"Crew {c}", "active": True}
            for c in range(1, DISTRICTS * CREWS + 1)
        ]
        _insert(connection, Crew, crews)
        _insert(connection, Person, [_person(number) for number in range(1, DISTRICTS * PEOPLE + 1)])
        defects, orders, projects = [], [], []
        for number in range(1, DISTRICTS * ITEMS + 1):
            place, kind = (number - 1) // ITEMS + 1, number % 20
            began = people.NOON - timedelta(minutes=dice.randint(0, 60 * 24 * 60))
            if kind < 2:
                projects.append(_project(place, number, began))
            else:
                ordered = kind >= 7
                defects.append(_defect(place, number, began, ordered=ordered))
                if ordered:
                    orders.append(_order(place, number, began, dice))
        for model, rows in ((Defect, defects), (WorkOrder, orders), (Project, projects)):
            _insert(connection, model, rows)
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _insert(connection, model, rows) -> None:
    for start in range(0, len(rows), CHUNK):
        connection.execute(sa.insert(model.__table__), rows[start : start + CHUNK])


def _district(number: int) -> dict:
    names = {"name_zh": f"{number}区", "name_en": f"District {number}", "bureau_zh": "局", "bureau_en": "Bureau"}
    return {"id": number, "code": f"{number:06d}", "lon": people.LON, "lat": people.LAT, **names}


def _person(number: int) -> dict:
    place, seat = (number - 1) // PEOPLE + 1, (number - 1) % PEOPLE
    role = ROLES[seat] if seat < len(ROLES) else "crew"
    crew = (place - 1) * CREWS + seat % CREWS + 1 if role == "crew" else None
    values = {"id": number, "district_id": place, "username": f"p{number}", "name": f"p{number}", "role": role}
    return values | {"crew_id": crew, "password_hash": "x", "created_at": people.NOON, "email": f"p{number}@x.invalid"}


def _defect(place: int, number: int, began, *, ordered: bool) -> dict:
    values = {"id": number, "district_id": place, "number": f"BX{number}", "client_id": str(uuid.UUID(int=number))}
    values |= {"content_hash": "0" * 64, "state": "ordered" if ordered else "filed", "surface": "carriageway"}
    values |= {"type_code": "ac_pothole", "severity": "severe", "severity_proposed": "severe", "area_m2": 2}
    person = (place - 1) * PEOPLE + 5
    return values | {
        "found_at": began,
        "received_at": began,
        "filed_by_id": person,
        "order_id": number if ordered else None,
    }


def _order(place: int, number: int, began, dice) -> dict:
    state = ORDERS[number % len(ORDERS)]
    values = {"id": number, "district_id": place, "number": f"GX{number}", "state": state, "severity": "severe"}
    values |= {"crew_id": (place - 1) * CREWS + number % CREWS + 1, "issued_at": began, "repair_unit": "work_day"}
    values |= {"issued_by_id": (place - 1) * PEOPLE + 1, "basis": {"repair": {"amount": 2, "unit": "work_day"}}}
    values |= {"repair_due_at": began + timedelta(days=dice.randint(1, 20))}
    values |= {"make_safe_due_at": began + timedelta(hours=4), "make_safe_unit": "urgent_hour"}
    values |= {"made_safe_at": None if number % 10 == 0 else began + timedelta(hours=1)}
    return values | {"done_at": began + timedelta(hours=9) if state == "done" else None}


def _project(place: int, number: int, began) -> dict:
    values = {"id": number, "district_id": place, "number": f"XM{number}", "name_zh": f"{number}路中修"}
    values |= {
        "category": "medium",
        "stage": STAGES[number % len(STAGES)],
        "stage_entered_at": began - timedelta(days=60),
    }
    return values | {
        "opened_at": began,
        "in_charge_id": (place - 1) * PEOPLE + 16,
        "leader_id": (place - 1) * PEOPLE + 3,
    }


def scan_all() -> int:
    """Stream what is stalled in every district, with its level and occasion; gives how many there are."""
    now, days, found = clock.now(), calendar.load(), 0
    for place in range(1, DISTRICTS + 1):
        rules = list(db.session.scalars(in_force(place)))
        for item in scan(rules, now, days):
            found += bool(item.level and item.occasion)
        db.session.rollback()
    return found


def timed(work) -> tuple[float, int]:
    """Seconds, and what the work gave."""
    began = time.perf_counter()
    given = work()
    return time.perf_counter() - began, given


def measure(url: str, folder: Path, *, whole: bool) -> dict[str, float]:
    """All measures on one database; `whole` also raises the reminders and writes the letters."""
    if not url:
        databases.copy_sqlite(databases.sqlite_template(Path(tempfile.mkdtemp())), folder)
    app = create_app(databases.options(folder, url))
    with clock.at(people.NOON), app.app_context():
        fill()
        for district_id in range(1, DISTRICTS + 1):
            complete_rules(district_id)
            stages.complete(district_id)
        db.session.commit()
        scan_all()
        scans = [timed(scan_all) for _ in range(3)]
        found = {"stalled": scans[0][1], "scan s": sorted(seconds for seconds, _n in scans)[1]}
        gc.collect()
        tracemalloc.start()
        scan_all()
        found["scan peak MB"] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        if whole:
            found |= _whole()
        found["process MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        db.session.remove()
        db.engine.dispose()
    return found


def _whole() -> dict[str, float]:
    """Raise everything at once in ten districts, as if switched on today; then once more, with nothing new."""
    first, raised = timed(lambda: sum(map(raise_due, range(1, WHOLE + 1))))
    again, _none = timed(lambda: sum(map(raise_due, range(1, WHOLE + 1))))
    written = db.session.scalar(sa.select(sa.func.count()).select_from(Letter)) or 0
    rows = db.session.scalar(sa.select(sa.func.count()).select_from(Reminder)) or 0
    assert rows == raised
    return {"raised": raised, "letters": written, "first run s": first, "next run s": again}


def section(found: dict[str, dict[str, float]]) -> str:
    """The part of the page about it."""
    head = [
        HEADING,
        "",
        f"{DISTRICTS * PEOPLE:,} people in {DISTRICTS} districts, {DISTRICTS * ITEMS:,} open defects, orders and projects.",
        f"*scan*: every rule of every district, streamed (aim: at most {AIM_S:.0f} s). *first run*: reminders switched on",
        f"in {WHOLE} districts with all of it stalled already: rows raised, letters worded and written. *next run*: again.",
        "",
    ]
    names = list(next(iter(found.values())))
    table = ["| database | " + " | ".join(names) + " | |", "|---|" + "---|" * (len(names) + 1)]
    for kind, values in found.items():
        mark = "met" if values["scan s"] <= AIM_S else "missed"
        table.append(
            f"| {kind} | " + " | ".join(f"{values[name]:,.{_places(name)}f}" for name in names) + f" | {mark} |"
        )
    return "\n".join([*head, *table]) + "\n"


def _places(name: str) -> int:
    return 2 if name.endswith(" s") else 0


def write(text: str) -> None:
    """Put the part into docs/performance.md, in place of the one that was there."""
    before, _heading, rest = OUT.read_text("utf-8").partition(HEADING)
    _old, mark, after = rest.partition("\n## ")
    OUT.write_text(before.rstrip() + "\n\n" + text + (f"\n{mark.strip()} {after}" if mark else ""), "utf-8")


def main(*, whole: bool = True) -> None:
    """Measure on both databases, print, and write the part of the page."""
    server, found = databases.PostgreSQL(), {}
    for kind in ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory() as folder:
            url = server.fresh() if kind == "PostgreSQL" else ""
            found[kind] = measure(url, Path(folder), whole=whole)
            print(kind, found[kind], flush=True)
            if url:
                server.drop(url)
    if whole:
        write(section(found))


if __name__ == "__main__":
    main()
