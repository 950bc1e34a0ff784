"""How far a project is: entries with a day, per cent, words and photos."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l
from roadworks.defects import photos as pictures
from roadworks.defects.models import Photo
from roadworks.projects import facts
from roadworks.projects.models import Project
from roadworks.projects.records import ProgressEntry
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import move

NOTHING_SAID = _l("Give the per cent, a word or a photo.")
FALLING = _l("It stood at %(percent)d %% before. Say why it is less now.")
BEFORE = _l("The project was not there yet on this day.")
PERCENT = _l("From 0 to 100.")


def latest(project: Project) -> ProgressEntry | None:
    """The newest entry that gives a per cent."""
    statement = select(ProgressEntry).where(ProgressEntry.project_id == project.id, ProgressEntry.percent.is_not(None))
    return db.session.scalars(statement.order_by(ProgressEntry.on.desc(), ProgressEntry.id.desc()).limit(1)).first()


def add(
    by: Actor,
    project: Project,
    *,
    percent: int | None,
    text: str,
    on: date | None = None,
    photos: Sequence[Photo] = (),
) -> ProgressEntry:
    """Tell of progress on a day (today); less per cent than before needs a word.

    Raises NotAllowed, WrongStep, BadInput (naming the field), Conflict (a photo that belongs to something else).
    """
    check(by, "project.add_progress", project)
    audit.lock(project.district_id)
    day = on or clock.today()
    _check(project, percent, text, day, photos)
    entry = ProgressEntry(
        district_id=project.district_id,
        project_id=project.id,
        stage=project.stage,
        on=day,
        percent=percent,
        text=text,
        written_by_id=by.id,
        written_at=clock.now(),
    )
    db.session.add(entry)
    db.session.flush()
    pictures.show_progress(by, photos, progress_id=entry.id)
    said: dict[str, Any] = {"on": day, "percent": percent, "note": text or None, "photos": len(photos) or None}
    move(project, "project.add_progress", by, **said)
    return entry


def _check(project: Project, percent: int | None, text: str, day: date, photos: Sequence[Photo]) -> None:
    if day > clock.today():
        raise BadInput(facts.NOT_YET, field="on")
    began = min((row.entered_on for row in project.dates if row.entered_on), default=None)
    if began is not None and day < began:
        raise BadInput(BEFORE, field="on")
    if percent is None and not text and not photos:
        raise BadInput(NOTHING_SAID, field="percent")
    if percent is not None and not 0 <= percent <= 100:
        raise BadInput(PERCENT, field="percent")
    before = latest(project)
    falls = before is not None and before.on <= day and percent is not None and percent < (before.percent or 0)
    if falls and not text and before is not None:
        raise BadInput(FALLING % {"percent": before.percent}, field="text")


def photos_of(entries: Sequence[ProgressEntry]) -> dict[int, list[Photo]]:
    """The photos of these entries, by entry."""
    found: dict[int, list[Photo]] = {}
    ids = [entry.id for entry in entries]
    statement = select(Photo).where(Photo.progress_id.in_(ids), Photo.kind == "progress").order_by(Photo.id)
    for photo in db.session.scalars(statement) if ids else ():
        found.setdefault(photo.progress_id or 0, []).append(photo)
    return found
