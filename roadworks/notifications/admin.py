"""Admin pages: rules of reminding, failed letters, the timetable."""

from flask import Blueprint

bp = Blueprint("dispatch", __name__, url_prefix="/admin")
