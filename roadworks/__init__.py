"""Roadworks: road-maintenance work orders of a city district, from the defect in the street to the bulletin."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask

from roadworks import rooms
from roadworks.base import (
    clock,
    config,
    cookie,
    db,
    files,
    gate,
    headers,
    i18n,
    refusals,
    storage,
    web,
    wording,
)
from roadworks.base.config import ROOT
from roadworks.workflow import usual, words


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application: settings, ground, rooms, answers to refusals; it touches no database. Raises BadSetting."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    options = config.settings() if overrides is None else overrides
    app = Flask(
        "roadworks",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(options["INSTANCE"]),
    )
    app.config.update(options)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    clock.set_from(app.config["NOW"])
    app.config["INSTANCE"].mkdir(parents=True, exist_ok=True)
    for ground in (db, cookie, storage, i18n, wording, web, files, headers, gate, refusals, words, usual):
        ground.init_app(app)
    rooms.init_app(app)
    return app
