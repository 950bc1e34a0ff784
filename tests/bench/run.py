"""`make bench`: requests/s and p50/p99 of the pages next to a floor measured in the same run, as ratios.

The floor is a bare Flask app that does the same single read or write with SQLAlchemy Core on the same engine and
answers JSON. Both are called in process, in turns, by one thread; what is loaded at start is frozen for the collector,
as in wsgi.py.
"""

import argparse
import gc
import io
import itertools
import logging
import platform
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from flask.testing import FlaskClient

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from tests.bench import data, digests, first_load, floor, stalled
from tests.defects.test_filing import form
from tests.support import cast as people
from tests.support import databases

OUT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BOX = f"{people.LON - 0.002},{people.LAT - 0.002},{people.LON + 0.002},{people.LAT + 0.002}"
# What the map page asks when it is opened and moved to one street: all that is not closed.
STREET = "state=filed&state=confirmed&state=ordered&state=forwarded&state=mended&bbox=" + BOX
AIMS = {"file": 1 / 2, "file with photo": 1 / 2, "list": 1 / 3, "one defect": 1 / 3, "map": 2 / 3, "bulletin": 1 / 3}


def measure(mine, theirs, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of each call, taken in turns so that both meet the same machine."""
    ours, floors = [], []
    for turn in range(rounds + 3):
        for call, kept in ((mine, ours), (theirs, floors)):
            began = time.perf_counter()
            call()
            if turn >= 3:
                kept.append(time.perf_counter() - began)
    return ours, floors


def bench(url: str, folder: Path, size: int, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """All measures on one database of one size."""
    if not url:
        databases.copy_sqlite(databases.sqlite_template(Path(tempfile.mkdtemp())), folder)
    app = create_app(databases.options(folder, url))
    logging.disable(logging.INFO)
    with clock.at(people.NOON):
        with app.app_context():
            cast = people.make_cast()
            data.fill(cast, size)
            base = floor.app(db.engine, cast, size)
        client = FlaskClient(app, app.response_class)
        people.sign_in(client, "inspector")
        bare = base.test_client()
        gc.collect()
        gc.freeze()
        found = {
            "list": measure(ok(client, "/defects"), ok(bare, "/list"), rounds),
            "one defect": measure(ok(client, f"/defects/{size // 2}"), ok(bare, "/one"), rounds),
            "map": measure(ok(client, f"/defects.geojson?{STREET}"), ok(bare, f"/map?{STREET}"), rounds),
            "bulletin": measure(ok(client, "/reports/bulletin.json"), ok(bare, "/sums"), rounds),
            "file": measure(*filing(client, bare, photo=False), rounds),
            "file with photo": measure(*filing(client, bare, photo=True), rounds // 4),
        }
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    logging.disable(logging.NOTSET)
    return found


PHOTO = people.jpeg("dimgray", (1600, 1200))


def ok(client, address: str):
    """A call that must be answered."""

    def call() -> None:
        assert client.get(address).status_code == 200

    return call


def filing(client, bare, *, photo: bool):
    """Two calls that send the same form of one defect: to us, and to the floor."""
    fields = form(client)
    fields.pop("photos")
    steps = itertools.count()
    ids = itertools.count(int(time.time() * 1000) % 10**9)

    def send(to: FlaskClient, address: str, status: int) -> None:
        sent = {
            **fields,
            "client_id": f"00000000-0000-4000-8000-{next(ids):012d}",
            "no_photo_reason": "" if photo else "雨",
            # Each where nothing else lies: what is open there would be asked about.
            "lat": f"{people.LAT + 1 + next(steps) / 1000:.4f}",
        }
        if photo:
            sent["photos"] = (io.BytesIO(PHOTO), "x.jpg")
        assert to.post(address, data=sent, content_type="multipart/form-data").status_code == status

    return lambda: send(client, "/defects/new", 302), lambda: send(bare, "/write", 200)


def line(name: str, kind: str, size: int, ours: list[float], floors: list[float]) -> str:
    """One row of the table."""
    ratio = median(floors) / median(ours)
    mark = "met" if ratio >= AIMS[name] else "missed"
    p99 = quantiles(ours, n=100)[98] if len(ours) > 1 else ours[0]
    return (
        f"| {name} | {kind} | {size:,} | {1 / median(ours):.0f} | {median(ours) * 1000:.1f} | {p99 * 1000:.1f} "
        f"| {1 / median(floors):.0f} | {ratio:.2f} | {AIMS[name]:.2f} | {mark} |"
    )


def main() -> None:
    """Measure, print and write docs/performance.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="1 000 defects only, few rounds; writes nothing")
    quick = parser.parse_args().quick
    sizes, rounds = ((1000,), 20) if quick else ((1000, 100_000), 80)
    rows, growth = [], []
    server = databases.PostgreSQL()
    for kind in ("SQLite", "PostgreSQL"):
        medians: dict[str, list[float]] = {}
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                url = server.fresh() if kind == "PostgreSQL" else ""
                for name, (ours, floors) in bench(url, Path(folder), size, rounds).items():
                    rows.append(line(name, kind, size, ours, floors))
                    print(rows[-1], flush=True)
                    medians.setdefault(name, []).append(median(ours))
                if url:
                    server.drop(url)
        growth += [f"| {name} | {kind} | {m[-1] / m[0]:.2f} |" for name, m in medians.items()]
    if not quick:
        OUT.write_text(page(rows, growth), "utf-8")
        stalled.main()
        digests.write_section(OUT)
        first_load.write_section(OUT)


def page(rows: list[str], growth: list[str]) -> str:
    """docs/performance.md."""
    head = [
        "# Speed",
        "",
        *(__doc__ or "").splitlines()[:6],
        "",
        f"Python {platform.python_version()}, two cores. `make bench` writes this page.",
        "",
    ]
    table = [
        "| what | database | defects | requests/s | p50 ms | p99 ms | floor/s | ratio | aim | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    grown = [
        "",
        "From 1 000 to 100 000 defects the median grows by (aim: at most 1.3):",
        "",
        "| what | database | factor |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *table, *rows, *grown, *growth, "", *NOTES]) + "\n"


NOTES = [
    "The floor reads the same rows in the same order, every column as text, or reads the same form and writes one durable",
    "row (same engine, same fsync). It has no sign-in, session, form token, rules, photos, number series or trail.",
    "The half-year's 500 defects are in all states; older defects are closed, as in life. *map* asks what the",
    "map page asks: all that is not closed in the box of a street.",
    "",
    "Where the time goes that is left (profile on SQLite, 1 000 defects):",
    "",
    "- Every page: 0.5 ms before the page begins, as much as a whole read of the floor: the signed cookie, the row of the",
    "  sign-in with its person and district, the gate, the headers. That alone keeps *one defect* and a *map* of few points",
    "  below their aims.",
    "- *One defect*, 2.5 ms: two fifths the page itself (facts, buttons by role, history, navigation twice), a third its",
    "  four statements as rows and things, the rest as above. It was 4.7 ms.",
    "- *List*, 4.8 ms: half the page (fifty rows of nine cells, a filter of ninety choices), a sixth the words of the rows,",
    "  a sixth three statements. It was 11 ms.",
    "- *File*: a fifth reading the form's parts, an eighth its 22 fields, a quarter the eight statements (the person, the",
    "  trail's head, the same id, the number, the defect, the event and the head again), a sixth the flush to disk.",
    "  What both wait for is the same flush: the slower the disk, the higher the ratio (0.40 where a flush takes 0.5 ms).",
    "- *File with photo*: the floor stores the photo as it came, without looking at it; ours decodes, turns, scales and",
    "  encodes it twice and flushes two files and their folder, which is what the time goes into.",
    "",
    "The bulletin's floor is its two largest sums.",
]

if __name__ == "__main__":
    main()
