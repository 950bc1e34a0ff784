"""A bounded gate: a few requests work at a time, a few wait a moment, the rest are told at once to come again.

The body is read before the gate is asked, so that a slow phone upload holds a thread but never a place.
"""

import threading

from flask import Flask, abort, g, request, session

from roadworks.base.errors import Unavailable
from roadworks.base.i18n import _l
from roadworks.base.refusals import wants_json

LONGEST_WAIT_S = 2.0
WITH_FILES = "multipart/form-data"
BUSY = _l("The system is very busy. What you typed is kept by your browser; please try again in a few seconds.")


class Gate:
    """`slots` at work, `queue` waiting; `enter` raises Unavailable beyond that."""

    def __init__(self, slots: int, queue: int) -> None:
        self._slots = threading.BoundedSemaphore(slots)
        self._line = threading.BoundedSemaphore(slots + queue)

    def enter(self) -> None:
        """Take a place, waiting a moment for one; raises Unavailable."""
        if not self._line.acquire(blocking=False):
            raise Unavailable(BUSY, retry_after=5)
        if not self._slots.acquire(timeout=LONGEST_WAIT_S):
            self._line.release()
            raise Unavailable(BUSY, retry_after=5)

    def leave(self) -> None:
        """Give the place back."""
        self._slots.release()
        self._line.release()


def _read_body() -> None:
    """Read the body, however slowly it comes: files to disk, all else, JSON too, into memory within the usual limit.

    Never both by `get_data`: of a form with files that cannot be parsed it would read the rest into memory, up to the
    limit for files.
    """
    if request.mimetype == WITH_FILES:
        request.form  # noqa: B018
    else:
        request.get_data(parse_form_data=True)


def init_app(app: Flask) -> None:
    """Put the gate before every view but health and static files."""
    gate = Gate(app.config["GATE_SLOTS"], app.config["GATE_QUEUE"])

    @app.before_request
    def enter() -> None:
        if request.endpoint in {"healthz", "static"}:
            return
        limit = app.config["UPLOAD_LIMITS"].get(request.endpoint) if request.mimetype == WITH_FILES else None
        if limit and "_user_id" in session:
            request.max_content_length = limit
        elif limit and wants_json():
            # A phone whose person signed out meanwhile: its photo is not too large, it is nobody's yet.
            abort(401)
        if request.method == "POST":
            _read_body()
        gate.enter()
        g.gate = gate

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        held: Gate | None = g.pop("gate", None)
        if held is not None:
            held.leave()
