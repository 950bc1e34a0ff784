"""Filings in rescue files: defects, filed as their finder's own."""

import io

from werkzeug.datastructures import MultiDict

from roadworks.accounts.models import Person
from roadworks.base.contract import as_form
from roadworks.base.errors import Refusal
from roadworks.base.imaging import read_photo
from roadworks.defects import field, filing, photos
from roadworks.defects.forms import DefectForm
from roadworks.defects.models import Defect
from roadworks.defects.queries import same_filing
from roadworks.defects.rescue import (
    ELSEWHERE,
    GONE,
    KINDS,
    MAY_NOT_FILE,
    OTHER,
    UNKNOWN,
    Kind,
    Verdict,
    defect_address,
    sealed,
)
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, may


def _read(record: Record) -> tuple[filing.Filing | None, tuple[str, ...]]:
    """The filing that the record holds, or the faults that a phone would be told."""
    try:
        typed: MultiDict[str, str] = as_form({**record.fields, "client_id": record.id})
        form = DefectForm(typed, meta={"csrf": False})
        if not form.validate():
            return None, tuple(
                f"{form[name].label.text}: {' '.join(map(str, said))}" for name, said in form.errors.items() if name
            )
        said = field.read_filing(form)
        filing.check_sense(said, record.photos)
    except Refusal as refusal:
        return None, (str(refusal.message) or str(ELSEWHERE),)
    return said, ()


def judge(finder: Person, record: Record, rescue: Rescue) -> Verdict:
    """New, or there already; refused where a form would be, or a photo is lost."""
    before = same_filing(finder.district_id or 0, record.id)
    said, faults = _read(record)
    if before is not None:
        return _compared(finder, before, said.content_hash(record.photos) if said else "")
    if not may(finder, "defect.file"):
        faults = (str(MAY_NOT_FILE),)
    held = photos.by_hash(finder, record.photos, record.id)
    lost = [sha for sha in record.photos if sha not in held and not rescue.holds(sha)]
    faults += tuple(str(GONE) % {"sha": sha[:8]} for sha in lost)
    return Verdict("refused" if faults else "new", finder.name, why=faults)


def _compared(finder: Person, before: Defect, content_hash: str) -> Verdict:
    """It was filed before: the same, other content, or by somebody else (who is not told of)."""
    if before.filed_by_id != finder.id:
        return Verdict("refused", finder.name, why=(str(UNKNOWN),))
    if before.content_hash != content_hash:
        return Verdict("refused", finder.name, why=(str(OTHER) % {"number": before.number},))
    return Verdict("there", finder.name, before.number, before.id)


def take(by: Actor, finder: Person, record: Record, rescue: Rescue, cause: Event) -> Verdict:
    """File it by the verb that phones use, in its finder's name."""
    said, faults = _read(record)
    if said is None:
        return Verdict("refused", finder.name, why=faults)
    shown = photos.by_hash(finder, record.photos, record.id)
    lacking = [sha for sha in record.photos if sha not in shown]
    pictures = [read_photo(io.BytesIO(rescue.photo(sha) or b"")) for sha in lacking]
    shown |= {picture.sha256: photos.keep(finder, picture) for picture in pictures}
    defect, fresh = filing.file(by, said, [shown[sha] for sha in record.photos], finder=finder, cause=cause)
    # The filing names both of them by itself; what was taken at somebody's word alone is told beside it.
    beside = defect if fresh and not sealed(record) else None
    return Verdict("filed" if fresh else "there", finder.name, defect.number, defect.id, thing=beside)


KINDS["filing"] = Kind(judge, take, defect_address)
