"""A phone in the street: signs in and files over plain HTTP, one connection a request."""

import http.client
import re
from urllib.parse import urlencode


class Phone:
    """A phone with its cookie."""

    def __init__(self, base: str) -> None:
        self.host = base.removeprefix("http://")
        self.cookie = ""

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str, str]:
        line = http.client.HTTPConnection(self.host, timeout=60)
        try:
            line.request(method, path, body, {"Cookie": self.cookie, **({"Content-Type": kind} if kind else {})})
            with line.getresponse() as answer:
                text = answer.read().decode("utf-8", "replace")
            for value in answer.headers.get_all("Set-Cookie") or []:
                if value.startswith("roadworks="):
                    self.cookie = value.split(";")[0]
            return answer.status, answer.headers.get("Location", ""), text
        finally:
            line.close()

    def sign_in(self, password: str = "roadworks-demo") -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", "/login")[2]).group(1)
        body = urlencode({"username": "inspector", "password": password, "csrf_token": token}).encode()
        assert self.ask("POST", "/login", body, "application/x-www-form-urlencoded")[0] == 302

    def form(self, photo: bytes) -> tuple[bytes, str]:
        """A filled form as it is sent: the same bytes may be sent again."""
        page = self.ask("GET", "/defects/new")[2]
        fields = {n: re.search(f'name="{n}"[^>]*value="([^"]*)"', page).group(1) for n in ("csrf_token", "client_id")}
        fields |= {"surface": "sidewalk", "type_code": "sw_missing", "area_m2": "1.5", "place": "路口"}
        return multipart(fields, photo)

    def send(self, form: tuple[bytes, str]) -> tuple[int, str]:
        """Send a form; gives status and where the answer leads."""
        return self.ask("POST", "/defects/new", *form)[:2]

    def file(self, photo: bytes) -> tuple[int, str]:
        """Fill a form and send it."""
        return self.send(self.form(photo))


def multipart(fields: dict[str, str], photo: bytes, name: str = "photos") -> tuple[bytes, str]:
    """A form with one photo in this field, as a browser sends it."""
    edge = "edge-of-a-part"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return b"".join(
        parts
    ) + head.encode() + photo + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
