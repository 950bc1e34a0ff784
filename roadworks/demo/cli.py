"""The command that loads the demo."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the command."""
