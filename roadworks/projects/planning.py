"""From defects to projects: condition, candidates, what a project covers."""

from flask import Blueprint

from roadworks.projects import cover  # noqa: F401  it tells orders which project keeps a defect

bp = Blueprint("planning", __name__)
