"""The rooms of the street in their order: each gives its pages and commands to the app."""

from flask import Flask, jsonify
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text
from werkzeug.wrappers import Response

from roadworks.base.db import db
from roadworks.accounts import sign_in

csrf = CSRFProtect()

def init_app(app: Flask) -> None:
    """Open every room."""
    csrf.init_app(app)
    sign_in.init_app(app)

    @app.get("/healthz")
    def healthz() -> Response:
        """Whether the database answers."""
        db.session.execute(text("SELECT 1"))
        return jsonify(status="ok")
