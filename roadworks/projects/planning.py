"""From defects to projects: condition, candidates, what a project covers."""

from flask import Blueprint

bp = Blueprint("planning", __name__)
