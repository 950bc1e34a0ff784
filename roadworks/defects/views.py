"""Pages of defects: the list, its map, one defect, and the steps on it."""

from datetime import datetime, time
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    render_template,
    request,
)
from flask_login import current_user
from sqlalchemy import select

from roadworks.accounts.models import Crew
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.headers import shut_in
from roadworks.base.i18n import _, label
from roadworks.base.imaging import smaller
from roadworks.base.storage import storage
from roadworks.base.web import back_or, one, paged, seen_version
from roadworks.defects import actions, confirming, listing, notices, queries, repeats, twins, voices
from roadworks.defects.filters import NAMERS, filter_word, read_box, read_day, read_filter
from roadworks.defects.models import Defect, Photo
from roadworks.network.models import Section
from roadworks.network.queries import road_names
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor, check, may, within
from roadworks.workflow.reasons import reasons
from roadworks.workflow.transitions import open_steps
from roadworks.workflow.words import taken

bp = Blueprint("defects", __name__)


def _section_name(person: Actor, section_id: int) -> str:
    section = db.session.scalars(within(person, Section).where(Section.id == section_id)).first()
    return label(section) if section else str(section_id)


NAMERS["section"] = _section_name
MAP_LIMIT = 2000


@bp.get("/defects")
def defects() -> str:
    """The list, filtered by the address, paged by cursor."""
    check(current_user, "defect.read")
    wanted = read_filter(request.args)
    sort = request.args.get("sort", "found")
    key = queries.SORTS.get(sort.removeprefix("-"), Defect.found_at)
    statement = listing.columns_of(queries.filtered(current_user, wanted.filter))
    page = paged(
        *(statement, key, Defect.id),
        cursor=request.args.get("cursor"),
        descending=not sort.startswith("-"),
        columns=True,
    )
    roads = list(db.session.execute(road_names(current_user)))
    crews = list(db.session.scalars(within(current_user, Crew)))
    words = {"road": {str(r.id): label(r) for r in roads}, "crew": {str(c.id): label(c) for c in crews}}
    words |= wanted.names(current_user)
    return render_template(
        "defects/defects.html",
        page=page,
        lines=listing.lines(page.rows),
        kinds=listing.kind_words(),
        why=reasons("defect", [row.id for row in page.rows]),
        wanted=wanted,
        sums=listing.sums(queries.filtered(current_user, wanted.filter)) if wanted.said else None,
        sort=sort,
        roads=roads,
        crews=crews,
        filter_word=lambda name, value: filter_word(words, name, value),
    )


@bp.get("/defects.geojson")
def geojson() -> Response:
    """The same filter for the map, the 2 000 most urgent in `bbox=west,south,east,north`; `more`: some are left."""
    check(current_user, "defect.read")
    wanted = read_filter(request.args, box=read_box(request.args.get("bbox")))
    statement = listing.points_of(queries.filtered(current_user, wanted.filter))
    if wanted.filter.box is None:  # said beside a box it makes SQLite choose the wrong index
        statement = statement.where(Defect.lon.is_not(None))
    rows = db.session.connection().execute(statement.limit(MAP_LIMIT + 1)).all()
    more = len(rows) > MAP_LIMIT
    if more:  # only then: to sort all that lies in a box takes longer than to read it
        rows = db.session.connection().execute(statement.order_by(queries.severity_order()).limit(MAP_LIMIT)).all()
    return Response(listing.geojson(rows[:MAP_LIMIT], more=more), mimetype="application/geo+json")


@bp.get("/defects/<int:defect_id>")
def defect(defect_id: int) -> str:
    """One defect: facts, photos, place on the map, timeline, and the buttons this person may press."""
    check(current_user, "defect.read")
    found = one(queries.whole(current_user, defect_id))
    steps = open_steps(found, current_user)
    return render_template(
        "defects/defect.html",
        defect=found,
        photos=queries.photos_of(found),
        voices=voices.of(found),
        twins=queries.twins_of(found),
        repeat=repeats.mending(found.repeat_of) if found.repeat_of else None,
        again=queries.repeats_of(found),
        steps=steps,
        beside=twins.beside(current_user, found) if "defect.merge" in steps else [],
        notices=notices.on_defect(current_user, found),
        events=audit.trail(found),
        district=found.district,
    )


@bp.post("/defects/<int:defect_id>/<any(confirm,reject,merge,forward,recall,settle,cover,uncover,undo):verb>")
def step(defect_id: int, verb: str) -> Any:
    """Take one step on a defect."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, f"defect.{verb}", found)
    STEPPERS[verb](found, seen_version())
    db.session.commit()
    flash(taken(found.number, f"defect.{verb}"))
    if verb in {"confirm", "reject", "merge"} and may(current_user, "defect.confirm"):
        confirming.show_next()
    return back_or("defects.defect", defect_id=found.id)


def _reason() -> str:
    text = clean_text(request.form.get("reason"))
    if len(text) > 300:
        raise BadInput(_("At most 300 characters."), field="reason")
    return text


def _original() -> Defect:
    number = clean_text(request.form.get("original")).upper()[:20]
    found = db.session.scalars(within(current_user, Defect).where(Defect.number == number)).first()
    if found is None:
        raise BadInput(_("There is no defect with this number."), field="original")
    return found


def _owner_due() -> datetime | None:
    day = read_day({"due": [request.form.get("due", "").strip()]}, "due")
    return datetime.combine(day, time(18), clock.ZONE) if day else None


STEPPERS: dict[str, Any] = {
    "confirm": lambda d, seen: actions.confirm(
        current_user, d, seen=seen, severity=request.form.get("severity") or None
    ),
    "reject": lambda d, seen: actions.reject(current_user, d, seen=seen, reason=_reason()),
    "merge": lambda d, seen: actions.merge(current_user, d, _original(), seen=seen),
    "forward": lambda d, seen: actions.forward(
        current_user, d, seen=seen, owner=clean_text(request.form.get("owner"))[:100], due_at=_owner_due()
    ),
    "recall": lambda d, seen: actions.recall(current_user, d, seen=seen, reason=_reason()),
    "settle": lambda d, seen: actions.settle(current_user, d, seen=seen, note=_reason()),
    "cover": lambda d, seen: actions.cover(current_user, d, seen=seen, reason=_reason()),
    "uncover": lambda d, seen: actions.uncover(current_user, d, seen=seen),
    "undo": lambda d, seen: actions.take_back(current_user, d, seen=seen, reason=_reason()),
}


@bp.get("/photos/<int:photo_id>/<any(full,thumb,small,original):size>")
def photo(photo_id: int, size: str) -> Response:
    """A picture, for those who may see its defect or its project, or who kept it."""
    check(current_user, "defect.read")
    statement = select(Photo).where(Photo.id == photo_id)
    if current_user.district_id is not None:
        statement = statement.where(Photo.district_id == current_user.district_id)
    shown = Photo.defect_id.is_not(None) | Photo.progress_id.is_not(None)
    found = one(statement.where(shown | (Photo.uploaded_by_id == current_user.id)))
    lies = {"thumb": found.thumb_key, "small": found.thumb_key, "full": found.key, "original": found.original_key}
    with storage().open(lies[size]) as file:
        content = file.read()
    response = Response(smaller(content) if size == "small" else content, mimetype="image/jpeg")
    # What came from outside is never shown as it came, only saved.
    way = "attachment" if size == "original" else "inline"
    response.headers["Content-Disposition"] = f'{way}; filename="roadworks-{found.id}.jpg"'
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return shut_in(response)
