"""A phone that has opened the form once and can do without a network from then on."""


def until(page, condition: str) -> None:
    """Wait until an asynchronous condition of the page holds, at most a minute."""
    page.evaluate(
        """(condition) => new Promise((done, fail) => {
          const last = performance.now() + 60000;
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
        """async () => (await Promise.all(['/street/new', '/queue', '/street/orders',
          ...(document.querySelector("nav a[href='/rounds/today']") ? ['/street/round'] : [])].map((address) =>
          caches.match(address, { cacheName: 'roadworks-shells' })))).every((kept) => kept)""",
    )
    until(
        page, "async () => (await (await import('/static/js/store.js')).get('pack', 'district'))?.sections.length > 20"
    )
    page.reload()
    until(page, "async () => navigator.serviceWorker.controller !== null")
