"""Usual reasons of a failed verification: kept as they were said, told to each reader in the reader's own language."""

import re
from functools import cache
from typing import Any

from flask import Flask

from roadworks.base.i18n import LOCALES, _l, force_locale, locale

USUAL = (
    _l("Not level with the road"),
    _l("Smaller than measured"),
    _l("Open joint or edge"),
    _l("Not properly compacted"),
    _l("Marking or kerb not restored"),
    _l("Place not cleaned up"),
    _l("Photo does not show this place"),
)


def usual_reasons() -> list[str]:
    """The words that one tap writes into the field (static/js/chips.js)."""
    return [str(word) for word in USUAL]


def reworded(text: str | None) -> str:
    """A reason as its reader reads it: a usual one of any language in this one, all else as it was typed."""
    parts = [part.strip() for part in re.split("[；;]", text or "")]
    if not any(part in _known() for part in parts):
        return text or ""
    return ("；" if locale() == "zh" else "; ").join(str(_known().get(part, part)) for part in parts if part)


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = {}
    for language in LOCALES:
        with force_locale(language):
            known |= {str(word): word for word in USUAL}
    return known


def init_app(app: Flask) -> None:
    """Give templates the usual reasons, and reasons in their reader's language."""
    app.jinja_env.globals["usual"] = usual_reasons
    app.jinja_env.filters["reworded"] = reworded
