"""A real mail server on this machine that can refuse, stall, drop the line and recover."""

import asyncio
import email
from collections import deque
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.support import live

SIGN_IN = LoginPassword(b"roads", b"p@ss/word")


class PostOffice:
    """What the server got, and how it treats the next letters (`plan`, one word a letter; then all are taken).

    A number refuses the recipient with it; `data 451` refuses after the final dot; `early` drops the line before
    DATA; `late` takes the letter, then drops the line without an answer; `stall` never answers.
    """

    def __init__(self, **options) -> None:
        self.got: list[email.message.EmailMessage] = []
        self.plan: deque[str] = deque()
        self.lines = 0
        self.to: list[str] = []
        self.sign_ins: list[str] = []
        self.port = live.free_port()
        self.options = options
        self.controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.got]

    def open(self) -> "PostOffice":
        options = {"hostname": "127.0.0.1", "port": self.port, "ready_timeout": 30, **self.options}
        self.controller = Controller(self, **options)
        self.controller.start()
        self.lines = 0
        return self

    def check(self, server, session, envelope, mechanism, data) -> AuthResult:
        """Whether it is the one user of this server."""
        self.sign_ins.append(data.login.decode())
        return AuthResult(success=data == SIGN_IN, handled=False)

    def close(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.lines += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, session, envelope, address, options):
        envelope.act = self.plan.popleft() if self.plan else "take"
        if envelope.act == "stall":
            await asyncio.Event().wait()
        if envelope.act == "early":
            server.transport.abort()
            return "421 never read"
        if envelope.act[:1].isdigit():
            return f"{envelope.act} because"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope):
        if envelope.act.startswith("data"):
            return f"{envelope.act.split()[1]} because"
        self.got.append(email.message_from_bytes(envelope.content, policy=default))
        self.to += envelope.rcpt_tos
        if envelope.act == "late":
            server.transport.abort()
        return "250 taken"
