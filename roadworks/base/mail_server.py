"""The mail server, as ROADWORKS_SMTP_URL names it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LOCAL = {"localhost", "127.0.0.1", "::1"}
YES = {"1", "yes", "true", "on"}


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, how the line is protected, who we are there; `timeout` in seconds for each answer."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str
    timeout: float


def parse(url: str, timeout: float) -> MailServer:
    """Read `smtp://`, `smtp+starttls://` or `smtps://user:password@host:port?starttls=yes`; raises ValueError.

    A password goes over an unprotected line only to this machine, or with `insecure=yes`.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("write smtp://host:port, smtp+starttls://user:password@host or smtps://user:password@host")
    if parts.path.strip("/") or parts.fragment:
        raise ValueError("nothing may follow the port but ?starttls=yes; write / and # in a password as %2F and %23")
    options = {name: values[-1].lower() in YES for name, values in parse_qs(parts.query).items()}
    if set(options) - {"starttls", "insecure"}:
        raise ValueError("the options are starttls and insecure")
    starttls = parts.scheme == "smtp+starttls" or (options.get("starttls", False) and parts.scheme == "smtp")
    bare = parts.scheme == "smtp" and not starttls
    if parts.username and bare and parts.hostname not in LOCAL and not options.get("insecure"):
        raise ValueError("a password needs smtps:// or smtp+starttls:// (or ?insecure=yes)")
    return MailServer(
        host=parts.hostname,
        port=parts.port or PORTS["smtp+starttls" if starttls else parts.scheme],
        tls=parts.scheme == "smtps",
        starttls=starttls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        timeout=timeout,
    )
