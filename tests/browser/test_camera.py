"""At the place: before and after by a slider, verifying in two taps."""

import re

from playwright.sync_api import expect

from tests.browser.pocket import add_photo, finished, ready, receipt, send, shot, until
from tests.browser.test_axe import WHOLE, faults_of

WITH_PICTURE = """async () => {
  const row = await (await import('/static/js/store.js')).get('pack', 'orders');
  const order = row?.orders?.find(({ id }) => id === ORDER);
  return order && order.lines.some(({ photos }) => photos.some(({ id }) => row.pictures[id]));
}"""
KEPT_PHOTOS = """async () => (await (await import('/static/js/store.js')).all('photos'))
  .map(({ blob }) => [blob.type, blob.size > 2000])"""


def test_before_and_after_move_by_keyboard_and_an_order_fails_with_its_reason_in_two_taps(person, base):
    page = person("inspector")
    order = f"{base}/workorders/{finished(person, base)}"
    page.goto(order)
    add_photo(page, "dimgray")
    page.goto(order)
    page.locator("html[data-ready]").wait_for(state="attached")
    number = page.locator("h1").inner_text().split(" ")[0]
    curtain = page.locator("input.curtain")
    expect(curtain).to_have_attribute("aria-valuetext", "修前 50 % · 修后 50 %")
    curtain.focus()
    page.keyboard.press("ArrowRight")
    expect(curtain).to_have_attribute("aria-valuetext", "修前 52 % · 修后 48 %")
    page.keyboard.press("End")
    assert page.evaluate("getComputedStyle(document.querySelector('.later img')).clipPath") == "inset(0px 0px 0px 100%)"
    expect(page.locator(".compare img").first).to_have_attribute("src", re.compile(r"/photos/\d+/full$"))
    page.click("[data-both]")
    expect(curtain).to_be_hidden()
    edges = page.evaluate("[...document.querySelectorAll('.compare img')].map((i) => i.getBoundingClientRect().left)")
    assert edges[1] - edges[0] > 100, "side by side"

    page.click("text=面积不足")
    expect(page.locator("#fail-reason")).to_have_value("面积不足")
    page.click("text=核查不通过")
    expect(page.locator(".flash")).to_contain_text(number)
    expect(page.locator(".head .note.warning").first).to_contain_text("返工：面积不足")


def test_the_earlier_photo_lies_over_the_camera_and_the_shot_goes_into_the_plain_form(person, base):
    page = person("crew")
    page.goto(base)
    finish = base + page.locator("a[href$='/finish']").first.get_attribute("href")
    page.goto(finish.removesuffix("/finish"))
    add_photo(page, "dimgray")
    page.goto(finish)
    page.locator("html[data-ready]").wait_for(state="attached")
    page.click("text=对照修前照片拍摄")
    expect(page.locator("[data-refused]")).to_be_visible()
    expect(page.locator("#ghost-view")).to_be_hidden()

    page.context.grant_permissions(["geolocation", "camera"])
    page.click("text=对照修前照片拍摄")
    expect(page.locator("[data-refused]")).to_be_hidden()
    ghost = page.locator("#ghost-view img")
    expect(ghost).to_have_css("opacity", "0.35")
    # The picture that comes takes the focus to the shutter.
    expect(page.locator("[data-shutter]")).to_be_enabled()
    page.locator("#ghost-strength").focus()
    page.keyboard.press("ArrowRight")
    expect(ghost).to_have_css("opacity", "0.4")
    assert faults_of(page, WHOLE) == []
    page.click("[data-shutter]")
    expect(page.locator("[data-taken] img")).to_be_visible()
    expect(page.locator(".thumbs [data-sha]")).to_have_count(1)
    assert page.evaluate(KEPT_PHOTOS) == [["image/jpeg", True]]
    assert page.evaluate("document.querySelector('video').srcObject") is None, "the camera is let go"
    page.fill("[name^=m2-]", "2.5")
    page.click("text=报告完工")
    expect(page.locator(".flash")).to_be_visible()
    expect(page.locator(".compare .later img")).to_be_visible()


def test_without_network_the_earlier_photo_lies_over_the_camera_just_the_same(person, base):
    page = person("crew", lossy=True)
    page.context.grant_permissions(["geolocation", "camera"])
    ready(page, base)
    page.goto(base)
    order = page.locator("a[href$='/finish']").last.get_attribute("href").split("/")[-2]
    page.goto(f"{base}/workorders/{order}")
    add_photo(page, "olive")
    page.goto(base)
    until(page, WITH_PICTURE.replace("ORDER", order))
    page.context.set_offline(True)
    page.goto(base)
    form = page.locator(f"#order-{order} form[data-verb=finish]")
    page.locator("html[data-ready]").wait_for(state="attached")
    page.locator(f"#order-{order} details:has(form[data-verb=finish]) > summary").click()
    form.locator("[data-live] button").click()
    expect(page.locator("#ghost-view img")).to_have_css("opacity", "0.35")
    page.click("[data-shutter]")
    expect(form.locator("[data-taken] img")).to_be_visible()
    expect(form.locator(".thumbs img")).to_have_count(1)


def test_a_marked_photo_is_kept_beside_its_original_and_both_arrive(person, base):
    page = person("inspector")
    page.goto(f"{base}/defects/new")
    page.locator("html[data-ready]").wait_for(state="attached")
    page.set_input_files("#photos", shot("slategray", (800, 600)))
    page.click(".mark")
    expect(page.locator("[data-keep]")).to_be_disabled()
    page.click("#markup label:has-text('长度')")
    page.locator("#markup summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-point='1']")).to_have_text("终点 60 · 50")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-point='1']")).to_have_text("终点 65 · 51")
    page.keyboard.press("Tab")
    page.keyboard.type("1.2")
    page.click("#markup label:has-text('箭头')")
    page.click("[data-add]")
    page.locator("[data-remove]").nth(1).click()
    expect(page.locator("#markup li")).to_have_count(1)
    assert faults_of(page, WHOLE) == []
    page.click("[data-keep]")
    # Chromium writes JPEG when it is idle.
    expect(page.locator("[data-thumbs] img")).to_have_count(2)
    expect(page.locator("label[for=photos]")).to_have_text("拍照 · 2")
    expect(page.locator(".mark").first).to_be_focused()

    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('拥包')")
    page.fill("#area_m2", "1.5")
    send(page)
    receipt(page)
    page.click("text=打开这处病害")
    expect(page.locator("main .photos img")).to_have_count(2)


# Two voice notes of ten years ago: of a form that is begun and waits on the phone, and of one that is nowhere.
LEFT_LONG_AGO = """async () => {
  const { put } = await import('/static/js/store.js');
  const row = { person: 0, at: 0, number: '', title: '', state: 'draft', fields: {} };
  await put('records', { ...row, id: 'form', kind: 'filing' });
  await put('records', { ...row, id: 'begun', kind: 'voice', fields: { filing: 'form' } });
  await put('records', { ...row, id: 'lost', kind: 'voice', fields: { filing: 'nowhere' } });
}"""
# However late it is looked at: some seconds of the minute have gone, and so long is what was said.
SPEAKING, LONG = re.compile(r"^0:(0[1-9]|[1-5]\d) / 1:00$"), re.compile(r"^0:(0[1-9]|[1-5]\d)$")
NOTES = """async () => (await (await import('/static/js/store.js')).all('records'))
  .filter(({ kind }) => kind === 'voice').map(({ id }) => id)"""


HEARD = """async () => {
  const player = document.querySelector('PLAYER');
  player.muted = true;
  const moved = new Promise((done) => { player.ontimeupdate = () => player.currentTime > 0 && done(); });
  await player.play();
  await moved;
  return player.error === null && player.currentTime > 0;
}"""
# Tells where a voice note is kept in another transaction than the record that names it.
NAMELESS = """() => {
  const { put } = IDBObjectStore.prototype;
  const named = new WeakSet();
  IDBObjectStore.prototype.put = function keep(row) {
    if (row.kind === 'voice') named.add(this.transaction);
    if (row.door === 'voices' && !row.sent && !named.has(this.transaction)) sessionStorage.setItem('nameless', row.key);
    return put.call(this, row);
  };
}"""


def test_a_voice_note_follows_its_filing_and_plays_on_the_page_of_the_defect(person, base):
    page = person("inspector")
    page.context.grant_permissions(["geolocation", "microphone"])
    page.goto(f"{base}/defects/new")
    page.locator("html[data-ready]").wait_for(state="attached")
    page.evaluate(LEFT_LONG_AGO)
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    until(page, f"async () => (await ({NOTES})()).join() === 'begun'")
    page.evaluate(
        "async () => { for (const id of ['form', 'begun']) await (await import('/static/js/records.js')).forget(id); }"
    )
    # A form on which something was only said is gone on with, and it is heard there again.
    page.click("text=录语音备注")
    expect(page.locator("[data-time]")).to_have_text(SPEAKING)
    page.click("text=停止")
    expect(page.locator("[data-made]")).to_be_visible()
    page.goto(f"{base}/defects/new")
    page.click("[data-module=draft] a")
    page.click("[data-state=draft] [data-open]")
    expect(page.locator("[data-length]")).to_have_text(LONG)
    assert page.evaluate(HEARD.replace("PLAYER", "[data-made] audio"))
    page.evaluate(NAMELESS)
    page.set_input_files("#photos", shot("tan", (800, 600)))
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('车辙')")
    page.fill("#area_m2", "2.5")
    page.click("text=重新录制")
    expect(page.locator("[data-time]")).to_have_text(SPEAKING)
    send(page)
    receipt(page)
    until(
        page,
        """async () => {
      const { all } = await import('/static/js/store.js');
      return (await all('records')).every(({ state }) => state === 'sent');
    }""",
    )
    assert page.evaluate("sessionStorage.getItem('nameless')") is None
    page.click("text=打开这处病害")
    page.locator("figure audio").wait_for()
    assert page.evaluate(HEARD.replace("PLAYER", "figure audio"))
    expect(page.locator("figure", has_text="巡查员").locator("audio + b")).to_have_text(LONG)

    page.click("summary:has-text('补充语音')")
    page.click("text=录语音备注")
    expect(page.locator("[data-time]")).to_have_text(SPEAKING)
    page.click("text=停止")
    expect(page.locator("[data-made]")).to_be_visible()
    expect(page.locator("[data-length]")).to_have_text(LONG)
    page.click("details[open] button:has-text('补充语音')")
    expect(page.locator(".flash")).to_have_text("语音备注已添加。")
    expect(page.locator("main figure audio")).to_have_count(2)
