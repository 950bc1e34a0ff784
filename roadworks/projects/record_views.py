"""Papers and progress of a project: sent in, handed out."""

import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, request
from flask_login import current_user

from roadworks.base import documents
from roadworks.base.db import db
from roadworks.base.documents import MEDIA
from roadworks.base.errors import BadInput
from roadworks.base.headers import shut_in
from roadworks.base.i18n import _
from roadworks.base.quantities import whole_number
from roadworks.base.storage import LocalStorage, storage
from roadworks.base.web import one
from roadworks.defects.field import keep_uploads
from roadworks.projects import page, papers, progress, queries
from roadworks.projects.forms import PaperForm, ProgressForm
from roadworks.projects.models import Project
from roadworks.projects.records import Paper
from roadworks.projects.views import load
from roadworks.workflow.permissions import check

bp = Blueprint("project_records", __name__, url_prefix="/projects")
# One paper of 50 MB and the fields around it.
WHOLE_PAPER = documents.MOST_BYTES + 1_000_000


@bp.post("/<int:project_id>/papers")
def add_paper(project_id: int) -> Any:
    """Add a paper: for the gate (`gate_paper`), as a newer version (`replaces`), or under a name of its own."""
    found = load(project_id)
    check(current_user, "project.add_paper", found)
    form = PaperForm()
    try:
        if not form.validate():
            name, errors = next(iter(form.errors.items()))
            raise BadInput(errors[0], field=name)
        _add(found, form)
    except BadInput as fault:
        db.session.rollback()
        told = {"form": _which(), "field": fault.field or "file", "message": str(fault.message)}
        return page.shown(load(project_id), fault=told, typed=request.form), 400
    db.session.commit()
    flash(_("The paper is added."))
    return redirect(page.address(found) + "#papers")


def _add(project: Project, form: PaperForm) -> None:
    upload = form.file.data
    if not upload or not upload.filename:
        raise BadInput(_("Choose a file."), field="file")
    asked, old = _asked(), _old(project)
    db.session.rollback()  # looking at 50 MB takes a while: no transaction is held meanwhile
    document = documents.look(upload.stream)
    papers.store(upload.stream, document)
    papers.add(
        current_user,
        project,
        document,
        filename=upload.filename,
        name=form.name.data or "",
        gate_paper=asked,
        replaces=old,
    )


def _which() -> str:
    """Which of the page's forms was sent."""
    return next(
        (f"{name}-{request.form[name]}" for name in ("gate_paper", "replaces") if request.form.get(name)), "paper"
    )


def _id(name: str) -> int | None:
    text = request.form.get(name, "")
    if not text:
        return None
    found = whole_number(text)
    if found is None:
        raise BadInput(papers.NOT_ITS_PAPER, field="file")
    return found


def _asked() -> Any:
    asked_id = _id("gate_paper")
    return one(papers.asked(current_user, asked_id)) if asked_id else None


def _old(project: Project) -> Paper | None:
    old_id = _id("replaces")
    return one(papers.one_of(current_user, project, old_id)) if old_id else None


@bp.get("/<int:project_id>/papers/<int:paper_id>")
def paper(project_id: int, paper_id: int) -> Response:
    """Hand a paper out: as a download, never shown in the browser, to those who may see the project."""
    check(current_user, "project.read")
    project = one(queries.readable(current_user).where(Project.id == project_id))
    found = one(papers.one_of(current_user, project, paper_id))
    store = storage()
    store.open(found.key).close()  # one that is gone is a 404 while there is still time to say so
    response = Response(_pieces(store, found.key), mimetype=MEDIA[found.kind])
    response.headers.set("Content-Disposition", "attachment", **_names(found.filename))
    response.headers["Cache-Control"] = "private, no-store"
    response.content_length = found.size
    return shut_in(response)


def _pieces(store: LocalStorage, key: str) -> Iterator[bytes]:
    """A file in pieces of a megabyte."""
    with store.open(key) as file:
        while piece := file.read(documents.CHUNK):
            yield piece


def _names(filename: str) -> dict[str, str]:
    """The name for old browsers and, by RFC 6266, for all others."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode().strip()
    if plain == filename:
        return {"filename": filename}
    return {"filename": f"paper.{filename.rsplit('.', 1)[-1]}", "filename*": f"UTF-8''{quote(filename, safe='')}"}


@bp.post("/<int:project_id>/progress")
def add_progress(project_id: int) -> Any:
    """Tell of progress; photos stay kept whatever else is wrong."""
    found = load(project_id)
    check(current_user, "project.add_progress", found)
    form = ProgressForm()
    kept, faults = keep_uploads(_kept(), request.files.getlist("photos"))
    try:
        if faults:
            raise BadInput(" ".join(faults), field="photos")
        if not form.validate():
            name, errors = next(iter(form.errors.items()))
            raise BadInput(errors[0], field=name)
        said = {"percent": form.percent.data, "text": form.text.data or "", "on": form.on.data}
        progress.add(current_user, found, photos=kept, **said)
    except BadInput as fault:
        db.session.rollback()
        told = {"form": "progress", "field": fault.field or "text", "message": str(fault.message)}
        return page.shown(load(project_id), fault=told, typed=request.form, kept=kept), 400
    db.session.commit()
    flash(_("The progress is on record."))
    return redirect(page.address(found) + "#progress")


def _kept() -> list[int]:
    """The photos that were kept when this form came back before."""
    return [found for said in request.form.getlist("kept") if (found := whole_number(said)) is not None][:8]
