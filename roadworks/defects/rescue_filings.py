"""Filings in rescue files: defects, filed as their finder's own."""

from werkzeug.datastructures import MultiDict

from roadworks.accounts.models import Person
from roadworks.base.contract import as_form
from roadworks.base.errors import Refusal
from roadworks.defects import field, filing
from roadworks.defects import rescue_photos as photos
from roadworks.defects.forms import DefectForm
from roadworks.defects.models import Defect
from roadworks.defects.queries import same_filing
from roadworks.defects.rescue import (
    ELSEWHERE,
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
    """New, or there already; held where a photo is lost, refused where a form would be."""
    before = same_filing(finder.district_id or 0, record.id)
    said, faults = _read(record)
    lost = photos.lost(finder, record, rescue, filing=record.id)
    if before is not None:
        shown = [record.photos, [sha for sha in record.photos if sha not in lost]]
        return _compared(finder, before, [said.content_hash(hashes) for hashes in shown] if said else [])
    if not may(finder, "defect.file"):
        faults = (str(MAY_NOT_FILE),)
    if faults:
        return Verdict("refused", finder.name, why=(*faults, *photos.why(lost)))
    return Verdict("held" if lost else "new", finder.name, why=photos.in_doubt(lost))


def _compared(finder: Person, before: Defect, hashes: list[str]) -> Verdict:
    """It was filed before: the same, other content, or by somebody else (who is not told of).

    `hashes`: of its content with all photos, and with those that are there: without the others it was brought in, or
    its finder left them out.
    """
    if before.filed_by_id != finder.id:
        return Verdict("refused", finder.name, why=(str(UNKNOWN),))
    if before.content_hash not in hashes:
        return Verdict("refused", finder.name, why=(str(OTHER) % {"number": before.number},))
    return Verdict("there", finder.name, before.number, before.id)


def take(by: Actor, finder: Person, record: Record, rescue: Rescue, cause: Event) -> Verdict:
    """File it by the verb that phones use, in its finder's name."""
    said, faults = _read(record)
    if said is None:
        return Verdict("refused", finder.name, why=faults)
    lost = photos.lost(finder, record, rescue, filing=record.id)
    shown = list(photos.kept(finder, record, rescue, filing=record.id).values())
    defect, fresh = filing.file(by, said, shown, finder=finder, cause=cause, lacking=lost)
    # The filing names both of them by itself; what was taken at somebody's word alone is told beside it.
    beside = defect if fresh and (lost or not sealed(record)) else None
    return Verdict("filed" if fresh else "there", finder.name, defect.number, defect.id, thing=beside, lacking=lost)


KINDS["filing"] = Kind(judge, take, defect_address, photos.prepare)
