"""In the street with and without network: "this one" brings the photos to what is there, and a repeat is told at once."""

import re

from playwright.sync_api import expect

from tests.browser.pocket import filed, in_pack, ready, receipt, send, until
from tests.browser.test_axe import WHOLE, faults_of
from tests.support.cast import jpeg

WITH_PICTURES = """async () => {
  const { all, get } = await import('/static/js/store.js');
  const { open, mended } = await get('pack', 'district');
  const wanted = (rows, most) => Math.min(most, new Set(rows.map(({ thumb }) => thumb).filter(Boolean)).size);
  const have = (await all('pack')).filter(({ blob }) => blob?.size > 300).map(({ name }) => name);
  const shown = open.find(({ number }) => number === 'NUMBER').thumb;
  return await get('pack', 'nearby') && have.includes(`thumb:${shown}`) && have.length >= wanted(open, 60) + wanted(mended, 20);
}"""
RESCUED = """async () => {
  const { make, plan } = await import('/static/js/rescue.js');
  return (await make(await plan({ records: 9 }), 1)).text();
}"""
ROWS = "async () => (await import('/static/js/store.js')).all('records')"


def at(page, lat: float) -> None:
    """Stand where nothing else of the demo lies."""
    page.context.set_geolocation({"longitude": 113.62148, "latitude": lat, "accuracy": 6})


def shoot(page, shade: str) -> None:
    """Take a photo of it."""
    page.wait_for_selector("html[data-ready]", state="attached")
    page.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(shade, (640, 480))})
    expect(page.locator("[data-thumbs] img")).to_have_count(1)


def this_one(page, base, number: str, shade: str, *, pictured: bool = False) -> None:
    """Add a photo to the card of this number, with no network."""
    page.context.set_offline(True)
    page.goto(f"{base}/defects/new")
    shoot(page, shade)
    card = page.locator("#duplicates li", has_text=number)
    expect(card).to_contain_text("米")
    if pictured:
        until(page, "async () => document.querySelector('#duplicates li img').naturalWidth > 100")
    page.fill("#note", "更深了")
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    page.fill("#area_m2", "2")
    asked_at_send(page, number)
    card.get_by_role("button").press("Enter")
    page.wait_for_url("**/queue")
    expect(page.locator("[data-state=waiting]")).to_contain_text(number)
    assert '\\"area_m2\\":\\"2\\"' in page.evaluate(RESCUED), "the form behind it"


def asked_at_send(page, number: str) -> None:
    """Send a form like an open defect: nothing is filed, and the question with the card stands in the place of Send."""
    page.click(".sendbar button")
    note = page.get_by_role("alert").filter(has_text="尚未上报")
    expect(note).to_be_focused()
    expect(note).to_be_in_viewport()
    expect(page.locator("[data-same]")).to_contain_text(number)
    expect(page.locator("button[data-other]")).to_have_count(1)
    expect(page.locator(".sendbar")).to_be_hidden()
    assert "/defects/new" in page.url
    assert not [row for row in page.evaluate(ROWS) if row["state"] != "draft"]


def near_by(page, base, number: str) -> list[str]:
    """Open the list of what is near this place, and see this one on it as the first; gives the list."""
    page.goto(f"{base}/nearby?lon=113.62148&lat=34.7582")
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#stops li h2").first).to_contain_text(number)
    return page.locator("#stops li h2").all_inner_texts()


def near_by_alone(page, base, number: str, before: list[str]) -> None:
    """The list that the phone works out by itself is the one from `before`; and its map."""
    assert near_by(page, base, number) == before
    expect(page.locator("[data-since]")).to_contain_text("由本机")
    expect(page.locator("#stops li").first).to_contain_text("待补拍照片")
    expect(page.locator("#section option").nth(20)).to_be_attached()
    assert page.evaluate("!('L' in window)"), "no map before it is asked for"
    page.click("[data-show]")
    mark = page.get_by_role("button", name=re.compile(f"^1 · {number}"))
    mark.press("Enter")
    expect(page.locator("#stops li").first).to_be_focused()
    assert faults_of(page, WHOLE) == []
    hours = """async () => {
      const { tasksOf } = await import('/static/js/nearby.js');
      const stop = { id: 5, order: { id: 7 }, tasks: ['again', 'photo'], soon: '2018-06-30T08:00:00+08:00', late: '2018-06-30T12:00:00+08:00' };
      const none = { settled: new Set(), shot: new Set() };
      const at = (hour, mine = none) => tasksOf(stop, Date.parse(`2018-06-30T${hour}:00+08:00`), mine).join(' ');
      return [at('07:59'), at('08:00'), at('12:01'), at('12:01', { ...none, settled: new Set([7]) }), at('07:00', { ...none, shot: new Set([5]) })];
    }"""
    assert page.evaluate(hours) == [
        "again photo",
        "due_soon again photo",
        "overdue again photo",
        "photo",
        "again",
    ]


ROOM = """async () => {
  const { makeRoom } = await import('/static/js/nearby-pack.js');
  const { me } = await import('/static/js/person.js');
  const row = (name, at, person = me()) => ({ name, at, person, blob: { size: 700000 } });
  const rows = [row('old', 1), row('theirs', 9, 0), row('wanted', 0), row('new', 3), row('newer', 4)];
  const left = async (missing) => (await makeRoom(rows, new Set(['wanted']), missing)).map(({ name }) => name).join(' ');
  return [await left(0), await left(9), await left(99)];
}"""

# The form goes off as a filing of its own while its photos are on their way to another one.
SAID_OVER = """async () => {
  const { run } = await import('/static/js/queue.js');
  const { clientId, enqueue, keepPhoto } = await import('/static/js/records.js');
  const { all, get } = await import('/static/js/store.js');
  const [row] = await all('records');
  const id = clientId();
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext('2d').fillRect(0, 0, 64, 48);
  await keepPhoto(id, await canvas.convertToBlob({ type: 'image/jpeg' }));
  await enqueue({ ...row, id, state: 'waiting', receipt: null });
  const { fetch } = window;
  window.fetch = async (address, options) => {
    const answer = await fetch(address, options);
    if (String(address).endsWith('additions')) await enqueue({ ...row, id, kind: 'filing', fields: row.form, state: 'waiting', receipt: null });
    return answer;
  };
  // Once for the other one, once to hear that its photos hang there, once with them.
  for (let turn = 0; turn < 3; turn += 1) await run({ forced: true });
  return get('records', id);
}"""


def test_this_one_without_network_brings_its_photo_once(person, base):
    page = person("inspector", lossy=True)
    at(page, 34.7582)
    number, bare = (
        filed(page, base, 34.75825, seen=jpeg("teal", (800, 600))),
        filed(page, base, 34.759, "ac_raveling"),
    )
    ready(page, base)
    in_pack(page, number)
    asked = []
    page.context.on("request", lambda request: asked.append(request.url) if request.url.endswith("/small") else None)
    before = near_by(page, base, bare)
    until(page, WITH_PICTURES.replace("NUMBER", number))
    page.evaluate("""async () => {
      await navigator.locks.request('roadworks-pictures', () => null);
      await (await import('/static/js/nearby-pack.js')).bring();
    }""")
    assert len(asked) == len(set(asked)) > 1, "a picture is fetched once"
    assert page.evaluate(ROOM) == ["wanted newer new old", "wanted newer new", "wanted"], "the oldest goes first"
    this_one(page, base, number, "sienna", pictured=True)
    near_by_alone(page, base, bare, before)
    page.goto(f"{base}/queue")
    expect(page.locator("[data-near]").last).to_contain_text("MB")
    sent = []
    page.context.on("request", lambda request: sent.append(request.url) if request.url.endswith("additions") else None)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-state=sent]")).to_contain_text(number)
    [record] = page.evaluate(ROWS)
    assert (record["kind"], record["receipt"]["number"], len(record["receipt"]["photos"])) == ("addition", number, 1)
    assert len(sent) == 1
    page.goto(base + record["receipt"]["url"])
    expect(page.locator(".photos img")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("更深了")


def on_the_section(page, base, section: str, number: str) -> None:
    """Who has no position is asked about the section, by the server and without network by the phone."""
    page.context.set_geolocation(None)
    page.goto(f"{base}/defects/new")
    shoot(page, "plum")
    page.select_option("#section_id", section)
    page.click("label:has-text('车行道')")
    card = page.locator("#duplicates li", has_text=number)
    for network in (True, False):
        page.context.set_offline(not network)
        page.click(".types.carriageway label:has-text('车辙')")
        expect(card).to_have_count(0)
        page.click(".types.carriageway label:has-text('剥落')")
        expect(card).to_contain_text("剥落 · 路口西")
        expect(card.locator("a[href]")).to_have_count(int(network))
    page.fill("#area_m2", "2")
    asked_at_send(page, number)
    page.context.set_offline(False)


def test_what_was_closed_meanwhile_keeps_the_photo_and_is_filed_as_a_new_one(person, base):
    page = person("inspector", lossy=True)
    at(page, 34.7612)
    number, near = (
        filed(page, base, 34.76121),
        page.request.get(f"{base}/sections/nearest.json?lon=113.62148&lat=34.75014"),
    )
    section = str(near.json()["sections"][0]["id"])
    bare = filed(page, base, None, "ac_raveling", lon=None, section_id=section, place="路口西")
    ready(page, base)
    in_pack(page, number)
    in_pack(page, bare)
    on_the_section(page, base, section, bare)
    at(page, 34.7612)
    this_one(page, base, number, "peru")
    boss = person("supervisor")
    boss.goto(f"{base}/defects?q={number}")
    boss.click(f"th a:has-text('{number}')")
    boss.locator("details:has(#reject-reason) > summary").click()
    boss.fill("#reject-reason", "重复")
    with boss.expect_navigation():
        boss.locator("details:has(#reject-reason) button").click()
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    card = page.locator("[data-state=refused]")
    expect(card).to_contain_text(number)
    card.locator("[data-open]").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    expect(page.locator("#note")).to_have_value("更深了")
    page.fill("#place", "路口东")
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    page.fill("#area_m2", "2")
    send(page)
    receipt(page)
    assert number not in page.inner_text("h1")


def test_cards_come_before_the_type_and_the_same_type_first(person, base):
    page = person("inspector", lossy=True)
    at(page, 34.7642)
    pothole, ravelling = filed(page, base, 34.7642), filed(page, base, 34.76421, "ac_raveling")
    page.goto(f"{base}/defects/new")
    shoot(page, "khaki")
    expect(page.locator("#duplicates li")).to_have_count(2)
    expect(page.locator("[data-duplicates-hint] a")).to_contain_text("2")
    assert faults_of(page, WHOLE) == []
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('剥落')")
    expect(page.locator("[data-same]")).to_contain_text(ravelling)
    expect(page.locator("#duplicates details")).to_contain_text(pothole)
    page.fill("#area_m2", "2")
    asked_at_send(page, ravelling)
    # Of another type there is nothing to ask; of this one there still is, until it is answered.
    page.click(".types.carriageway label:has-text('车辙')")
    expect(page.locator(".sendbar")).to_be_visible()
    page.click(".types.carriageway label:has-text('剥落')")
    expect(page.locator("button[data-other]")).to_have_count(1)
    assert faults_of(page, WHOLE) == []
    # Held back for as long as it has a route of its own.
    page.context.route("**/sync/1/additions", lambda _route: None)
    with page.expect_request("**/sync/1/additions"):
        page.locator("[data-same] button").click()
    expect(page.locator("[data-same] button")).to_have_text("正在发送…")
    expect(page.locator(".sendbar button")).to_be_disabled()
    page.context.unroute("**/sync/1/additions")
    page.wait_for_url(re.compile(r"/defects/\d+$"))
    expect(page.locator("h1")).to_contain_text("剥落")
    expect(page.locator(".photos img")).to_have_count(1)
    over = page.evaluate(SAID_OVER)
    assert (over["state"], over.get("kind"), len(over["receipt"]["photos"])) == ("sent", "filing", 1)
    assert over["receipt"]["number"] != ravelling, "what was said over it is not taken for it"
