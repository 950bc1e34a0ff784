"""The phone form in the street: file a defect, correct one, add photos."""

from collections.abc import Mapping
from os import SEEK_END
from typing import IO, Any

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from roadworks.base.db import db, drawing
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text, options
from roadworks.base.i18n import _, label
from roadworks.base.imaging import MOST_BYTES, PhotoRefused, Picture, read_photo
from roadworks.base.quantities import whole_number
from roadworks.base.web import one, seen_version
from roadworks.defects import actions, clocks, filing, notices, patrols, photos, queries, repeats, rules, twins
from roadworks.defects.catalogue import TYPES
from roadworks.defects.filters import read_id
from roadworks.defects.forms import NO_SIZE, DefectForm, new_client_id
from roadworks.defects.models import SURFACES, Defect, Photo
from roadworks.network.models import Section
from roadworks.network.queries import sections
from roadworks.network.views import home
from roadworks.workflow.permissions import check, within

bp = Blueprint("field", __name__)
# Eight photos of 25 MB and the fields around them.
WHOLE_FORM = photos.MOST_PHOTOS * MOST_BYTES + 1_000_000


@bp.route("/defects/new", methods=["GET", "POST"])
def new() -> Any:
    """File a defect."""
    check(current_user, "defect.file")
    form = DefectForm()
    if request.method == "GET":
        form.client_id.data = new_client_id()
        form.round_client_id.data = patrols.under_way(current_user, request.args.get("round", "")[:36])
        # The next defect lies on the same section, as far as the link says.
        form.section_id.data, form.surface.data = request.args.get("section", ""), request.args.get("surface")
        return _page(form, [])
    ids = form.photo_id_list_or_none()
    before = queries.same_filing(current_user.district_id or 0, form.client_id.data or "") if ids else None
    kept, faults = keep_uploads(ids, request.files.getlist("photos"), sent_before=before.id if before else None)
    if kept and request.form.get("add_to"):
        return _add_to(request.form["add_to"], kept, form.note.data or "")
    if form.validate() and form.sure_of_size() and not faults:
        try:
            said = read_filing(form)
            found = _asked_for(form, said, kept)
            if found:
                return _page(form, kept, found=found)
            defect, fresh = filing.file(current_user, said, kept)
        except BadInput as fault:
            faults = _place_fault(form, fault)
            kept, _again = keep_uploads([p.id for p in kept], [])
        else:
            receipt = url_for("field.filed", defect_id=defect.id, again=None if fresh else 1)
            db.session.commit()
            return redirect(receipt)
    return _page(form, kept, faults)


def _asked_for(form: DefectForm, said: filing.Filing, kept: list[Photo]) -> list[twins.Twin]:
    """What it might be, if the person has not seen all of it yet: their word holds for those that it was given to."""
    position = (said.lon, said.lat) if said.lon is not None and said.lat is not None else None
    found = twins.alike(
        current_user,
        client_id=said.client_id,
        type_code=said.type_code,
        position=position,
        section_id=said.section.id if said.section else None,
        kept=kept,
    )
    seen = " ".join(request.form.getlist("decided")).split()
    return found if {str(twin.defect.id) for twin in found} - set(seen) else []


def _add_to(text: str, kept: list[Photo], note: str) -> Any:
    """The person saw that it is one of those: their photos and their remark go there."""
    found = one(within(current_user, Defect).where(Defect.id == (whole_number(text) or 0)))
    photos.add(current_user, found, kept, note=note[:2000])
    address = url_for("defects.defect", defect_id=found.id)
    db.session.commit()
    flash(_("The photo is added."))
    return redirect(address)


def _offer(form: DefectForm) -> None:
    """Fill the choices: the district's sections, the types with the person's most used first."""
    rows = list(db.session.scalars(sections(current_user)).unique())
    known = options((str(s.id), label(s)) for s in rows)
    for choice, section in zip(known, rows, strict=True):
        choice.render_kw = {"data-road": label(section.road)}
    form.section_id.choices = [*options([("", _("Not in the register"))]), *known]
    offer_types(form, queries.favourites(current_user))


def offer_types(form: DefectForm, used: Mapping[str, int]) -> None:
    """Fill the grid of types, surface by surface, the most used first."""
    kinds = sorted(TYPES.values(), key=lambda kind: (SURFACES.index(kind.surface), -used.get(kind.code, 0)))
    form.type_code.choices = options((kind.code, label(kind)) for kind in kinds)


def keep_uploads(
    ids: list[int] | None, files: list[FileStorage], *, sent_before: int | None = None
) -> tuple[list[Photo], list[str]]:
    """The pictures kept before and those that came with this request; they stay kept whatever else is wrong.

    Gives them and a sentence per file that is no usable photo.
    """
    faults = [] if ids is not None else [_("The list of photos is damaged. Please add them again.")]
    originals = current_user.district is not None and current_user.district.photo_original
    sent = [f for f in files[: photos.MOST_PHOTOS + 1] if f.filename]
    pictures = _stored(sent, faults, originals=originals)
    found = photos.kept(current_user, ids or [], sent_before=sent_before)
    found += [photos.enter(current_user, picture, original=originals) for picture in pictures]
    if pictures:
        db.session.commit()
    if len({photo.id for photo in found}) > photos.MOST_PHOTOS:
        faults.append(str(photos.TOO_MANY))
    return list({photo.id: photo for photo in found}.values()), faults


def _whole(file: FileStorage) -> tuple[IO[bytes], int]:
    """A file from its beginning, and its size in bytes."""
    size = file.stream.seek(0, SEEK_END)
    file.stream.seek(0)
    return file.stream, size


def _stored(files: list[FileStorage], faults: list[str], *, originals: bool) -> list[Picture]:
    """The files that are pictures, decoded and on disk; a sentence for each that is none goes to `faults`."""
    pictures = []
    if files:
        # Both take a while: the transaction, and on SQLite the writer's lock, is let go meanwhile.
        db.session.rollback()
    for file in files:
        try:
            picture = read_photo(file.stream)
        except PhotoRefused as fault:
            faults.append(str(fault.message))
            continue
        photos.store(picture, _whole(file) if originals else None)
        pictures.append(picture)
    return pictures


def read_filing(form: Any, *, sent: str = "") -> filing.Filing:
    """What the form says, in the words of the trade; the area worked out where it was left empty. Raises BadInput.

    `sent` is what the device's clock said on sending.
    """
    position, section = form.position(), _section(form.section_id.data)
    count = form.count.data or 1
    found = clocks.found(form.found_at.data or "", sent)
    area = form.area_m2.data
    if area is None:
        area = rules.counted_area_m2(form.type_code.data, form.length_m.data, form.width_m.data, count)
    if area is None:
        raise BadInput(str(NO_SIZE), field="area_m2")
    return filing.Filing(
        client_id=form.client_id.data,
        surface=form.surface.data,
        type_code=form.type_code.data,
        area_m2=area,
        found_at=found.at,
        clock_doubtful=found.doubtful,
        claimed_at=found.claimed_at,
        severity=form.severity.data or None,
        section=section,
        lon=position[0] if position else None,
        lat=position[1] if position else None,
        accuracy_m=form.accuracy() if position else None,
        position_source=form.source(),
        side=form.side.data or None,
        place=form.place.data or "",
        chainage_m=form.chainage_m.data,
        length_m=form.length_m.data,
        width_m=form.width_m.data,
        depth_mm=form.depth_mm.data,
        count=count,
        no_photo_reason=form.no_photo_reason.data or None,
        note=form.note.data or "",
        round_client_id=form.round(),
    )


def _section(text: str | None) -> Section | None:
    if not text:
        return None
    section_id = whole_number(text)
    if section_id is None:
        raise BadInput(_("Choose a road section, or describe the place in words."), field="section_id")
    return one(within(current_user, Section).where(Section.id == section_id))


def _place_fault(form: DefectForm, fault: BadInput) -> list[str]:
    """Put a refusal at its field; one about photos, or about nothing in particular, goes on top."""
    db.session.rollback()
    name = {"section": "section_id"}.get(fault.field or "", fault.field)
    if name in form and name != "photos":
        form[name].errors = [*form[name].errors, str(fault.message)]
        return []
    return [str(fault.message)]


def _page(
    form: DefectForm,
    kept: list[Photo],
    faults: list[str] | None = None,
    found: list[twins.Twin] | None = None,
) -> tuple[str, int]:
    with drawing():
        _offer(form)
        values = {"kept": kept, "faults": faults or [], "twins": found or [], "district": home()}
        page = render_template("defects/new.html", form=form, **values)
    return page, 400 if faults or form.errors else 200


@bp.get("/defects/<int:defect_id>/filed")
def filed(defect_id: int) -> str:
    """The receipt: what was filed, its number, and on to the next."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, "defect.read", found)
    told = notices.on_section(current_user, found.section_id)
    repeat = repeats.mending(found.repeat_of) if found.repeat_of else None
    again, late = "again" in request.args, patrols.too_late_for(found)
    on_round = patrols.under_way(current_user, found.round_client_id or "")
    return render_template(
        "defects/filed.html", defect=found, again=again, notices=told, repeat=repeat, late=late, on_round=on_round
    )


@bp.get("/defects/notices.json")
def known() -> Response:
    """What is to be known of a section before one files on it: a project is on its way there."""
    check(current_user, "defect.read")
    section_id = read_id({"section": [request.args.get("section", "")]}, "section")
    told = notices.on_section(current_user, section_id)
    return jsonify(notices=[{"text": notice.text, "url": notice.url} for notice in told])


@bp.route("/defects/<int:defect_id>/edit", methods=["GET", "POST"])
def edit(defect_id: int) -> Any:
    """Correct what was recorded."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, "defect.edit", found)
    form = DefectForm(obj=found)
    # What was filed so is known to be so, until it is changed.
    if request.method == "GET":
        form.large.data = found.area_m2 > form.large_m2
    if request.method == "POST" and form.validate():
        try:
            actions.edit(current_user, found, _values(form), seen=seen_version())
        except BadInput as fault:
            _place_fault(form, fault)
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for("defects.defect", defect_id=found.id))
    with drawing():
        _offer(form)
        page = render_template("defects/edit.html", form=form, defect=found, district=home())
    return page, 400 if form.errors else 200


def _values(form: DefectForm) -> dict[str, Any]:
    said = read_filing(form)
    values = {name: getattr(said, name) for name in actions.EDITABLE - {"section_id", "road_id"}}
    values["severity"] = said.severity or filing.propose_severity(said)
    section = said.section
    return values | {"section_id": section.id if section else None, "road_id": section.road_id if section else None}


@bp.post("/defects/<int:defect_id>/add-photo")
def add_photo(defect_id: int) -> Any:
    """Add photos and a remark to a defect that is there already."""
    found = one(within(current_user, Defect).where(Defect.id == defect_id))
    check(current_user, "defect.add_photo", found)
    kept, faults = keep_uploads([], request.files.getlist("photos"))
    if faults or not kept:
        raise BadInput(" ".join(faults) or _("Choose a photo."))
    photos.add(current_user, found, kept, note=clean_text(request.form.get("note"))[:300])
    db.session.commit()
    flash(_("The photo is added."))
    return redirect(url_for("defects.defect", defect_id=found.id))
