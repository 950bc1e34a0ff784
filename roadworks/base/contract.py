"""What phones send from their queue: JSON by a numbered contract, read into the same forms that pages send."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request
from werkzeug.datastructures import MultiDict

from roadworks.base.errors import BadInput

CONTRACT = 1
PREFIX = f"/sync/{CONTRACT}"
# No database keeps these, and half a pair is no sign.
UNKEPT = re.compile("[\x00\ud800-\udfff]")
NOT_UNDERSTOOD = "This is not what contract 1 asks for."


def body() -> dict[str, Any]:
    """The body as a JSON object; raises BadInput on anything else, however deep or large."""
    try:
        said = request.get_json()
    except RecursionError as error:
        raise BadInput(NOT_UNDERSTOOD) from error
    if not isinstance(said, dict):
        raise BadInput(NOT_UNDERSTOOD)
    return said


def moment(said: Any, name: str) -> datetime:
    """A moment with its zone, in UTC; raises BadInput on anything else.

    A clock that was reset begins in 1970; what lies beyond these years cannot be read in every zone.
    """
    try:
        found = datetime.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise BadInput(NOT_UNDERSTOOD, field=name) from error
    if found.tzinfo is None or not 1970 <= found.year < 2200:
        raise BadInput(NOT_UNDERSTOOD, field=name)
    return found.astimezone(UTC)


def refused(fault: BadInput) -> tuple[Response, int]:
    """The answer to a record that is refused: the fault by its field; what was begun is the caller's to take back."""
    return jsonify(faults={fault.field or "": [str(fault.message)]}), 422


def as_form(said: Mapping[str, Any]) -> MultiDict[str, str]:
    """The fields as a form holds them: text and numbers only, and no sign that cannot be kept. Raises BadInput."""
    typed: MultiDict[str, str] = MultiDict()
    for name, value in said.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float) or UNKEPT.search(f"{name}{value}"):
            raise BadInput(NOT_UNDERSTOOD, field=name)
        typed[name] = str(value)
    return typed
