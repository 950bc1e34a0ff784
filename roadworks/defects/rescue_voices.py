"""Voice notes in rescue files: hung on the defect that their filing made, before or in the same file."""

from roadworks.accounts.models import Person
from roadworks.base.errors import Refusal
from roadworks.base.i18n import _l
from roadworks.base.sounds import look
from roadworks.defects import rescue_photos, voices
from roadworks.defects.additions import defect_of
from roadworks.defects.models import Defect
from roadworks.defects.rescue import KINDS, Kind, Verdict, bring_first, defect_address
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, may

MAY_NOT = _l("Whoever made it may not add voice notes.")
NO_FILING = _l("The defect that it belongs to is neither on the server nor in the file. It stays in the file.")


def _defect(finder: Person, record: Record) -> Defect | None:
    """The defect that the finder's form became."""
    return defect_of(finder, str(record.fields.get("filing", ""))[:36].replace("\0", ""))


def judge(finder: Person, record: Record, rescue: Rescue) -> Verdict:
    """New where the file holds all of it and its defect is there or comes with it; there where it hangs already."""
    lost = [sha for sha in record.photos if not rescue.holds(sha)]
    if lost:
        return Verdict("refused", finder.name, why=rescue_photos.why(lost))
    try:
        for sha in record.photos:
            look(rescue.photo(sha) or b"")
    except Refusal as refusal:
        return Verdict("refused", finder.name, why=(str(refusal.message),))
    if not may(finder, "defect.add_voice"):
        return Verdict("refused", finder.name, why=(str(MAY_NOT),))
    defect = _defect(finder, record)
    if defect is None:
        comes = any(row.id == record.fields.get("filing") for row in rescue.records)
        if comes:
            return Verdict("new", finder.name)
        return Verdict("kept", finder.name, why=(str(NO_FILING), *bring_first(rescue)))
    have = {note.sha256 for note in voices.of(defect)}
    return Verdict("there" if set(record.photos) <= have else "new", finder.name, defect.number, defect.id)


def prepare(_finder: Person, record: Record, rescue: Rescue) -> None:
    """Put its sounds on disk."""
    for sha in record.photos:
        voices.store(look(rescue.photo(sha) or b""))


def take(_by: Actor, finder: Person, record: Record, rescue: Rescue, _cause: Event) -> Verdict:
    """Hang it on its defect, as the phone would have done."""
    defect = _defect(finder, record)
    if defect is None:
        return Verdict("kept", finder.name, why=(str(NO_FILING),))
    notes = [voices.enter(finder, look(rescue.photo(sha) or b"")) for sha in record.photos]
    voices.add(finder, defect, notes)
    return Verdict("filed", finder.name, defect.number, defect.id, thing=defect)


KINDS["voice"] = Kind(judge, take, defect_address, prepare)
