"""The desk's page for rescue files: a file is kept, shown in plain words before it writes, then brought in."""

from hashlib import file_digest
from pathlib import PurePath
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.file import FileField
from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import Form
from roadworks.base.i18n import _, _l, ngettext
from roadworks.base.storage import storage
from roadworks.base.web import one
from roadworks.defects import rescue, rescue_additions, rescue_file, rescue_rounds, rescue_voices
from roadworks.network.views import home
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import check

# What they add to the kinds of records is there once they are loaded.
KINDS = (rescue, rescue_additions, rescue_rounds, rescue_voices)
bp = Blueprint("rescue", __name__, url_prefix="/rescue")
NEWEST = 50
GROUPS = ("new", "held", "refused", "there", "kept")


class RescueForm(Form):
    """A file from a phone."""

    file = FileField(_l("Rescue file"))


def _key(sha: str) -> str:
    return f"rescue/{current_user.district_id}/{sha}.zip"


def _events(verb: str) -> Any:
    """What was done with the rescue files of this district."""
    mine = Event.chain == current_user.district_id
    return select(Event).where(mine, Event.verb == verb, Event.thing_type == District.__thing__)


def _brought(sha: str) -> Event:
    """The event by which the file of this hash came here; raises NotFound."""
    found = db.session.scalars(_events("rescue.take_in").order_by(Event.id.desc()))
    return next((event for event in found if event.facts["sha256"] == sha), None) or one(
        select(Event).where(Event.id < 0)
    )


@bp.route("", methods=["GET", "POST"])
def files() -> Any:
    """Take a rescue file in, and the list of those that came."""
    check(current_user, "rescue.take_in")
    form, faults = RescueForm(), []
    if request.method == "POST" and form.validate():
        try:
            sha = _take_in(form.file.data)
            db.session.commit()
            return redirect(url_for("rescue.shown", sha=sha))
        except BadInput as fault:
            db.session.rollback()
            faults = [str(fault.message)]
    rows = db.session.scalars(_events("rescue.take_in").order_by(Event.id.desc()).limit(NEWEST)).all()
    done = {event.facts["sha256"]: event for event in db.session.scalars(_events("rescue.bring_in").order_by(Event.id))}
    return render_template(
        "defects/rescue.html", form=form, faults=faults, rows=rows, done=done
    ), 400 if faults else 200


def _take_in(upload: Any) -> str:
    """Keep the file as it came, once; gives its SHA-256. Raises BadInput."""
    if not upload:
        raise BadInput(_("Choose a file."))
    records = rescue_file.read(upload.stream).records
    upload.stream.seek(0)
    sha = file_digest(upload.stream, "sha256").hexdigest()
    known = [event for event in db.session.scalars(_events("rescue.take_in")) if event.facts["sha256"] == sha]
    if not known:
        size = upload.stream.seek(0, 2)
        upload.stream.seek(0)
        storage().put_from(_key(sha), upload.stream, size)
        name = PurePath(str(upload.filename)).name[:80]
        audit.record(current_user, "rescue.take_in", home(), sha256=sha, file=name, records=len(records))
    return sha


@bp.get("/<string(length=64):sha>")
def shown(sha: str) -> str:
    """What would become of each record of a file."""
    check(current_user, "rescue.take_in")
    event = _brought(sha)
    with storage().open(_key(sha)) as stream:
        held = rescue_file.read(stream)
        rows = [(record, rescue.judge(current_user, record, held)) for record in held.records]
    groups = [(word, [row for row in rows if row[1].word == word]) for word in GROUPS]
    return render_template("defects/rescue_shown.html", event=event, groups=groups, sha=sha, told_by=rescue)


@bp.post("/<string(length=64):sha>/bring-in")
def bring_in(sha: str) -> Any:
    """File what can be filed, each record for itself, so that what is done stays done; once, however often asked."""
    check(current_user, "rescue.bring_in")
    name, chosen = _brought(sha).facts["file"], set(request.form.getlist("anyway"))
    told: list[rescue.Verdict] = []
    with storage().open(_key(sha)) as stream:
        held = rescue_file.read(stream)
        begun = audit.record(
            current_user, "rescue.bring_in", home(), sha256=sha, file=name, anyway=sorted(chosen) or None
        )
        db.session.commit()
        for record in held.records:
            told.append(rescue.bring_in(current_user, record, held, cause=begun, anyway=record.id in chosen))
            db.session.commit()
    filed = sum(verdict.word == "filed" for verdict in told)
    flash(ngettext("%(num)d record filed.", "%(num)d records filed.", filed))
    for verdict in told:
        if verdict.word == "refused":
            flash(" ".join(verdict.why))
    return redirect(url_for("rescue.shown", sha=sha))
