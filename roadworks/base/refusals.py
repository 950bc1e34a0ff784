"""Every no becomes one page, or one JSON object for who asks for JSON: never a stack trace, never in silence."""

import logging
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, TimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, SecurityError
from wtforms import DateField, StringField

from roadworks.base.db import db, drawing
from roadworks.base.errors import Conflict, Refusal
from roadworks.base.i18n import _, _l
from roadworks.base.web import safe_next

log = logging.getLogger("roadworks")

TITLES = {
    400: _l("That could not be understood"),
    401: _l("Please sign in"),
    403: _l("You may not do this"),
    404: _l("Not found"),
    405: _l("This address does not take that"),
    409: _l("It has changed meanwhile"),
    413: _l("Too large"),
    415: _l("This kind of file is not taken"),
    422: _l("That could not be understood"),
    429: _l("Too many tries"),
    500: _l("Something went wrong here"),
    503: _l("Busy at the moment"),
}
MESSAGES = {
    400: _l("What was sent is incomplete or damaged. Go back, check and send it again."),
    403: _l("Your role does not include this. Ask your supervisor if you need it."),
    404: _l("It does not exist, or it is not in your district."),
    405: _l("Go back and use the buttons of the page."),
    413: _l("What was sent is larger than the limit. Send fewer or smaller files."),
    500: _l("The fault has been recorded. Nothing was half-written; please try again later."),
    503: _l("The database does not answer just now. Nothing was written; please try again in a few seconds."),
}
# Fields that pages write themselves, without a form class: here those of several rooms; a room hangs its own on it.
# Those with a number behind a dash stand once per line.
WRITTEN = {"reason": _l("Reason"), "note": _l("Note"), "until": _l("Until"), "on": _l("Day")}
CODE = re.compile(r"[\w.,:+-]*", re.ASCII)


def wants_json() -> bool:
    """Whether the answer should be JSON: the path says so, or the client prefers it."""
    if request.path.endswith((".json", ".geojson")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def answer(status: int, message: Any = "", **facts: Any) -> Response:
    """The page or JSON for one refusal; `retry_after` in seconds becomes a header,
    `again` tells a phone that the same may be sent again with a new token, `closed` which person may sign in no
    more."""
    with drawing():
        text = str(message or MESSAGES.get(status, ""))
        title = _("Something is still missing") if facts.get("missing") else str(TITLES.get(status, _("Error")))
        if wants_json():
            marks = {name: facts[name] for name in ("again", "closed") if facts.get(name)}
            response = jsonify(error={"code": status, "title": title, "message": text, **marks})
        else:
            page = "errors/conflict.html" if status == 409 and facts.get("current") else "errors/error.html"
            response = make_response(render_template(page, code=status, title=title, message=text, **facts))
    response.status_code = status
    if facts.get("retry_after"):
        response.headers["Retry-After"] = str(facts["retry_after"])
    return response


def typed_values() -> list[tuple[str, str]]:
    """What the person had typed, under the label of its field, to show it again beside a conflict."""
    hidden = {"csrf_token", "version", "client_id", "next", "once"}
    said = [pair for pair in request.form.items() if pair[0] not in hidden and "password" not in pair[0]]
    return [(label, value) for name, value in said if value.strip() and (label := _label(name, value))]


def _label(name: str, value: str) -> str:
    """The label of a field; of one without, a word for it if somebody wrote the value, none if it is a mere code."""
    form = g.get("asked")
    if form is not None and name in form:
        return str(form[name].label.text) if isinstance(form[name], StringField | DateField) else ""
    known = WRITTEN.get(name.partition("-")[0])
    return str(known or ("" if CODE.fullmatch(value) else _("Text")))


def came_from() -> str | None:
    """The page of ours on which the button was pressed."""
    parts = urlsplit(request.referrer or "")
    return safe_next(parts.path + (f"?{parts.query}" if parts.query else "")) if parts.netloc == request.host else None


def _as_to_nobody() -> None:
    """Answer as to nobody: who is signed in stands in a database that does not answer, and would be waited for anew."""
    g._login_user = AnonymousUserMixin()


def _refusal(error: Refusal) -> Response:
    if error.status == 503 and "_login_user" not in g:
        _as_to_nobody()
    facts = dict(error.facts)
    if isinstance(error, Conflict) and error.thing is not None:
        # The old transaction holds the old row: end it before reading what is true now.
        with drawing():
            db.session.refresh(error.thing)
            facts |= {"current": error.thing.summary(), "typed": typed_values(), "back_url": came_from()}
        facts["missing"] = error.facts.get("missing")
    log.info("refused %s %s: %s %s", request.method, request.path, error.status, error.message)
    return answer(error.status, error.message, **facts)


def _csrf(error: CSRFError) -> Response:
    text = _("This form was open too long or came from another page. Go back, reload it and send again.")
    return answer(400, text, again=True)


def _http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # A host that is not ours: no address of ours may be built into the answer.
        return Response("This host name is not served here.\n", 400, mimetype="text/plain")
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, DBAPIError):
        # Another no was to be written, to whom the database could not tell.
        return _database(error.original_exception)
    return answer(error.code or 500)


def _too_large(error: RequestEntityTooLarge) -> Response:
    return answer(413)


def _database(error: DBAPIError) -> Response:
    """A database that is busy, full or gone is a 503; a value it refuses is a fault of ours."""
    # SQLite calls a missing table or column by the same name as a busy file: a forgotten migration is a fault.
    ours = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR"
    if error.connection_invalidated or (type(error.orig).__name__ in BUSY_ERRORS and not ours):
        log.warning("database unavailable: %s", error.orig)
        return _no_database()
    return _fault(error)


def _no_database(_error: TimeoutError | None = None) -> Response:
    _as_to_nobody()
    return answer(503, retry_after=5)


BUSY_ERRORS = frozenset(
    {"OperationalError", "InterfaceError", "LockNotAvailable", "QueryCanceled", "DeadlockDetected", "AdminShutdown"}
    | {"SerializationFailure", "IdleInTransactionSessionTimeout", "TooManyConnections", "CannotConnectNow", "DiskFull"}
)


def _fault(error: Exception) -> Response:
    if "_login_user" not in g:
        _as_to_nobody()
    reference = secrets.token_hex(4)
    log.error("fault %s on %s %s", reference, request.method, request.path, exc_info=error)
    return answer(500, reference=reference)


def init_app(app: Flask) -> None:
    """Map every kind of no once."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(TimeoutError, _no_database)
    if not app.testing:
        app.register_error_handler(Exception, _fault)
