"""Every setting, from ROADWORKS_* variables, checked at start."""

import os
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from roadworks.base.db import engine_options, normalise_url
from roadworks.base.mail_server import MailServer, parse

ROOT = Path(__file__).resolve().parents[2]
DEMO_PASSWORD = "roadworks-demo"  # noqa: S105 - published, and used by the demo alone


class BadSetting(ValueError):
    """A setting that cannot be used; the text names it and says what to write."""


def settings(env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """All settings as Flask wants them; raises BadSetting."""
    demo = _flag(env, "DEMO", default=False)
    secret = _secret_key(env, demo)
    instance = Path(_text(env, "INSTANCE", str(ROOT / "instance"))).resolve()
    url = normalise_url(
        _text(env, "DATABASE_URL", env.get("DATABASE_URL", "") or f"sqlite:///{instance / 'roadworks.db'}")
    )
    https = _flag(env, "HTTPS", default=not demo)
    timeout = _number(env, "SMTP_TIMEOUT", 20, 1, 25)
    hosts = [h.strip() for h in _text(env, "TRUSTED_HOSTS", "").split(",") if h.strip()]
    return {
        "DEMO": demo,
        "DEMO_PASSWORD": _text(env, "DEMO_PASSWORD", DEMO_PASSWORD) if demo else None,
        "SECRET_KEY": secret,
        "AUDIT_KEY": sha256(b"roadworks audit " + _text(env, "AUDIT_KEY", secret).encode()).digest(),
        "INSTANCE": instance,
        "MIGRATIONS": ROOT / "roadworks" / "migrations",
        "NOW": env.get("ROADWORKS_NOW"),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(url),
        "TRUSTED_HOSTS": hosts or ["localhost", "127.0.0.1", "[::1]"],
        "BASE_URL": (base_url := _base_url(env, f"http{'s' * https}://{hosts[0] if hosts else 'localhost'}")),
        "MAIL_FROM": _mail_from(env, f"roadworks@{urlsplit(base_url).hostname}"),
        "MAIL_SERVER": _mail_server(env, timeout),
        "PROXY_HOPS": _number(env, "PROXY_HOPS", 0, 0, 5),
        "GATE_SLOTS": _number(env, "GATE_SLOTS", 8, 1, 256),
        "GATE_QUEUE": _number(env, "GATE_QUEUE", 16, 0, 1024),
        "TILE_URL": _text(env, "TILE_URL", ""),
        "TILE_DATUM": _choice(env, "TILE_DATUM", ("wgs84", "gcj02")),
        "TILE_ATTRIBUTION": _text(env, "TILE_ATTRIBUTION", ""),
        "HTTPS": https,
        **_cookies(https, _number(env, "SESSION_HOURS", 12, 1, 168)),
        **FIXED,
    }


# A form with eight phone photos is let in by its own view; everything else stays small.
FIXED: dict[str, Any] = {
    "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1000,
    "WTF_CSRF_TIME_LIMIT": None,
    "WTF_CSRF_SSL_STRICT": True,
    "BABEL_DEFAULT_LOCALE": "zh",
    "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
    "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "roadworks" / "translations"),
    "JSON_AS_ASCII": False,
}


def _cookies(https: bool, hours: int) -> dict[str, Any]:
    """Session cookie settings; `__Host-` binds it to this host where there is HTTPS."""
    return {
        "SESSION_COOKIE_NAME": "__Host-roadworks" if https else "roadworks",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=hours),
        "PREFERRED_URL_SCHEME": "https" if https else "http",
    }


def _secret_key(env: Mapping[str, str], demo: bool) -> str:
    """The key that signs sessions: always text, never parsed, at least 32 characters outside the demo."""
    key = env.get("ROADWORKS_SECRET_KEY", "")
    if not key and demo:
        key = sha256(b"roadworks demo " + str(ROOT).encode()).hexdigest()
    if len(key) < 32 or len(set(key)) < 8:
        raise BadSetting(
            "ROADWORKS_SECRET_KEY must be at least 32 random characters; "
            "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return key


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(f"ROADWORKS_{name}", "").strip() or default


def _base_url(env: Mapping[str, str], default: str) -> str:
    """Where people reach it, for the links in mail; without a slash at the end."""
    url = _text(env, "BASE_URL", default).rstrip("/")
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.query or parts.fragment or parts.username or not url.isascii() or set(url) & set(" \t\r\n"):
        raise BadSetting(f"ROADWORKS_BASE_URL is an address such as https://roads.example, not {url!r}")
    return url


def _mail_from(env: Mapping[str, str], default: str) -> str:
    """Whom mail comes from: an address, or a name with an address."""
    text = _text(env, "MAIL_FROM", default)
    address = parseaddr(text)[1]
    if not text.isprintable() or "@" not in address.strip("@"):
        raise BadSetting(f"ROADWORKS_MAIL_FROM is an address, or Name <address>, not {text!r}")
    return text


def _mail_server(env: Mapping[str, str], timeout: int) -> MailServer | None:
    """Where mail is handed over; None: letters become files."""
    url = _text(env, "SMTP_URL", "")
    try:
        return parse(url, timeout) if url else None
    except ValueError as error:  # it names no more of the URL than it must: a password may stand in it
        raise BadSetting(f"ROADWORKS_SMTP_URL: {error}") from None


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    word = _text(env, name, "1" if default else "0").lower()
    if word not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise BadSetting(f"ROADWORKS_{name} is yes or no, not {word!r}")
    return word in {"1", "true", "yes", "on"}


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    word = _text(env, name, str(default))
    if not word.isdecimal() or not least <= int(word) <= most:
        raise BadSetting(f"ROADWORKS_{name} is a whole number from {least} to {most}, not {word!r}")
    return int(word)


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    word = _text(env, name, choices[0]).lower()
    if word not in choices:
        raise BadSetting(f"ROADWORKS_{name} is one of {', '.join(choices)}, not {word!r}")
    return word
