"""The floor: a bare Flask app that does one read or one write with SQLAlchemy Core and answers JSON.

It knows no sign-in, no session, no form token, no rules, no trail: it reads the same rows in the same order and
writes every column as text, or reads the same form and writes one durable row.
"""

import uuid
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask, jsonify, request

from roadworks.base.db import read_only
from roadworks.defects.models import Defect
from roadworks.workorders.models import OrderLine, WorkOrder
from tests.support import cast as people

D = Defect.__table__
BEGIN, END = people.NOON - timedelta(days=178), people.NOON + timedelta(days=4)


def app(engine: sa.Engine, cast: people.Cast, size: int) -> Flask:
    """The bare app on the same engine."""
    bare, reading = Flask("floor"), read_only(engine)
    here = D.c.district_id == cast.district_id

    def rows(statement):
        with reading.connect() as connection:
            return jsonify([[str(value) for value in row] for row in connection.execute(statement)])

    @bare.get("/list")
    def fifty():
        return rows(sa.select(D).where(here).order_by(D.c.found_at.desc(), D.c.id.desc()).limit(50))

    @bare.get("/one")
    def one():
        return rows(sa.select(D).where(here, D.c.id == size // 2))

    @bare.get("/map")
    def points():
        west, south, east, north = (float(x) for x in request.args["bbox"].split(","))
        box = (D.c.lon.between(west, east), D.c.lat.between(south, north))
        return rows(
            sa.select(
                D.c.id, D.c.number, D.c.state, D.c.severity, D.c.type_code, D.c.surface, D.c.lon, D.c.lat, D.c.area_m2
            )
            .where(here, D.c.state.in_(request.args.getlist("state")), *box)
            .limit(2001)
        )

    @bare.get("/sums")
    def sums():
        places = sa.select(D.c.surface, D.c.type_code, D.c.road_id, sa.func.count()).where(
            here,
            D.c.found_at >= BEGIN,
            D.c.found_at < END,
            D.c.state.not_in(("rejected", "duplicate")),
            D.c.duplicate_of_id.is_(None),
        )
        w, line = WorkOrder.__table__, OrderLine.__table__
        area = sa.select(line.c.surface, w.c.crew_id, D.c.road_id, sa.func.sum(line.c.mended_m2)).select_from(
            w.join(line, line.c.order_id == w.c.id).join(D, D.c.id == line.c.defect_id)
        )
        area = area.where(
            w.c.district_id == cast.district_id, w.c.state == "closed", w.c.closed_at >= BEGIN, w.c.closed_at < END
        )
        with reading.connect() as connection:
            first = connection.execute(places.group_by(D.c.surface, D.c.type_code, D.c.road_id)).all()
            second = connection.execute(area.group_by(line.c.surface, w.c.crew_id, D.c.road_id)).all()
        return jsonify([[str(v) for v in row] for row in [*first, *second]])

    @bare.post("/write")
    def write():
        said = request.form  # the same form that we are sent, as a browser packs it
        size_b = len(request.files["photos"].read()) if request.files else 0
        with engine.begin() as connection:
            made = uuid.uuid4()
            values = {
                "version": 1,
                "district_id": cast.district_id,
                "number": made.hex[:20],
                "client_id": str(made),
                "content_hash": "0" * 64,
                "state": "filed",
                "position_source": "gps",
            }
            values |= {
                "place": said["place"],
                "surface": said["surface"],
                "type_code": said["type_code"],
                "lon": float(said["lon"]),
                "lat": float(said["lat"]),
                "depth_mm": int(said["depth_mm"]),
                "severity": "slight",
                "severity_proposed": "slight",
                "count": 1,
                "area_m2": 1,
                "note": said.get("note", ""),
                "words": "",
            }
            values |= {
                "found_at": people.NOON - timedelta(days=400),
                "received_at": people.NOON,
                "filed_by_id": cast.ids["inspector"],
                "clock_doubtful": False,
                "reconstructed": True,
            }
            connection.execute(sa.insert(D).values(values))
        return jsonify(ok=True, bytes=size_b)

    return bare
