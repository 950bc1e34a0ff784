"""The people whose pages are photographed, each with a browser of their own, in one language."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.dressing import Dressed
from tests.browser.pocket import HELD, ready
from tests.support import live

NOW = live.DEMO_NOW
HERE = (113.62148, 34.75014)
LOCALES = {"zh": "zh-CN", "en": "en"}
PHONES = {"inspector", "crew"}


@dataclass
class Tour:
    """One walk through the pages of a server, all in one language; `folder` takes what is downloaded."""

    browser: Browser
    base: str
    language: str
    dressed: Dressed
    folder: Path
    rescue: Path | None = None
    pages: dict[str | None, Page] = field(default_factory=dict)

    def page(self, who: str | None) -> Page:
        """The page of a person, who signs in the first time; a phone then keeps what it needs."""
        if who not in self.pages:
            self.pages[who] = self._open(who)
        return self.pages[who]

    def _open(self, who: str | None) -> Page:
        context = self.browser.new_context(
            locale=LOCALES[self.language],
            timezone_id="Asia/Shanghai",
            permissions=["geolocation", "camera", "microphone"],
            geolocation={"longitude": HERE[0], "latitude": HERE[1], "accuracy": 8},
            # What is never without network keeps nothing.
            service_workers="allow" if who in PHONES else "block",
        )
        context.set_default_timeout(60_000)
        context.add_init_script(HELD)
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        if who:
            live.enter(context, self.base, who)
        if who in PHONES:
            ready(page, self.base)
        return page

    def close(self) -> None:
        """All go home."""
        for page in self.pages.values():
            page.context.close()
