"""A phone that several people use, on a wire that can be cut: its page begins anew or is killed, its queue sends."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

HANDS = Path(__file__).with_name("hands.js")
# A page of the same origin that does nothing by itself: the queue is sent when the plan says so.
QUIET = "/healthz"
# The answer is held back while something happens to the page.
HOLDS = {"restart", "killed", "meanwhile"}


class Phone:
    """The phone; `sessions` are for who signs in on it, by name, as the cookies of one sign-in after another."""

    def __init__(self, context, line, sessions: dict[str, Iterator[Any]]) -> None:
        self.context, self.line, self.sessions = context, line, sessions
        context.add_init_script(path=HANDS)
        self.page = context.new_page()
        self.who, self.held, self.sending = "", "", ""

    def hands(self, name: str, said: Any = None) -> Any:
        """Something done on the page, see hands.js."""
        return self.page.evaluate("([name, said]) => hands[name](said)", [name, said])

    def sign_in(self, who: str) -> None:
        """Somebody signs in, and whoever was signed in is not any more."""
        self.who, self.line.signed_out = who, False
        self.context.add_cookies(next(self.sessions[who]))

    def restart(self) -> None:
        """The page begins anew."""
        self.page.goto(f"{self.line.address}{QUIET}")

    def kill(self) -> None:
        """The phone ends the page without asking it."""
        with suppress(Error):
            self.page.goto("chrome://crash")
        self.page.close()
        self.page = self.context.new_page()
        self.restart()

    def listed(self) -> list[str]:
        """The numbers that the page of the queue shows as safe on the server; all that it shows are."""
        self.page.goto(f"{self.line.address}/queue", wait_until="commit")
        self.page.wait_for_selector("[data-module=queue-list] li, [data-none]:not([hidden])")
        shown = self.page.locator("[data-module=queue-list] ul > li")
        assert shown.count() == shown.and_(self.page.locator("[data-state=sent]")).count()
        return shown.locator("[data-number]").all_text_contents()

    def meet(self, troubles: dict[str, list[str]]) -> None:
        """From here on what the queue sends to a door meets the next of its troubles, until there are no more."""
        left = {door: deque(met) for door, met in troubles.items()}

        def trouble(_method: str, path: str) -> str:
            door = left.get(path.removeprefix("/sync/1/"))
            met = door.popleft() if door else ""
            if met == "expired":
                self.line.signed_out = True
            if met not in HOLDS:
                return met
            self.held, self.sending = met, path
            self.line.go_on.clear()
            return "held"

        self.line.trouble = trouble

    def send(self, meanwhile: Callable[[], None]) -> None:
        """Let the queue send until it stops or the page does; who was signed out signs in again afterwards."""
        self.line.holds.clear()
        self.hands("send")
        while not self.page.evaluate("globalThis.ended !== false"):
            if self.line.holds.wait(0.03):
                self.line.holds.clear()
                {"restart": self.restart, "killed": self.kill, "meanwhile": meanwhile}[self.held]()
                self.line.go_on.set()
        if self.line.signed_out:
            self.sign_in(self.who)
