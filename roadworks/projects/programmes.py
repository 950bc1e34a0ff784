"""Pages of the bureau's other yearly targets."""

from flask import Blueprint

bp = Blueprint("programmes", __name__)
