"""The desk's page for rescue files: a file is kept, shown in plain words before it writes, then brought in."""

import io
from functools import partial
from typing import IO, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.file import FileField

from roadworks.base.db import db, reading
from roadworks.base.errors import BadInput, NotFound
from roadworks.base.fields import Form
from roadworks.base.headers import shut_in
from roadworks.base.i18n import _, _l, ngettext
from roadworks.base.imaging import read_photo
from roadworks.base.storage import storage
from roadworks.defects import (
    rescue,
    rescue_additions,
    rescue_file,
    rescue_filings,
    rescue_rounds,
    rescue_taking,
    rescue_voices,
    rescue_words,
)
from roadworks.defects import rescue_trail as trail
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Part
from roadworks.network.views import home
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import check

# What they add to the kinds of records is there once they are loaded.
KINDS = (rescue_filings, rescue_additions, rescue_rounds, rescue_voices)
bp = Blueprint("rescue", __name__, url_prefix="/rescue")
NEWEST = 50
GROUPS = ("new", "held", "refused", "there", "kept")


class RescueForm(Form):
    """A file from a phone."""

    file = FileField(_l("Rescue file"))


def _key(sha: str) -> str:
    return rescue_taking.key(current_user.district_id, sha)


def _came(sha: str) -> Event:
    """The event by which the file of this hash came here; raises NotFound."""
    found = trail.came(current_user.district_id, sha)
    if found is None:
        raise NotFound()
    return found


def _stands(part: Part) -> list[trail.Stand]:
    """How the parts of the same rescue stand."""
    mine = current_user.district_id
    return trail.stands(part, trail.events(mine, *trail.COMING), trail.brought_in(mine))


def _opened(stream: IO[bytes]) -> Rescue:
    """A file that came, and which parts before it are not in yet."""
    held = rescue_file.read(stream)
    before = [stand for stand in _stands(held.part) if stand.number < held.part.number]
    held.lacking = [stand.number for stand in before if not stand.brought]
    return held


@bp.route("", methods=["GET", "POST"])
def files() -> Any:
    """Take a rescue file in, and the list of those that came."""
    check(current_user, "rescue.take_in")
    form, faults = RescueForm(), []
    if request.method == "POST" and form.validate():
        try:
            if not form.file.data:
                raise BadInput(_("Choose a file."))
            sha = rescue_taking.take_in(current_user, home(), form.file.data.stream, str(form.file.data.filename))
            db.session.commit()
            return redirect(url_for("rescue.shown", sha=sha))
        except BadInput as fault:
            db.session.rollback()
            faults = [str(fault.message)]
    mine = current_user.district_id
    taken, done = trail.events(mine, *trail.COMING), trail.brought_in(mine)
    rows = [(event, trail.stands(trail.part_of(event), taken, done)) for event in taken[: -NEWEST - 1 : -1]]
    page = render_template("defects/rescue.html", form=form, faults=faults, rows=rows, done=done)
    return page, 400 if faults else 200


@bp.get("/<string(length=64):sha>")
def shown(sha: str) -> str:
    """What would become of each record of a file."""
    check(current_user, "rescue.take_in")
    event = _came(sha)
    with storage().open(_key(sha)) as stream:
        held = _opened(stream)
        rows = [(record, rescue.judge(current_user, record, held)) for record in held.records]
    groups = [(word, [row for row in rows if row[1].word == word]) for word in GROUPS]
    about = {"part": held.part, "stands": _stands(held.part), "told_by": rescue}
    details = partial(rescue_words.details, current_user)
    return render_template("defects/rescue_shown.html", event=event, groups=groups, sha=sha, details=details, **about)


@bp.get("/<string(length=64):sha>/photos/<string(length=64):photo>/<any(full,thumb):size>")
def photo(sha: str, photo: str, size: str) -> Response:
    """A photo that lies in a file, made anew: what was begun or refused is nowhere else."""
    check(current_user, "rescue.take_in")
    _came(sha)
    with storage().open(_key(sha)) as stream:
        content = rescue_file.read(stream).photo(photo)
    try:
        picture = read_photo(io.BytesIO(content or b""))
    except BadInput as fault:
        raise NotFound() from fault
    response = Response(picture.thumb if size == "thumb" else picture.jpeg, mimetype="image/jpeg")
    # A desk is shared: the picture would lie in the browser's own cache past the sign-out.
    response.headers["Cache-Control"] = "private, no-store"
    return shut_in(response)


def _chosen() -> dict[str, list[str]]:
    """The records that are to be brought in all the same, with the doubts that stood beside each when that was said."""
    words = [text.split() for text in request.form.getlist("anyway")]
    return {said[0]: said[1:] for said in words if said}


@bp.post("/<string(length=64):sha>/bring-in")
def bring_in(sha: str) -> Any:
    """File what can be filed, each record for itself, so that what is done stays done; once, however often asked."""
    check(current_user, "rescue.bring_in")
    told: list[rescue.Verdict] = []
    with storage().open(_key(sha)) as stream:
        with reading():
            name, chosen, held = _came(sha).facts["file"], _chosen(), _opened(stream)
        begun = audit.record(
            current_user, "rescue.bring_in", home(), sha256=sha, file=name, anyway=sorted(chosen) or None
        )
        db.session.commit()
        for record in held.records:
            told.append(rescue.bring_in(current_user, record, held, cause=begun, anyway=chosen.get(record.id)))
            db.session.commit()
    filed = sum(verdict.word == "filed" for verdict in told)
    flash(ngettext("%(num)d record filed.", "%(num)d records filed.", filed))
    for record, verdict in zip(held.records, told, strict=True):
        if verdict.word == "refused":
            flash(" ".join(verdict.why))
        elif verdict.word == "held" and record.id in chosen and not verdict.behind:
            flash(_("%(number)s: there is more to decide by now. Look at it again.", number=record.number))
    return redirect(url_for("rescue.shown", sha=sha))
