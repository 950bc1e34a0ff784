"""No network, half a network, a killed server: what was filed arrives once, with every photo, and the phone says so."""

import json
import re
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Error, expect

from tests.browser.ledger import on_server
from tests.browser.pocket import HELD, another, finished, ready, receipt, send, send_now, shot, standing, until
from tests.browser.shots import SOUNDS, packed
from tests.support import live
from tests.support.cast import jpeg

ROWS = """async () => {
  const { all } = await import('/static/js/store.js');
  const photos = await all('photos');
  return { records: await all('records'), photos: photos.map((p) => ({ sha256: p.sha256, record: p.record, sent: p.sent })) };
}"""
SHADES = ["dimgray", "gray", "silver", "tan", "olive", "teal"]


def kept(page) -> dict:
    """What this phone holds."""
    return page.evaluate(ROWS)


def fill(page, photos: int = 1, shade: str = "dimgray", area: str = "1.5", *, surface: bool = True) -> None:
    """Take photos and say what it is; the `surface` where it is not known."""
    page.wait_for_selector("html[data-ready]", state="attached")
    for n in range(photos):
        before = page.locator("[data-thumbs] img").count()
        tone = SHADES[(SHADES.index(shade) + n) % len(SHADES)]
        page.set_input_files("#photos", shot(tone, (640 + 8 * n, 480)))
        expect(page.locator("[data-thumbs] img")).to_have_count(before + 1)
    expect(page.locator("[name=lat]")).not_to_have_value("")
    if surface:
        page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    page.fill("#area_m2", area)


def wanted(page) -> dict[str, list[str]]:
    """The photos of each record by the phone's own hashes."""
    held = kept(page)
    return {r["id"]: sorted(p["sha256"] for p in held["photos"] if p["record"] == r["id"]) for r in held["records"]}


def once(hashes: dict[str, list[str]]) -> dict[str, list[list[str]]]:
    """What the server must hold of these records: each once, with every photo."""
    return {client_id: [shas] for client_id, shas in hashes.items()}


# What is filed in one minute shares its provisional number, as it does once in 256 by chance.
ONE_NUMBER = """(() => {
  const { getRandomValues } = crypto;
  crypto.getRandomValues = (bytes) => { getRandomValues.call(crypto, bytes)[0] = 0xd8; return bytes; };
})()"""
TAPS = "addEventListener('pointerdown', () => { sessionStorage.taps = Number(sessionStorage.taps ?? 0) + 1; })"


def test_ten_defects_are_filed_one_after_the_other_in_airplane_mode_and_arrive_by_themselves(person, base):
    page = person("inspector", lossy=True)
    page.add_init_script(TAPS)
    page.add_init_script(ONE_NUMBER)
    ready(page, base)
    page.context.set_offline(True)
    page.goto(f"{base}/defects/new")
    for n in range(10):
        if n:
            expect(page.locator("[data-module=next]")).to_have_attribute(
                "href", re.compile(r"section=\d+.*surface=car")
            )
            page.click("[data-module=next]")
            page.wait_for_url("**/defects/new?*")
            expect(page.locator("[name=surface][value=carriageway]")).to_be_checked()
        fill(page, photos=1 + (n % 4 == 0), shade=SHADES[n % 5], area=f"{n + 1}.25", surface=n == 0)
        expect(page.locator("#section_id option:checked")).to_contain_text("嵩山路")
        # What waits for the network is near this place, too.
        expect(page.locator("#duplicates li:has-text('尚未发送')")).to_have_count(n)
        send(page)
        page.wait_for_url("**/queue")
        expect(page.locator("li[data-state=waiting]").first).to_contain_text("在本手机上")
        expect(page.locator("li[data-state=waiting] [data-where]").first).to_contain_text("嵩山路")
    held = kept(page)
    assert {r["state"] for r in held["records"]} == {"waiting"}
    assert len(held["photos"]) == 13
    # Besides the shutter and the size: "next defect", its type, Send, and that it is another one.
    assert 30 <= int(page.evaluate("sessionStorage.taps")) <= 40
    hashes = wanted(page)
    expect(page.locator("[data-badge] b")).to_have_text("10")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-badge]")).to_be_hidden(timeout=180_000)
    after = kept(page)
    assert {r["state"] for r in after["records"]} == {"sent"}
    assert len({r["receipt"]["number"] for r in after["records"]}) == 10
    assert {r["id"]: r["receipt"]["photos"] for r in after["records"]} == hashes, "each photo, bit for bit"
    assert after["photos"] == []
    assert on_server(base.instance, list(hashes)) == once(hashes)
    expect(page.locator("[data-state=sent]")).to_have_count(10)


# Taken into a tab that does not know yet that its form was sent.
TAKEN_LATE = """async (id) => {
  const { keepPhoto } = await import('/static/js/records.js');
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext('2d').fillRect(0, 0, 64, 48);
  return keepPhoto(id, await canvas.convertToBlob({ type: 'image/jpeg' }));
}"""
# A photo is taken and something is said while the form is being sent.
TAKEN_MEANWHILE = """(person) => {
  const { fetch } = window;
  window.fetch = async (address, options) => {
    const answer = await fetch(address, options);
    if (!String(address).endsWith('/filings')) return answer;
    const filing = document.querySelector('[name=client_id]').value;
    await (TAKEN_LATE)(filing);
    const row = { id: 'said', kind: 'voice', person, at: Date.now(), number: '', title: '', state: 'draft', fields: { filing } };
    await (await import('/static/js/store.js')).put('records', row);
    return answer;
  };
}""".replace("TAKEN_LATE", TAKEN_LATE.replace("64, 48", "60, 40"))
# The phone goes into the pocket, and comes out of it.
PUT_AWAY = """() => {
  for (const hidden of [true, false]) {
    Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }
}"""
SENT_OVER = """async (id) => {
  const [{ enqueue }, { get }] = [await import('/static/js/records.js'), await import('/static/js/store.js')];
  await enqueue({ ...(await get('records', id)), state: 'waiting', receipt: null, fields: { place: 'other' } });
}"""


def test_a_reply_lost_after_the_record_was_written_makes_no_second_one(person, base):
    page = person("inspector", lossy=True, hasty=True)
    ready(page, base)
    lost = []

    def lose(route):
        if not lost:
            lost.append(route.fetch().json()["number"])
            route.abort()
        else:
            route.continue_()

    page.context.route("**/sync/1/filings", lose)
    fill(page, shade="olive")
    until(page, "async () => (await (await import('/static/js/store.js')).all('records'))[0]?.fields.area_m2 === '1.5'")
    first = page.input_value("[name=client_id]")
    other = page.context.new_page()
    other.goto(f"{base}/defects/new?record={first}")
    other.wait_for_selector("html[data-ready]", state="attached")
    expect(other.locator("[data-thumbs] img")).to_have_count(1)
    other.fill("#note", "路口")
    hashes = wanted(page)
    send(page)
    page.wait_for_url("**/queue")
    # The queue of another tab sends it, be it that of the tab in which it is still open.
    other.evaluate("import('/static/js/queue.js').then(({ run }) => run({ forced: true }))")
    expect(page.locator("[data-state=sent]").first).to_contain_text(lost[0])
    sent = kept(page)["records"][0]
    assert sent["receipt"]["number"] == lost[0]
    # The other tab says so, and what is done there becomes a filing of its own.
    expect(other.locator("[data-sent-before]")).to_contain_text(lost[0])
    expect(other.locator("[data-thumbs] img")).to_have_count(0)
    # Where nothing is done there nothing is begun.
    other.evaluate(PUT_AWAY)
    assert [record["id"] for record in kept(other)["records"]] == [first]
    other.set_input_files("#photos", {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": jpeg("teal")})
    expect(other.locator("[data-thumbs] img")).to_have_count(1)
    hashes |= {row: shas for row, shas in wanted(page).items() if row != first}
    # Bars, but no data: it is safe on the phone, and nobody stands before a form that is sending.
    held = []
    page.context.route("**/sync/1/hello", lambda route: held.append(route))
    send(other)
    other.wait_for_url("**/queue", timeout=45_000)
    expect(other.locator("[data-state=waiting]")).to_have_count(1)
    page.context.unroute("**/sync/1/hello")
    for route in held:
        # Of a page that is left already nothing is asked any more.
        with suppress(Error):
            route.abort()
    send_now(other)
    expect(other.locator("[data-state=sent]")).to_have_count(2)
    page.evaluate(SENT_OVER, first)
    late = page.evaluate(TAKEN_LATE, first)
    page.goto(f"{base}/defects/new?record={first}")
    expect(page.locator("[data-sent-before] a")).to_have_text(lost[0])
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    held = kept(page)
    rows = {record["id"]: record for record in held["records"]}
    assert rows.pop(first) == sent, "what was sent stays as it was"
    assert sorted(record["state"] for record in rows.values()) == ["draft", "sent"]
    [photo] = held["photos"]
    assert (photo["sha256"], rows[photo["record"]]["state"]) == (late, "draft")
    # What is taken and said while it is being sent goes on as something new.
    fill(page, shade="tan")
    page.evaluate(TAKEN_MEANWHILE, sent["person"])
    page.evaluate(HELD)
    second = page.input_value("[name=client_id]")
    hashes[second] = wanted(page)[second]
    page.click(".sendbar button")
    page.locator(f"button[data-other], [data-sent-before] a:not(:has-text('{lost[0]}'))").first.wait_for()
    if page.locator("button[data-other]").count():
        page.locator("button[data-other]").click()
    expect(page.locator("[data-sent-before] a")).not_to_have_text(lost[0])
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    held, third = kept(page), page.input_value("[name=client_id]")
    rows = {record["id"]: record for record in held["records"]}
    assert (rows[second]["state"], rows[third]["state"], rows["said"]["fields"]) == ("sent", "draft", {"filing": third})
    assert [photo["record"] for photo in held["photos"]] == [third]
    assert [len(shas) for shas in hashes.values()] == [1, 1, 2]
    assert on_server(base.instance, [*hashes, third]) == once(hashes) | {third: []}


PINNED = """() => {
  const select = document.querySelector('#section_id');
  select.value = '';
  select.form.dispatchEvent(new CustomEvent('position-picked', { detail: { lon: 113.62148, lat: 34.75014 } }));
}"""


# However long an answer takes, this page waits for it.
PATIENT_PAGE = "() => { AbortSignal.timeout = () => new AbortController().signal; }"
# The phone's own store damages the photo that was taken last.
DAMAGED = """async () => {
  const { all, put } = await import('/static/js/store.js');
  const last = (await all('photos')).sort((a, b) => a.at - b.at).at(-1);
  await put('photos', { ...last, blob: new Blob([new Uint8Array(777)], { type: 'image/jpeg' }) });
  return last.sha256;
}"""
# The rescue file of a phone that cannot even read it.
RESCUED = """async () => {
  const read = Blob.prototype.arrayBuffer;
  Blob.prototype.arrayBuffer = function () { return this.size === 777 ? Promise.reject(new Error('lost')) : read.call(this); };
  const { make, plan } = await import('/static/js/rescue.js');
  return (await make(await plan({ records: 9 }), 1)).text();
}"""


# Something new is whispered fifty times, and the first card for it fails.
# What somebody else mended after a photo of it was left out, and sent.
MENDED = """() => navigator.locks.request('roadworks-queue', async () => {
  const { get, put } = await import('/static/js/store.js');
  const { enqueue, save } = await import('/static/js/records.js');
  const record = { id: 'mended', kind: 'filing', person: 1e6, at: 0, title: '他人的', fields: {} };
  await put('records', { ...record, state: 'refused', left: 1 });
  await enqueue(record);
  const row = await get('records', 'mended');
  await save({ id: row.id }, { state: 'sent', left: 0, receipt: { number: '', url: '/' } });
  return row.left;
})"""
WHISPERED = """async () => {
  const { put } = await import('/static/js/store.js');
  await put('records', { id: 'other', kind: 'filing', person: 1e6, at: 0, state: 'waiting', title: '他人的', fields: {} });
  const { cloneNode } = Node.prototype;
  Node.prototype.cloneNode = () => { Node.prototype.cloneNode = cloneNode; throw new Error('odd'); };
  for (let n = 0; n < 50; n += 1) dispatchEvent(new CustomEvent('queue-changed', { detail: 'other' }));
}"""


# All that the button says.
TELLS = """() => new MutationObserver(([{ target }]) => {
  sessionStorage.told = `${sessionStorage.told ?? ''}|${target.textContent}`;
}).observe(document.querySelector('.sendbar button'), { childList: true })"""


def test_the_network_goes_between_two_photos_and_the_third_is_left_out(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    seen, looked = [], []

    def cut(route):
        # It stays away until what is left of the record was looked at: the queue would go on by itself.
        if seen and not looked:
            route.abort()
        else:
            seen.append(route)
            if len(seen) == 1:
                route.continue_()

    page.context.route("**/sync/1/photos", cut)
    fill(page, photos=3, shade="gray")
    damaged = page.evaluate(DAMAGED)
    [(filing, shas)] = wanted(page).items()
    page.evaluate(PATIENT_PAGE)
    page.evaluate(TELLS)
    # Who is faster than the server's answer waits for the section, which the phone finds by itself.
    asked = []
    page.context.route("**/sections/nearest.json*", lambda route: asked.append(route))
    with page.expect_request("**/sections/nearest.json*"):
        page.evaluate(PINNED)
    page.click(".sendbar button")
    expect(page.locator(".sendbar button")).to_have_text("正在查找路段…")
    expect(page.locator(".camera")).to_have_attribute("inert", "")
    # The answer comes, cut in its middle.
    asked[0].fulfill(status=200, content_type="application/json", body='{"sections": [{"id"')
    another(page)
    page.wait_for_url("**/queue")
    assert kept(page)["records"][0]["fields"]["section_id"]
    assert [p["sent"] for p in kept(page)["photos"]].count(True) == 1
    assert re.search(r"正在发送… 照片 [12]/3", page.evaluate("sessionStorage.told"))
    looked.append(1)
    send_now(page)
    expect(page.locator("li[data-state=sending]")).to_contain_text("正在发送… 照片 2/3")
    seen[1].continue_()
    card = page.locator("[data-state=refused]")
    expect(card).to_contain_text("在本手机上已损坏")
    rescued = page.evaluate(RESCUED)
    assert damaged in rescued, "what is lacking is told"
    assert rescued.count("photos/") == 4, "two photos, each in its place and in the index"
    assert f"photos/{damaged}" not in rescued
    [said] = re.findall(r'\\"taken\\":({.*?})', rescued)
    assert set(json.loads(said.replace("\\", ""))) == {photo["sha256"] for photo in kept(page)["photos"]}
    card.locator("[data-leave]").click()
    page.evaluate(WHISPERED)
    expect(page.locator("li:has-text('他人的')")).to_be_visible()
    expect(card.locator("[data-leave]")).to_be_focused()
    page.evaluate("import('/static/js/records.js').then(({ forget }) => forget('other'))")
    card.locator("[data-leave]:has-text('只留在本机')").click()
    expect(page.locator("[data-state=sent]")).to_contain_text("有一张照片未随附")
    assert len(seen) == 2, "neither the photo that had arrived was sent again, nor the damaged one at all"
    held = kept(page)
    whole = [sha for sha in shas if sha != damaged]
    assert held["records"][0]["receipt"]["photos"] == whole
    assert on_server(base.instance, [filing]) == {filing: [whole]}
    assert [p["sent"] for p in held["photos"]] == [False], "kept until the record is cleared"
    assert f'\\"photos\\":[],\\"out\\":[\\"{damaged}\\"]' in page.evaluate(RESCUED), "it is nowhere else"
    # Whoever else is at this phone cannot throw it away.
    assert page.evaluate(MENDED) == 1
    expect(page.locator("[data-state=sent] [data-clear]:visible")).to_have_count(1)
    page.click("[data-clear]:visible")
    page.click("[data-clear]:has-text('连同')")
    expect(page.locator("[data-state=sent]")).to_have_count(1)
    assert kept(page)["photos"] == []


# Another defect without a photo, for which the next try were in ten minutes; somebody has looked at the phone just now.
PAUSED = """async () => {
  localStorage.setItem('looked', Date.now());
  const { all, put } = await import('/static/js/store.js');
  const [{ fields, ...row }] = await all('records');
  const said = { ...fields, no_photo_reason: '雨' };
  const id = crypto.randomUUID();
  await put('records', { ...row, id, state: 'waiting', receipt: null, tries: 3, next: Date.now() + 600000, fields: said });
  return id;
}"""

SEEN_AGAIN = "() => { document.dispatchEvent(new Event('visibilitychange')); }"


# What was typed and taken over a filing that had arrived, but its receipt had not.
OTHERWISE = """async () => {
  const [{ keepPhoto }, { all, put }] = [await import('/static/js/records.js'), await import('/static/js/store.js')];
  const row = (await all('records')).find(({ receipt }) => receipt?.photos.length === 2);
  const canvas = new OffscreenCanvas(64, 48);
  Object.assign(canvas.getContext('2d'), { fillStyle: 'blue' }).fillRect(0, 0, 64, 48);
  await keepPhoto(row.id, await canvas.convertToBlob({ type: 'image/jpeg' }));
  const fields = { ...row.fields, note: '更深了', area_m2: '4.5' };
  await put('records', { ...row, state: 'waiting', receipt: null, fields });
  await (await import('/static/js/queue.js')).run({ forced: true });
}"""


def test_two_tabs_send_each_record_once(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    page.context.set_offline(True)
    fill(page, photos=2, shade="silver")
    send(page)
    page.wait_for_url("**/queue")
    other = page.context.new_page()
    other.goto(f"{base}/queue")
    sent, hashes = [], wanted(page)
    page.context.on("request", lambda request: sent.append(request.url) if "/sync/1/" in request.url else None)
    page.context.set_offline(False)
    for tab in (page, other):
        tab.evaluate("import('/static/js/queue.js').then(({ run }) => run({ forced: true }))")
    for tab in (page, other):
        expect(tab.locator("[data-state=sent]")).to_have_count(1)
    assert len([u for u in sent if u.endswith("/filings")]) == 1
    # Without any page's doing: the browser tells the service worker that there is network, in the middle of a pause.
    other.close()
    hashes[page.evaluate(PAUSED)] = []
    page.reload()
    devtools, known = page.context.new_cdp_session(page), []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    for _look in range(6000):
        page.evaluate("() => new Promise((next) => { requestAnimationFrame(next); })")
        if known:
            break
    about = {"origin": base, "registrationId": known[0]["registrationId"], "tag": "queue", "lastChance": True}
    worker = page.context.service_workers[0]
    worker.evaluate("() => { navigator.clearAppBadge = async () => { self.cleared = true; }; }")
    devtools.send("ServiceWorker.dispatchSyncEvent", about)
    expect(page.locator("[data-state=sent]")).to_have_count(2)
    for _look in range(6000):
        page.evaluate("() => new Promise((next) => { requestAnimationFrame(next); })")
        if worker.evaluate("self.cleared"):
            break
    assert worker.evaluate("self.cleared"), "nor does the icon count what has gone"
    # Who opens the page, or comes back to it, does not wait for a pause to end.
    for arrived, look in ((3, page.reload), (4, lambda: page.evaluate(SEEN_AGAIN))):
        page.evaluate(PAUSED)
        page.evaluate("localStorage.removeItem('looked')")
        look()
        expect(page.locator("[data-state=sent]")).to_have_count(arrived)
    # After a look just now one does.
    page.evaluate(PAUSED)
    page.evaluate(SEEN_AGAIN)
    page.evaluate("navigator.locks.request('roadworks-queue', () => {})")
    assert [record["state"] for record in kept(page)["records"]].count("waiting") == 1
    assert sorted(len(shas) for shas in hashes.values()) == [0, 2]
    assert on_server(base.instance, list(hashes)) == once(hashes)
    # The server has it otherwise: both are shown, and what is new goes to the one that is there.
    page.evaluate(OTHERWISE)
    otherwise = page.locator("[data-state=conflict]")
    expect(otherwise.locator("[data-yours]")).to_contain_text("4.5\u202fm²")
    expect(otherwise.locator("[data-yours]")).to_contain_text(re.compile("更深了 · 1 ?张照片"))
    expect(otherwise.locator("[data-theirs]")).to_contain_text(re.compile("^BH.*m²"))
    otherwise.locator("[data-note]").click()
    expect(otherwise).to_have_count(0)
    added = page.locator("[data-state=sent]:has-text('补充到 BH')")
    added.locator("[data-open]").click()
    expect(page.locator("main .photos img")).to_have_count(3)
    expect(page.locator(".timeline")).to_contain_text("更深了")


# The number to talk about of something that was begun as the year 1970 began in London.
NUMBER = "async () => (await import('/static/js/records.js')).provisional('ab', 0)"
# A filing as it was kept before photos were counted, and one that nothing can mend, with what was spoken to it.
TOO_MANY = """async (id) => {
  const { keepPhoto } = await import('/static/js/records.js');
  const canvas = new OffscreenCanvas(64, 48);
  for (const shade of ['red', 'blue']) {
    Object.assign(canvas.getContext('2d'), { fillStyle: shade }).fillRect(0, 0, 64, 48);
    await keepPhoto(id, await canvas.convertToBlob({ type: 'image/jpeg' }));
  }
}"""
# Somebody types before the scripts of the form are there.
TYPED_EARLY = """document.addEventListener('readystatechange', () => {
  const note = document.getElementById('note');
  if (note && location.search.includes('record=')) note.value = '边缘松动';
}, { once: true });"""
# Something is said on the form.
SPOKEN = """async ([person, filing, sound]) => {
  const [{ keepPhoto }, { put }] = [await import('/static/js/records.js'), await import('/static/js/store.js')];
  const id = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
  const bytes = Uint8Array.from(atob(sound), (sign) => sign.charCodeAt(0));
  await keepPhoto(id, new Blob([bytes], { type: 'audio/ogg' }), 'voices');
  await put('records', { id, kind: 'voice', person, at: Date.now(), number: '', title: '语音', state: 'draft', fields: { filing } });
}"""
PAST_MENDING = """async () => {
  const [{ keepPhoto }, { all, put }] = [await import('/static/js/records.js'), await import('/static/js/store.js')];
  const [row] = await all('records');
  await keepPhoto('stuck', new Blob(['x'], { type: 'image/jpeg' }));
  await put('records', { ...row, id: 'stuck', state: 'refused', faults: { '': ['!'] } });
  await put('records', { ...row, id: 'spoken', kind: 'voice', state: 'refused', faults: { '': ['?'] }, fields: { filing: 'stuck' } });
}"""


def test_a_refused_record_keeps_everything_and_is_mended(person, base):
    page = person("inspector", lossy=True, timezone_id="Pacific/Honolulu")
    ready(page, base)
    page.context.set_offline(True)
    fill(page, photos=2, shade="tan", area="一大块")
    page.set_input_files("#photos", [shot("red", (320 + 8 * n, 240)) for n in range(7)])
    expect(page.locator("[data-shots-said]")).to_contain_text("最多八张")
    thumbs, drop = page.locator("[data-thumbs] img"), page.locator("[data-thumbs] [data-remove]")
    expect(thumbs).to_have_count(8)
    gone = page.locator("[data-thumbs] [data-sha]").nth(1).get_attribute("data-sha")
    drop.nth(1).click()
    expect(thumbs, "it is nowhere else: asked once more").to_have_count(8)
    drop.nth(1).click()
    expect(thumbs).to_have_count(7)
    expect(page.locator("[data-shots-said]")).to_be_hidden()
    expect(page.locator("label[for=photos]")).to_have_text("拍照 · 7")
    assert gone not in [photo["sha256"] for photo in kept(page)["photos"]]
    filing = page.input_value("[name=client_id]")
    page.evaluate(SPOKEN, [page.evaluate("Number(localStorage.person)"), filing, packed(SOUNDS[0])])
    send(page)
    page.wait_for_url("**/queue")
    # What waits for the network is told by the clock of China, wherever the phone says that it is.
    done = datetime.fromtimestamp(kept(page)["records"][0]["at"] / 1000, ZoneInfo("Asia/Shanghai"))
    expect(page.locator("li[data-state=waiting]:has-text('坑槽') time")).to_contain_text(f"{done:%H:%M}")
    assert page.evaluate(NUMBER) == "L0800-AB"
    page.context.set_offline(False)
    card = page.locator("[data-state=refused]")
    expect(card).to_contain_text("不是数字")
    # What is to be decided on is told once: what waits behind it is the other one.
    expect(page.locator("[data-badge]")).to_have_text(
        re.compile(r"^\s*1\s*条未发送\s*1\s*条待您决定\s*$"), use_inner_text=True
    )
    expect(page.locator("li:has-text('语音') [data-state]")).to_contain_text("等待所属的上报")
    page.evaluate(TOO_MANY, kept(page)["records"][0]["id"])
    page.add_init_script(TYPED_EARLY)
    card.locator("[data-open]").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(thumbs).to_have_count(9)
    expect(page.locator("#area_m2")).to_have_value("一大块")
    expect(page.locator("#note")).to_have_value("边缘松动")
    expect(page.locator(".fault")).to_contain_text("不是数字")
    page.fill("#area_m2", "3")
    expect(page.locator(".fault")).to_have_count(0)
    page.click(".sendbar button")
    expect(page.locator(".fault")).to_contain_text("最多八张")
    drop.last.click()
    drop.last.click()
    expect(thumbs).to_have_count(8)
    send(page)
    receipt(page)
    # What is past mending is thrown away at the second word, with what was spoken to it.
    page.evaluate(PAST_MENDING)
    page.goto(f"{base}/queue")
    expect(page.locator("[data-state=sent]"), "and what was said has followed").to_have_count(2)
    card = page.locator("[data-state=refused]:has-text('!')")
    card.locator("[data-clear]").click()
    assert len(kept(page)["records"]) == 4
    card.locator("[data-clear]").click()
    expect(page.locator("[data-state=refused]")).to_have_count(0)
    assert ([row["state"] for row in kept(page)["records"]], kept(page)["photos"]) == (["sent", "sent"], [])


# At which second of an hour a queue that no server answers asks again, looked at every half minute.
PATIENT = """async () => {
  const { run } = await import('/static/js/queue.js');
  const [{ now }, { fetch }] = [Date, window];
  const begun = now();
  const asked = [];
  let second = 0;
  // Once an answer, after what the page asked by itself when it was opened: from here on it is counted.
  window.fetch = async () => Response.json({ person: { id: 0 } });
  await run({ forced: true });
  window.fetch = () => { asked.push(second); return Promise.reject(new TypeError('away')); };
  try {
    for (; second < 3600; second += 30) {
      Date.now = () => begun + second * 1000;
      // Where somebody else is at it just now, it is looked again.
      while (await run() === 'busy');
    }
  } finally {
    Date.now = now;
    window.fetch = fetch;
  }
  return asked;
}"""
WHY = """async (why) => {
  const { all, change } = await import('/static/js/store.js');
  const [{ id }] = await all('records');
  // Bars, but no data.
  Object.defineProperty(navigator, 'onLine', { get: () => true, configurable: true });
  await change('records', id, { state: 'waiting', why, again: Date.now() + 90000 });
  dispatchEvent(new CustomEvent('queue-changed', { detail: id }));
}"""
FIRST_ID = """() => new Promise((done) => { indexedDB.open("roadworks").onsuccess = ({ target }) => {
  target.result.transaction("records").objectStore("records").getAllKeys().onsuccess = (told) => done(told.target.result[0]);
}; })"""


# Whether the orders are kept when who is here signs out while they are looked at, and nothing is new.
LEAVING = """async () => { const { refresh } = await import('/static/js/orders-pack.js');
  const { get, remove } = await import('/static/js/store.js');
  await refresh();
  const told = await get('pack', 'orders');
  const looking = refresh();
  document.documentElement.dataset.leaving = 'yes';
  await remove('pack', 'orders');
  await looking;
  delete document.documentElement.dataset.leaving;
  return [Boolean(told?.etag), Boolean(await get('pack', 'orders'))]; }"""
# How often something is written when all that waits is somebody else's, as before.
WRITTEN = """async () => { let written = 0;
  const { run } = await import('/static/js/queue.js');
  await run({ forced: true });
  addEventListener('queue-changed', () => { written += 1; });
  await run({ forced: true });
  return written; }"""
ME = "async () => (await import('/static/js/person.js')).me()"
SAYS_SO = """async () => {
  await (await import('/static/js/queue.js')).run({ forced: true });
  return document.querySelector('main').textContent.includes('登录后继续发送');
}"""


def test_a_session_that_ended_loses_nothing_and_nobody_sends_for_another(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    assert page.evaluate(LEAVING) == [True, False]
    page.context.set_offline(True)
    fill(page, shade="teal")
    send(page)
    page.wait_for_url("**/queue")
    page.wait_for_selector("html[data-ready]", state="attached")
    hashes, own = wanted(page), page.evaluate(ME)
    assert page.evaluate(PATIENT) == [0, 30, 60, 120, 420, 1320, 2220, 3120], "pauses grow"
    told = page.locator("[data-state=waiting] span[data-state]")
    with standing(page):
        for why, words in (("cut", "中断"), ("damaged", "不完整"), ("full", "已收到"), ("away", "自动发送")):
            page.evaluate(WHY, why)
            expect(told).to_contain_text(words)
            expect(told).to_contain_text(re.compile(r"\d\d:\d\d"))
    page.context.route("**/sync/1/hello", lambda route: route.fulfill(status=404, body="<p>"))
    send_now(page)
    expect(told).to_contain_text("重新打开")
    page.context.unroute("**/sync/1/hello")
    page.context.clear_cookies()
    page.context.set_offline(False)
    # Tried until it says so: the worker, which has no network a moment longer, may have the last word.
    until(page, SAYS_SO)
    # The form is there before the network is asked; the load after that knows that nobody is signed in.
    page.goto(f"{base}/defects/new")
    expect(page.locator("form[data-module=filing]")).to_be_visible()
    until(page, "async () => !(await (await import('/static/js/store.js')).get('pack', 'who'))")
    page.goto(f"{base}/defects/new")
    expect(page.locator(".wordmark ~ [data-module=unsent-notice]")).to_contain_text("1 条未发送")
    # By network, too, one sees what waits, and the way to let it go.
    page.goto(f"{base}/queue")
    expect(page.locator("[data-state=waiting]")).to_have_count(1)
    expect(page.locator("[data-module=unsent-notice] a")).to_be_visible()
    # Nothing else is offered, for all else would ask to sign in, too.
    expect(page.locator("main .button:visible:not(.panel *)")).to_have_count(1)
    page.click("[data-module=unsent-notice] a")
    expect(page.locator(".wordmark ~ [data-module=unsent-notice]")).to_contain_text("1 条未发送")
    # Who signs out while something waits is told once; the page that shows it stays.
    page.context.route("**/sync/1/**", lambda route: route.abort())
    # The form that is kept may be somebody else's: it is not shown before it was asked for under this sign-in.
    page.context.route("**/street/new", lambda route: route.abort())
    with page.context.expect_event("requestfailed", lambda told: told.url.endswith("/street/new")):
        live.sign_in(page, base, "inspector")
    page.goto(f"{base}/queue")
    page.goto(f"{base}/defects/new")
    expect(page.locator("body[data-person]")).to_have_count(1)
    page.context.unroute("**/street/new")
    expect(page.locator("[data-badge]")).to_have_attribute("data-shows", "waiting")
    page.click(".me summary")
    page.click("form[action$='/logout'] button")
    expect(page.locator("[data-left]")).to_contain_text("1 条未发送")
    page.click("form[action$='/logout'] button")
    page.wait_for_url("**/login")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.context.set_offline(True)
    # Somebody signs in, and the answer is lost: nobody knows who is here, until it is known that they were not let in.
    page.fill("#username", "supervisor")
    page.fill("#password", "not that")
    with page.expect_event("requestfailed"):
        page.evaluate("document.querySelector('form.panel').requestSubmit()")
    page.wait_for_url("chrome-error://**")
    page.goto(f"{base}/queue")
    assert page.evaluate(ME) == 0
    expect(page.locator("[data-module=unsent-notice]")).to_contain_text("1 条未发送")
    expect(page.locator("[data-state=waiting]")).to_have_count(1)
    page.context.set_offline(False)
    page.context.unroute_all()
    page.goto(f"{base}/login")
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.evaluate(ME) == own
    live.sign_in(page, base, "supervisor")
    # Whose phone it is now, the page's script has noted.
    page.wait_for_selector("html[data-ready]", state="attached")
    page.goto(f"{base}/queue")
    # The page itself has looked, and noted whose it is.
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("main")).to_contain_text("由他人填报")
    expect(page.locator("[data-send]")).to_be_hidden()
    assert page.evaluate(WRITTEN) == 0
    # Nor does anybody go on with what another made.
    page.goto(f"{base}/defects/new?record={page.evaluate(FIRST_ID)}", wait_until="commit")
    page.wait_for_url("**/queue")
    assert on_server(base.instance, list(hashes)) == {next(iter(hashes)): []}, "nobody else sent it"
    page.context.clear_cookies()
    # Who signs in from there comes back there: that page names nobody, and knows who it is all the same.
    page.goto(f"{base}/login?next=/queue")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#username", "inspector")
    page.fill("#password", "roadworks-demo")
    page.click("form.panel button")
    expect(page.locator("[data-state=sent] [data-clear]")).to_be_visible()
    assert page.evaluate(ME) == own
    assert on_server(base.instance, list(hashes)) == once(hashes)


# What the browser says of its room, and whether it has promised to keep what is there; it promises nothing more.
ROOM = """([used, free, promised]) => {
  const { storage } = navigator;
  storage.estimate = async () => ({ usage: used, quota: used + free });
  storage.persisted = async () => promised;
  storage.persist = async () => false;
  dispatchEvent(new CustomEvent('queue-changed', { detail: 'nothing' }));
}"""
# Something is still looked for when Send is pressed.
NOT_YET = """() => {
  document.querySelector('.fault').classList.add('before');
  const form = document.querySelector('form[data-module=filing]');
  form.addEventListener('settle', ({ detail }) => detail.push(new Promise((done) => { window.goOn = done; })), { once: true });
}"""
# A record of somebody else that has waited here so many days, or less than three.
SYNC = """async () => (await (await navigator.serviceWorker.ready).sync.getTags()).includes('queue')"""
WAITS = """async (days) => (await import('/static/js/records.js')).enqueue(
  { id: '00000000-0000-4000-8000-000000000000', kind: 'filing', person: 1e6, at: Date.now() - days * 86400000, fields: {} })"""
# What another left on this phone (or a phone of before did): is it shown, and is it there after a refresh that failed.
OTHERS = """async () => { const { get, put } = await import('/static/js/store.js');
  const { pack, refresh, refreshRounds, rowOf } = await import('/static/js/pack.js');
  const own = await get('pack', 'district');
  for (const name of ['district', 'rounds']) await put('pack', { ...own, name, person: 1e6 });
  const seen = [(await pack()) ?? null, await rowOf('rounds')];
  await Promise.all([refresh(), refreshRounds()]);
  return [...seen, (await get('pack', 'district')) ?? null, (await get('pack', 'rounds')) ?? null]; }"""
BACK = """async () => { const { pack, refresh } = await import('/static/js/pack.js');
  await refresh();
  return (await pack()).person; }"""


def test_what_lacks_and_what_waits_long_is_told_even_without_network_and_anothers_pack_is_nobodys(person, base):
    page = person("inspector", lossy=True)
    page.context.grant_permissions(["geolocation", "background-sync"])
    ready(page, base)
    page.context.set_offline(True)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click(".sendbar button")
    expect(page.locator(".fault")).to_contain_text("请选择病害类型")
    expect(page.locator(".fault")).to_contain_text("请填写长和宽")
    assert kept(page)["records"] == []
    # It is told anew at each Send, but takes nobody out of what they type meanwhile; what is mended goes from it.
    page.evaluate(NOT_YET)
    page.click(".sendbar button")
    until(page, "async () => Boolean(window.goOn)")
    page.locator("#place").press_sequentially("路口")
    page.evaluate("window.goOn()")
    lines = page.locator(".fault:not(.before) li")
    # The surface is proposed, once the section is found.
    expect(lines).to_have_count(3)
    expect(page.locator("#place")).to_be_focused()
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    expect(lines).to_have_count(2)
    page.fill("#area_m2", "2")
    expect(lines).to_have_count(1)
    page.click("details:has(#no_photo_reason) > summary")
    page.locator("#no_photo_reason").press_sequentially("雨")
    expect(page.locator(".fault")).to_have_count(0)
    expect(page.locator("#no_photo_reason")).to_be_focused()
    # Of a place beyond what it was told about the phone says that it does not know it, not that nothing is there.
    for lon, known in (("115.5", False), ("113.6153", True)):
        page.evaluate(PINNED.replace("113.62148", lon).replace("34.75014", "34.7553"))
        expect(page.locator("[data-far]")).to_be_visible(visible=not known)
        expect(page.locator("[data-duplicates-hint] [data-none]")).to_be_visible(visible=known)
    for days in (2, 4):
        page.evaluate(WAITS, days)
        until(page, SYNC)
        expect(page.locator("[data-badge] b")).to_have_text("1")
        expect(page.locator("[data-waited] a")).to_be_visible(visible=days > 3)
    expect(page.locator("[data-waited] a")).to_contain_text("4 天")
    assert page.evaluate(OTHERS) == [None] * 4
    # What is shown in place of a page that is not kept says which one that is, why, and what this is.
    page.goto(f"{base}/defects/60")
    for words in ("病害（/defects/60）", "没有网络", "“本机记录”", "今日巡查"):
        expect(page.locator("[data-instead]")).to_contain_text(words)
    page.context.set_offline(False)
    assert page.evaluate(BACK) == int(page.evaluate("localStorage.person"))
    # How safe it is, and what to do, in plain words.
    page.goto(f"{base}/queue")
    room, warnings = page.locator("[data-module=storage]"), page.locator("[data-warnings]")
    expect(room).to_be_visible()
    page.evaluate(ROOM, [12e6, 2e9, False])
    expect(room.locator("[data-room]")).to_have_text("本机已存 12 MB，剩余空间 2.0 GB。")
    expect(room.locator("[data-promise]")).to_contain_text("尚未承诺保留")
    expect(warnings.locator("p")).to_have_text([re.compile("4 天.*iPhone"), re.compile("添加到主屏幕")])
    room.locator("[data-ask] button").click()
    expect(room.locator("[data-promise]")).to_contain_text("浏览器未同意")
    page.evaluate(ROOM, [2e9, 30e6, True])
    expect(room.locator("[data-promise]")).to_contain_text("已承诺保留")
    expect(room.locator("[data-ask]")).to_be_hidden()
    expect(warnings.locator("p")).to_have_text([re.compile("即将用完"), re.compile("4 天，仍未发送。请联网")])
    page.evaluate(ROOM, [2e9, 1e6, True])
    expect(warnings.locator("p").first).to_contain_text("手机空间已满")
    # A server that fails is told of, too, on a page that is kept.
    page.context.route("**/rounds/today", lambda route: route.fulfill(status=503, body="<p>"))
    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-instead]")).to_contain_text("503")
    page.context.unroute("**/rounds/today")
    page.click("[data-instead] button")
    expect(page.locator("body[data-person]")).to_have_count(1)


CLOSED = """() => {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...said) {
    IDBDatabase.prototype.transaction = transaction;
    this.close();
    return this.transaction(...said);
  };
}"""
ASKED = "() => { window.asked = 0; navigator.storage.persist = async () => { window.asked += 1; return true; }; }"
# The phone's store takes no photo any more.
UNKEPT = """() => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (row) {
    if (this.name === 'photos') throw new DOMException('', 'DataError');
    return put.call(this, row);
  };
}"""
# It has no room, as it says only when all is to be written.
FULL = """() => {
  const { put } = IDBObjectStore.prototype;
  Object.defineProperty(IDBTransaction.prototype, 'error', { get: () => new DOMException('', 'QuotaExceededError') });
  IDBObjectStore.prototype.put = function (row) {
    const request = put.call(this, row);
    request.addEventListener('success', () => this.transaction.abort());
    return request;
  };
}"""
# The store cannot be opened, once that is said.
SHUT = """if (sessionStorage.getItem('shut')) IDBFactory.prototype.open = () => {
  const request = { error: new DOMException('', 'UnknownError') };
  setTimeout(() => request.onerror());
  return request;
};"""
PLAIN_HTTP = """Object.defineProperty(crypto, 'subtle', { value: undefined });
  Object.defineProperty(window, 'isSecureContext', { value: false });"""


def goes_plainly(page, base, order: int) -> None:
    """File a defect and take a step on an order on a phone that can keep nothing."""
    page.wait_for_selector("html[data-ready]", state="attached")
    page.set_input_files("#photos", shot("olive"))
    page.click("label:has-text('人行道')")
    page.click(".types.sidewalk label:has-text('缺失')")
    page.fill("#area_m2", "0.75")
    expect(page.locator("#section_id")).not_to_have_value("")
    expect(page.locator("[data-provisional]")).to_be_hidden()
    filing = page.input_value("[name=client_id]")
    page.click(".sendbar button")
    page.locator("button[name=decided], a:has-text('打开这处病害')").first.wait_for()
    if page.locator("button[name=decided]").count():
        page.click("button[name=decided]")
    page.locator("a:has-text('打开这处病害')").wait_for()
    assert [len(shas) for shas in on_server(base.instance, [filing])[filing]] == [1]
    page.goto(f"{base}/workorders/{order}")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click("text=面积不足")
    page.click("text=核查不通过")
    expect(page.locator(".head .note.warning").first).to_contain_text("返工：面积不足")


def test_the_phone_is_full(person, base):
    # Its worker would read the same store, and keeps no pages either.
    page = person("inspector", lossy=True, service_workers="block")
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    # The browser closes the connection, as an iPhone's does while the camera is open: the photo is kept all the same.
    page.evaluate(CLOSED)
    page.evaluate(ASKED)
    page.set_input_files("#photos", shot("gray"))
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    assert page.evaluate("window.asked") == 1, "with the first photo the browser is asked to promise that it stays"
    page.evaluate(UNKEPT)
    page.set_input_files("#photos", shot("silver"))
    expect(page.locator("main")).to_contain_text("手机暂时无法保存")
    assert page.evaluate("localStorage.full ?? null") is None
    page.evaluate(FULL)
    page.set_input_files("#photos", shot("tan"))
    expect(page.locator("main")).to_contain_text("手机存储空间不足")
    assert page.evaluate("localStorage.full")
    # A store that cannot be opened keeps nothing, and a browser on plain http does not either; the form says so, and so
    # does the page of the queue.
    page.add_init_script(SHUT)
    page.evaluate("sessionStorage.setItem('shut', 'yes')")
    for unable in (SHUT, PLAIN_HTTP):
        page.add_init_script(unable)
        for address in ("/queue", "/defects/new"):
            page.goto(f"{base}{address}")
            expect(page.locator("[data-unkept]")).to_be_visible()
        if unable == SHUT:
            goes_plainly(page, base, finished(person, base))
        page.evaluate("sessionStorage.removeItem('shut')")


def test_what_is_kept_lies_around_the_place_where_the_phone_was(person, base):
    page = person("inspector", lossy=True)
    page.goto(f"{base}/defects/new")
    expect(page.locator("[data-fix]")).to_contain_text("±")
    with page.expect_response(lambda answer: "/sync/1/pack?lon=" in answer.url) as told:
        page.goto(f"{base}/defects")
    assert told.value.status in {200, 304}, "304 where the form was so slow that it had asked for it already"
    until(
        page,
        "async () => (await (await import('/static/js/store.js')).get('pack', 'district')).lon === '113.62'",
    )


def test_the_app_can_be_installed(person, base):
    page = person("inspector", lossy=True)
    said = page.request.get(f"{base}/manifest.webmanifest").json()
    assert said["display"] == "standalone"
    for icon in said["icons"]:
        assert page.request.get(base + icon["src"]).headers["content-type"] == "image/png"
    text = page.request.get(f"{base}/sw.js").text()
    assert "/js/queue.js" in text
