"""What the filing page weighs on the wire: all its files the first time, and nothing of them ever after."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.pocket import until

MOST_BYTES = 90 * 1024


@pytest.fixture
def empty_phone(browser, person, base):
    """A page signed in as an inspector, in a browser that has kept nothing."""
    state = person("inspector").context.storage_state(indexed_db=False)
    context = browser.new_context(viewport=PHONE, locale="zh-CN", storage_state=state)
    yield context.new_page()
    context.close()


def weigh(page, load) -> dict[str, int]:
    """Bytes that came over the wire for each address while `load` ran, asked for by the page or by its worker."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    asked: dict[str, str] = {}
    page_bytes: dict[str, int] = {}
    by_worker = []
    wire.on("Network.responseReceived", lambda told: asked.update({told["requestId"]: told["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda told: page_bytes.update({told["requestId"]: told["encodedDataLength"]}))

    def note(request) -> None:
        if request.service_worker:
            by_worker.append(request)

    page.context.on("requestfinished", note)
    load()
    page.wait_for_selector("html[data-ready]", state="attached")
    until(page, "async () => (await (await caches.open('roadworks-shells')).keys()).length >= 2")
    page.context.remove_listener("requestfinished", note)
    wire.detach()
    found: dict[str, int] = {}
    for key, url in asked.items():
        found[url] = found.get(url, 0) + int(page_bytes.get(key, 0))
    for request in by_worker:
        sizes = request.sizes()
        # What the browser's own cache answered has no size.
        found[request.url] = found.get(request.url, 0) + sizes["responseBodySize"] + sizes["responseHeadersSize"]
    return found


def files(found: dict[str, int]) -> dict[str, int]:
    return {url: size for url, size in found.items() if "/static/" in url}


def test_the_filing_page_comes_light_the_first_time_and_its_files_never_again(empty_phone, base):
    page = empty_phone
    first = weigh(page, lambda: page.goto(f"{base}/defects/new"))
    assert any("leaflet.js" in url for url in files(first)), "the worker keeps the map for where there is no network"
    whole = sum(files(first).values()) + first[f"{base}/defects/new"]
    assert whole <= MOST_BYTES, sorted(((size, url) for url, size in first.items()), reverse=True)
    assert not page.evaluate("() => 'L' in window"), "the map's code came before a map was seen"

    again = weigh(page, page.reload)
    assert len(files(again)) > 10
    assert not any(files(again).values()), files(again)
