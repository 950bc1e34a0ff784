"""Writing the weekly digests of 10 000 readers over 100 000 open items: seconds, and how memory grows meanwhile.

Run by `make bench`, or alone by `python -m tests.bench.digests`; writes its part of docs/performance.md itself.
Each measure runs in a process of its own, so that the memory told is its own.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from roadworks import create_app, jobs
from roadworks.accounts.models import Crew, Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications import digest
from roadworks.notifications.models import Digest, Letter
from roadworks.projects.models import Project
from roadworks.workorders.models import WorkOrder
from tests.bench import data
from tests.support import cast as people
from tests.support import databases

OUT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
HEADING = "## Weekly digests"
READERS, ITEMS, CREWS, PROJECTS = 10_000, 100_000, 200, 200
AIM_S = 60
MONDAY = datetime(2018, 7, 2, 0, 0, tzinfo=UTC)
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
CHUNK = 2000


def fill(cast: people.Cast, readers: int, items: int) -> None:
    """Half of the items are defects that wait, half are orders on the road; most readers belong to one of 200 crews."""
    data.fill(cast, items)
    home = cast.district_id
    crews = [{"id": 100 + n, "district_id": home, "name_zh": f"班{n}", "name_en": f"Crew {n}"} for n in range(CREWS)]
    roles = ["supervisor", "leader", "engineer", *["inspector"] * 3, *["crew"] * 14]
    rows = []
    for n in range(readers):
        role = roles[n % len(roles)]
        row = {"id": 1000 + n, "district_id": home, "username": f"reader{n}", "name": f"读者{n}", "role": role}
        row |= {"crew_id": 100 + n % CREWS if role == "crew" else None, "password_hash": "!", "created_at": people.NOON}
        rows.append(row | {"email": f"reader{n}@roads.example", "active": True})
    engineers = [row["id"] for row in rows if row["role"] == "engineer"] or [None]
    projects = [
        {
            "district_id": home,
            "number": f"XM{n:04d}",
            "name_zh": f"路{n}中修",
            "category": "medium",
            "stage": "drawings",
        }
        | {"stage_entered_at": people.NOON, "opened_at": people.NOON, "in_charge_id": engineers[n % len(engineers)]}
        for n in range(PROJECTS)
    ]
    with db.engine.begin() as connection:
        for table, chosen in ((Crew.__table__, crews), (Person.__table__, rows), (Project.__table__, projects)):
            for start in range(0, len(chosen), CHUNK):
                connection.execute(sa.insert(table), chosen[start : start + CHUNK])
        table = WorkOrder.__table__
        state = sa.case((table.c.id % 4 == 0, "done"), (table.c.id % 4 == 1, "issued"), else_="working")
        connection.execute(
            sa.update(table).values(
                state=state, crew_id=100 + table.c.id % CREWS, closed_at=None, hand_back_count=table.c.id % 2
            )
        )
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def resident() -> float:
    """What this process holds, MB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_MB


def child(folder: str, url: str, readers: int, items: int) -> None:
    """Fill a database, write all its digests, and print what it took as JSON."""
    if not url:
        databases.copy_sqlite(databases.sqlite_template(Path(tempfile.mkdtemp())), Path(folder))
    app = create_app(databases.options(Path(folder), url))
    with app.app_context():
        with clock.at(people.NOON):
            cast = people.make_cast()
            fill(cast, readers, items)
        held: list[float] = []
        keep = digest._store

        def watched(*args) -> int:
            count = keep(*args)
            held.append(resident())
            return count

        digest._store = watched
        began, worked = time.perf_counter(), time.process_time()
        with clock.at(MONDAY):
            count = jobs.write_digests()
        took, worked = time.perf_counter() - began, time.process_time() - worked
        stored = [db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (Digest, Letter)]
        assert stored == [count, count], stored
        told = {"count": count, "seconds": took, "cpu": worked, "first_mb": held[0], "most_mb": max(held)}
        print(json.dumps(told))
        db.session.remove()
        db.engine.dispose()


def measure(kind: str, server: databases.PostgreSQL, readers: int, items: int) -> str:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        url = server.fresh() if kind == "PostgreSQL" else ""
        command = [sys.executable, "-m", "tests.bench.digests", "--child", folder, url, str(readers), str(items)]
        told = json.loads(
            subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
        )
        if url:
            server.drop(url)
    grown = told["most_mb"] - told["first_mb"]
    mark = "met" if told["seconds"] <= AIM_S else "missed"
    row = f"| {kind} | {told['count']:,} | {items:,} | {told['seconds']:.1f} | {told['cpu']:.1f} "
    row += f"| {told['first_mb']:.0f} | +{grown:.0f} | {AIM_S} s: {mark} |"
    print(row, flush=True)
    return row


def write_section(path: Path = OUT, *, readers: int = READERS, items: int = ITEMS) -> None:
    """Measure both databases and put the table into the page, in place of the one before."""
    server = databases.PostgreSQL()
    rows = [measure(kind, server, readers, items) for kind in ("SQLite", "PostgreSQL")]
    said = [
        HEADING,
        "",
        "Facts, wording, storing and letters of one Monday, by one process. Memory is what the process holds after its",
        "first batch of 200 readers, and the most it held later.",
        "",
        "| database | digests | open items | seconds | of CPU | MB | grows by | aim |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
    ]
    text = path.read_text("utf-8") if path.exists() else "# Speed\n"
    text = re.sub(rf"\n*{HEADING}\n.*?(?=\n## |\Z)", "", text, flags=re.DOTALL).rstrip("\n")
    path.write_text(text + "\n\n" + "\n".join(said) + "\n", "utf-8")


def main() -> None:
    """Measure and write, or be the measured process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=4, metavar=("FOLDER", "URL", "READERS", "ITEMS"))
    asked = parser.parse_args().child
    if asked:
        child(asked[0], asked[1], int(asked[2]), int(asked[3]))
    else:
        write_section()


if __name__ == "__main__":
    main()
