"""Whatever the network loses, damages or refuses, in whatever order, and however often the page begins anew: every record
once, every photo bit for bit, and the phone says sent only when it is so."""

import base64
import hashlib
import sqlite3
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import live
from tests.support.cast import jpeg
from tests.support.wire import wire

SHOTS = [jpeg(colour, (64, 48)) for colour in ("dimgray", "tan", "olive", "teal")]
HASHES = [hashlib.sha256(shot).hexdigest() for shot in SHOTS]
TROUBLES = ["", "lost", "reply", "damaged", "signed out", "busy", "held"]

FILE = """async ([shots, person]) => {
  const { clientId, enqueue, keepPhoto, provisional } = await import('/static/js/queue.js');
  const id = clientId();
  for (const shot of shots) await keepPhoto(id, new Blob([Uint8Array.from(atob(shot), (c) => c.charCodeAt(0))], { type: 'image/jpeg' }));
  const fields = { surface: 'carriageway', type_code: 'ac_pothole', area_m2: '1.5', place: '中原路口', no_photo_reason: shots.length ? '' : '雨' };
  await enqueue({ id, person, at: Date.now(), number: provisional(id, Date.now()), title: '坑槽', fields });
  return id;
}"""
START = """async () => {
  window.ended = false;
  const { run } = await import('/static/js/queue.js');
  run({ forced: true }).finally(() => { window.ended = true; });
}"""
KEPT = """async () => {
  const { all } = await import('/static/js/store.js');
  return { records: await all('records'), photos: (await all('photos')).length };
}"""
CLEAR = """async () => {
  const { all, remove } = await import('/static/js/store.js');
  for (const { id } of await all('records')) await remove('records', id);
  for (const { key } of await all('photos')) await remove('photos', key);
}"""


def on_server(instance, ids: list[str]) -> dict[str, list[list[str]]]:
    """What the server's own tables hold: the photos of each defect, by the id made on the phone."""
    marks = ",".join("?" * len(ids))
    with sqlite3.connect(f"file:{instance}/roadworks.db?mode=ro", uri=True) as database:
        rows = database.execute(f"SELECT client_id, id FROM defect WHERE client_id IN ({marks})", ids).fetchall()
        found: dict[str, list[list[str]]] = {client_id: [] for client_id in ids}
        for client_id, defect_id in rows:
            shown = database.execute("SELECT sha256 FROM photo WHERE defect_id = ?", (defect_id,))
            found[client_id].append(sorted(sha for (sha,) in shown))
    database.close()
    return found


@pytest.fixture(scope="module")
def pocket(browser, base):
    """A phone on a wire that can be cut: the page and the wire."""
    with wire(base) as line:
        context = browser.new_context(locale="zh-CN", service_workers="block")
        page = context.new_page()
        live.sign_in(page, line.address, "inspector")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.goto(f"{line.address}/queue")
        yield page, line
        context.close()


def send(page, line) -> None:
    """Let the queue send until it stops; where an answer is held, the page begins anew meanwhile."""
    line.holds.clear()
    line.go_on.clear()
    page.evaluate(START)
    while not page.evaluate("window.ended"):
        if line.holds.wait(0.02):
            page.reload()
            line.go_on.set()
            return


def check(page, instance, wanted: dict[str, list[str]]) -> bool:
    """What the phone says is so; gives whether it says that all is done."""
    kept, held = page.evaluate(KEPT), on_server(instance, list(wanted))
    for client_id, sets in held.items():
        assert len(sets) <= 1, "one record, however often it was sent"
        assert not sets or sets[0] == wanted[client_id], "never a record without its photos"
    states = {record["id"]: record for record in kept["records"]}
    assert set(states) == set(wanted), "nothing is forgotten"
    for client_id, record in states.items():
        assert record["state"] in {"waiting", "sending", "sent"}, record
        if record["state"] == "sent":
            assert held[client_id] == [wanted[client_id]], "the phone says sent, and the server has not all"
            assert record["receipt"]["photos"] == wanted[client_id]
    return all(record["state"] == "sent" for record in states.values())


# Without shrinking: each try costs a second, and the plan of a failure is short as it is.
@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    records=st.lists(st.lists(st.integers(0, 3), max_size=3, unique=True), min_size=1, max_size=3),
    troubles=st.lists(st.sampled_from(TROUBLES), max_size=14),
)
def test_every_record_arrives_once_with_every_photo_whatever_happens_on_the_way(pocket, base, records, troubles):
    page, line = pocket
    line.trouble = lambda _method, _path: ""
    page.evaluate(CLEAR)
    person = page.evaluate("Number(localStorage.person)")
    wanted = {}
    for shots in records:
        # Nothing is sent before all is kept: the page sends only when it is told to.
        said = [base64.b64encode(SHOTS[n]).decode() for n in shots]
        wanted[page.evaluate(FILE, [said, person])] = sorted(HASHES[n] for n in shots)
    plan = iter(troubles)
    line.trouble = lambda _method, path: next(plan, "") if path.startswith("/sync/1/") and "/pack" not in path else ""
    for _round in range(len(troubles) + 3):
        send(page, line)
        if check(page, base.instance, wanted):
            break
    else:
        raise AssertionError("the queue did not come to its end")
    assert page.evaluate(KEPT)["photos"] == 0, "what is safe is let go"
    assert Counter(len(sets) for sets in on_server(base.instance, list(wanted)).values()) == {1: len(wanted)}
