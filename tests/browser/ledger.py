"""What the server holds of what phones sent, kind by kind, to be set beside what was entered: fields, and the SHA-256 of
each file as it lies in the store."""

import hashlib
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects import voices
from roadworks.defects.models import Defect, Photo
from roadworks.defects.records import Addition
from roadworks.rounds.models import Round
from roadworks.workflow import audit
from roadworks.workorders.models import SentStep, WorkOrder

Found = tuple[dict[str, Any], list[str]]


def on_server(instance, ids: list[str]) -> dict[str, list[list[str]]]:
    """What the server's own tables hold: the photos of each defect, by the id made on the phone; each lies there whole."""
    marks = ",".join("?" * len(ids))
    with closing(sqlite3.connect(f"file:{instance}/roadworks.db?mode=ro", uri=True)) as database:
        rows = database.execute(f"SELECT client_id, id FROM defect WHERE client_id IN ({marks})", ids).fetchall()
        found: dict[str, list[list[str]]] = {client_id: [] for client_id in ids}
        for client_id, defect_id in rows:
            shown = database.execute("SELECT sha256 FROM photo WHERE defect_id = ?", (defect_id,))
            found[client_id].append(sorted(sha for (sha,) in shown))
    for sha in {sha for defects in found.values() for shas in defects for sha in shas}:
        content = (Path(instance) / "files" / "photos" / sha[:2] / f"{sha}.jpg").read_bytes()
        assert (content[:2], content[-2:]) == (b"\xff\xd8", b"\xff\xd9"), f"half a photo: {sha}"
    return found


def stored(row: Photo | voices.VoiceNote) -> str:
    """The SHA-256 of a file as it lies in the store; the district keeps originals."""
    with storage().open(row.original_key if isinstance(row, Photo) else row.key) as file:
        return hashlib.sha256(file.read()).hexdigest()


def _of(table: Any, client_id: str) -> list[Any]:
    return list(db.session.scalars(select(table).where(table.client_id == client_id)).unique())


def filings(client_id: str) -> list[Found]:
    """The defects of this id, each with the photos it was filed with."""
    names = ("number", "surface", "type_code", "area_m2", "place", "note", "no_photo_reason", "section_id", "found_at")
    return [
        (
            {name: getattr(row, name) for name in names} | {"who": row.filed_by.username},
            sorted(stored(photo) for photo in row.photos if photo.kind == "before"),
        )
        for row in _of(Defect, client_id)
    ]


def additions(client_id: str) -> list[Found]:
    """The additions of this id: what the trail says of each, and its photos on the defect."""
    found = []
    for row in _of(Addition, client_id):
        hang = {photo.sha256: stored(photo) for photo in row.defect.photos if photo.kind == "before"}
        said = [e.facts.get("note") for e in audit.history(row.defect) if e.verb == "defect.add_photo"]
        told = {"number": row.defect.number, "defect": row.defect_id, "notes": said}
        found.append((told, sorted(hang[sha] for sha in row.photos)))
    return found


def steps(client_id: str) -> list[Found]:
    """The steps of this id, with the photos that hang on the order."""
    found = []
    for row in _of(SentStep, client_id):
        hang = db.session.scalars(select(Photo).where(Photo.order_id == row.order_id, Photo.sha256.in_(row.photos)))
        told = {"number": row.order.number, "order": row.order_id, "verb": row.verb, "outcome": row.outcome}
        found.append((told, sorted({stored(photo) for photo in hang})))
    return found


def rounds(client_id: str) -> list[Found]:
    """The rounds of this id, each with its ticks and what was found on it."""
    names = ("number", "started_at", "ended_at", "pauses", "weather", "note")
    tick = ("section_id", "passed_at", "how", "reason", "share", "lon", "lat")
    found = []
    for row in _of(Round, client_id):
        finds = db.session.scalars(select(Defect.client_id).where(Defect.round_id == row.id).order_by(Defect.id))
        told = {name: getattr(row, name) for name in names} | {"who": row.inspector.username, "finds": sorted(finds)}
        told["pauses"] = [[datetime.fromisoformat(end) for end in pause if end] for pause in row.pauses]
        told["ticks"] = [tuple(getattr(one, name) for name in tick) for one in row.passes]
        found.append((told, []))
    return found


def spoken(client_id: str) -> tuple[int, list[str], list[str]]:
    """The defect that a phone's form became, its voice notes as they lie in the store, and what the trail says of them."""
    defects = [*_of(Defect, client_id), *(row.defect for row in _of(Addition, client_id))]
    if not defects:
        return 0, [], []
    told = [sha for e in audit.history(defects[0]) if e.verb == "defect.add_voice" for sha in e.facts["voices"]]
    return defects[0].id, sorted(stored(note) for note in voices.of(defects[0])), sorted(told)


def order(order_id: int) -> tuple[list[tuple[str, str]], dict[str, list[tuple[int, str]]], list[Any]]:
    """What was done with an order, its photos by kind with their defects, and its lines' m²."""
    row = db.session.get_one(WorkOrder, order_id)
    did = [(e.verb, e.facts.get("note") or e.facts.get("reason") or "") for e in audit.history(row)]
    photos: dict[str, list[tuple[int, str]]] = {}
    for photo in db.session.scalars(select(Photo).where(Photo.order_id == order_id)):
        photos.setdefault(photo.kind, []).append((photo.defect_id, photo.sha256))
    return did, {kind: sorted(shown) for kind, shown in photos.items()}, [line.mended_m2 for line in row.lines]
