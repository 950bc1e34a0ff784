"""The wire between a phone and a server, with troubles on demand: it loses requests and replies, damages, and holds."""

import http.client
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OWN = {"transfer-encoding", "connection", "content-length"}
CANNED = {"signed out": 401, "busy": 503}


class Wire(ThreadingHTTPServer):
    """Passes requests on to `port`; asks `trouble(method, path)` of each what is to happen to it ("" for nothing).

    lost: it never arrives · reply: it is done, the answer never arrives · damaged: a byte of its body is another ·
    signed out, busy: answered on the way · half: half of its body arrives, then `cut()` is called ·
    held: it is done, and the answer waits until `go_on` is set · slow: the second half of the answer comes 7 s after the first.
    While `signed_out`, the server does not hear who asks.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Hop)
        self.port = port
        self.trouble: Callable[[str, str], str] = lambda _method, _path: ""
        self.cut: Callable[[], None] = lambda: None
        self.signed_out = False
        self.halves: list[http.client.HTTPConnection] = []
        self.holds, self.go_on = threading.Event(), threading.Event()

    @property
    def address(self) -> str:
        """Where the phone finds it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, _request, _client) -> None:
        """A browser that leaves in the middle is nothing to tell of."""


class Hop(BaseHTTPRequestHandler):
    """One request on its way."""

    server: Wire
    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        """Read it, do to it what is to be done, and bring the answer back."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True
        trouble = self.server.trouble(self.command, self.path)
        if trouble in CANNED:
            return self.answer(CANNED[trouble], [("Content-Type", "application/json")], b"{}")
        if trouble == "lost":
            return None
        if trouble == "half":
            self.send_half(body)
            return self.server.cut()
        if trouble == "damaged" and body:
            place = len(body) // 2
            body = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        try:
            said = self.ask(body)
        except (OSError, http.client.HTTPException):
            return None
        if trouble == "held":
            self.server.holds.set()
            self.server.go_on.wait(30)
        return None if trouble == "reply" else self.answer(*said, slow=trouble == "slow")

    do_GET = do_POST = do_HEAD = pass_on

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """The server's answer; raises OSError where it has gone."""
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        left_out = OWN | {"cookie"} if self.server.signed_out else OWN
        for name, value in self.headers.items():
            if name.lower() not in left_out:
                line.putheader(name, value)
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        answer = line.getresponse()
        content = answer.read()
        line.close()
        return answer.status, answer.getheaders(), content

    def send_half(self, body: bytes) -> None:
        """The head and half of the body, as a phone that is still sending."""
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in OWN:
                line.putheader(name, value)
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body[: len(body) // 2])
        self.server.halves.append(line)

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes, *, slow: bool = False) -> None:
        """Say it to the phone."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if slow:
            self.wfile.write(content[: len(content) // 2])
            content = content[len(content) // 2 :]
            self.server.go_on.wait(7)
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_said) -> None:
        """Nothing: the test tells."""


@contextmanager
def wire(base: str):
    """A wire to the server at `base`."""
    made = Wire(int(base.rsplit(":", 1)[1]))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.go_on.set()
        for line in made.halves:
            line.close()
        made.shutdown()
        made.server_close()
        thread.join(5)
