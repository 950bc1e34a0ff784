"""Reminders with their answers, the bell, digests."""

from flask import Blueprint

from roadworks.notifications import models  # noqa: F401  their tables

bp = Blueprint("notifications", __name__)
