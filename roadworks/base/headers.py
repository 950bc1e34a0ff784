"""What the browser is told about every answer: strict CSP, no sniffing, no framing, no caching of what is private."""

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from roadworks.base.db import READING
from roadworks.base.errors import NotAllowed
from roadworks.base.i18n import _l

# Parts of a page, never a page themselves: what is said of pages would only weigh on them.
PARTS = frozenset({"text/javascript", "text/css", "image/png"})
FOREIGN = _l("This form was sent from another site.")
# Of a file that people sent: where a browser shows it all the same, it is no page that runs or loads anything.
SHUT_IN = "default-src 'none'; sandbox"
HEARD = "default-src 'none'; media-src 'self'; sandbox"


def policy(tile_url: str) -> str:
    """The content security policy; the tile server, where there is one, may send pictures."""
    parts = urlsplit(tile_url.replace("{s}", "*"))
    tiles = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
        f"script-src 'self'; style-src 'self'; img-src 'self' data: blob:{tiles}; "
        "media-src 'self' blob:; connect-src 'self'"
    )


def shut_in(response: Response, *, heard: bool = False) -> Response:
    """The same answer, a file that people sent, with the strictest policy; `heard`: the browser may play it."""
    response.headers["Content-Security-Policy"] = HEARD if heard else SHUT_IN
    return response


def init_app(app: Flask) -> None:
    """Set the headers on every answer and trust as many proxies as configured, none by default."""
    csp = policy(app.config["TILE_URL"])
    hops = app.config["PROXY_HOPS"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    @app.before_request
    def same_origin() -> None:
        """A form that says it comes from another site is refused, whatever token it carries."""
        origin = request.headers.get("Origin")
        if request.method not in READING and origin and urlsplit(origin).netloc != request.host:
            raise NotAllowed(FOREIGN)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.endpoint != "static" or response.mimetype not in PARTS:
            _protect_page(response, csp)
        return response


def _protect_page(response: Response, csp: str) -> None:
    head = response.headers
    head.setdefault("Content-Security-Policy", csp)
    head["Referrer-Policy"] = "same-origin"
    head["Cross-Origin-Opener-Policy"] = "same-origin"
    head["Permissions-Policy"] = "geolocation=(self), camera=(self), microphone=(self)"
    if current_app.config["HTTPS"]:
        head["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint == "static":
        return
    response.vary.add("Cookie")
    head.setdefault("Cache-Control", "no-store")
