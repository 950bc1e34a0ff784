"""The street where something lacks (a position, a number, the way in, the newest version), to be photographed."""

from playwright.sync_api import Page, expect

from tests.browser import sights
from tests.browser.pocket import back_online, shot, until
from tests.browser.scenes import decoded, fresh, keep, opened, storage, top
from tests.browser.tour import Tour

SIGNED_OUT = """async () => (await (await import('/static/js/store.js')).all('records'))
  .every(({ why }) => why === 'signed out')"""


def by_hand(tour: Tour, page: Page) -> None:
    """No position: the road and its section are chosen by hand."""
    fresh(tour, page).context.set_geolocation(None)
    opened(tour, page, "/defects/new")
    page.set_input_files("#photos", shot(sights.hole(1)))
    page.locator("[data-fix].wrong").wait_for()
    page.select_option("#road", index=2)
    page.select_option("#section_id", index=1)
    expect(page.locator("[data-thumbs] img")).to_have_count(1)
    top(page, "fieldset:has([data-fix])")


def refused(tour: Tour, page: Page) -> None:
    """What the server did not take, back in its form: what is wrong stands on top and at the field."""
    card = page.locator("[data-state=refused] [data-open]")
    if not card.count():
        fresh(tour, page).context.set_offline(True)
        keep(tour, page, 25, 1, area="一大块")
        back_online(page)
    card.first.click()
    page.locator(".fault").wait_for()
    page.locator("html[data-ready]").wait_for(state="attached")
    top(page)


def signed_out(tour: Tour, page: Page) -> None:
    """The session ended while records wait."""
    if not page.locator("[data-state=waiting]").count():
        storage(tour, page)
    page.context.clear_cookies()
    back_online(page)
    until(page, SIGNED_OUT)
    page.locator("[data-module=queue-list] [data-module=unsent-notice]").wait_for()
    decoded(page)
    top(page)


def update(tour: Tour, page: Page) -> None:
    """A newer version is ready."""
    opened(tour, fresh(tour, page), "/")
    page.evaluate("navigator.serviceWorker.register('/sw.js?newer', { type: 'module' }).then(() => {})")
    page.locator("[data-update]").wait_for()
    top(page)
