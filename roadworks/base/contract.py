"""What phones send from their queue: JSON by a numbered contract, read into the same forms that pages send.

Each door makes its receipt before it commits: made afterwards it asks for the writer's lock again, and who does not get
it is told that the server is busy though all is there.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from math import isfinite
from typing import Any

from flask import Response, jsonify, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest

from roadworks.base import clock
from roadworks.base.errors import BadInput, Faults, Refusal
from roadworks.base.i18n import _l

CONTRACT = 1
PREFIX = f"/sync/{CONTRACT}"
# No database keeps these, and half a pair is no sign.
UNKEPT = re.compile("[\x00\ud800-\udfff]")
SHA256 = re.compile(r"[0-9a-f]{64}")
NOT_UNDERSTOOD = _l("This is not what contract 1 asks for.")
# Of a phone's clock: one that was reset begins in 1970; what lies beyond cannot be read in every zone.
YEARS = range(1970, 2200)


def body() -> dict[str, Any]:
    """The body as a JSON object; raises BadInput on anything else, however deep or large.

    Raises Refusal on what is no JSON at all: a phone never says that, so it is to send the same again.
    """
    try:
        said = request.get_json()
    except RecursionError as error:
        raise BadInput(NOT_UNDERSTOOD) from error
    except BadRequest as error:
        raise Refusal(NOT_UNDERSTOOD, again=True) from error
    if not isinstance(said, dict):
        raise BadInput(NOT_UNDERSTOOD)
    return said


def whole_file(*names: str) -> FileStorage | None:
    """The file of one of these names, if it has the SHA-256 that it had on the phone; None: it was damaged on the way.

    Looked at before it is read as what it should be: a photo that cannot be opened here may be whole on the phone.
    """
    file = next((request.files[name] for name in names if name in request.files), None)
    if file is None or sha256(file.stream.read()).hexdigest() != request.form.get("sha256"):
        return None
    file.stream.seek(0)
    return file


def moment(said: Any, name: str) -> datetime:
    """A moment of a phone's clock with its zone, in UTC; raises BadInput on anything else."""
    try:
        found = datetime.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise BadInput(NOT_UNDERSTOOD, field=name) from error
    if found.tzinfo is None or found.year not in YEARS:
        raise BadInput(NOT_UNDERSTOOD, field=name)
    return clock.of_device(found).astimezone(UTC)


def refused(fault: BadInput, **told: Any) -> tuple[Response, int]:
    """The answer to a record that is refused: the faults by field, and what is `told` besides.

    What was begun is the caller's to take back.
    """
    faults = fault.faults if isinstance(fault, Faults) else {fault.field or "": fault.message}
    return jsonify(faults={name: [str(text)] for name, text in faults.items()}, **told), 422


def as_form(said: Mapping[str, Any]) -> MultiDict[str, str]:
    """The fields as a form holds them: text and finite numbers only, no sign that cannot be kept. Raises BadInput."""
    typed: MultiDict[str, str] = MultiDict()
    for name, value in said.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float) or UNKEPT.search(f"{name}{value}"):
            raise BadInput(NOT_UNDERSTOOD, field=name)
        if isinstance(value, float) and not isfinite(value):
            raise BadInput(NOT_UNDERSTOOD, field=name)
        typed[name] = str(value)
    return typed
