"""Admin pages: stages with their gate papers, the legal calendar."""

from flask import Blueprint

bp = Blueprint("project_tables", __name__, url_prefix="/admin")
