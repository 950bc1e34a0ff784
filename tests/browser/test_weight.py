"""What the filing page weighs on the wire: all its files the first time, and ever after nothing at all."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.pocket import KNOWN, until
from tests.browser.scales import ASKED, file_one, files, weigh

PLACE = {"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8}

# Of the page with the map in it, and of all that the worker keeps besides for the other pages of the street.
MOST_BYTES, MOST_KEPT_BYTES = 90_000, 147_000

# What lies around this place is kept, and what is due: the next load is told that nothing has changed.
AROUND = """async () => {
  const { get } = await import('/static/js/store.js');
  const [district, rounds] = [await get('pack', 'district'), await get('pack', 'rounds')];
  return district.lon === new URLSearchParams(localStorage.place).get('lon') && rounds.etag;
}"""


@pytest.fixture
def empty_phone(browser, person):
    """A page signed in as an inspector, in a browser that has kept nothing."""
    state = person("inspector").context.storage_state()
    context = browser.new_context(viewport=PHONE, storage_state=state, permissions=["geolocation"], geolocation=PLACE)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_the_filing_page_comes_light_the_first_time_and_from_then_on_for_nothing(empty_phone, base):
    page, address = empty_phone, f"{base}/defects/new"

    first, own = weigh(page, lambda: file_one(page, address))
    heavy = "\n".join(
        f"{size:6} {url}" for size, url in sorted(((s, u) for u, s in files(first).items()), reverse=True)
    )
    assert any("leaflet.js" in url for url in own)
    assert first[address] + sum(files({url: first[url] for url in own}).values()) <= MOST_BYTES, heavy
    kept = {url: size for url, size in files(first).items() if "/guide/" not in url}
    assert sum(kept.values()) <= MOST_KEPT_BYTES, heavy

    def again() -> None:
        # What is asked for behind the page's back is answered: nothing has changed.
        with page.context.expect_event("response", lambda told: told.url.endswith("/street/new")) as behind:
            page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        until(page, ASKED)
        until(page, AROUND)
        assert behind.value.status == 304

    until(page, KNOWN)
    again()  # the first time with what lies around this place
    second, _own = weigh(page, again, bodies=True)
    assert len(files(second)) > 10
    assert address in second
    assert any("/sync/1/pack?" in url for url in second)
    assert not any(second.values()), {url: size for url, size in second.items() if size}
    expect(page.locator(".me summary")).to_have_text("巡查员（演示）")
