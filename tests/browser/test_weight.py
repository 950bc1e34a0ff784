"""What the filing page weighs on the wire: all its files the first time, and nothing of them ever after."""

from collections import Counter

import pytest

from tests.browser.conftest import PHONE
from tests.browser.pocket import until
from tests.support.cast import jpeg

PLACE = {"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8}

# Of the page with the map in it, and of all that the worker keeps besides for the other pages of the street.
MOST_BYTES, MOST_KEPT_BYTES = 90_000, 120_000


@pytest.fixture
def empty_phone(browser, person):
    """A page signed in as an inspector, in a browser that has kept nothing."""
    state = person("inspector").context.storage_state()
    context = browser.new_context(viewport=PHONE, storage_state=state, permissions=["geolocation"], geolocation=PLACE)
    yield context.new_page()
    context.close()


def weigh(page, load) -> tuple[dict[str, int], set[str]]:
    """Bytes that came over the wire for each address while `load` ran, and which of them the page itself asked for."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    asked: dict[str, str] = {}
    came: dict[str, int] = {}
    by_worker = []
    wire.on("Network.responseReceived", lambda told: asked.update({told["requestId"]: told["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda told: came.update({told["requestId"]: int(told["encodedDataLength"])}))

    def note(request) -> None:
        if request.service_worker:
            by_worker.append(request)

    page.context.on("requestfinished", note)
    load()
    until(page, "async () => (await (await caches.open('roadworks-shells')).keys()).length >= 2")
    page.context.remove_listener("requestfinished", note)
    wire.detach()
    found = Counter()
    for key, url in asked.items():
        found[url] += came.get(key, 0)
    for request in by_worker:
        sizes = request.sizes()
        # What the browser's own cache answered has no size.
        found[request.url] += sizes["responseBodySize"] + sizes["responseHeadersSize"]
    return found, set(asked.values())


def files(found: dict[str, int]) -> dict[str, int]:
    return {url: size for url, size in found.items() if "/static/" in url}


def test_the_filing_page_comes_light_the_first_time_and_its_files_never_again(empty_phone, base):
    page, address = empty_phone, f"{base}/defects/new"

    def file_one() -> None:
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        assert not page.evaluate("() => 'L' in window"), "the map's code came before a map was seen"
        page.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg("gray")})
        page.locator(".leaflet-marker-pane > *").wait_for()

    first, own = weigh(page, file_one)
    heavy = "\n".join(
        f"{size:6} {url}" for size, url in sorted(((s, u) for u, s in files(first).items()), reverse=True)
    )
    assert any("leaflet.js" in url for url in own)
    assert first[address] + sum(files({url: first[url] for url in own}).values()) <= MOST_BYTES, heavy
    assert sum(files(first).values()) <= MOST_KEPT_BYTES, heavy

    def again() -> None:
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")

    second, _own = weigh(page, again)
    assert len(files(second)) > 10
    assert not any(files(second).values()), files(second)
