"""Rounds, orders, their verification and the rescue at the desk, each brought about as its person does it, to be photographed."""

from playwright.sync_api import Page, expect

from tests.browser import sights
from tests.browser.pocket import WHEN_KEPT, back_online, card_with, fill_finish, until
from tests.browser.scenes import ago, decoded, fresh, opened, storage, top
from tests.browser.tour import Tour

SEEN = "async () => [...document.querySelectorAll('main :is(.thumbs, .compare) img')].every((one) => one.complete)"
FOUND_SOMETHING = """() => [...document.querySelectorAll('tr:has(td.num:last-child:not(:empty)) th a')]
  .filter((link) => /^.rounds.[0-9]+$/.test(link.pathname))
  .sort((one, other) => Number(other.closest('tr').lastElementChild.textContent) - Number(one.closest('tr').lastElementChild.textContent))[0].href"""


def round_before(tour: Tour, page: Page) -> None:
    """The sections due today."""
    opened(tour, fresh(tour, page), "/rounds/today")
    page.locator("[data-live] li").first.wait_for()


def round_running(tour: Tour, page: Page) -> None:
    """On the way, without network: a section ticked by hand, for a reason."""
    round_before(tour, page)
    page.context.set_offline(True)
    page.clock.set_fixed_time(ago(42))
    page.click("[data-do=start]")
    page.locator("[data-do=pause]").wait_for()
    page.clock.set_fixed_time(ago(12))
    first = page.locator("[data-live] li").first
    first.locator("summary").click()
    first.locator("input").fill("路口围挡施工，步行查看")
    first.locator("form button").click()
    page.locator("[data-live] li.passed").wait_for()
    top(page)


def round_ended(tour: Tour, page: Page) -> None:
    """Ended, and on the server with its number."""
    if not page.locator("[data-live] li.passed").count():
        round_running(tour, page)
    page.clock.set_fixed_time(ago(1))
    back_online(page)
    page.click("[data-ending] summary")
    page.select_option("#live-weather", "cloudy")
    page.fill("#live-note", "路面平整，井盖完好")
    page.click("[data-do=end]")
    page.locator("[data-safe] a").wait_for()
    top(page)


def patrol_log(tour: Tour, page: Page) -> None:
    """The paper patrol log of a round of the demo that found something, as it is printed."""
    opened(tour, page, "/rounds")
    page.goto(page.evaluate(FOUND_SOMETHING) + "/sheet")
    page.locator(".sheet").wait_for()


def my_orders(tour: Tour, page: Page) -> None:
    """The orders that the phone keeps."""
    fresh(tour, page)
    page.goto(tour.base)
    until(page, WHEN_KEPT)
    opened(tour, page, "/street/orders")
    page.locator("article.card").first.wait_for()
    until(page, SEEN)


def to_verify(tour: Tour, page: Page) -> None:
    """An order that waits to be verified, as the phone keeps it: before and after, under a curtain."""
    my_orders(tour, page)
    page.locator(f"#order-{tour.dressed.done} .curtain").wait_for()
    top(page, f"#order-{tour.dressed.done}")
    until(page, SEEN)


def alone(tour: Tour, page: Page) -> None:
    """The orders, in airplane mode."""
    my_orders(tour, page)
    page.context.set_offline(True)
    opened(tour, page, "/street/orders")
    page.locator("article.card").first.wait_for()


def accepted(tour: Tour, page: Page) -> None:
    """An order accepted without network: the step is on the phone, the next ones are open."""
    alone(tour, page)
    _number, card = card_with(page, "accept")
    with page.expect_navigation():
        card.locator("form[data-verb=accept] button").click()
    page.locator("html[data-ready]").wait_for(state="attached")
    card.locator("[data-mine]").wait_for()
    card.locator(".flash").wait_for()


def finishing(tour: Tour, page: Page) -> None:
    """The report of an order done: photos after the work and what was measured."""
    alone(tour, page)
    card = page.locator("article:has(form[data-verb=finish]):has(.thumbs img)").first
    fill_finish(card, seen=(sights.mended(2),))
    page.locator("details[open] form[data-verb=finish]").evaluate(
        "(it) => scrollTo(0, scrollY + it.getBoundingClientRect().top - 72)"
    )


def ghost(tour: Tour, page: Page) -> None:
    """The photo before the work over the camera."""
    alone(tour, page)
    card = page.locator("article:has(form[data-verb=finish]):has(.thumbs img)").first
    card.locator("details:has(form[data-verb=finish]) > summary").click()
    card.locator("form[data-verb=finish] [data-live] button").first.click()
    page.locator("#ghost-view").wait_for()
    expect(page.locator("#ghost-view [data-shutter]")).to_be_enabled()


def conflict(tour: Tour, page: Page) -> None:
    """The crew reported it done; meanwhile the order was voided: both are shown, and the choice."""
    alone(tour, page)
    number, card = card_with(page, "finish")
    finish = fill_finish(card, "4.4", seen=(sights.mended(1),))
    with page.expect_navigation():
        finish.locator("button:not([type=button])").last.click()
    desk = tour.page("supervisor")
    desk.emulate_media(media="screen")
    desk.goto(f"{tour.base}/workorders/{card.get_attribute('data-order')}")
    desk.locator("details:has(form[action$=void]) > summary").click()
    desk.fill("#void-reason", "并入大修")
    desk.click("form[action$=void] button")
    desk.wait_for_load_state()
    back_online(page)
    opened(tour, page, "/queue")
    page.locator(f"[data-state=conflict]:has-text('{number}')").wait_for()
    decoded(page)


def nearby(tour: Tour, page: Page) -> None:
    """While you are here: the way from place to place, where some lie close together."""
    fresh(tour, page, (113.593494, 34.743705))
    opened(tour, page, "/nearby?lon=113.593494&lat=34.743705")
    page.locator("[data-show]").click()
    page.locator(".map .road-name").first.wait_for(state="attached")
    top(page, ".lead")


def curtain(tour: Tour, page: Page) -> None:
    """Before and after, under a curtain."""
    opened(tour, fresh(tour, page), f"/workorders/{tour.dressed.done}")
    until(page, SEEN)
    top(page, ".panel:has(.compare), .compare")


def fail(tour: Tour, page: Page) -> None:
    """Why it does not pass, in two taps: the reason, then the button."""
    opened(tour, fresh(tour, page), f"/workorders/{tour.dressed.done}")
    page.locator(".verify .chip").nth(1).click()
    top(page, ".verify")


def rescue(tour: Tour, page: Page) -> None:
    """At the desk: what the rescue file would file, and what is there already."""
    if not tour.rescue:
        storage(tour, tour.page("inspector"))
    opened(tour, page, "/rescue")
    page.set_input_files("#file", tour.rescue)
    page.click("main form button")
    page.locator("#group-new").wait_for()
