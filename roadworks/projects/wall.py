"""The wall 挂图 for a monitor and for A3, and its months."""

from flask import Blueprint

bp = Blueprint("wall", __name__)
