"""Rows for the bench: the same half-year at both sizes, the rest spread over the years before."""

import random
import uuid
from datetime import timedelta

import sqlalchemy as sa

from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.workorders.models import OrderLine, WorkOrder
from tests.support import cast as people

CHUNK = 2000
STATES = ("filed", "confirmed", "ordered", "closed", "closed", "closed")
TYPES = (
    ("carriageway", "ac_pothole"),
    ("carriageway", "ac_alligator"),
    ("sidewalk", "sw_missing"),
    ("sidewalk", "sw_paver_loose"),
)


def fill(cast: people.Cast, size: int) -> None:
    """Insert `size` defects: 500 of the bulletin's half-year in all states, all older ones closed by an order."""
    dice = random.Random(size)
    defects, orders, lines = [], [], []
    for number in range(1, size + 1):
        recent = number <= 500
        days = dice.randint(0, 150) if recent else 200 + dice.randint(0, max(1, size // 4))
        found = people.NOON - timedelta(days=days, minutes=dice.randint(0, 600))
        surface, kind = TYPES[number % 4]
        # A bureau mends what it finds: what is a half-year old and older is closed.
        state = STATES[number % 6] if recent else "closed"
        defects.append(_defect(cast, number, found, surface, kind, state, dice))
        if state == "closed":
            orders.append(_order(cast, number, found))
            lines.append(
                {
                    "district_id": cast.district_id,
                    "order_id": number,
                    "defect_id": number,
                    "surface": surface,
                    "mended_m2": 2,
                }
            )
    with db.engine.begin() as connection:
        for table, rows in ((Defect.__table__, defects), (WorkOrder.__table__, orders), (OrderLine.__table__, lines)):
            for start in range(0, len(rows), CHUNK):
                connection.execute(sa.insert(table), rows[start : start + CHUNK])
        if connection.dialect.name == "postgresql":
            for name in ("defect", "work_order"):
                connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {size})"))
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _defect(cast, number, found, surface, kind, state, dice) -> dict:
    # The district keeps its size: the density of points grows with their number, as it does over the years.
    lon, lat = people.LON + dice.uniform(-0.03, 0.03), people.LAT + dice.uniform(-0.03, 0.03)
    values = {
        "id": number,
        "version": 3,
        "district_id": cast.district_id,
        "number": f"BX{number:07d}",
        "client_id": str(uuid.UUID(int=number)),
        "content_hash": "0" * 64,
    }
    values |= {
        "state": state,
        "section_id": cast.section_id,
        "road_id": 1,
        "lon": lon,
        "lat": lat,
        "position_source": "gps",
        "place": "路口",
    }
    values |= {
        "surface": surface,
        "type_code": kind,
        "severity": "moderate",
        "severity_proposed": "moderate",
        "count": 1,
        "area_m2": 2,
        "note": "",
    }
    values |= {
        "found_at": found,
        "received_at": found,
        "filed_by_id": cast.ids["inspector"],
        "words": f"bx{number:07d} 坑槽 颍河路",
    }
    values |= {
        "clock_doubtful": False,
        "reconstructed": True,
        "order_id": number if state == "closed" else None,
        "crew_id": cast.crew_id if state == "closed" else None,
    }
    return values


def _order(cast, number, found) -> dict:
    done = found + timedelta(days=1)
    values = {
        "id": number,
        "version": 5,
        "district_id": cast.district_id,
        "number": f"GX{number:07d}",
        "state": "closed",
        "crew_id": cast.crew_id,
        "severity": "moderate",
    }
    values |= {
        "leader_name": "",
        "instruction": "",
        "issued_at": found,
        "issued_by_id": cast.ids["supervisor"],
        "repair_due_at": done,
        "repair_unit": "work_day",
        "basis": {},
    }
    values |= {
        "done_at": done,
        "closed_at": done,
        "hand_back_count": 0,
        "rework_count": 0,
        "suspended_count": 0,
        "reconstructed": True,
    }
    return values
