"""Pages of the road register, its map, and the nearest section."""

import json
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotAllowed, NotFound
from roadworks.base.fields import at_field, clean_text
from roadworks.base.i18n import _, _l, label
from roadworks.base.web import one, paged, seen_version
from roadworks.network import actions, bringing, geojson, queries
from roadworks.network.facts import section_facts
from roadworks.network.forms import ImportForm, RoadForm, SectionForm
from roadworks.network.models import Road, Section
from roadworks.workflow import audit
from roadworks.workflow.permissions import check, may, within

bp = Blueprint("network", __name__)

NO_DISTRICT = _l("You belong to all districts, and it is not clear for which this is: let its own people do it.")


@bp.get("/roads")
def roads() -> str:
    """The road register: search by Chinese, pinyin, initials, English, code."""
    check(current_user, "network.read")
    wanted = {name: clean_text(request.args.get(name, ""))[:60] for name in ("q", "grade", "managed_by")}
    statement = queries.roads(current_user, wanted["q"], wanted["grade"], wanted["managed_by"])
    page = paged(statement, Road.search_key, Road.id, cursor=request.args.get("cursor"), descending=False)
    counts = queries.section_counts(page.rows)
    return render_template("network/roads.html", page=page, counts=counts, wanted=wanted)


@bp.get("/roads/<int:road_id>")
def road(road_id: int) -> str:
    """One road with its sections."""
    check(current_user, "network.read")
    found = one(queries.with_sections(queries.roads(current_user)).where(Road.id == road_id))
    told, events = section_facts(found.sections), audit.trail(found)
    return render_template("network/road.html", road=found, told=told, events=events, district=found.district)


@bp.route("/roads/new", methods=["GET", "POST"])
@bp.route("/roads/<int:road_id>/edit", methods=["GET", "POST"])
def edit_road(road_id: int | None = None) -> Any:
    """Add or edit a road."""
    check(current_user, "network.edit")
    found = one(within(current_user, Road).where(Road.id == road_id)) if road_id else None
    district = found.district if found else own_district()
    form = RoadForm(obj=found)
    if request.method == "POST" and form.validate():
        values = {name: form[name].data for name in geojson.ROAD_FIELDS}
        try:
            if found is None:
                found = actions.add_road(current_user, district, values)
            else:
                actions.change_road(current_user, found, values, seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _done(found.id)
    return render_template("network/edit_road.html", form=form, road=found), 400 if form.errors else 200


@bp.route("/roads/<int:road_id>/sections/new", methods=["GET", "POST"])
@bp.route("/roads/<int:road_id>/sections/<int:section_id>", methods=["GET", "POST"])
def edit_section(road_id: int, section_id: int | None = None) -> Any:
    """Add or edit a section."""
    check(current_user, "network.edit")
    on = one(within(current_user, Road).where(Road.id == road_id))
    its = within(current_user, Section).where(Section.id == section_id, Section.road_id == on.id)
    found = one(its) if section_id else None
    form = SectionForm(obj=found)
    if request.method == "GET" and found is not None and found.centreline:
        form.line.data = json.dumps(found.centreline)
    if request.method == "POST" and form.validate():
        values = {name: form[name].data for name in actions.SECTION_FIELDS if name != "centreline"}
        values["centreline"] = form.centreline
        try:
            if found is None:
                actions.add_section(current_user, on, values)
            else:
                actions.change_section(current_user, found, values, seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _done(on.id)
    return render_template("network/edit_section.html", form=form, road=on, section=found), 400 if form.errors else 200


@bp.route("/roads/import", methods=["GET", "POST"])
def bring_in() -> Any:
    """Import GeoJSON: tried first, then brought in."""
    check(current_user, "network.import")
    district, form = own_district(), ImportForm()
    report: bringing.Imported | None = None
    faults: list[str] = []
    if request.method == "POST" and form.validate():
        upload = form.file.data
        found, faults = geojson.parse(upload.read(geojson.MOST_BYTES + 1)) if upload else ([], [_("Choose a file.")])
        if found:
            report = bringing.bring_in(current_user, district, found)
            faults += report.faults
        if form.for_real.data and report and not faults:
            db.session.commit()
            flash(_("The roads are in the register."))
        else:
            db.session.rollback()
    page = render_template("network/import.html", form=form, report=report, faults=faults)
    return page, 400 if faults else 200


@bp.get("/roads.geojson")
def roads_geojson() -> Response:
    """The register as GeoJSON: for the map and as an export; unchanged since last asked is a 304."""
    check(current_user, "network.read")
    response = Response(mimetype="application/geo+json")
    response.set_etag(f"{current_user.district_id}-{queries.revision(current_user)}", weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
        return response
    sections = db.session.scalars(
        queries.drawn(current_user) if "drawn" in request.args else queries.with_lines(queries.sections(current_user))
    )
    body = {"type": "FeatureCollection", "features": list(geojson.features(sections.unique()))}
    response.set_data(json.dumps(body, ensure_ascii=False))
    if "download" in request.args:
        check(current_user, "export.take")
        response.headers["Content-Disposition"] = "attachment; filename=roads.geojson"
    return response


@bp.get("/sections/nearest.json")
def nearest() -> Response:
    """The sections nearest to `lon`, `lat`, with distance in metres."""
    check(current_user, "network.read")
    lon, lat = asked_position()
    found = queries.nearest(home(), lon, lat)
    return jsonify(
        sections=[
            {
                "id": s.id,
                "name": label(s),
                "pavement": s.pavement,
                "distance_m": round(n.distance_m),
                "chainage_m": round(n.chainage_m),
            }
            for s, n in found
        ]
    )


@bp.get("/map")
def district_map() -> str:
    """The district on a map: its roads, and its defects by the filter of the list."""
    check(current_user, "network.read")
    return render_template(
        "network/map.html",
        district=home(),
        query=request.query_string.decode("utf-8", "replace")[:1000],
        may_file=may(current_user, "defect.file"),
    )


def asked_position() -> tuple[float, float]:
    """`lon` and `lat` of the address, degrees WGS-84; raises BadInput."""
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) <= 90):
        raise BadInput(_("lon and lat are degrees."))
    return lon, lat


def home() -> District:
    """The person's district, or the first for who belongs to all."""
    if current_user.district is not None:
        return current_user.district  # type: ignore[no-any-return]
    first = db.session.scalars(select(District).order_by(District.code)).first()
    if first is None:
        raise NotFound()
    return first


def own_district() -> District:
    """Where this person enters what is new; raises NotAllowed for who belongs to all where there are several."""
    found = home()
    if current_user.district is None and db.session.scalar(select(District.id).where(District.id != found.id).limit(1)):
        raise NotAllowed(NO_DISTRICT)
    return found


def _done(road_id: int) -> Any:
    db.session.commit()
    flash(_("Saved."))
    return redirect(url_for("network.road", road_id=road_id))
