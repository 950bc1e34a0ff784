"""Pages of projects: the list, the board, one project, and the steps on it."""

from flask import Blueprint

from roadworks.projects import boards, models, records, tables  # noqa: F401  their tables

bp = Blueprint("projects", __name__)
