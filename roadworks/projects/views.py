"""Pages of projects: the list, the board, one project, and the steps on it."""

from flask import Blueprint

from roadworks.projects import actions, boards, models, records, tables  # noqa: F401  their tables, the verbs

bp = Blueprint("projects", __name__)
