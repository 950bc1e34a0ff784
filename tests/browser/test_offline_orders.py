"""A crew and a verifier without network: each step arrives once with its photos; what moved on meanwhile is a choice."""

import json
import re

from playwright.sync_api import expect

from tests.browser.pocket import (
    WHEN_KEPT,
    back_online,
    card_with,
    fill_finish,
    finish,
    finished,
    issued,
    post,
    press,
    ready,
    shoot,
    shot,
    until,
)
from tests.browser.test_offline import kept
from tests.support.cast import jpeg

# A step that was begun with these words is kept.
BEGUN = """async () => (await (await import('/static/js/store.js')).all('records'))
  .some(({ state, fields }) => state === 'draft' && JSON.stringify(fields).includes('%s'))"""


RENAMED = """async () => {
  const { get, put } = await import('/static/js/store.js');
  const pack = await get('pack', 'district');
  await put('pack', { ...pack, crews: pack.crews.map((crew) => ({ ...crew, name_zh: '改名班组', active: false })) });
}"""


def on_phone(person, base, who: str):
    """A phone that knows its person's orders, in airplane mode on the page of orders."""
    page = person(who, lossy=True)
    ready(page, base)
    page.goto(base)
    until(page, WHEN_KEPT)
    page.context.set_offline(True)
    page.goto(base)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


# Which of the phone's steps the kept lists do not know of where one was sent while they came.
SENT_MEANWHILE = """async () => {
  const { put, remove } = await import('/static/js/store.js');
  const [orders, nearby] = [await import('/static/js/orders-pack.js'), await import('/static/js/nearby-pack.js')];
  const thread = orders.threadOf(1e6, (await import('/static/js/person.js')).me());
  const { fetch } = window;
  window.fetch = async (...said) => {
    const answer = await fetch(...said);
    await put('records', { id: 'meanwhile', kind: 'step', thread, state: 'sent', sent: Date.now(), fields: {} });
    return answer;
  };
  await orders.refresh();
  const counted = [await orders.steps(1e6, (await orders.kept()).at)];
  await nearby.refresh();
  counted.push(await orders.steps(1e6, (await nearby.kept()).at));
  window.fetch = fetch;
  await remove('records', 'meanwhile');
  return counted.map(({ length }) => length);
}"""


def numbers(page) -> list[str]:
    """The orders in the order of their cards."""
    return page.locator("#order-cards > [data-number]").evaluate_all(
        "(cards) => cards.map(({ dataset }) => dataset.number)"
    )


def test_a_crew_works_a_day_in_airplane_mode_and_every_step_arrives(person, base):
    number = issued(person, base)
    page = on_phone(person, base, "crew")
    # Here, for Chromium may tell a page that comes after a closed one of a network.
    expect(page.locator("[data-offline]")).to_contain_text("无网络")
    card = page.locator(f"article[data-number={number}]")
    press(page, card, "accept")
    expect(card.locator("[data-state]")).to_have_text("已接单")
    # The person stays at the card, and is told there.
    told = card.locator(".flash[role=status]")
    expect(told).to_contain_text(number)
    expect(told).to_be_in_viewport()
    expect(told).to_be_focused()
    press(page, card, "start")
    expect(card.locator("[data-mine] span")).to_have_text("接单、开始施工")
    card.locator("details:has(form[data-verb=make_safe]) > summary").click()
    safe = card.locator("form[data-verb=make_safe]")
    shoot(safe, "photos", "gray")
    # The ninth is refused at the shutter; each is taken away again at the second tap.
    safe.locator("input[type=file]").set_input_files([shot("tan", (320 + 8 * n, 240)) for n in range(8)])
    expect(safe.locator("[data-shots-said]")).to_contain_text("最多八张")
    thumbs, drop = safe.locator(".thumbs img"), safe.locator("[data-remove]")
    expect(thumbs).to_have_count(8)
    for left in range(7, 0, -1):
        drop.last.click()
        expect(drop.last).to_have_text("删除")
        assert thumbs.count() == left + 1, "it is nowhere else: asked once more"
        drop.last.click()
        expect(thumbs).to_have_count(left)
    expect(safe.locator("[data-shots-said]")).to_be_hidden()
    assert len(kept(page)["photos"]) == 1
    safe.locator("[name=note]").fill("已围挡")
    until(page, BEGUN % "已围挡")
    # The phone ends the page, as many do while the camera is open.
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(f"{base}/queue")
    begun = page.locator(f"[data-state=draft]:has-text('{number}')")
    expect(begun).to_contain_text("未填完")
    expect(begun.locator("img")).to_be_visible()
    begun.locator("[data-open]").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    card = page.locator(f"article[data-number={number}]")
    safe = card.locator("form[data-verb=make_safe]")
    expect(safe.locator(".thumbs img")).to_have_count(1)
    expect(safe.locator("[name=note]")).to_have_value("已围挡")
    clocks = card.locator("[data-clocks]")
    expect(clocks).to_contain_text("应急处置截止")
    place = numbers(page).index(number)
    press(page, card, "make_safe")
    expect(clocks).to_contain_text("已围护")
    expect(clocks).not_to_contain_text("应急处置截止")
    assert numbers(page).index(number) > place, "there is time to mend it: it stands lower"
    expect(card.locator("form[data-verb=make_safe]")).to_have_count(0)
    finish(page, card)
    expect(card.locator("[data-state]")).to_have_text("完工待核查")
    expect(card.locator("[data-mine]")).to_be_visible()
    held = kept(page)
    hashes = {r["id"]: sorted(p["sha256"] for p in held["photos"] if p["record"] == r["id"]) for r in held["records"]}
    assert [r["fields"]["verb"] for r in sorted(held["records"], key=lambda r: r["at"])] == [
        "accept",
        "start",
        "make_safe",
        "finish",
    ]
    expect(page.locator(".flash")).to_contain_text("有网络")
    back_online(page)
    expect(page.locator("[data-badge]")).to_be_hidden(timeout=120_000)
    expect(page.locator("[data-offline]")).to_be_empty()
    expect(page.locator(".flash")).not_to_contain_text("有网络")
    expect(page.locator(".flash")).to_contain_text(number)
    after = kept(page)
    assert {r["state"] for r in after["records"]} == {"sent"}
    assert {r["id"]: r["receipt"]["photos"] for r in after["records"]} == hashes, "each photo, bit for bit"
    assert page.evaluate(SENT_MEANWHILE) == [1, 1], "what is sent while the orders come is not in them"
    page.goto(base + after["records"][0]["receipt"]["url"])
    expect(page.locator(".head .state").first).to_have_text("完工待核查")
    expect(page.locator(".timeline")).to_contain_text("已围挡")
    assert number in page.inner_text("h1")


# One more defect on the report, beside the first.
ONE_MORE = """(form) => {
  const line = form.querySelector('fieldset').cloneNode(true);
  for (const input of line.querySelectorAll('input')) input.name = input.id = input.name.replace(/\\d+$/, '999');
  line.querySelector('.thumbs').replaceChildren();
  form.querySelector('fieldset').after(line);
}"""


def test_what_moved_on_meanwhile_is_a_choice_and_nothing_is_lost(person, base):
    page = on_phone(person, base, "crew")
    # A whole visit, in three steps.
    number, card = card_with(page, "accept")
    for verb in ("accept", "start"):
        press(page, card, verb)
    order = card.get_attribute("data-order")
    begun = page.locator(f"article:has(form[data-verb=hand_back]):not([data-number={number}])").first
    begun_order = begun.get_attribute("data-order")
    begun.locator("details:has(form[data-verb=hand_back]) > summary").click()
    begun.locator("form[data-verb=hand_back] [name=reason]").fill("缺料")
    until(page, BEGUN % "缺料")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator(f"#order-{begun_order} form[data-verb=hand_back] [name=reason]")).to_have_value("缺料")
    form = fill_finish(card, "4.4")
    # One photo does not stand for two defects: told at the shutter, and before it is sent.
    form.evaluate(ONE_MORE)
    other = form.locator("fieldset").nth(1)
    shoot(form, "photos-999", "white")
    expect(other.locator("[data-shots-said]")).to_contain_text("两处病害")
    form.locator("button:not([type=button])").click()
    expect(card.locator(".fault")).to_contain_text("两处病害")
    for left in (1, 0):
        other.locator("[data-remove]").click()
        expect(other.locator(".thumbs img")).to_have_count(left)
    expect(other.locator("[data-shots-said]")).to_be_hidden()
    other.evaluate("(line) => line.remove()")
    with page.expect_navigation():
        form.locator("button:not([type=button])").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    desk = person("supervisor")
    for one in (begun_order, order):
        desk.goto(f"{base}/workorders/{one}")
        desk.locator("details:has(form[action$=void]) > summary").click()
        desk.fill("#void-reason", "并入大修")
        desk.click("form[action$=void] button")
        desk.wait_for_load_state()
    expect(page.locator(".flash")).to_contain_text("有网络")
    back_online(page)
    expect(page.locator("[data-lost]")).to_contain_text(number)
    expect(page.locator("[data-badge]")).to_have_text(
        re.compile(r"^\s*2\s*条未发送\s*1\s*条待您决定\s*$"), use_inner_text=True
    )
    expect(page.locator(".flash")).to_have_count(0)
    page.goto(f"{base}/queue")
    left = page.locator("[data-state=draft]:has-text('退回')")
    expect(left.locator("[data-yours]")).to_contain_text("缺料")
    expect(left.locator("[data-theirs]")).to_contain_text("已不在")
    left.locator("[data-note]").click()
    expect(page.locator("[data-state=sent]")).to_contain_text(re.compile("已到服务器：.*备注.*。"))
    left = page.locator("[data-state=sent] [data-clear]")
    left.click()
    expect(page.locator("[data-state=sent]")).to_have_count(0)
    moved = page.locator(f"[data-state=conflict]:has-text('{number}')")
    # It is asked once, at the step that was overtaken, and the choice holds for those behind it.
    expect(moved.locator("[data-yours]")).to_contain_text(re.compile(r"接单.*开始施工.*完工.*4\.4"))
    expect(moved.locator("[data-visit]")).to_be_visible()
    expect(moved.locator("[data-theirs]")).to_contain_text("作废")
    expect(moved.locator("[data-theirs]")).to_contain_text("并入大修")
    expect(moved.locator("[data-again]")).to_be_hidden()
    visit = [r["id"] for r in kept(page)["records"]]
    hashes = sorted(p["sha256"] for p in kept(page)["photos"])
    moved.locator("[data-drop]").click()
    expect(moved.locator("[data-sure]")).to_be_visible()
    assert [r["id"] for r in kept(page)["records"]] == visit, "dropping asks once more"
    moved.locator("[data-note]").click()
    expect(page.locator("[data-state=sent]:has-text('备注')")).to_have_count(3)
    assert sorted(sha for r in kept(page)["records"] for sha in r["receipt"]["photos"]) == hashes
    desk.reload()
    expect(desk.locator(".timeline")).to_contain_text("4.4 m²")
    expect(desk.locator("figure:has-text('备注照片')")).to_have_count(len(hashes))


# Whether the pictures of the cards are let go of when these are drawn anew.
LET_GO = """async () => {
  const { revokeObjectURL } = URL;
  const gone = new Set();
  URL.revokeObjectURL = (address) => { gone.add(address); revokeObjectURL.call(URL, address); };
  const shown = [...document.querySelectorAll('#order-cards img')].map(({ src }) => src).filter((src) => src.startsWith('blob:'));
  const { get, put } = await import('/static/js/store.js');
  await put('pack', { ...(await get('pack', 'orders')), etag: 'new' });
  dispatchEvent(new CustomEvent('queue-changed'));
  while (document.querySelector(`#order-cards img[src="${shown[0]}"]`)) await new Promise((done) => setTimeout(done, 20));
  return shown.length > 0 && shown.every((address) => gone.has(address));
}"""
# A step on an order that is not among those of this phone waits for a choice.
ELSEWHERE = """async () => {
  const [{ put }, { me }] = [await import('/static/js/store.js'), await import('/static/js/person.js')];
  const row = { id: 'elsewhere', kind: 'step', person: me(), at: 0, turn: 0, number: 'GD-0', title: '完工', state: 'conflict' };
  await put('records', { ...row, thread: `order:0:${me()}`, fields: { order: '0', verb: 'finish' } });
  dispatchEvent(new CustomEvent('queue-changed', { detail: 'elsewhere' }));
}"""


def test_a_verifier_passes_and_fails_without_network_and_does_it_all_the_same(person, base):
    mender = on_phone(person, base, "crew")
    number, card = card_with(mender, "finish")
    order = card.get_attribute("data-order")
    finish(mender, card)
    # One to fail and one to pass.
    good, card = card_with(mender, "finish")
    finish(mender, card)
    back_online(mender)
    expect(mender.locator("[data-badge]")).to_be_hidden(timeout=120_000)
    defect = re.search(r'href="/defects/(\d+)"', mender.request.get(f"{base}/workorders/{order}").text())[1]
    post(mender, base, "additions", {"defect": defect, "note": ""}, jpeg("black", (64, 40)))
    page = on_phone(person, base, "inspector")
    card = page.locator(f"article[data-number={number}]")
    curtain = card.locator(".curtain").first
    expect(curtain).to_have_attribute("aria-valuetext", "修前 50 % · 修后 50 %")
    curtain.press("ArrowRight")
    expect(curtain).to_have_attribute("aria-valuetext", "修前 52 % · 修后 48 %")
    # What is told of another order moves nothing under the hand.
    page.evaluate(ELSEWHERE)
    expect(page.locator("[data-lost] b")).to_contain_text("GD-0")
    expect(curtain).to_be_focused()
    expect(curtain).to_have_attribute("aria-valuetext", "修前 52 % · 修后 48 %")
    page.evaluate("import('/static/js/records.js').then(({ forget }) => forget('elsewhere'))")
    assert page.evaluate(LET_GO)
    card.locator("form[data-verb=fail] .chip:has-text('面积不足')").click()
    press(page, card, "fail")
    expect(card.locator("[data-said]"), "the reason is there at once").to_contain_text("面积不足")
    expect(card.locator("[data-clocks]")).to_contain_text("修复截止")
    passed = page.locator(f"article[data-number={good}]")
    press(page, passed, "pass")
    expect(passed.locator("[data-state]")).to_have_text("已结案")
    desk = person("supervisor")
    desk.goto(f"{base}/workorders/{order}")
    desk.locator("details:has(form[action$=undo]) > summary").click()
    desk.fill("#undo-reason", "重报")
    desk.click("form[action$=undo] button")
    desk.wait_for_load_state()
    crew = person("crew")
    crew.goto(f"{base}/workorders/{order}/finish")
    crew.wait_for_selector("html[data-ready]", state="attached")
    crew.fill("#note", "边缘已补")
    until(crew, BEGUN % "边缘已补")
    crew.goto(f"{base}/workorders/{order}")
    expect(crew.locator("[data-begun]")).to_contain_text("完工")
    expect(crew.locator("[data-badge]")).to_have_text(re.compile(r"1\s*条未填完"), use_inner_text=True)
    crew.goto(f"{base}/workorders/{order}/finish")
    crew.wait_for_selector("html[data-ready]", state="attached")
    expect(crew.locator("#note")).to_have_value("边缘已补")
    crew.click("form[action] .sendbar button, .sendbar button")
    crew.wait_for_url(re.compile(rf"/workorders/{order}$"))
    back_online(page)
    stuck = page.locator(f"#order-{order}")
    expect(stuck.locator("[data-stuck]")).to_contain_text("待您决定")
    expect(stuck.locator("[data-mine]")).to_be_hidden()
    page.goto(f"{base}/queue")
    expect(page.locator("li.item").first).to_have_attribute("data-state", "conflict")
    moved = page.locator(f"[data-state=conflict]:has-text('{number}')")
    expect(moved.locator("[data-yours]")).to_contain_text("面积不足")
    moved.locator("[data-again]").click()
    expect(page.locator("[data-state=sent]")).to_have_count(2)
    desk.reload()
    expect(desk.locator(".head .state").first).to_have_text("返工")


# The measures of the refused step, as the phone keeps them.
MENDED = """async () => {
  const [row] = (await (await import('/static/js/store.js')).all('records')).filter(({ state }) => state === 'refused');
  return Object.entries(row.fields).filter(([name]) => /^m2?-/.test(name)).every(([, value]) => value === '2.5');
}"""
# A photo that comes in while its step is being sent.
TAKEN_MEANWHILE = """(id) => {
  const { fetch } = window;
  window.fetch = async (address, options) => {
    const answer = await fetch(address, options);
    if (!String(address).endsWith('/steps')) return answer;
    sessionStorage.setItem('still', [...document.querySelectorAll('.camera')].every(({ inert }) => inert));
    const canvas = new OffscreenCanvas(64, 48);
    canvas.getContext('2d').fillRect(0, 0, 64, 48);
    await (await import('/static/js/records.js')).keepPhoto(id, await canvas.convertToBlob({ type: 'image/jpeg' }));
    return answer;
  };
}"""
# How often this page has asked what is on order.
ASKED_FOR_ORDERS = (
    """() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/sync/1/orders')).length"""
)
# A later step on the same order, which waits for a choice.
LATER = """async () => {
  const { all, put } = await import('/static/js/store.js');
  const [row] = await all('records');
  await put('records', { ...row, id: 'later', turn: row.turn + 1, state: 'conflict' });
}"""


def test_a_refused_step_keeps_its_photos_and_is_mended(person, base):
    page = on_phone(person, base, "crew")
    number, card = card_with(page, "finish")
    # Nobody is signed in any more.
    page.route("**/sync/1/hello", lambda route: route.fulfill(status=401))
    finish(page, card, "一大块")
    expect(page.locator(".flash")).to_contain_text("登录后继续发送")
    page.unroute("**/sync/1/hello")
    [done] = kept(page)["records"]
    back_online(page)
    page.goto(f"{base}/queue")
    refused = page.locator(f"[data-state=refused]:has-text('{number}')")
    expect(refused).to_contain_text("不是数字")
    expect(refused.locator("[data-theirs]")).to_contain_text("处置中")
    refused.locator("[data-open]").click()
    card = page.locator(f"article[data-number={number}]")
    form = card.locator("form[data-verb=finish]")
    expect(card.locator(".fault")).to_contain_text("不是数字")
    assert form.locator(".thumbs img").count() > 0
    for box in form.locator("fieldset input[inputmode]").all():
        box.fill("2.5")
    page.evaluate(LATER)
    # What is typed to mend it is kept: a phone that ends the page loses none of it.
    until(page, MENDED)
    other = page.context.new_page()
    other.goto(page.url)
    second = other.locator(f"article[data-number={number}] form[data-verb=finish]")
    expect(second.locator("fieldset input[inputmode]").first).to_have_value("2.5")
    expect(other.locator(f"article[data-number={number}] .fault"), "it is refused all the same").to_be_visible()
    for box in second.locator("fieldset input[inputmode]").all():
        box.fill("3.5")
    assert page.evaluate(ASKED_FOR_ORDERS) == 1, "what is on order is asked for once a page"
    page.evaluate(TAKEN_MEANWHILE, done["id"])
    with page.expect_navigation():
        form.locator("button:not([type=button])").click()
    assert page.evaluate("sessionStorage.getItem('still')") == "true", "no camera is opened meanwhile"
    rows = {r["id"]: r for r in kept(page)["records"]}
    assert rows.pop("later")["state"] == "conflict"
    sent = rows.pop(done["id"])
    # What was taken while it was sent is a step that is begun.
    [(begun, left)] = rows.items()
    assert (left["state"], [photo["record"] for photo in kept(page)["photos"]]) == ("draft", [begun])
    assert (sent["state"], sent["fields"]["after"]) == ("sent", ""), "it keeps its place before the later one"
    assert (sent["at"], sent["fields"]["at"]) == (done["at"], done["fields"]["at"]), "mending it is not doing it"
    page.evaluate("import('/static/js/records.js').then(({ forget }) => forget('later'))")
    # What the other tab says besides is a step of its own, and a choice.
    second.locator("button:not([type=button])").click()
    other.wait_for_url("**/queue")
    expect(other.locator(f"[data-state=conflict]:has-text('{number}') [data-yours]")).to_contain_text("3.5 m²")
    assert {r["id"]: r for r in kept(other)["records"]}[sent["id"]] == sent


# What a page tells of a step on an order that is not in the list any more.
LEFT_THE_LIST = {"head": "GD1：", "said": "核查通过", "id": ""}
HERE = {"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8}


def test_cards_are_sorted_by_distance_online_and_open_the_phones_map(person, base):
    page = person("crew")
    page.goto(base)
    page.click("button:has-text('按距离')")
    expect(page.locator("#order-cards [data-distance]:not(:empty)").first).to_be_visible()
    away = page.locator("#order-cards > [data-order]").evaluate_all(
        """(cards) => cards.map((card) => card.querySelector('[data-distance]')?.textContent).filter(Boolean)
          .map((text) => parseFloat(text) * (text.endsWith('km') ? 1000 : 1))"""
    )
    assert len(away) > 1
    assert away == sorted(away)
    assert page.locator("#order-cards a[href^='geo:']").count() > 0
    # A position that comes late takes no card out from under the person.
    near = numbers(page)
    page.evaluate("navigator.geolocation.getCurrentPosition = (told) => { window.tell = told; }")
    page.click("button:has-text('按时限')")
    due = numbers(page)
    # Not the first: that one cannot stay where the end of the page held it down.
    nearer = max(near[1:], key=lambda number: due.index(number) - near.index(number))
    assert due.index(nearer) > near.index(nearer)
    page.click("button:has-text('按距离')")
    link = page.locator(f"[data-number='{nearer}'] h3 a")
    link.focus()
    stood = link.bounding_box()["y"]
    page.evaluate(f"window.tell({{ coords: {json.dumps(HERE)} }})")
    assert numbers(page) == near
    expect(link).to_be_focused()
    assert abs(link.bounding_box()["y"] - stood) < 2
    # A step whose order leaves the list is told at the card that comes after it, in the order that was chosen.
    after = page.locator("#order-cards > [data-order]").last.get_attribute("data-order")
    page.evaluate(
        "(told) => sessionStorage.setItem('told-step', told)", json.dumps(LEFT_THE_LIST | {"near": ["0", after]})
    )
    page.reload()
    page.locator("#order-cards [data-distance]:not(:empty)").first.wait_for()
    expect(page.locator("button:has-text('按距离')")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f".flash + [data-order='{after}']:last-child")).to_be_in_viewport()
    expect(page.locator(".flash")).to_have_text("GD1：核查通过")
    expect(page.locator(".flash")).to_be_in_viewport()


def test_signing_out_takes_the_orders_off_the_phone_and_leaves_the_queue(person, base):
    order = finished(person, base)
    page = on_phone(person, base, "inspector")
    card = page.locator(f"#order-{order}")
    card_number = card.get_attribute("data-number")
    page.evaluate(RENAMED)
    press(page, card, "pass")
    expect(card.locator("[data-crew]")).to_have_text("改名班组（已停用）")
    page.context.set_offline(False)
    page.goto(base)
    until(page, "async () => (await import('/static/js/records.js')).waiting().then((rows) => rows.length === 0)")
    expect(page.locator("[data-badge]")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    kept_pictures = "async () => (await (await import('/static/js/nearby-pack.js')).pictures()).length > 0"
    until(page, kept_pictures)
    page.evaluate("() => document.querySelector(\"form[action$='/logout']\").requestSubmit()")
    page.wait_for_url("**/login**")
    # The key that seals what waits stays with it, where no script can read it.
    left = page.evaluate(
        """async () => Promise.all((await (await import('/static/js/store.js')).all('pack')).map(async ({ name, key }) =>
          [name, await crypto.subtle.exportKey('raw', key).catch(({ name }) => name)]))"""
    )
    assert left == [[f"seal:{page.evaluate('localStorage.person')}", "InvalidAccessError"]]
    assert page.evaluate("[localStorage.place, localStorage.spot]") == [None, None]
    assert [r["number"] for r in kept(page)["records"]] == [card_number]
