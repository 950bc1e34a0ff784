"""Rescue files as a phone writes them, whole and broken."""

import hashlib
import hmac
import io
import json
import re
import uuid
import zipfile

from roadworks.accounts.models import Person
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support.databases import KEY


def record(stage, *shots: bytes, who: str = "inspector", **change) -> dict:
    """A filing as it stands in the list of a rescue file; `fields` change its fields."""
    fields = {
        "surface": "carriageway",
        "type_code": "ac_pothole",
        "area_m2": "2.5",
        "section_id": str(stage.section_id),
    }
    fields |= {"lon": str(people.LON), "lat": str(people.LAT), "position_source": "gps"}
    fields |= {"found_at": "2018-06-20T01:00:00Z", "no_photo_reason": "" if shots else "雨"}
    fields |= change.pop("fields", {})
    said = {"id": str(uuid.uuid4()), "kind": "filing", "person": stage.ids[who], "at": "2018-06-20T01:00:00Z"}
    said |= {"number": "L0900-AB", "title": "坑槽", "state": "waiting", "fields": fields}
    return said | {"photos": [hashlib.sha256(shot).hexdigest() for shot in shots]} | change


def raw(records: object, shots: tuple[bytes, ...] = (), **change) -> bytes:
    """The ZIP of a list and photos as of version 1, packed by `method`; `extra` are further parts by name."""
    extra, method = change.pop("extra", {}), change.pop("method", zipfile.ZIP_STORED)
    said = {"format": "roadworks-rescue", "version": 1, "contract": 1, "records": records} | change
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("records.json", json.dumps(said))
        for shot in shots:
            archive.writestr(f"photos/{hashlib.sha256(shot).hexdigest()}", shot)
        for name, content in extra.items():
            archive.writestr(name, content)
    return out.getvalue()


def sealed(row: dict, by: int | None = None) -> dict:
    """A record as its person's phone seals it, or that of another person."""
    text = json.dumps(row, ensure_ascii=False)
    key = hmac.digest(KEY.encode(), f"roadworks rescue seal 1: {by or row['person']}".encode(), "sha256")
    return {"text": text, "seal": hmac.digest(key, text.encode(), "sha256").hex()}


def part(number: int, of: int, records: list, shots: tuple[bytes, ...] = (), **change) -> bytes:
    """One part of a rescue as a phone makes it; `rows` instead of its records as they would be sealed."""
    rows = change.pop("rows", None) or [sealed(row) for row in records]
    said = {"version": 2, "rescue": hashlib.sha256(b"rescue").hexdigest(), "part": number, "parts": of} | change
    return raw(rows, shots, **said)


def whole(records: list, shots: tuple[bytes, ...] = (), **change) -> bytes:
    """A rescue that is one file."""
    return part(1, 1, records, shots, **change)


def words(page: str, ids: tuple[str, ...]) -> list[str]:
    """What the ticks for these records say on the page that shows them; the bare id where there is none."""
    ticks = re.findall(r'name="anyway" value="([^"]+)"', page)
    return [next((tick for tick in ticks if tick.startswith(one)), one) for one in ids]


def taken_in(by: Person) -> tuple[str, str]:
    """A rescue file with a photo in the store, as it is after the desk has sent it; gives the hashes of both."""
    photo = people.jpeg("red")
    content = whole([], (photo,))
    sha = hashlib.sha256(content).hexdigest()
    storage().put(f"rescue/{by.district_id}/{sha}.zip", content)
    audit.record(by, "rescue.take_in", by.district, sha256=sha, file="rescue.zip", records=0)
    db.session.flush()
    return sha, hashlib.sha256(photo).hexdigest()
