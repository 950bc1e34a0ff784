"""A phone that has opened the form once and can do without a network from then on, and what is done on it."""

import hashlib
import re
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime

from playwright.sync_api import TimeoutError, expect

from tests.support import live
from tests.support.cast import jpeg

# The orders, whole with their pictures.
WHEN_KEPT = """async () => {
  const row = await (await import('/static/js/store.js')).get('pack', 'orders');
  return row?.orders.length > 0 && row.etag !== null;
}"""


# From here on the phone shows the form before it asks the network.
KNOWN = """async () => {
  const { get } = await import('/static/js/store.js');
  return await get('pack', 'who') && (await get('pack', 'district'))?.sections.length > 20;
}"""


# Where the last filing is told, once it is on the server.
LAST_SENT = """async () => {
  const { all } = await import('/static/js/store.js');
  const last = (await all('records')).filter(({ kind = 'filing' }) => kind === 'filing').sort((a, b) => a.turn - b.turn).at(-1);
  return last?.state === 'sent' && last.receipt.filed;
}"""


# Whoever pressed Send is held for twenty seconds instead of four: on a slow machine, too, what follows is the page that the
# answer leads to, and not the queue's.
HELD = """(() => {
  const { setTimeout } = window;
  window.setTimeout = (work, ms, ...said) => setTimeout(work, ms === GRACE ? 20000 : ms, ...said);
})()""".replace("GRACE", re.search(r"GRACE_MS = (\d+);", (live.ROOT / "static/js/queue.js").read_text())[1])


# What the phone says of a form that was not left after Send.
STANDS = """async () => [document.querySelector('.sendbar button')?.outerHTML,
  [...document.querySelectorAll('.bad, [role=alert], [data-shots-said]')].map((one) => one.textContent.trim()),
  (await (await import('/static/js/store.js')).all('records')).map(({ id, state, why, step }) => [id, state, why, step]),
  await navigator.locks.query()]"""


# The queue stands still while the lock is held: no try that a timer or the network began writes over what a test wrote.
STAND = """() => new Promise((stands) => {
  navigator.locks.request('roadworks-queue', () => new Promise((goOn) => { window.goOn = goOn; stands(); }));
})"""


@contextmanager
def standing(page):
    """Meanwhile nothing is sent from this phone; what was being sent has come to its end."""
    page.evaluate(STAND)
    yield
    page.evaluate("() => window.goOn()")


def until(page, condition: str) -> None:
    """Wait until an asynchronous condition of the page holds, at most two minutes."""
    page.evaluate(
        """(condition) => new Promise((done, fail) => {
          const last = performance.now() + 120000;
          const look = async () => {
            // What cannot be asked just now (a script on its way) is asked again.
            if (await condition()) done();
            else if (performance.now() > last) fail(new Error('it never came to be'));
            else setTimeout(look, 100);
          };
          look().catch(fail);
        })""".replace("(condition) =>", "() =>").replace(
            "await condition()", f"await ({condition})().catch(() => false)"
        )
    )


def ready(page, base):
    """Open the form once with network, until the phone can do without."""
    page.goto(f"{base}/defects/new")
    until(
        page,
        """async () => (await Promise.all(['/street/new', '/queue', '/street/orders', '/street/nearby',
          ...(document.querySelector("nav a[href='/rounds/today']") ? ['/street/round'] : [])].map((address) =>
          caches.match(address, { cacheName: 'roadworks-shells' })))).every((kept) => kept)""",
    )
    until(page, KNOWN)
    page.reload()
    until(page, "async () => navigator.serviceWorker.controller !== null")


def filed(page, base, lat: float | None, kind: str = "ac_pothole", *, seen: bytes | None = None, **change) -> str:
    """The number of a defect that the phone's own person filed here before, with this photo or with none."""
    said = {"surface": "carriageway", "type_code": kind, "area_m2": "1.5"}
    said |= {
        "place": "路口",
        "lon": 113.62148,
        "lat": lat,
        "position_source": "gps",
        "no_photo_reason": "雨",
        **change,
    }
    return post(page, base, "filings", said, seen)["number"]


def post(page, base, door: str, said: dict, seen: bytes | None = None) -> dict:
    """Send a record to a door of the server as a phone does, with this photo or with none; gives the answer."""
    head = {"X-CSRFToken": page.request.get(f"{base}/sync/1/hello").json()["token"]}
    hashes = [hashlib.sha256(seen).hexdigest()] if seen else []
    if seen:
        part = {"sha256": hashes[0], "photo": {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": seen}}
        assert page.request.post(f"{base}/sync/1/photos", multipart=part, headers=head).ok
    whole = {"client_id": str(uuid.uuid4()), "photos": hashes, **said}
    answer = page.request.post(f"{base}/sync/1/{door}", data=whole, headers=head)
    assert answer.status == 201, answer.text()
    return answer.json()


def send(page) -> None:
    """Press Send on the form of filing; where something like it is open here already, say that this is another one."""
    page.locator(".sendbar button").last.click()
    another(page)


def another(page) -> None:
    """Answer the question at Send where it comes, until the form is left."""
    try:
        page.locator("button[data-other], html:not(:has(form[data-module=filing]))").first.wait_for(state="attached")
    except TimeoutError as stands:
        raise AssertionError(f"the form stands: {page.inner_text('main')} {page.evaluate(STANDS)}") from stands
    if page.locator("button[data-other]").count():
        page.locator("button[data-other]").click()


def receipt(page) -> None:
    """Come to the page that tells the number; where it took longer than a person is held, by way of the queue."""
    page.wait_for_url(re.compile(r"/(filed|queue)$"))
    if page.url.endswith("/queue"):
        until(page, LAST_SENT)
        page.goto(page.url.removesuffix("/queue") + page.evaluate(LAST_SENT))


def in_pack(page, number: str) -> None:
    """Wait until the phone knows of it."""
    until(
        page,
        f"async () => (await (await import('/static/js/store.js')).get('pack', 'district'))?.open.some((d) => d.number === '{number}')",
    )


def shoot(form, field: str, shade: str | bytes) -> None:
    """Take a photo into a field of a form."""
    before = form.locator(".thumbs img").count()
    form.locator(f"input[type=file][name='{field}']").set_input_files(shot(shade, (800, 600)))
    expect(form.locator(".thumbs img")).to_have_count(before + 1)


def card_with(page, verb: str):
    """The first order on which this can be done, by its number."""
    number = page.locator(f"article:has(form[data-verb={verb}])").first.get_attribute("data-number")
    return number, page.locator(f"article[data-number={number}]")


def press(page, card, verb: str) -> None:
    """Press the button of a step that asks for nothing, and see the page again."""
    with page.expect_navigation():
        card.locator(f"form[data-verb={verb}] button:not([type=button])").click()
    page.wait_for_selector("html[data-ready]", state="attached")


def fill_finish(card, m2: str = "3.2", *, seen: tuple[str | bytes, ...] = ("white", "silver", "tan")):
    """Open the report of an order done, with a measure and a photo for each of its defects; gives its form."""
    card.locator("details:has(form[data-verb=finish]) > summary").click()
    form = card.locator("form[data-verb=finish]")
    for n, field in enumerate(form.locator("fieldset").all()):
        shoot(form, field.locator("input[type=file]").get_attribute("name"), seen[n % len(seen)])
        for box in field.locator("input[inputmode]").all():
            box.fill(m2)
    return form


def finish(page, card, m2: str = "3.2") -> None:
    """Report an order done."""
    form = fill_finish(card, m2)
    with page.expect_navigation():
        form.locator("button:not([type=button])").click()
    page.wait_for_selector("html[data-ready]", state="attached")


def send_now(page) -> None:
    """Press "send now"; where the queue went by itself a moment before, the button is gone and there is nothing to do."""
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator("[data-send]").dispatch_event("click")


def back_online(page) -> None:
    """The network is there again."""
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def shot(seen: str | bytes, size: tuple[int, int] = (640, 480)) -> dict:
    """A photo as a file of a form: a colour of that size, or the bytes of a picture."""
    taken = jpeg(seen, size) if isinstance(seen, str) else seen
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": taken}


def add_photo(page, seen: str | bytes) -> None:
    """From the page of an order, add a photo to its defect."""
    page.locator("h2 a[href^='/defects/']").click()
    page.click("details:has(#more-photos) > summary")
    page.set_input_files("#more-photos", shot(seen, (480, 640)))
    page.locator("details[open] button").click()
    page.locator(".flash").wait_for()


def issued(person, base) -> str:
    """The number of an order, made for the asking test alone: severe, so its place is to be made safe, and not accepted."""
    inspector, desk = person("inspector"), person("supervisor")
    defect = filed(inspector, base, 34.75014, depth_mm="60")
    desk.goto(f"{base}/defects?q={defect}")
    desk.click(f"th a:has-text('{defect}')")
    desk.click("button:has-text('确认')")
    desk.click("a:has-text('派工')")
    desk.click("label:has-text('养护一班')")
    desk.click(".sendbar button")
    head = desk.locator("h1:has-text('GD20180630-')")
    return head.inner_text().split(" ")[0]


def begun_order(page, base) -> str:
    """The address of an order on which the person's crew is at work."""
    page.goto(f"{base}/workorders?state=working")
    return page.locator("main a[href^='/workorders/']").first.get_attribute("href")


def finished(person, base) -> int:
    """The id of an order that waits for verification, which the demo's crew began and ended for the asking test alone."""
    crew = person("crew")
    orders = crew.request.get(f"{base}/sync/1/orders").json()["orders"]
    order = next(one for one in orders if one["state"] == "accepted")
    said = {"order": order["id"], "at": datetime.now(UTC).isoformat()}
    seen, line = jpeg("white", comment=order["number"].encode()), order["lines"][0]["id"]
    done = {"verb": "finish", f"m2-{line}": "1.5", f"photos-{line}": hashlib.sha256(seen).hexdigest()}
    post(crew, base, "steps", said | {"verb": "start", "seen": order["version"]})
    post(crew, base, "steps", said | done | {"seen": order["version"] + 1}, seen)
    return order["id"]
