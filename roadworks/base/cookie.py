"""The session's cookie: signed as Flask does it, sent again only when it changed or has come of age."""

import time
from datetime import datetime

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

OF_AGE_S = 600


class AgeingSession(SecureCookieSession):
    """A session that knows when its cookie was signed (seconds since the epoch, real time; 0 for a new one)."""

    signed_at: float = 0


class CookieInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, with one signer per app and no new cookie on answers that need none.

    Whoever is at work is signed in as long as before: a cookie older than ten minutes is renewed by the next answer.
    """

    session_class = AgeingSession

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The app's signer, made once."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> AgeingSession:
        """The session of the cookie, or an empty one where there is none that holds."""
        signer = self.get_signing_serializer(app)
        text = request.cookies.get(self.get_cookie_name(app))
        if signer is None or not text:
            return AgeingSession()
        try:
            age = int(app.permanent_session_lifetime.total_seconds())
            said, signed = signer.loads(text, max_age=age, return_timestamp=True)
        except BadSignature:
            return AgeingSession()
        session = AgeingSession(said)
        session.signed_at = signed.timestamp() if isinstance(signed, datetime) else 0
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Say it to the browser, but with no file: a file is the same for everybody."""
        if request.endpoint != "static":
            super().save_session(app, session, response)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether it changed, or is old enough to be renewed."""
        aged = session.permanent and time.time() - getattr(session, "signed_at", 0) > OF_AGE_S
        return session.modified or aged


def init_app(app: Flask) -> None:
    """Keep sessions this way."""
    app.session_interface = CookieInterface()
