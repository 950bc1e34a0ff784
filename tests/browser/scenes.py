"""The street's steps, each brought about as its person does it, to be photographed; all words are the page's own."""

from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser import sights
from tests.browser.pocket import another, back_online, receipt, shot
from tests.browser.tour import HERE, NOW, Tour

WIPE = """async () => {
  const { all } = await import('/static/js/store.js');
  const { forget } = await import('/static/js/records.js');
  for (const { id } of await all('records')) await forget(id);
}"""


def ago(minutes: float) -> datetime:
    """A moment on the phone's clock, so long before the demo's now."""
    return datetime.fromisoformat(NOW) - timedelta(minutes=minutes)


def fresh(tour: Tour, page: Page, at: tuple[float, float] = HERE, accuracy: int = 8) -> Page:
    """The phone with network, at a place, with nothing of its own on it."""
    page.context.set_offline(False)
    if "/defects/new" in page.url:
        # A form that is left is kept: it must be gone before what was kept is.
        page.goto(tour.base + "/street/guide")
    page.clock.set_fixed_time(NOW)
    page.context.set_geolocation({"longitude": at[0], "latitude": at[1], "accuracy": accuracy})
    page.evaluate(WIPE)
    return page


def opened(tour: Tour, page: Page, address: str) -> Page:
    """A page, with all that its scripts do at first."""
    page.goto(tour.base + address)
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


def form(tour: Tour, page: Page, *seen: bytes) -> Page:
    """The form, a photo taken, its place known."""
    opened(tour, page, "/defects/new")
    for n, one in enumerate(seen or (sights.hole(1),)):
        page.set_input_files("#photos", shot(one))
        expect(page.locator("[data-thumbs] img")).to_have_count(n + 1)
    expect(page.locator("#section_id")).not_to_have_value("")
    return page


def say(page: Page, length: str = "2.0") -> Page:
    """A pothole in the carriageway, so long and 1.25 m wide."""
    page.locator("label:has([name=surface][value=carriageway])").click()
    page.locator("label:has([name=type_code][value=ac_pothole])").click()
    # With the sizes the form is as long as it stays.
    page.locator("[data-presets] .chip").first.wait_for()
    page.fill("#length_m", length)
    page.fill("#width_m", "1.25")
    return page


def top(page: Page, first: str = "") -> None:
    """Scroll so that this comes first, or the head of the page."""
    if first:
        # At once: a list may be drawn anew at any moment.
        page.locator(first).first.wait_for()
        page.evaluate("(it) => scrollBy(0, document.querySelector(it).getBoundingClientRect().top - 8)", first)
    else:
        page.evaluate("scrollTo(0, 0)")


def send(page: Page) -> None:
    page.locator(".sendbar button").last.click()
    another(page)


def filing(tour: Tour, page: Page) -> None:
    """The form, filled in."""
    say(form(tour, fresh(tour, page)))
    top(page)


def position(tour: Tour, page: Page) -> None:
    """A fix of ±30 m: the circle, the pin, and what is said of them."""
    form(tour, fresh(tour, page, accuracy=30))
    page.locator("path.exactness").wait_for()
    top(page, "fieldset:has([data-fix])")


def sizes(tour: Tour, page: Page) -> None:
    """What it is, the usual sizes of that, and the steppers."""
    say(form(tour, fresh(tour, page)), "1")
    page.locator("[data-presets] .chip").nth(1).click()
    top(page, "[data-size]")


def this_one(tour: Tour, page: Page) -> None:
    """What is open nearby, as cards: "this one" brings the photo there."""
    form(tour, fresh(tour, page, tour.dressed.open), sights.hole(7))
    page.locator("#duplicates li").first.wait_for()
    top(page, "#duplicates")


def again(tour: Tour, page: Page) -> None:
    """The same hole again: how it was left, by whom and when."""
    say(form(tour, fresh(tour, page, tour.dressed.mended), sights.hole(3)))
    page.locator("#duplicates li").first.wait_for()
    top(page, "#duplicates")


def markup(tour: Tour, page: Page) -> None:
    """A circle and a length drawn on the photo."""
    form(tour, fresh(tour, page))
    page.locator("[data-thumbs] .mark").click()
    # Its script may still be on its way: a canvas that is not shown has no box.
    page.locator("#markup canvas").wait_for()
    box = page.locator("#markup canvas").bounding_box()
    for tool, ends in (("circle", (0.36, 0.55, 0.60, 0.55)), ("length", (0.16, 0.80, 0.58, 0.80))):
        page.locator(f"#markup label:has([value={tool}])").click()
        x1, y1, x2, y2 = (
            box[("x", "y")[n % 2]] + part * box[("width", "height")[n % 2]] for n, part in enumerate(ends)
        )
        page.mouse.move(x1, y1)
        page.mouse.down()
        page.mouse.move(x2, y2)
        page.mouse.up()
    page.locator("#markup li input:visible").fill("1.2")


def voice(tour: Tour, page: Page) -> None:
    """A voice note of twelve seconds, to be heard before it goes."""
    say(form(tour, fresh(tour, page)))
    page.locator("[data-module=voice] [data-record]").click()
    expect(page.locator("[data-time]")).to_have_text("0:00 / 1:00")
    page.clock.set_fixed_time(ago(-0.2))
    expect(page.locator("[data-time]")).to_have_text("0:12 / 1:00")
    page.locator("[data-module=voice] [data-record]").click()
    page.locator("[data-made]").wait_for()
    top(page, "fieldset:has(> legend + .choices):has([name=severity])")


def filed(tour: Tour, page: Page) -> None:
    """On the server, with its number."""
    say(form(tour, fresh(tour, page)))
    send(page)
    receipt(page)
    page.locator("html[data-ready]").wait_for(state="attached")


def keep(tour: Tour, page: Page, minutes: int, *holes: int, area: str = "1.5") -> None:
    """File something without network, so many minutes ago: it waits on the phone."""
    page.clock.set_fixed_time(ago(minutes))
    say(form(tour, page, *(sights.hole(one) for one in holes))).fill("#area_m2", area)
    send(page)
    page.wait_for_url("**/queue")
    page.locator("html[data-ready]").wait_for(state="attached")


def queue(tour: Tour, page: Page) -> None:
    """One record refused, one on the server, two that wait."""
    fresh(tour, page)
    page.context.set_offline(True)
    keep(tour, page, 25, 1, area="一大块")
    keep(tour, page, 18, 2)
    back_online(page)
    page.locator("[data-state=refused]").wait_for()
    page.locator("[data-state=sent]").wait_for()
    page.context.set_offline(True)
    keep(tour, page, 9, 4, 5)
    keep(tour, page, 2, 6)
    decoded(page)
    top(page, "[data-module=queue-list] ul")


def decoded(page: Page) -> None:
    """Wait until every photo in a list is seen."""
    page.evaluate("Promise.all([...document.querySelectorAll('.thumb')].map((image) => image.decode())).then(() => {})")


def storage(tour: Tour, page: Page) -> None:
    """How much room is left on the phone, and the rescue file that was saved without network."""
    fresh(tour, page)
    page.context.set_offline(True)
    keep(tour, page, 25, 1, area="一大块")
    keep(tour, page, 18, 2)
    keep(tour, page, 9, 4)
    with page.expect_download() as download:
        page.click("[data-save]")
    tour.rescue = tour.folder / download.value.suggested_filename
    download.value.save_as(tour.rescue)
    expect(page.locator("p[data-saved]")).not_to_be_empty()
    top(page, "[data-module=storage]")
