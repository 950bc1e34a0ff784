"""The small pictures in the guide for inspectors, in both languages: `python -m tests.browser.screens guide`."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser import sights
from tests.browser.pocket import ready, send, shot
from tests.browser.tour import LOCALES
from tests.support import live

OUT = Path(__file__).resolve().parents[2] / "static" / "guide"
VIEW = {"width": 360, "height": 740}
MOST_BYTES = 30_000
NAMES = ("photo", "again", "size", "queue", "round")
# Each by day and by night, and the ending of its name.
SCHEMES = {"light": "", "dark": "-dark"}
# Where an open defect of the demo lies, so that the guide can show one nearby.
PLACE = {"longitude": 113.607360, "latitude": 34.756899, "accuracy": 6}


def take(browser, base: str, language: str) -> None:
    """All of them in one language."""
    OUT.mkdir(exist_ok=True)
    context = browser.new_context(
        viewport=VIEW,
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        permissions=["geolocation"],
        geolocation=PLACE,
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.clock.set_fixed_time(live.DEMO_NOW)
    live.sign_in(page, base, "inspector")
    ready(page, base)
    _form(page, language)
    _queue(page, base, language)
    _round(page, base, language)
    context.close()


def _keep(element, name: str, language: str, most: int = 420) -> None:
    """One element as a picture of few colours by day and by night, at most so many pixels high."""
    element.page.evaluate(
        """() => { for (const bar of document.querySelectorAll('.sendbar, .tabs, .top')) bar.style.position = 'static'; }"""
    )
    for scheme, ending in SCHEMES.items():
        element.page.emulate_media(color_scheme=scheme)
        with Image.open(BytesIO(element.screenshot(animations="disabled"))) as shot:
            cut = shot.convert("RGB").crop((0, 0, shot.width, min(shot.height, most)))
        cut.quantize(32, dither=Image.Dither.NONE).save(OUT / f"{name}-{language}{ending}.png", optimize=True)
    element.page.emulate_media(color_scheme="light")


def _shot(page) -> None:
    page.locator("[data-ready]").first.wait_for(state="attached")
    page.set_input_files("#photos", shot(sights.hole(1)))
    page.locator("[data-thumbs] img").wait_for()
    expect(page.locator("#section_id")).not_to_have_value("")


def _say(page) -> None:
    page.locator("label:has(input[name=surface][value=sidewalk])").click()
    page.locator(".types.sidewalk label").first.click()
    page.locator("[data-presets] .chip").first.wait_for()
    page.fill("#length_m", "2.0")
    page.fill("#width_m", "1.25")


def _form(page, language: str) -> None:
    _shot(page)
    page.locator("#duplicates li").first.wait_for()
    _keep(page.locator("fieldset:has(#photos)"), "photo", language)
    _keep(page.locator("#duplicates"), "again", language)
    _say(page)
    _keep(page.locator("fieldset:has(#length_m)"), "size", language, 600)


def _queue(page, base: str, language: str) -> None:
    send(page)
    page.wait_for_url(lambda url: "/defects/new" not in url)
    page.goto(f"{base}/defects/new")
    page.context.set_offline(True)
    _shot(page)
    _say(page)
    send(page)
    page.wait_for_url("**/queue")
    page.locator("[data-state=waiting]").wait_for()
    _keep(page.locator("[data-module=queue-list] ul"), "queue", language)
    page.context.set_offline(False)


def _round(page, base: str, language: str) -> None:
    page.goto(f"{base}/rounds/today")
    page.locator("[data-ready]").first.wait_for(state="attached")
    page.locator("[data-module=round] li:visible").first.wait_for()
    _keep(page.locator("main"), "round", language)
