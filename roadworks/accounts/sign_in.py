"""Who is at the other end: sign-ins kept in the database, checked at each request; every page needs one by default."""

import logging
import secrets
from datetime import timedelta

from flask import Flask, current_app, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import bindparam, delete, select, update
from werkzeug.wrappers import Response

from roadworks.accounts.models import Person, SignIn
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.refusals import answer, wants_json
from roadworks.base.web import safe_next

log = logging.getLogger("roadworks.sign-in")
# The only pages that anybody may open; `handing.hand_in` sees for itself who comes.
OPEN = frozenset({"accounts.login", "accounts.set_language", "healthz", "static", "street.manifest", "street.worker"})
OPEN |= {"handing.hand_in"}
LONGEST = timedelta(days=7)
# A phone that lay in a drawer still asks by its old one whether its person has access: see closed().
KEEP = timedelta(days=180)
DEVICE_LIFE = timedelta(days=90)

manager = LoginManager()
manager.session_protection = None  # phones change their address all day; the row in the database is what counts


# Asked by every request: built once, so that neither it nor its key in the cache of statements is built again.
_HOLDS = (
    select(Person, SignIn.epoch)
    .join(SignIn, SignIn.person_id == Person.id)
    .where(SignIn.token == bindparam("token"), SignIn.ended_at.is_(None), SignIn.expires_at >= bindparam("now"))
)


@manager.user_loader
def find(token: str) -> Person | None:
    """The person of a sign-in that still holds; one statement."""
    found = db.session.execute(_HOLDS, {"token": token, "now": clock.now()}).one_or_none()
    if found is None or not found.Person.active or found.Person.epoch != found.epoch:
        return None
    person: Person = found.Person
    person.sign_in_token = token
    return person


def begin(person: Person) -> None:
    """Sign in on this device: a new session, a new row."""
    now = clock.now()
    device = "".join(c for c in request.headers.get("User-Agent", "") if c.isprintable())[:200]
    row = SignIn(
        person_id=person.id,
        token=secrets.token_urlsafe(32),
        epoch=person.epoch,
        started_at=now,
        expires_at=now + LONGEST,
        device=device,
    )
    db.session.add(row)
    db.session.flush()
    language = session.get("language")
    session.clear()
    session.permanent = True
    if language:
        session["language"] = language
    person.sign_in_token = row.token
    login_user(person)


def end(person: Person) -> None:
    """Sign out on this device."""
    db.session.execute(
        update(SignIn)
        .where(SignIn.token == person.sign_in_token)
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    logout_user()
    session.clear()


def end_all(person: Person) -> None:
    """End every sign-in of a person, from the next request on."""
    person.epoch += 1
    db.session.execute(
        update(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def forget_old() -> int:
    """Delete the sign-ins, with what they tell of devices, that ended half a year ago; gives how many."""
    old = delete(SignIn).where(SignIn.expires_at < clock.now() - KEEP)
    return int(db.session.execute(old, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="known device")


def device_cookie() -> str:
    """The name of the cookie that marks a device on which somebody has signed in before."""
    return "__Host-device" if current_app.config["HTTPS"] else "device"


def known_device(username: str) -> bool:
    """Whether this account has signed in on this device before."""
    try:
        return username in _signer().loads(request.cookies.get(device_cookie(), ""))
    except (BadSignature, TypeError):
        return False


def remember_device(response: Response, username: str) -> Response:
    """Mark this device as one on which the account has signed in."""
    response.set_cookie(
        device_cookie(),
        _signer().dumps([username]),
        max_age=DEVICE_LIFE,
        secure=current_app.config["HTTPS"],
        httponly=True,
        samesite="Lax",
    )
    return response


def closed() -> Person | None:
    """Whose the sign-in was that this device still tells of, held or ended, where they may sign in no more."""
    statement = select(Person).join(SignIn, SignIn.person_id == Person.id).where(~Person.active)
    return db.session.scalar(statement.where(SignIn.token == session.get("_user_id", "")))


def _default_deny() -> Response | None:
    """Send who is not signed in to the sign-in page, wherever they wanted to go."""
    if request.endpoint in OPEN or request.endpoint is None or current_user.is_authenticated:
        return None
    if wants_json():
        gone = closed()
        return answer(401, closed=gone.id if gone else None)
    back = safe_next(request.full_path.rstrip("?")) if request.method == "GET" else None
    return redirect(url_for("accounts.login", next=back))


def init_app(app: Flask) -> None:
    """Deny by default."""
    manager.init_app(app)
    app.before_request(_default_deny)
