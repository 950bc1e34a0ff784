"""The browser and the demo's server, one each per test process."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.pocket import HELD
from tests.support import live

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium."""
    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=shutil.which("chromium"), args=live.BROWSER)
        yield found
        found.close()


@contextmanager
def demo_server(tmp_path_factory, sqlite_template):
    """A server with the demo's half-year on data of its own; gives its address."""
    whole = live.demo_instance(tmp_path_factory.getbasetemp().parent / "shared", sqlite_template)
    own = tmp_path_factory.mktemp("server") / "instance"
    shutil.copytree(whole, own)
    with live.server(own) as address:
        yield address


@pytest.fixture(scope="session")
def base(tmp_path_factory, sqlite_template):
    """The address of a server with the demo's half-year and its reminders, for this test process alone."""
    with demo_server(tmp_path_factory, sqlite_template) as address:
        address.flask("jobs", "once", "remind")
        yield address


@pytest.fixture
def person(browser, base):
    """Gives a page, empty yet, for somebody who has signed in; fails on console errors at the end."""
    contexts, faults = [], []

    def open_page(
        who: str, view: dict = PHONE, locale: str = "zh-CN", *, lossy: bool = False, hasty: bool = False, **more
    ):
        """`lossy`: what the network loses on purpose is no fault of the page. `hasty`: Send holds four seconds, see HELD."""
        context = browser.new_context(
            viewport=view,
            locale=locale,
            permissions=["geolocation"],
            geolocation={"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8},
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        if not hasty:
            context.add_init_script(HELD)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on(
            "console",
            lambda said: (
                faults.append(said.text)
                if said.type == "error" and not (lossy and said.text.startswith("Failed to load resource"))
                else None
            ),
        )
        live.enter(context, base, who)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults
