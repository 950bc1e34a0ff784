"""Capture in the street: position with its exactness, sizes by thumb, what the phone remembers, and how few taps it takes."""

import io
import os
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.pocket import another, ready, receipt, send, until
from tests.support import live
from tests.support.cast import jpeg

HERE = {"longitude": 113.62148, "latitude": 34.75014}
METRE = 1 / 111320


def opened(page, base, accuracy: float = 8, **at):
    """The form, with the phone somewhere; its photo is taken."""
    page.context.set_geolocation({**HERE, **at, "accuracy": accuracy})
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def shoot(page, shot: bytes = b"") -> None:
    """Press the shutter."""
    shot = shot or jpeg("dimgray", (640, 480))
    before = page.locator("[data-thumbs] img").count()
    page.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": shot})
    expect(page.locator("[data-thumbs] img")).to_have_count(before + 1)


def value(page, name: str) -> str:
    return page.locator(f"[name={name}]").input_value()


def circle_m(page) -> float:
    """The radius of the circle on the map, in metres by the map's own scale."""
    line = page.locator(".leaflet-control-scale-line")
    length, unit = re.fullmatch(r"(\d+) (k?m)", line.inner_text()).groups()
    per_px = float(length) * (1000 if unit == "km" else 1) / line.bounding_box()["width"]
    return page.locator("path.exactness").bounding_box()["width"] / 2 * per_px


def test_exactness_is_told_in_words_and_drawn_as_a_circle(person, base):
    page = person("inspector")
    for accuracy, written, words in ((8, "±8 m", "良好"), (30, "±30 m", "一般"), (3000, "±3.0 km", "误差大")):
        opened(page, base, accuracy)
        expect(page.locator("[data-fix]")).to_contain_text(words)
        shoot(page)
        expect(page.locator("[data-fix]")).to_contain_text(written)
        expect(page.locator("path.exactness")).to_be_visible()
        assert circle_m(page) == pytest.approx(accuracy, rel=0.15)
        expect(page.locator("[data-sure]")).to_be_visible(visible=accuracy > 50)
        if accuracy <= 50:
            expect(page.locator("#section_id")).not_to_have_value("")
        else:
            assert value(page, "section_id") == "", "a road is not guessed from 3 km away"


def test_a_first_fix_of_three_kilometres_is_never_taken_silently(person, base):
    page = opened(person("inspector"), base, 3000)
    shoot(page, jpeg("olive", (640, 480)))
    page.select_option("#section_id", index=1)
    page.click("label:has-text('人行道')")
    page.click(".types.sidewalk label:has-text('裂缝')")
    page.fill("#area_m2", "1")
    page.click(".sendbar button")
    expect(page.locator("#sure input")).to_be_focused()
    expect(page.locator("#sure-why")).to_be_visible()
    assert "/defects/new" in page.url
    # A better fix soon after the shutter mends it by itself …
    page.context.set_geolocation({**HERE, "accuracy": 6})
    expect(page.locator("[data-fix]")).to_contain_text("±6 m")
    expect(page.locator("[data-sure]")).to_be_hidden()
    # … and where none comes, the person says so.
    page = opened(person("inspector"), base, 3000)
    shoot(page, jpeg("teal", (640, 480)))
    page.select_option("#section_id", index=1)
    page.click("label:has-text('人行道')")
    page.click(".types.sidewalk label:has-text('裂缝')")
    page.fill("#area_m2", "1")
    page.check("#sure input")
    send(page)
    receipt(page)


def test_the_pin_is_moved_by_keyboard_and_its_place_is_said(person, base):
    page = opened(person("inspector"), base, 3000)
    shoot(page)
    pin = page.locator(".pin")
    pin.focus()
    assert "方向键" in pin.get_attribute("aria-label")
    lat, lon = float(value(page, "lat")), float(value(page, "lon"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    assert (float(value(page, "lat")) - lat) / METRE == pytest.approx(1, abs=0.05)
    assert (float(value(page, "lon")) - lon) / METRE == pytest.approx(10 / 0.8216, abs=0.1)
    assert (value(page, "position_source"), value(page, "accuracy_m")) == ("map", "")
    expect(page.locator("[data-fix]")).to_contain_text("图钉：")
    expect(page.locator("[data-fix]")).to_contain_text("嵩山路")
    expect(page.locator("[data-sure]")).to_be_hidden()
    expect(page.locator("path.exactness")).to_have_count(0)
    outline = pin.evaluate("(node) => getComputedStyle(node).outlineStyle")
    assert outline == "solid", "one sees where the keyboard is"
    # A thumb drags it; to the east and a little to the north.
    before = [float(value(page, name)) for name in ("lon", "lat")]
    box = pin.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 10, steps=4)
    page.mouse.move(x + 60, y - 20, steps=4)
    page.mouse.up()
    expect(page.locator("[name=lon]")).not_to_have_value(f"{before[0]:.7f}")
    east, north = (float(value(page, name)) - was for name, was in zip(("lon", "lat"), before, strict=True))
    assert east * 0.8216 / north == pytest.approx(3, rel=0.15), "as far as it was dragged"
    assert value(page, "position_source") == "map"


# The phone's receiver says nothing more by itself; what it is asked for anew comes by hand.
SILENT = """() => { navigator.geolocation.watchPosition = (done) => { window.fix = done; return 1; }; }"""
# Send waits for a new fix for as long as this test takes to tell of one.
PATIENT = """() => {
  const { setTimeout } = window;
  window.setTimeout = (work, ms, ...said) => setTimeout(work, ms === PATIENCE ? 60000 : ms, ...said);
}""".replace("PATIENCE", re.search(r"PATIENCE_MS = (\d+);", (live.ROOT / "static/js/receiver.js").read_text())[1])
FIX = """([latitude, longitude]) => window.fix({ coords: { latitude, longitude, accuracy: 5 }, timestamp: 0 })"""


def old_fix(page, base) -> None:
    """The form, with a fix of ten minutes ago."""
    opened(page, base)
    expect(page.locator("[data-fix]")).to_contain_text("±8 m")
    page.evaluate(SILENT)
    page.clock.set_system_time(page.evaluate("Date.now()") / 1000 + 600)
    page.evaluate(PATIENT)


def test_who_walked_on_says_which_position_counts_and_a_fix_of_before_counts_for_nothing(person, base):
    page = opened(person("inspector"), base)
    shoot(page)
    expect(page.locator("[name=lat]")).not_to_have_value("")
    at_photo = value(page, "lat")
    page.context.set_geolocation({**HERE, "latitude": HERE["latitude"] + 10 * METRE, "accuracy": 5})
    expect(page.locator("[data-choice]")).to_be_hidden()
    page.context.set_geolocation({**HERE, "latitude": HERE["latitude"] + 24 * METRE, "accuracy": 5})
    expect(page.locator("[data-choice]")).to_contain_text("24 m")
    assert value(page, "lat") == at_photo, "the photo's place, until somebody says otherwise"
    page.click("[data-place=now]")
    assert (float(value(page, "lat")) - float(at_photo)) / METRE == pytest.approx(24, abs=0.1)
    expect(page.locator("[data-place=now]")).to_have_attribute("aria-pressed", "true")
    page.click("[data-place=shot]")
    assert value(page, "lat") == at_photo
    # Who looks again in vain is told what stands.
    page.context.set_geolocation(None)
    page.click("[data-take]")
    expect(page.locator("[data-fix]")).to_have_text("未取得新位置，仍为：±8 m · 良好")
    assert value(page, "lat") == at_photo
    # At the shutter …
    old_fix(page, base)
    shoot(page)
    expect(page.locator("[data-fix]")).to_have_text("正在定位…")
    assert (value(page, "lat"), value(page, "section_id")) == ("", ""), "where somebody was ten minutes ago"
    page.evaluate(FIX, [34.76, 113.63])
    expect(page.locator("[data-fix]")).to_contain_text("±5 m")
    assert (float(value(page, "lat")), value(page, "position_source")) == (34.76, "gps")
    # … at Send, which waits a moment for it …
    old_fix(page, base)
    page.click(".sendbar button")
    expect(page.locator("[data-fix]")).to_have_text("正在定位…")
    page.evaluate(FIX, [34.76, 113.63])
    expect(page.locator(".fault")).to_contain_text("请选择病害类型")
    assert float(value(page, "lat")) == 34.76
    # … and where there is none any more.
    old_fix(page, base)
    page.context.set_geolocation(None)
    expect(page.locator("[data-fix]")).to_contain_text("没有定位")
    shoot(page)
    assert value(page, "lat") == ""


def placed(lon: float, lat: float) -> bytes:
    """A photo that knows where it was taken."""
    whole = Image.Exif()
    parts = [(int(v), int(v % 1 * 60), round(v * 60 % 1 * 60, 4)) for v in (lat, lon)]
    whole[0x8825] = {1: "N", 2: parts[0], 3: "E", 4: parts[1]}
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "navy").save(out, "JPEG", exif=whole)
    return out.getvalue()


def test_the_photos_own_position_is_offered_and_taken_where_there_is_no_other(person, base, tmp_path):
    page = opened(person("inspector"), base)
    earlier = tmp_path / "earlier.jpg"
    earlier.write_bytes(placed(HERE["longitude"], HERE["latitude"] + 40 * METRE))
    os.utime(earlier, (1e9, 1e9))
    page.set_input_files("#photos", earlier)
    expect(page.locator("[data-choice]")).to_contain_text("40 m")
    page.click("[data-place=exif]")
    assert value(page, "position_source") == "photo"
    page.context.clear_permissions()
    page.goto(f"{base}/defects/new")
    expect(page.locator("[data-fix]")).to_contain_text("没有定位")
    shoot(page, placed(HERE["longitude"], HERE["latitude"]))
    expect(page.locator("[data-fix]")).to_contain_text("位置取自照片信息")
    assert float(value(page, "lat")) == pytest.approx(HERE["latitude"], abs=2e-6)


# How far a place is from a section, in metres.
OFF = """async ([id, lon, lat]) => {
  const [{ get }, { along }] = [await import('/static/js/store.js'), await import('/static/js/metres.js')];
  return along((await get('pack', 'district')).sections.find((section) => section.id === id).line, lon, lat).off;
}"""


# The type that stands last was filed most often from this phone.
OFTEN = """async () => {
  const { change } = await import('/static/js/store.js');
  const [last] = [...document.querySelectorAll('.types.carriageway > .choices input')].slice(-1);
  await change('pack', 'district', { used: { [last.value]: 99 } });
  return last.value;
}"""
# Somebody chooses the surface before the scripts of the form are there.
QUICK = """document.addEventListener('readystatechange', () => {
  document.querySelector('input[name=surface][value=carriageway]').click();
}, { once: true });"""


def test_without_a_position_road_and_section_lead_there_and_the_map_opens_by_hand(person, base):
    page = person("inspector", lossy=True)
    ready(page, base)
    page.context.set_offline(True)
    page.context.clear_permissions()
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    whole = page.locator("#section_id option").count()
    page.select_option("#road", "嵩山路")
    fitting = page.locator("#section_id option").all_inner_texts()
    assert 1 < len(fitting) < whole
    assert all("嵩山路" in text for text in fitting[1:])
    page.select_option("#section_id", index=1)
    page.click("[data-open]")
    pin = page.locator(".pin.not-set")
    expect(pin).to_be_visible()
    assert value(page, "lat") == "", "a pin that nobody set is no position"
    length, unit = page.locator(".leaflet-control-scale-line").inner_text().split()
    assert (int(length) <= 100, unit) == (True, "m"), "near enough to tell one house from the next"
    pin.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pin.not-set")).to_have_count(0)
    expect(page.locator("[name=lat]")).not_to_have_value("")
    expect(page.locator("[data-fix]")).to_contain_text("嵩山路")
    place = [float(value(page, name)) for name in ("lon", "lat")]
    assert page.evaluate(OFF, [int(value(page, "section_id")), *place]) < 5, "it opened on the section that was chosen"
    expect(page.locator(".road-name").nth(5), "the district's own lines, without network").to_be_attached()
    # What somebody files most stands first, but does not come under the hand of who has chosen the surface already.
    often = page.evaluate(OFTEN)
    first = page.locator(".types.carriageway > .choices input").first
    page.goto(f"{base}/defects/new")
    expect(first).to_have_value(often)
    page.add_init_script(QUICK)
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator(".types.carriageway")).to_be_visible()
    expect(first).not_to_have_value(often)


def test_sizes_by_thumb_are_exact(person, base):
    page = opened(person("inspector"), base)
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    minus, plus = (page.locator(f".stepper:has(#length_m) .step >> nth={n}") for n in (0, 1))
    expect(plus).to_have_attribute("aria-label", "长度 加")
    page.click(".stepper:has(#width_m) .step >> nth=1")
    for _turn in range(3):
        plus.click()
    assert (value(page, "length_m"), value(page, "width_m"), value(page, "area_m2")) == ("0.3", "0.1", "0.03")
    for _turn in range(9):
        plus.click()
    assert value(page, "length_m") == "2"
    minus.click()
    assert value(page, "length_m") == "1.5"
    page.fill("#length_m", "１.００５")
    page.fill("#width_m", "1")
    assert value(page, "area_m2") == "1.01", "half up, as on the server"
    page.click("[data-presets] >> text=0.5 × 0.5 m")
    assert (value(page, "length_m"), value(page, "area_m2")) == ("0.5", "0.25")
    expect(page.locator("[data-result]")).to_have_text("= 0.25 m²")
    # On a form that is gone on with the area goes on following.
    begun = value(page, "client_id")
    until(
        page,
        f"async () => (await (await import('/static/js/store.js')).get('records', '{begun}')).fields.area_m2 === '0.25'",
    )
    page.goto(f"{base}/defects/new?record={begun}")
    expect(page.locator("[data-presets] .chip").first).to_be_visible()
    page.fill("#length_m", "3")
    assert value(page, "area_m2") == "1.5"
    page.click(".types.carriageway label:has-text('路框差') >> nth=0")
    page.click("[data-presets] >> text='× 2'")
    assert value(page, "area_m2") == "2"
    for button in page.locator(".stepper .step, [data-presets] .chip").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44


def test_a_size_too_large_to_be_true_is_asked_about_at_send_and_not_offered_again(person, base):
    page = opened(person("inspector"), base)
    shoot(page, jpeg("wheat", (640, 480)))
    expect(page.locator("#section_id")).not_to_have_value("")
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('剥落')")
    page.fill("#length_m", "200")
    page.fill("#width_m", "150")
    page.locator(".stepper:has(#width_m) .step").first.wait_for()
    page.locator(".sendbar button").last.click()
    expect(page.locator("[data-large] b")).to_have_text("200 × 150 m = 30000 m²")
    expect(page.locator("[data-large] input")).to_be_focused()
    page.fill("#width_m", "1.5")
    expect(page.locator("[data-large]")).to_be_hidden()
    page.locator("#width_m").fill("2")
    page.locator(".sendbar button").last.click()
    page.locator("[data-large] input").check()
    send(page)
    receipt(page)
    ready(page, base)
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('剥落')")
    expect(page.locator("[data-presets] .chip")).not_to_have_count(0)
    expect(page.locator("[data-presets] .chip", has_text="上次")).to_have_count(0)


def held(page, asked: list, count: int) -> None:
    """Wait until so many requests are held back."""
    while len(asked) < count:
        page.evaluate("() => new Promise(requestAnimationFrame)")


def test_what_is_typed_while_a_script_comes_is_not_lost(person, base):
    # A worker would bring the scripts itself.
    page = opened(person("inspector", service_workers="block"), base)
    asked = []
    for script in ("size", "habit"):
        page.route(f"**/js/{script}.js", lambda route: asked.append(route))
    page.click("label:has-text('车行道')")
    page.click(".types.carriageway label:has-text('坑槽')")
    page.locator("#length_m").press_sequentially("2")
    held(page, asked, 1)
    asked[0].continue_()
    page.locator(".stepper:has(#length_m) .step").first.wait_for()
    page.keyboard.type(".5")
    expect(page.locator("[data-presets]")).to_be_hidden()
    page.fill("#width_m", "2")
    assert (value(page, "length_m"), value(page, "area_m2")) == ("2.5", "5")
    # Nor does a form that is gone on with lose what it was: there is one, with both.
    drafts = "(await (await import('/static/js/store.js')).all('records'))"
    until(page, f"async () => {drafts}[0]?.fields.area_m2 === '5'")
    begun = value(page, "client_id")
    page.goto(f"{base}/defects/new?record={begun}", wait_until="commit")
    page.locator("#place").press_sequentially("桥下")
    until(page, f"async () => (await import('/static/js/draft.js')) && {drafts}.length === 1")
    held(page, asked, 2)
    asked[1].continue_()
    expect(page.locator("#width_m")).to_have_value("2")
    expect(page.locator("#place")).to_have_value("桥下")
    page.fill("#note", "积水")
    until(page, f"async () => {drafts}[0].fields.note === '积水'")
    [kept] = page.evaluate(f"async () => {drafts}.map(({{ id, fields }}) => [id, fields.place, fields.area_m2])")
    assert kept == [begun, "桥下", "5"]


def test_the_next_defect_keeps_section_and_surface_and_the_phone_remembers(person, base):
    page = opened(person("inspector"), base)
    shoot(page, jpeg("tan", (640, 480)))
    page.click("label:has-text('人行道')")
    page.click(".types.sidewalk label:has-text('拱起')")
    page.fill("#length_m", "0.7")
    page.fill("#width_m", "0.9")
    expect(page.locator("#section_id")).not_to_have_value("")
    section = value(page, "section_id")
    send(page)
    receipt(page)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click("text=下一处")
    page.wait_for_url("**/defects/new?*")
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#photos")).to_be_focused()
    assert value(page, "section_id") == section
    assert page.is_checked("[name=surface][value=sidewalk]")
    last = page.locator(".types.sidewalk label:has-text('拱起')")
    expect(last).to_contain_text("上次")
    last.click()
    page.click("[data-presets] >> text=0.7 × 0.9 m")
    assert value(page, "area_m2") == "0.63"
    page.goto(f"{base}/queue")
    expect(page.locator("text=下一处")).to_have_attribute("href", re.compile(rf"section={section}\b"))
    # Opened from the start, the phone still knows the surface of this section.
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    shoot(page)
    expect(page.locator("[data-habit]")).to_contain_text("与上次")
    assert page.is_checked("[name=surface][value=sidewalk]")


def test_a_defect_is_filed_with_at_most_six_taps(person, base):
    page = person("inspector", has_touch=True, is_mobile=True)
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    until(page, "async () => (await import('/static/js/pack.js')).pack()")
    page.evaluate("() => { window.taps = 0; addEventListener('touchstart', () => { window.taps += 1; }, true); }")
    with page.expect_file_chooser() as chosen:
        page.tap("#photos")
    chosen.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg("maroon", (640, 480))})
    expect(page.locator("[name=surface]:checked")).to_have_count(1)
    surface = page.locator("[name=surface]:checked").get_attribute("value")
    page.tap(f".types.{surface} label >> nth=0")
    page.tap("[data-presets] .chip >> nth=1")
    taps = page.evaluate("window.taps")
    page.tap(".sendbar button")
    another(page)
    receipt(page)
    assert taps + 1 <= 6
    assert taps + 1 == 4, "photo, type, size, send"


def test_the_district_says_how_small_photos_are_sent(person, base):
    admin = person("admin")
    arrived = []
    for px, quality in ((1200, 60), (2048, 86)):
        admin.goto(f"{base}/admin/districts/1")
        admin.fill("#photo_px", str(px))
        admin.fill("#photo_quality", str(quality))
        admin.click("form.panel button")
        admin.wait_for_url("**/admin/districts")
        page = person("inspector")
        page.goto(f"{base}/defects/new")
        until(page, f"async () => (await (await import('/static/js/pack.js')).pack())?.photo.px === {px}")
        page.wait_for_selector("html[data-ready]", state="attached")
        expect(page.locator("main")).to_contain_text(f"缩小到 {px} 像素")
        shot = Image.effect_noise((1620, 2160), 40).convert("RGB")
        out, turned = io.BytesIO(), Image.Exif()
        turned[0x0112] = 6
        shot.save(out, "JPEG", quality=90, exif=turned)
        shoot(page, out.getvalue())
        kept = page.evaluate(
            """async () => {
              const [photo] = await (await import('/static/js/store.js')).all('photos');
              const image = await createImageBitmap(photo.blob);
              return [image.width, image.height, photo.blob.size];
            }"""
        )
        arrived.append(kept)
    assert [size[:2] for size in arrived] == [[1200, 900], [2048, 1536]], "upright, and no longer than asked"
    assert arrived[0][2] < arrived[1][2] / 2
