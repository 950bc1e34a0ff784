"""A killed server, a full phone, a wrong clock, a new version in the middle of a form, a hundred and more at once, a phone
that never comes back: in all of them the server has each record once with every photo, and the phone says so."""

import io
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import zipfile
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.ledger import on_server
from tests.browser.pocket import HELD, KNOWN, ready, receipt, send, send_now, shot, until
from tests.browser.shots import packed
from tests.browser.test_offline import fill, kept, once, wanted
from tests.support import live
from tests.support.cast import jpeg
from tests.support.wire import wire

PLACE = {"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8}


@contextmanager
def phone(browser, address: str, who: str = "inspector", begin=None, **more):
    """A phone of somebody who has signed in, after `begin(its DevTools)`; a lost network is no fault of its pages."""
    said = {"permissions": ["geolocation"], "geolocation": PLACE, "viewport": {"width": 390, "height": 844}, **more}
    context, faults = browser.new_context(locale="zh-CN", **said), []
    context.set_default_timeout(60_000)
    context.add_init_script(HELD)
    page = context.new_page()
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    if begin:
        page.goto(f"{address}/login")
        begin(context.new_cdp_session(page))
    live.enter(context, address, who)
    yield page
    context.close()
    assert not faults, faults


def all_sent(page) -> bool:
    """Whether the phone says that each of its records is safe."""
    return {record["state"] for record in kept(page)["records"]} == {"sent"}


@pytest.fixture
def own(tmp_path, tmp_path_factory, sqlite_template):
    """The demo's data for a server that may be killed."""
    whole = live.demo_instance(tmp_path_factory.getbasetemp().parent / "shared", sqlite_template)
    return shutil.copytree(whole, tmp_path / "instance")


def allowed(instance, who: str, yes: bool) -> None:
    """Whether this person may sign in."""
    with closing(sqlite3.connect(f"{instance}/roadworks.db", timeout=60)) as database, database:
        database.execute("UPDATE person SET active = ? WHERE username = ?", (yes, who))


def handed_in(instance) -> list[int]:
    """How many records each file holds that a phone without access handed in."""
    with closing(sqlite3.connect(f"{instance}/roadworks.db", timeout=60)) as database:
        rows = database.execute("SELECT facts FROM event WHERE verb = 'rescue.hand_in'").fetchall()
    return [json.loads(facts)["records"] for (facts,) in rows]


def test_the_server_is_killed_in_the_middle_of_a_photo_and_comes_back(browser, own):
    with live.server(own) as first, wire(first) as line, phone(browser, line.address) as page:
        ready(page, line.address)
        # A server that cannot answer does not stand before the form that the phone keeps.
        line.trouble = lambda _method, path: "busy" if path == "/defects/new" else ""
        page.goto(f"{line.address}/defects/new")
        fill(page, photos=3, shade="gray")
        # A page that comes slowly comes whole.
        slow = page.context.new_page()
        line.trouble = lambda _method, path: "slow" if path == "/defects" else ""
        slow.goto(f"{line.address}/defects")
        expect(slow.locator("footer.foot")).to_have_count(1)
        slow.close()
        seen = []

        def trouble(_method, path):
            seen.append(path)
            return "half" if seen.count("/sync/1/photos") == 2 and path.endswith("photos") else ""

        line.trouble, line.cut = trouble, lambda: os.killpg(first.pid, signal.SIGKILL)
        send(page)
        page.wait_for_url("**/queue")
        hashes = wanted(page)
        assert [photo["sent"] for photo in kept(page)["photos"]].count(True) == 1
        expect(page.locator("li[data-state] [data-state]")).to_contain_text("在本手机上")
        assert on_server(own, list(hashes)) == {next(iter(hashes)): []}
        with live.server(own) as second:
            line.port, line.trouble = int(second.rsplit(":", 1)[1]), lambda _method, _path: ""
            # Who may not sign in any more is told so, has it handed in once, and gets at the rescue file.
            allowed(own, "inspector", False)
            page.goto(f"{line.address}/queue")
            expect(page.locator("[data-state=waiting]")).to_contain_text("您的账号已停用：该记录已于")
            assert handed_in(own) == [1]
            expect(page.locator("[data-save]")).to_be_visible()
            allowed(own, "inspector", True)
            send_now(page)
            expect(page.locator("[data-state=sent]")).to_have_count(1)
            assert all_sent(page)
            assert on_server(own, list(hashes)) == once(hashes)


def release(folder):
    """The same program as a newer version: two scripts say something else, and one is called by another name."""
    ignore = shutil.ignore_patterns("__pycache__", "vendor")
    for name in ("roadworks", "templates", "static"):
        shutil.copytree(live.ROOT / name, folder / name, ignore=ignore)
    shutil.copy(live.ROOT / "wsgi.py", folder)
    (folder / "static" / "vendor").symlink_to(live.ROOT / "static" / "vendor")
    for name in ("shrink", "rescue"):
        with (folder / "static" / "js" / f"{name}.js").open("a") as script:
            script.write("export const newer = true;\n")
    (folder / "static" / "js" / "redraw.js").rename(folder / "static" / "js" / "paint.js")
    for script in (folder / "static" / "js").glob("*.js"):
        script.write_text(script.read_text().replace("./redraw.js", "./paint.js"))
    return folder


def newer(page) -> bool:
    """Whether this page is given the newer version's files."""
    return "newer = true" in page.evaluate("fetch('/static/js/rescue.js').then((answer) => answer.text())")


# How long the worker waits for a network before it shows what is kept.
PATIENCE_MS = int(re.search(r"\[PATIENCE_MS, .*\] = \[(\d+),", (live.ROOT / "static/js/worker.js").read_text())[1])
WAITED = "performance.getEntriesByType('navigation')[0].responseStart"


def on_a_network_that_hangs(page, line) -> None:
    """What is kept comes before the network, or is waited for once; the round does not wait for what is due."""
    line.trouble = lambda _method, _path: "held"
    for path in ("/queue", "/defects/new?next=1&surface=carriageway"):
        page.goto(line.address + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.evaluate(WAITED) < PATIENCE_MS
    expect(page.locator("input[name=surface]:checked")).to_have_value("carriageway")
    page.goto(f"{line.address}/rounds/today")
    expect(page.locator("[data-live]")).to_be_visible()
    first = page.evaluate(WAITED)
    page.reload()
    assert page.evaluate(WAITED) < PATIENCE_MS <= first
    line.trouble = lambda _method, _path: ""
    line.go_on.set()


def without_network(tab, line, cdp) -> None:
    """The newer version takes over where it cannot ask for its pages: the kept ones go on with what they were made of."""
    line.trouble = lambda _method, _path: "lost"
    with tab.expect_navigation():
        tab.click("[data-update] button")
    until(tab, "async () => (await navigator.serviceWorker.getRegistration()).waiting === null")
    cdp.send("Network.clearBrowserCache")
    tab.goto(f"{line.address}/rounds/today")
    expect(tab.locator("[data-live]")).to_be_visible()
    assert not newer(tab)
    line.trouble = lambda _method, _path: ""


def test_a_new_version_comes_while_a_form_is_open(browser, own, tmp_path):
    (tmp_path / "release").mkdir()
    folder = release(tmp_path / "release")
    with live.server(own) as first, wire(first) as line, phone(browser, line.address) as page:
        ready(page, line.address)
        fill(page, photos=2, shade="olive", area="2.25")
        page.fill("#place", "金水路口东侧")
        page.evaluate("window.stayed = true")
        with live.server(own, root=folder) as second:
            line.port = int(second.rsplit(":", 1)[1])
            page.evaluate("navigator.serviceWorker.getRegistration().then((r) => r.update())")
            until(page, "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null")
            expect(page.locator("[data-update]")).to_be_hidden()
            # The browser ends an idle worker: it must still know which version this page was made by.
            cdp = page.context.new_cdp_session(page)
            cdp.send("ServiceWorker.enable")
            cdp.send("ServiceWorker.stopAllWorkers")
            assert not newer(page), "a page keeps the files of its version"
            tab = page.context.new_page()
            tab.goto(f"{line.address}/queue")
            expect(tab.locator("[data-update]")).to_be_visible()
            without_network(tab, line, cdp)
            tab.goto(f"{line.address}/queue")
            until(tab, "async () => (await (await fetch('/static/js/rescue.js')).text()).includes('newer = true')")
            # The form that another tab's update came upon is as it was, and is sent by what it was made of.
            assert page.evaluate("window.stayed") is True
            expect(page.locator("[data-thumbs] img")).to_have_count(2)
            expect(page.locator("#place")).to_have_value("金水路口东侧")
            send(page)
            receipt(page)
            [record] = kept(page)["records"]
            assert len(record["receipt"]["photos"]) == 2
            assert on_server(own, [record["id"]]) == {record["id"]: [record["receipt"]["photos"]]}
            assert record["fields"]["place"] == "金水路口东侧"
            tab.close()
            # Of the older version nothing is kept once no page needs it.
            cdp.send("ServiceWorker.stopAllWorkers")
            page.goto(line.address)
            until(page, "async () => (await caches.keys()).length === 4")
            until(page, KNOWN)
            on_a_network_that_hangs(page, line)


def noise(kilobytes: int) -> bytes:
    """A photo that cannot be packed any smaller."""
    side = int((kilobytes * 1000 / 2.4) ** 0.5)
    picture = Image.frombytes("RGB", (side, side), random.Random(7).randbytes(side * side * 3))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


BALLAST = """async () => {
  const { put } = await import('/static/js/store.js');
  const bytes = new Uint8Array(60000);
  for (let n = 0; n < 200; n += 1) {
    crypto.getRandomValues(bytes);
    try { await put('pack', { name: `ballast ${n}`, blob: new Blob([bytes]) }); } catch (fault) { return fault.name; }
  }
  return 'room';
}"""


def test_the_phone_runs_full_in_the_middle_of_a_photo_and_keeps_the_ones_before(browser, base):
    room = {"origin": base, "quotaSize": 8_000_000}
    with phone(browser, base, begin=lambda cdp: cdp.send("Storage.overrideQuotaForOrigin", room)) as page:
        ready(page, base)
        fill(page, photos=1, shade="teal")
        assert page.evaluate(BALLAST) == "QuotaExceededError"
        shot = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": noise(500)}
        page.set_input_files("#photos", shot)
        expect(page.locator("main")).to_contain_text("手机存储空间不足")
        assert len(kept(page)["photos"]) == 1
        tab = page.context.new_page()
        tab.goto(f"{base}/queue")
        expect(tab.locator("[data-warnings]")).to_contain_text("手机空间已满")
        # The person makes room and takes the photo again, as the page told them.
        page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", {"origin": base})
        page.set_input_files("#photos", shot)
        expect(page.locator("[data-thumbs] img")).to_have_count(2)
        send(page)
        receipt(page)
        [record] = kept(page)["records"]
        assert len(record["receipt"]["photos"]) == 2
        assert on_server(base.instance, [record["id"]]) == {record["id"]: [record["receipt"]["photos"]]}


# What the tests ask the page for without network must be there before.
MODULES = "Promise.all([import('/static/js/queue.js'), import('/static/js/store.js')])"
ENQUEUE = """async ([count, person, photos]) => {
  const { clientId, enqueue, keepPhoto, provisional } = await import('/static/js/records.js');
  const canvas = new OffscreenCanvas(64, 48);
  const pen = canvas.getContext('2d');
  for (let n = 0; n < count; n += 1) {
    const id = clientId();
    for (let m = 0; m < photos; m += 1) {
      pen.fillStyle = `rgb(${n}, ${m * 40}, ${(n * 7) % 256})`;
      pen.fillRect(0, 0, 64, 48);
      await keepPhoto(id, await canvas.convertToBlob({ type: 'image/jpeg' }));
    }
    const fields = { surface: 'carriageway', type_code: 'ac_pothole', area_m2: '1.5', place: `第 ${n + 1} 处`, found_at: new Date().toISOString(), no_photo_reason: photos ? '' : '雨' };
    await enqueue({ id, person, at: Date.now(), number: provisional(id, Date.now()), title: '坑槽', fields });
  }
}"""


def queue_up(page, count: int, photos: int = 1) -> dict[str, list[str]]:
    """Put so many filings into the queue; gives the hashes of each one's photos."""
    page.evaluate(ENQUEUE, [count, page.evaluate("Number(localStorage.person)"), photos])
    return wanted(page)


# Cleared in another tab while the queue is at the first.
CLEARED = """async (id) => {
  const { forget, watch } = await import('/static/js/records.js');
  watch(() => forget(id));
}"""


# Of four records: the phone cannot read its photos, the server's answer is none, there is no room to note that it arrived,
# and the answer is none again, of one without photos.
SPOILT = """([unread, unsaid, full, bare]) => {
  sessionStorage.setItem('unread', unread);
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (row) {
    if (row.id === full && row.state === 'sent') queueMicrotask(() => this.transaction.abort());
    return put.call(this, row);
  };
  const { fetch } = window;
  window.fetch = async (address, options) => {
    const answer = await fetch(address, options);
    return [unsaid, bare].some((id) => String(options?.body).includes(id)) ? new Response('{}', { status: 200 }) : answer;
  };
}"""
UNREAD = """(() => {
  const { getAll } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.getAll = function (range) {
    const unread = sessionStorage.getItem('unread');
    if (unread && String(range?.lower).startsWith(unread)) throw new DOMException('unread', 'UnknownError');
    return getAll.call(this, range);
  };
})();"""
# They are tried again in ten minutes, and nobody has looked just now.
LATER = """async (ids) => {
  localStorage.setItem('looked', Date.now());
  const { change } = await import('/static/js/store.js');
  await navigator.locks.request('roadworks-queue', async () => { for (const id of ids) await change('records', id, { next: Date.now() + 600000 }); });
}"""


A_WEEK_AGO = """async () => {
  const { all, put } = await import('/static/js/store.js');
  const records = (await all('records')).sort((a, b) => a.turn - b.turn);
  for (const row of records) await put('records', { ...row, sent: row.sent - 7 * 86400000 });
  await put('photos', { key: `${records[0].id}:left`, record: records[0].id, out: true });
}"""


def test_two_hundred_records_arrive_once_each_with_every_photo(person, base):
    page = person("inspector", lossy=True)
    page.add_init_script(UNREAD)
    page.goto(base)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate(MODULES)
    page.context.set_offline(True)
    nothing = (
        "import('/static/js/store.js').then(({ get }) => get('records', 'nobody')).then((row) => row === undefined)"
    )
    assert page.evaluate(nothing), "what is not kept is nothing"
    hashes = queue_up(page, 200)
    assert len(hashes) == 200
    [cleared] = set(queue_up(page, 1)) - set(hashes)
    page.evaluate(CLEARED, cleared)
    asked = []
    page.context.on("request", lambda request: asked.append(request.post_data_json["client_id"]) if request.url.endswith("/filings") else None)  # fmt: skip
    [bare] = set(queue_up(page, 1, photos=0)) - {*hashes, cleared}
    hashes[bare] = []
    spoilt = [*list(hashes)[:3], bare]
    page.evaluate(SPOILT, spoilt)
    page.context.set_offline(False)
    page.evaluate("import('/static/js/queue.js').then(({ run }) => run({ forced: true }))")
    page.evaluate(LATER, spoilt)
    page.goto(f"{base}/queue")
    expect(page.locator("[data-state=sent]")).to_have_count(197)
    expect(page.locator("[data-state=waiting]:has-text('出了差错')")).to_have_count(3)
    expect(page.locator("[data-state=waiting]:has-text('没有空间记下')")).to_have_count(1)
    page.evaluate("sessionStorage.removeItem('unread')")
    send_now(page)
    expect(page.locator("[data-state=sent]")).to_have_count(201)
    assert all_sent(page)
    assert kept(page)["photos"] == []
    assert cleared not in asked, "what was cleared is not sent as it was before"
    assert all(asked.count(client_id) == 1 for client_id in hashes if client_id not in spoilt)
    assert on_server(base.instance, [*hashes, cleared]) == once(hashes) | {cleared: []}
    # A week later only the last twenty are still told of, and what has a photo that is nowhere else.
    page.evaluate(A_WEEK_AGO)
    page.reload()
    expect(page.locator("[data-state=sent]")).to_have_count(21)


def clocks(instance, ids: list[str]) -> list[tuple[str, datetime, datetime, bool]]:
    """Number, found, received and doubt of these records, in the order in which the server took them."""
    asked = f"SELECT number, found_at, received_at, clock_doubtful FROM defect WHERE client_id IN ({','.join('?' * len(ids))}) ORDER BY id"
    with closing(sqlite3.connect(f"file:{instance}/roadworks.db?mode=ro", uri=True)) as database:
        rows = database.execute(asked, ids).fetchall()
    return [(n, datetime.fromisoformat(f), datetime.fromisoformat(r), bool(d)) for n, f, r, d in rows]


def test_a_clock_an_hour_wrong_is_told_and_never_refused_nor_turns_the_order_round(person, base):
    page = person("inspector", lossy=True)
    page.goto(base)
    page.wait_for_selector("html[data-ready]", state="attached")
    now = datetime.fromisoformat(page.evaluate("fetch('/sync/1/hello').then((a) => a.json()).then(({ now }) => now)"))
    page.context.route("**/sync/1/**", lambda route: route.abort())
    ids = []
    for wrong in (timedelta(hours=1), timedelta(0), timedelta(hours=-1)):
        page.clock.set_system_time(now + wrong)
        hashes = queue_up(page, 1)
        ids += [client_id for client_id in hashes if client_id not in ids]
    # What failed an hour ahead waits no longer than any pause.
    page.evaluate("(id) => import('/static/js/store.js').then(({ change }) => change('records', id, { next: Date.now() + 3600000 }))", ids[0])  # fmt: skip
    # Not by the network coming back, which would ask for all at once.
    page.context.unroute_all()
    page.evaluate("import('/static/js/queue.js').then(({ run }) => run())")
    until(
        page,
        "async () => (await (await import('/static/js/store.js')).all('records')).every(({ state }) => state === 'sent')",
    )
    told = clocks(base.instance, ids)
    assert [round((found - received) / timedelta(hours=1)) for _n, found, received, _d in told] == [1, 0, -1]
    assert [doubtful for *_more, doubtful in told] == [True, True, True], "it was an hour slow when it sent them"
    receipts = {record["id"]: record["receipt"]["number"] for record in kept(page)["records"]}
    assert [receipts[client_id] for client_id in ids] == sorted(number for number, *_more in told), "in the order done"
    assert [len(shas) for shas in hashes.values()] == [1, 1, 1]
    assert on_server(base.instance, ids) == once(hashes)


def saved(page, button: str, folder):
    """The rescue file that this button makes, in a folder."""
    with page.expect_download() as download:
        page.click(button)
    download.value.save_as(folder / download.value.suggested_filename)
    return folder / download.value.suggested_filename


def brought_in(boss, base, path) -> None:
    """Bring a rescue file in at the desk."""
    boss.goto(f"{base}/rescue")
    boss.set_input_files("#file", path)
    boss.click("main form button")
    expect(boss.locator("#group-new"), "sealed by the phone").to_be_visible()
    expect(boss.locator("#group-held")).to_have_count(0)
    boss.click("main form button")


def test_rescue_files_made_without_network_are_brought_in_once_and_the_phone_gets_its_receipts(person, base, tmp_path):
    page = person("inspector", lossy=True, accept_downloads=True)
    ready(page, base)
    page.context.set_offline(True)
    hashes = queue_up(page, 3, photos=2)
    page.goto(f"{base}/queue")
    page.evaluate("document.querySelector('[data-most]').dataset.most = JSON.stringify({ records: 2 })")
    one = saved(page, "[data-save]", tmp_path)
    expect(page.locator("[data-parts] li").nth(0)).to_contain_text("已保存")
    expect(page.locator("[data-parts] li").nth(1)).to_contain_text("尚未保存")
    two = saved(page, "[data-parts] li:nth-child(2) button", tmp_path)
    expect(page.locator("[data-parts]")).not_to_contain_text("尚未保存")
    assert (
        re.sub("[0-9]{8}-[0-9]{4}", "T", f"{one.name} {two.name}")
        == "roadworks-rescue-T-1of2.zip roadworks-rescue-T-2of2.zip"
    )
    shown = []
    for path in (one, two):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            said = json.loads(archive.read("records.json"))
            rows = [json.loads(row["text"]) for row in said["records"]]
            assert {name for name in archive.namelist() if name != "records.json"} == {
                f"photos/{sha}" for row in rows for sha in row["photos"]
            }
        shown += [(row["id"], sorted(row["photos"])) for row in rows]
    assert dict(shown) == hashes
    assert len(shown) == 3
    boss = person("supervisor", {"width": 1440, "height": 900})
    brought_in(boss, base, two)
    expect(boss.locator("#group-there")).to_contain_text("1")
    expect(boss.locator("main")).to_contain_text("第 2 部分，共 2 部分")
    brought_in(boss, base, one)
    expect(boss.locator("#group-there")).to_contain_text("2")
    page.context.set_offline(False)
    expect(page.locator("[data-state=sent]")).to_have_count(3)
    assert all_sent(page)
    assert on_server(base.instance, list(hashes)) == once(hashes)


SHOT_BEFORE = """document.addEventListener('readystatechange', () => {
  const input = document.querySelector('#photos');
  if (document.readyState !== 'interactive' || !input) return;
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(atob('SHOT'), (sign) => sign.charCodeAt(0))], 'a.jpg', { type: 'image/jpeg' }));
  input.files = files.files;
})""".replace("SHOT", packed(jpeg("olive", (640, 480))))


def test_a_page_that_the_phone_ends_before_sending_is_gone_on_with(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    page.context.set_offline(True)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.set_input_files("#photos", shot("navy"))
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    # The shutter alone begins the draft, and with it the number to talk about.
    [begun] = kept(page)["records"]
    assert re.fullmatch(r"L\d{4}-[0-9A-F]{2}", begun["number"])
    expect(page.locator("[data-provisional]")).to_contain_text(begun["number"])
    fill(page, shade="tan", area="2.75")
    page.fill("#place", "桥下")
    until(page, "async () => (await (await import('/static/js/store.js')).all('records'))[0]?.fields.place === '桥下'")
    # Who goes back from here and comes forward finds it filled, under the same number.
    page.goto(f"{base}/queue")
    page.go_back()
    expect(page.locator("[data-thumbs] img")).to_have_count(2)
    expect(page.locator("#place")).to_have_value("桥下")
    expect(page.locator("[data-provisional]")).to_contain_text(begun["number"])
    expect(page.locator("[data-module=draft]")).to_be_hidden()
    # A phone so slow that a photo is taken before any script is there: on this form, and on a new one.
    tab = page.context.new_page()
    tab.add_init_script(SHOT_BEFORE)
    for address, shown in ((f"{base}/defects/new?record={begun['id']}", 3), (f"{base}/defects/new", 1)):
        tab.goto(address)
        expect(tab.locator("[data-thumbs] img")).to_have_count(shown)
    [other] = [row for row in kept(page)["records"] if row["id"] != begun["id"]]
    assert {photo["record"] for photo in kept(page)["photos"]} == {begun["id"], other["id"]}
    tab.close()
    page.evaluate("async (id) => (await import('/static/js/records.js')).forget(id)", other["id"])
    before = wanted(page)
    # What is gone is not begun again.
    page.goto(f"{base}/defects/new?record={other['id']}")
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("[name=client_id]")).not_to_have_value(other["id"])
    page.click("[data-module=draft] a")
    expect(page.locator("[data-badge]")).to_have_attribute("data-shows", "begun")
    expect(page.locator("[data-state=draft]")).to_contain_text("尚未填完")
    expect(page.locator("[data-state=draft] [data-number]")).to_have_text(begun["number"])
    page.click("[data-state=draft] [data-open]")
    expect(page.locator("[data-thumbs] img")).to_have_count(3)
    expect(page.locator("#place")).to_have_value("桥下")
    expect(page.locator("#area_m2")).to_have_value("2.75")
    send(page)
    page.wait_for_url("**/queue")
    expect(page.locator("[data-state=waiting] [data-number]")).to_have_text(begun["number"])
    page.context.set_offline(False)
    expect(page.locator("[data-state=sent]")).to_have_count(1)
    assert on_server(base.instance, list(before)) == once(before)
