"""A whole round in airplane mode: every tick, every find and every photo arrives once, and the phone says so."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.ledger import on_server
from tests.browser.pocket import ready, send, standing, until
from tests.browser.test_offline import kept, once, wanted
from tests.support.cast import jpeg

SHADES = ["dimgray", "gray", "silver", "tan", "olive"]
PHOTOS = [3, 2, 3, 2, 3, 2, 3, 2, 3, 2]
# The shortest section that is due and has a line, with points every 120 m along it.
SHORTEST = """async () => {
  const { get } = await import('/static/js/store.js');
  const { along } = await import('/static/js/metres.js');
  const lines = new Map((await get('pack', 'district')).sections.map((section) => [section.id, section.line]));
  const due = (await get('pack', 'rounds')).due.filter(({ id }) => lines.has(id));
  const long = (line) => along(line, ...line[0]).length;
  const [section] = due.sort((a, b) => long(lines.get(a.id)) - long(lines.get(b.id)));
  const line = lines.get(section.id);
  const points = [line[0]];
  for (let i = 1; i < line.length; i += 1) {
    const count = Math.max(1, Math.ceil(long([line[i - 1], line[i]]) / 120));
    for (let n = 1; n <= count; n += 1) points.push([0, 1].map((k) => line[i - 1][k] + ((line[i][k] - line[i - 1][k]) * n) / count));
  }
  return { id: section.id, name: section.name, other: due[1].name, points };
}"""


def steps(section: int) -> str:
    """How much of a section the phone has seen, as an expression."""
    return f"((await (await import('/static/js/store.js')).get('pack', 'walked'))?.cover[{section}]?.at ?? -1)"


def walk(page, section: dict, points: list) -> None:
    """Stand at one point after the other, each until the phone has taken it or the section is ticked."""
    for lon, lat in points:
        before = page.evaluate(f"async () => {steps(section['id'])}")
        page.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 6})
        ticked = f"document.querySelector('[data-live] li.passed')?.textContent.includes('{section['name']}')"
        until(page, f"async () => {ticked} || {steps(section['id'])} !== {before}")
        if page.evaluate(ticked):
            return


def find(page, base, n: int) -> None:
    """File one defect with its photos on the way; no two photos of the round are alike."""
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    for k in range(PHOTOS[n]):
        shot = jpeg(SHADES[n % 5], (640 + 8 * k, 480 + 8 * n))
        page.set_input_files("#photos", {"name": f"{k}.jpg", "mimeType": "image/jpeg", "buffer": shot})
        expect(page.locator("[data-thumbs] img")).to_have_count(k + 1)
    expect(page.locator("[name=lat]")).not_to_have_value("")
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    page.fill("#area_m2", f"{n + 1}.25")
    send(page)
    page.wait_for_url("**/queue")


# How often the screen is asked to stay on when the page is looked at again.
SEEN_AGAIN = """() => {
  let asked = 0;
  navigator.wakeLock.request = async () => { asked += 1; return { release: async () => null }; };
  document.dispatchEvent(new Event('visibilitychange'));
  return asked;
}"""
# The round's last try met a server on which nobody is signed in any more.
SIGNED_OUT = """async () => {
  const { all, change } = await import('/static/js/store.js');
  const { id } = (await all('records')).find((row) => row.open);
  await change('records', id, { state: 'waiting', why: 'signed out' });
  dispatchEvent(new CustomEvent('queue-changed', { detail: id }));
}"""


# A form that was begun before the round.
BEGUN = """async () => {
  const [{ keepDraft }, { me }] = [await import('/static/js/records.js'), await import('/static/js/person.js')];
  const fields = { note: '先前', round_client_id: '', found_at: '2018-06-30T00:10:00.000Z' };
  await keepDraft({ id: '0e0e0e0e-0000-4000-8000-000000000000', kind: 'filing', person: me(), at: Date.now(), number: '', title: '', fields });
}"""


def go_on_with_what_was_begun_before(page, base) -> None:
    """Take another photo into it: it keeps its moment, and is not of the round."""
    page.evaluate(BEGUN)
    page.goto(f"{base}/defects/new?record=0e0e0e0e-0000-4000-8000-000000000000")
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#note")).to_have_value("先前")
    page.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg("teal")})
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    expect(page.locator("[name=found_at]")).to_have_value("2018-06-30T00:10:00.000Z")
    expect(page.locator("[name=round_client_id]")).to_have_value("")


def the_days_after_without_network(page, base, name: str) -> None:
    """What was passed is due again when the plan says so, three days on; nothing of a day before is done."""
    now = datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)
    row = page.locator("[data-live] li", has_text=name)
    expect(page.locator("[data-ahead]")).to_be_hidden()
    page.context.set_offline(True)
    # The page was left open overnight.
    page.clock.set_system_time(now + timedelta(days=1))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-day]")).to_have_text("2018年7月1日")
    expect(page.locator("[data-ahead]")).to_contain_text("按 2018年6月30日 的计划推算")
    expect(row).to_have_count(0)
    expect(page.locator("[data-live] .tag.passed")).to_have_count(0)
    for days, told in ((3, "的计划推算"), (9, "可能未列出")):
        page.clock.set_system_time(now + timedelta(days=days))
        page.goto(f"{base}/rounds/today")
        expect(page.locator("[data-ahead]")).to_contain_text(told)
        expect(row.locator(".tag")).to_have_text("今日到期" if days == 3 else "漏巡")


def test_a_round_in_airplane_mode_from_start_to_end(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-live]")).to_be_visible()
    section = page.evaluate(SHORTEST)
    half = len(section["points"]) // 2
    page.context.set_offline(True)

    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-live] [data-list] li").first).to_be_visible()
    page.click("[data-do=start]")
    expect(page.locator("[data-state]").first).to_have_text("巡查中")
    assert page.evaluate(SEEN_AGAIN) == 1
    by_hand = page.locator("[data-live] [data-list] summary").first
    with standing(page):
        by_hand.focus()
        page.evaluate(SIGNED_OUT)
        expect(page.locator("[data-safe] a[href^='/login?next=']")).to_have_text("登录")
        expect(by_hand).to_be_focused()
        expect(page.locator("[data-badge]")).to_have_text(re.compile(r"1\s*条待登录后发送"), use_inner_text=True)
    walk(page, section, section["points"][:half])
    go_on_with_what_was_begun_before(page, base)
    for n in range(5):
        find(page, base, n)
    page.evaluate(
        "import('/static/js/records.js').then(({ forget }) => forget('0e0e0e0e-0000-4000-8000-000000000000'))"
    )
    page.click("text=今日巡查 >> nth=-1")
    # The phone is switched off and on again.
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-finds]")).to_have_text("5")
    walk(page, section, section["points"][half:])
    expect(page.locator("[data-live] li.passed")).to_contain_text(section["name"])
    # Another tab on the same round knows what this one does, and writes over none of it.
    tab = context.new_page()
    tab.goto(f"{base}/rounds/today")
    expect(tab.locator("[data-live] li.passed")).to_have_count(1)
    hand = page.locator("[data-live] li", has_text=section["other"])
    hand.locator("summary").click()
    hand.locator("input").fill("道路封闭，绕行查看")
    hand.locator("form button").click()
    expect(page.locator("[data-live] li.passed")).to_have_count(2)
    tab.click("[data-do=pause]")
    page.click("[data-do=resume]")
    expect(tab.locator("[data-do=pause]")).to_be_visible()
    tab.close()
    page.reload()
    expect(page.locator("[data-live] li.passed")).to_have_count(2)
    for n in range(5, 10):
        find(page, base, n)

    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-finds]")).to_have_text("10")
    # Ended in the middle of a pause, by a clock that has moved on whenever it is looked at.
    page.evaluate("() => { const now = Date.now; let looks = 0; Date.now = () => now() + (looks += 1); }")
    page.click("[data-do=pause]")
    page.click("[data-ending] summary")
    page.select_option("#live-weather", "cloudy")
    page.fill("#live-note", "路面平整")
    page.click("[data-do=end]")
    expect(page.locator("[data-state]").first).to_have_text("已结束")
    expect(page.locator("[data-safe]")).to_contain_text("在本手机上")
    held = kept(page)
    assert len(held["photos"]) == sum(PHOTOS) == 25
    hashes = wanted(page)
    assert len({sha for row in hashes.values() for sha in row}) == 25
    # What is found from now on is found on no round.
    [ended] = [record["id"] for record in held["records"] if record.get("kind") == "round"]
    tab = context.new_page()
    tab.goto(f"{base}/queue")
    expect(tab.locator("[data-module=next]")).to_have_attribute("href", re.compile("section="))
    assert "round=" not in tab.locator("[data-module=next]").get_attribute("href")
    tab.goto(f"{base}/defects/new?round={ended}")
    tab.wait_for_selector("html[data-ready]", state="attached")
    expect(tab.locator("[name=round_client_id]")).to_have_value("")
    tab.close()

    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-badge]")).to_be_hidden(timeout=180_000)
    expect(page.locator("[data-safe]")).to_contain_text(re.compile("XC2018"))
    expect(page.locator("[data-elapsed]")).to_have_text(re.compile(r"^0:\d\d$"))
    after = kept(page)
    assert {r["state"] for r in after["records"]} == {"sent"}
    [walked] = [r for r in after["records"] if r.get("kind") == "round"]
    finds = [r for r in after["records"] if r is not walked]
    numbers = {r["receipt"]["number"] for r in finds}
    assert len(numbers) == 10
    assert {r["id"]: sorted(r["receipt"]["photos"]) for r in after["records"]} == hashes, "each photo, bit for bit"
    assert after["photos"] == []
    found = {r["id"]: hashes[r["id"]] for r in finds}
    assert on_server(base.instance, list(found)) == once(found)
    page.goto(base + walked["receipt"]["url"])
    text = page.inner_text("main")
    assert set(re.findall(r"BH\d{8}-\d{4}", text)) == numbers, "each find once, and hanging on the round"
    for word in (section["name"], "定位登记", section["other"], "道路封闭，绕行查看", "多云", "路面平整"):
        assert word in text, word
    # What was walked today does not look like what is still due.
    page.goto(f"{base}/rounds/today")
    tag = page.locator("[data-live] li", has_text=section["name"]).locator(".tag")
    expect(tag).to_have_text("今日已巡")
    expect(tag).to_have_class("tag passed")
    passed = page.locator("[data-live] li .tag.passed").count()
    expect(page.locator("[data-count]")).to_have_text(re.compile(f"^{passed} / "))
    the_days_after_without_network(page, base, section["name"])


# What a page that is older, or a hand in the store, may have made of the round: a tick by hand that says no reason.
SPOIL = """async (name) => {
  const { all, change } = await import('/static/js/store.js');
  const round = (await all('records')).find((row) => row.open);
  const ticks = round.fields.ticks.map((tick) => ({ ...tick, reason: '' }));
  await change('records', round.id, { fields: { ...round.fields, ticks }, state: 'refused', faults: { '': ['x'] } });
}"""


def numbers_of(page, base) -> set[str]:
    """The rounds that the server has."""
    return set(re.findall(r"XC\d{8}-\d{4}", page.request.get(f"{base}/rounds").text()))


def test_a_round_begun_by_the_plain_form_goes_on_without_network_and_is_mended_where_it_is_refused(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    before = numbers_of(page, base)
    page.goto(f"{base}/rounds/today")
    page.wait_for_selector("html[data-ready]", state="attached")
    # The button was pressed before the script was there.
    with page.expect_navigation():
        page.evaluate("() => document.querySelector(\"[data-plain] form[action$='/start']\").submit()")
    page.wait_for_selector("html[data-ready]", state="attached")
    # Where the server told of it later than is waited for, the plain page stands until it is opened again.
    if page.locator("[data-live]").is_hidden():
        page.reload()
    expect(page.locator("[data-live]")).to_be_visible()
    # The demo's clock says another year than this browser's: what lies between them is no time walked.
    expect(page.locator("[data-elapsed]")).to_have_text(re.compile(r"^开始时间 6月30日 \d\d:\d\d$"))
    number = page.inner_text("[data-number]")
    assert numbers_of(page, base) - before == {number}
    # At another device the person is asked.
    desk = person("inspector")
    desk.goto(f"{base}/rounds/today")
    desk.wait_for_selector("html[data-ready]", state="attached")
    expect(desk.locator("[data-takeover]")).to_contain_text(number)
    expect(desk.locator("[data-live]")).to_be_hidden()

    # A network that hangs stands before no round.
    page.context.route("**/sync/1/rounds/today", lambda _: None)
    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-number]")).to_have_text(number)
    page.context.unroute_all()
    page.context.set_offline(True)
    page.goto(f"{base}/rounds/today")
    expect(page.locator("[data-number]")).to_have_text(number)
    hand = page.locator("[data-live] [data-list] li").first
    name = hand.locator("[data-name]").inner_text()
    hand.locator("summary").click()
    hand.locator("input").fill("道路封闭")
    hand.locator("form button").click()
    expect(page.locator("[data-live] li.passed")).to_have_count(1)
    with standing(page):
        page.evaluate(SPOIL)
    page.reload()
    page.click("[data-ending] summary")
    page.evaluate("() => { document.querySelector('#live-note').value = '长'.repeat(2001); }")
    page.click("[data-do=end]")
    expect(page.locator("[data-state]").first).to_have_text("已结束")
    page.context.set_offline(False)
    page.goto(f"{base}/queue")
    page.click("[data-state=refused] [data-open]")
    mend = page.locator("[data-mend]")
    expect(mend).to_contain_text("2000")
    mend.locator("textarea").fill("路面平整")
    mend.locator("button").click()
    expect(mend.locator("[data-what]")).to_have_text(name)
    mend.locator("[name=leave]").check()
    mend.locator("button").click()
    expect(mend).to_be_hidden()
    expect(page.locator("[data-safe]")).to_contain_text(number)
    expect(page.locator("[data-out]")).to_contain_text(name)
    assert numbers_of(page, base) - before == {number}, "one round, on the phone and on the server"
    [walked] = [r for r in kept(page)["records"] if r.get("kind") == "round"]
    assert [tick["reason"] for tick in walked["fields"]["left"]] == [""], "what is left out is not thrown away"
    page.goto(base + walked["receipt"]["url"])
    text = page.inner_text("main")
    assert "路面平整" in text
    assert name not in text
