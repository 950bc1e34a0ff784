"""Photos and voice notes for phones, few enough that records share them; what a phone calls them by."""

import base64
import hashlib

from tests.support.cast import jpeg, spoken

SHOTS = [jpeg(colour, (64, 48)) for colour in ("dimgray", "tan", "olive", "teal")]
SOUNDS = [spoken(seconds, seconds) for seconds in (2, 3)]


def sha(content: bytes) -> str:
    """What a phone calls a file by."""
    return hashlib.sha256(content).hexdigest()


def packed(content: bytes) -> str:
    """A file as it goes into a page."""
    return base64.b64encode(content).decode()
