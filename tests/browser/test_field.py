"""In the street: a script that has shown the neighbours is not asked again, no script is; the way on an iPhone."""

import re

from playwright.sync_api import expect

from tests.browser.pocket import receipt
from tests.support.cast import jpeg

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148"


def fill(page, base, turn: int) -> None:
    """A broken ramp at the place where the phone is."""
    page.goto(f"{base}/defects/new")
    page.wait_for_selector("html[data-ready]", state="attached")
    photo = {
        "name": "a.jpg",
        "mimeType": "image/jpeg",
        "buffer": jpeg("dimgray", (640, 480), comment=str(turn).encode()),
    }
    page.set_input_files("#photos", photo)
    page.wait_for_selector("[data-thumbs] img")
    expect(page.locator("[name=lat]")).not_to_have_value("")
    page.click("label:has-text('人行道')")
    page.fill("#length_m", "2")
    page.fill("#width_m", "1")
    page.click(".types.sidewalk label:has-text('无障碍坡道破损')")


def test_the_script_asks_once_at_send_and_the_server_does_not_ask_again(person, base):
    page = person("inspector")
    for turn in range(2):
        fill(page, base, turn)
        expect(page.locator("#duplicates").get_by_role("button").first).to_be_visible(visible=turn > 0)
        page.click(".sendbar button")
        if turn:
            page.locator("button[data-other]").click()
        receipt(page)


def test_the_way_opens_in_the_map_app_of_the_phone(person, base):
    hrefs = []
    for more in ({}, {"user_agent": IPHONE}):
        page = person("supervisor", **more)
        page.goto(f"{base}/defects/470")
        page.locator("[data-ready]").first.wait_for(state="attached")
        hrefs.append(page.locator("[data-module=navigate]").get_attribute("href"))
    assert re.fullmatch(r"geo:34\.\d+,113\.\d+\?q=34\.\d+,113\.\d+", hrefs[0])
    assert re.fullmatch(r"maps:\?daddr=34\.\d+,113\.\d+&dirflg=d", hrefs[1])
