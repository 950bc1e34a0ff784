"""Filing a defect: every door (form, resend, import, demo) comes through here, and the same id twice makes one."""

import json
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict, NotFound
from roadworks.base.i18n import _l
from roadworks.base.quantities import format_chainage
from roadworks.defects import patrols, repeats, rules
from roadworks.defects import photos as pictures
from roadworks.defects.catalogue import TYPES
from roadworks.defects.models import Defect, Photo
from roadworks.defects.queries import fold, same_filing
from roadworks.network.models import Section
from roadworks.workflow import audit
from roadworks.workflow.numbers import allocate
from roadworks.workflow.permissions import Actor, check, sees

NEEDS_PHOTO = _l("Add at least one photo, or say why there is none.")
NEEDS_PLACE = _l("Choose a road section, or describe the place in words.")
WRONG_SURFACE = _l("This type does not occur on this surface.")
OTHER_CONTENT = _l("This form has already been sent with other content. Open a new form for another defect.")


@dataclass(frozen=True)
class Filing:
    """What an inspector says of a defect. Lengths in m, area in m², depth in mm, position in degrees WGS-84.

    `found_at`, `clock_doubtful` and `claimed_at` as clocks.found() gives them.
    """

    client_id: str
    surface: str
    type_code: str
    area_m2: Decimal
    found_at: datetime
    severity: str | None = None
    section: Section | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: int | None = None
    position_source: str = "manual"
    side: str | None = None
    place: str = ""
    chainage_m: Decimal | None = None
    length_m: Decimal | None = None
    width_m: Decimal | None = None
    depth_mm: int | None = None
    count: int = 1
    no_photo_reason: str | None = None
    note: str = ""
    round_client_id: str | None = None
    clock_doubtful: bool = False
    claimed_at: datetime | None = None

    def content_hash(self, hashes: Iterable[str]) -> str:
        """What makes two filings the same: all that was said and shown, but not when the phone's clock said so."""
        said = asdict_shallow(self) | {"section": self.section.id if self.section else None, "found_at": None}
        # On which round and by what clock it was found is beside what was found: older records keep their hash.
        for beside in ("round_client_id", "clock_doubtful", "claimed_at"):
            said.pop(beside)
        said["photos"] = sorted(hashes)
        return sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


def file(
    by: Actor,
    filing: Filing,
    photos: Sequence[Photo] = (),
    *,
    reconstructed: bool = False,
    finder: Actor | None = None,
    cause: audit.Event | None = None,
    lacking: Sequence[str] = (),
) -> tuple[Defect, bool]:
    """File a defect; gives it and whether it is new (False: this id was sent before and here is what it made).

    `finder` is who found it, where somebody else brings the record in: it is theirs, the trail names both. `lacking`
    are photos that were taken and are lost: where all are, that is why there is none.
    Raises NotAllowed, BadInput, NotFound (a section or id that is not the person's), Conflict (same id, other content).
    """
    check(by, "defect.file")
    found_by, finder = finder.name if finder else None, finder or by
    check(finder, "defect.file")
    if (
        by.district_id is None
        or finder.district_id != by.district_id
        or (filing.section is not None and not sees(by, filing.section))
    ):
        raise NotFound()
    audit.lock(by.district_id)
    before = same_filing(by.district_id, filing.client_id)
    if before is not None:
        return _as_before(finder, before, filing.content_hash(photo.sha256 for photo in photos)), False
    check_sense(filing, [*photos, *lacking])
    defect = _row(finder, filing, photos, reconstructed)
    defect.photo_lost = bool(lacking) and not photos
    db.session.add(defect)
    db.session.flush()
    pictures.attach(finder, defect, photos)
    facts: dict[str, Any] = {"type": defect.type_code, "area_m2": defect.area_m2, "surface": defect.surface}
    repeat_of = defect.repeat_of.number if defect.repeat_of else None
    facts |= {"photos": len(photos), "found_by": found_by, "repeat_of": repeat_of, "claimed_at": filing.claimed_at}
    audit.record(by, "defect.file", defect, after="filed", cause=cause, **facts)
    return defect, True


def _as_before(by: Actor, defect: Defect, content_hash: str) -> Defect:
    """The defect this id made, if it is the same person saying the same."""
    if defect.filed_by_id != by.id:
        raise NotFound()
    if defect.content_hash != content_hash:
        raise Conflict(OTHER_CONTENT, thing=defect)
    return defect


def check_sense(filing: Filing, photos: Sized) -> None:
    """Whether a filing says what it must; `photos` are counted only. Raises BadInput."""
    if filing.type_code not in TYPES or TYPES[filing.type_code].surface != filing.surface:
        raise BadInput(WRONG_SURFACE, field="type_code")
    if not photos and not (filing.no_photo_reason or "").strip():
        raise BadInput(NEEDS_PHOTO, field="photos")
    if filing.section is None and not filing.place.strip():
        raise BadInput(NEEDS_PLACE, field="section")


def _row(by: Actor, filing: Filing, photos: Sequence[Photo], reconstructed: bool) -> Defect:
    now = clock.now()
    proposed = propose_severity(filing)
    district_id, filer_id = by.district_id or 0, by.id or 0
    defect = Defect(
        district_id=district_id,
        number=allocate(district_id, "BH", clock.local(now).date()),
        content_hash=filing.content_hash(photo.sha256 for photo in photos),
        state="filed",
        severity_proposed=proposed,
        road_id=filing.section.road_id if filing.section else None,
        received_at=now,
        filed_by_id=filer_id,
        round_id=patrols.round_of(by, filing.round_client_id, filing.found_at),
        reconstructed=reconstructed,
    )
    for name, value in asdict_shallow(filing).items():
        if name != "claimed_at":
            setattr(defect, name, value)
    defect.severity = filing.severity or proposed
    defect.repeat_of = repeats.before(by, defect)
    defect.words = words_of(defect)
    return defect


def asdict_shallow(filing: Filing) -> dict[str, Any]:
    """The filing's fields as they are, rows not copied."""
    return {name: getattr(filing, name) for name in filing.__dataclass_fields__}


def propose_severity(filing: Filing) -> str:
    """What the rules of the trade propose for type and size; the person decides."""
    grade = filing.section.road.maintenance_grade if filing.section else None
    return str(
        rules.propose_severity(
            filing.type_code, filing.length_m, filing.width_m, filing.depth_mm, filing.area_m2, grade
        )
    )


def words_of(defect: Defect) -> str:
    """All that the word search should find a defect by."""
    section, kind = defect.section, TYPES[defect.type_code]
    parts = [defect.number or "", defect.place, defect.note, kind.name_zh, kind.name_en, defect.owner or ""]
    if section is not None:
        parts += [section.name_zh, section.road.search_key or section.name_en]
    if defect.chainage_m is not None:
        parts.append(format_chainage(defect.chainage_m))
    return fold("\n".join(part for part in parts if part))
