"""What comes over the wire while a page loads: bytes for each address, asked for by the page or by its worker."""

from collections import Counter

from tests.browser.pocket import until
from tests.support.cast import jpeg

# What a page asks for behind the eyes of who waits for it has been answered.
ASKED = """async () => performance.getEntriesByType('resource').some(
  ({ name, responseEnd }) => name.includes('/sync/1/pack') && responseEnd > 0)"""


def weigh(page, load, *, bodies: bool = False) -> tuple[dict[str, int], set[str]]:
    """Bytes that came over the wire for each address while `load` ran, and which of them the page itself asked for.

    With all heads, or only the `bodies`: "unchanged" (304) has none.
    """
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    asked: dict[str, str] = {}
    came: Counter[str] = Counter()
    by_worker = []
    wire.on("Network.responseReceived", lambda told: asked.update({told["requestId"]: told["response"]["url"]}))
    told_of = "Network.dataReceived" if bodies else "Network.loadingFinished"
    wire.on(told_of, lambda told: came.update({told["requestId"]: int(told["encodedDataLength"])}))

    def note(request) -> None:
        if request.service_worker:
            by_worker.append(request)

    page.context.on("requestfinished", note)
    load()
    # What the worker keeps for other pages comes last of all.
    until(page, "async () => (await (await caches.open('roadworks-guide')).keys()).length >= 10")
    page.context.remove_listener("requestfinished", note)
    wire.detach()
    found = Counter()
    for key, url in asked.items():
        found[url] += came[key]
    for request in by_worker:
        sizes = request.sizes()
        # What the browser's own cache answered has no size.
        found[request.url] += sizes["responseBodySize"] + (0 if bodies else sizes["responseHeadersSize"])
    return found, set(asked.values())


def files(found: dict[str, int]) -> dict[str, int]:
    return {url: size for url, size in found.items() if "/static/" in url}


def file_one(page, address: str) -> None:
    """Open the form and take a photo, upon which the map is shown."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    assert not page.evaluate("() => 'L' in window"), "the map's code came before a map was seen"
    page.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg("gray")})
    page.locator(".leaflet-marker-pane > *").wait_for()
