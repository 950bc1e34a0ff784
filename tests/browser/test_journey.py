"""From the street to the bulletin in a real browser, on a phone."""

import json
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.pocket import KNOWN, receipt, send, until
from tests.conftest import SHARED_DATA
from tests.support import live
from tests.support.cast import jpeg


@pytest.fixture
def photo(tmp_path):
    """A photo as a phone takes it: large, turned, with position."""
    real = SHARED_DATA / "photos" / "potbot_gully_o6_gps.jpg"
    if real.exists():
        return real
    path = tmp_path / "photo.jpg"
    path.write_bytes(
        jpeg(
            "dimgray",
            (2400, 1800),
            exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00",
        )
    )
    return path


def area(page, base) -> float:
    """The carriageway m² of the bulletin now."""
    return page.request.get(f"{base}/reports/bulletin.json").json()["area_m2"]["carriageway"]


def reached(page, word: str) -> None:
    """Wait for the page on which an order has come to this state."""
    expect(page.locator(".head .state").first).to_have_text(word)
    page.wait_for_selector("html[data-ready]", state="attached")


def test_a_defect_goes_from_the_street_to_the_bulletin(person, base, photo):
    inspector, boss, crew, eye = (
        person("inspector"),
        person("supervisor", DESK),
        person("crew"),
        person("engineer", DESK),
    )
    before = area(boss, base)

    inspector.goto(f"{base}/")
    inspector.click("main a:has-text('上报病害')")
    inspector.set_input_files("#photos", photo)
    inspector.wait_for_selector("[data-thumbs] img")
    expect(inspector.locator("[name=lat]")).not_to_have_value("")
    expect(inspector.locator("#section_id")).not_to_have_value("")
    expect(inspector.locator("#section_id option:checked")).to_contain_text("嵩山路")
    inspector.click("label:has-text('车行道')")
    inspector.click(".types.carriageway label:has-text('坑槽')")
    inspector.fill("#length_m", "２.０")
    inspector.fill("#width_m", "1.25")
    expect(inspector.locator("#area_m2")).to_have_value("2.5")
    inspector.fill("#depth_mm", "42")
    send(inspector)
    receipt(inspector)
    number = inspector.inner_text("h1")
    assert number.startswith("BH20180630-")

    boss.goto(f"{base}/")
    boss.locator("form[action$='/workorders/new'] label:has(input[name=defect])").first.click()
    expect(boss.locator("form[action$='/workorders/new'] [data-count]")).to_have_text("1 ✓")
    expect(boss.locator(".bulk button:has-text('生成工单')")).to_be_enabled()
    boss.goto(f"{base}/defects?q={number}")
    boss.click(f"th a:has-text('{number}')")
    expect(boss.locator(".photos img")).to_have_count(1)
    boss.click("button:has-text('确认')")
    boss.click("a:has-text('派工')")
    boss.click("label:has-text('养护一班')")
    boss.click(".sendbar button")
    boss.wait_for_selector("h1:has-text('GD20180630-')")
    order = boss.url

    crew.goto(order)
    crew.wait_for_selector("html[data-ready]", state="attached")
    crew.click("button:has-text('接单')")
    reached(crew, "已接单")
    crew.click("summary:has-text('完成应急处置'), summary:has-text('已围护'), summary.safety")
    # What was taken before the work proves no work.
    crew.set_input_files("#safe-photos", {"name": "safe.jpg", "mimeType": "image/jpeg", "buffer": jpeg("navy")})
    crew.click("details[open] form button.safety")
    expect(crew.locator(".flash")).to_contain_text("应急处置")
    reached(crew, "已接单")
    crew.click("button:has-text('开始施工')")
    reached(crew, "处置中")
    crew.click("a:has-text('完工')")
    crew.wait_for_selector("html[data-ready]", state="attached")
    crew.set_input_files("input[type=file]", {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": jpeg("teal")})
    crew.fill("[id^=m2-]", "2.75 平方米")
    crew.click(".sendbar button")
    reached(crew, "完工待核查")
    assert crew.locator("button:has-text('核查通过')").count() == 0, "the doer does not verify"

    eye.goto(order)
    eye.click("button:has-text('核查通过')")
    eye.wait_for_selector(".state.closed")
    assert area(boss, base) == pytest.approx(before + 2.75)
    boss.goto(f"{base}/reports/mended?surface=carriageway")
    while number not in boss.inner_text("table"):
        with boss.expect_navigation():
            boss.click("a[rel=next]")


def test_filing_works_without_javascript(browser, base, photo):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", viewport={"width": 390, "height": 844})
    page = context.new_page()
    context.set_default_timeout(60_000)
    live.sign_in(page, base, "inspector")
    page.goto(f"{base}/defects/new")
    page.set_input_files("#photos", photo)
    page.select_option("#section_id", index=3)
    page.fill("#place", "路口西二十米")
    page.click("label:has-text('人行道')")
    page.click(".types.sidewalk label:has-text('地砖松动')")
    page.click(".sendbar button")
    expect(page.locator("main"), "what is missing is told").to_contain_text("请填写长和宽")
    expect(page.locator("#place")).to_have_value("路口西二十米")
    page.fill("#area_m2", "3.5")
    send(page)
    receipt(page)
    assert "3.5" in page.inner_text("main")
    context.close()


def test_an_open_defect_nearby_is_shown_before_sending(person, base, photo):
    page = person("inspector")
    for turn in range(2):
        page.goto(f"{base}/defects/new")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.set_input_files("#photos", photo)
        expect(page.locator("[name=lat]")).not_to_have_value("")
        page.click("label:has-text('人行道')")
        page.click(".types.sidewalk label:has-text('盲道缺损')")
        if turn:
            page.wait_for_selector("#duplicates:not([hidden]) .item")
            expect(page.locator("#duplicates")).to_contain_text("0\u00a0米")
        page.fill("#area_m2", "1")
        send(page)
        receipt(page)


def test_the_map_draws_the_districts_own_roads_and_defects(person, base):
    page = person("leader", DESK)
    page.goto(f"{base}/map")
    page.wait_for_selector(".leaflet-marker-pane > *")
    expect(page.locator(".road-name").nth(19)).to_be_attached()
    assert not [r for r in page.context.pages if "http" not in r.url]


def test_the_desk_by_keyboard(person, base):
    page = person("supervisor", DESK)
    page.goto(f"{base}/defects")
    page.wait_for_selector("[data-ready]", state="attached")
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("o")
    page.wait_for_url("**/defects/*")
    assert focused in page.inner_text("main")
    page.goto(f"{base}/defects")
    page.wait_for_selector("[data-ready]", state="attached")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"


def test_the_language_is_switched_on_any_page(person, base):
    page = person("supervisor", DESK)
    page.goto(f"{base}/defects?state=filed")
    page.click("details.me summary")
    page.click("button:has-text('English')")
    page.wait_for_selector("h1:has-text('Defects')")
    assert "state=filed" in page.url
    page.click("details.me summary")
    page.click("button:has-text('中文')")
    page.wait_for_selector("h1:has-text('病害')")
    # On a page that the phone keeps, too: in another language it is another page, at once, with what was begun on it.
    until(page, KNOWN)
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#place", "桥下")
    until(page, "async () => (await (await import('/static/js/store.js')).all('records'))[0]?.fields.place === '桥下'")
    for button, head in (("English", "File defect"), ("中文", "上报病害")):
        page.click("details.me summary")
        page.click(f"button:has-text('{button}')")
        page.wait_for_selector(f"h1:has-text('{head}')")
        page.wait_for_selector("html[data-ready]", state="attached")
        expect(page.locator("#place")).to_have_value("桥下")


def test_health_is_told_to_anybody(base):
    with urllib.request.urlopen(f"{base}/healthz", timeout=60) as answer:
        assert json.load(answer)["status"] == "ok"
