"""Seals: by them a phone shows that what it tells was written where somebody had signed in, long after they have gone.

The key of a person is derived (HMAC-SHA256, RFC 2104) from the application's secret; it is the same for ever, for a
record may lie on a phone longer than a session lasts or a password is kept.
"""

import hmac

from flask import current_app

PURPOSE = "roadworks rescue seal 1"


def key_of(person_id: int) -> bytes:
    """The key by which a person's phones seal, 32 bytes."""
    secret = str(current_app.config["SECRET_KEY"])
    return hmac.digest(secret.encode(), f"{PURPOSE}: {person_id}".encode(), "sha256")


def fits(person_id: int, text: str, seal: str) -> bool:
    """Whether this is the seal of the person on exactly this text."""
    right = hmac.new(key_of(person_id), text.encode(), "sha256").hexdigest()
    return hmac.compare_digest(right.encode(), seal.encode())
