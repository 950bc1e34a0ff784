"""The steps of crews and verifiers, read the same way from a page and from a phone's queue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from roadworks.base.db import db
from roadworks.base.errors import BadInput, Faults
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import hundredths, parse_decimal
from roadworks.base.refusals import WRITTEN
from roadworks.defects.models import Photo
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor
from roadworks.workorders import actions, remarks
from roadworks.workorders.gates import new_proofs
from roadworks.workorders.models import OrderLine, WorkOrder

# m² or m of one line.
MOST = 100_000
SHOWN_TWICE = _l("This photo stands for %(number)s already. Take one that shows this defect.")
ANEW = _l("Verification failed: take at least one new photo after the rework.")
Measure = dict[str, Decimal | None]

WRITTEN.update(instruction=_l("Instruction"), m2=_l("Measured m²"))


@dataclass(frozen=True)
class Said:
    """What somebody says when taking a step: the version they saw, fields and kept photos by the form's names."""

    seen: int
    fields: Mapping[str, str] = field(default_factory=dict)
    photos: Mapping[str, Sequence[Photo]] = field(default_factory=dict)
    at: datetime | None = None

    def words(self, name: str, most: int = 300) -> str:
        """A field of free text; raises BadInput."""
        text = clean_text(self.fields.get(name))
        if len(text) > most:
            raise BadInput(_("At most %(most)d characters.", most=most), field=name)
        return text


def _make_safe(by: Actor, order: WorkOrder, said: Said) -> Event:
    shown = said.photos.get("photos", ())
    return actions.make_safe(by, order, seen=said.seen, photos=shown, note=said.words("note"), at=said.at)


def _finish(by: Actor, order: WorkOrder, said: Said) -> Event:
    faults: dict[str, str] = {}
    measures = read_measures(order, said, faults)
    if faults:
        raise Faults(faults)
    seen = actions.wake(order, said.seen)
    actions.check_now(order, "order.finish", seen)
    for line in order.live_lines:
        name, told = f"photos-{line.id}", measures[line.id]
        try:
            actions.measure(by, order, line, m2=told["m2"], m=told["m"], photos=said.photos.get(name, ()))
        except BadInput as fault:
            raise Faults({name: fault.message}) from fault
    db.session.flush()
    return actions.finish(by, order, seen=seen, note=said.words("note"), at=said.at)


# What crews and verifiers do at the place: verb → how it is taken.
TAKE: dict[str, Callable[[Actor, WorkOrder, Said], Event]] = {
    "order.accept": lambda by, o, said: actions.accept(by, o, seen=said.seen, at=said.at),
    "order.start": lambda by, o, said: actions.start(by, o, seen=said.seen, at=said.at),
    "order.make_safe": _make_safe,
    "order.finish": _finish,
    "order.hand_back": lambda by, o, said: actions.hand_back(
        by, o, seen=said.seen, reason=said.words("reason"), at=said.at
    ),
    "order.pass": lambda by, o, said: actions.pass_(by, o, seen=said.seen, note=said.words("note"), at=said.at),
    "order.fail": lambda by, o, said: actions.fail(by, o, seen=said.seen, reason=said.words("reason"), at=said.at),
    "order.remark": lambda by, o, said: remarks.remark(by, o, seen=said.seen, note=said.words("note"), at=said.at),
}

# What is taken at the place; a remark is what a step becomes that came too late.
AT_THE_PLACE = tuple(verb for verb in TAKE if verb != "order.remark")


def read_measures(order: WorkOrder, said: Said, faults: dict[str, str]) -> dict[int, Measure]:
    """What was measured on each line, in m² and m; a sentence for each field at fault goes to `faults`."""
    measures: dict[int, Measure] = {}
    shown: dict[str, str] = {}
    for line in order.live_lines:
        name = f"photos-{line.id}"
        photos = {photo.sha256: line.defect.number for photo in said.photos.get(name, ())}
        if not new_proofs(line, said.photos.get(name, ())):
            faults.setdefault(name, str(ANEW) if line.proof_photos else _("Add a photo taken after the work."))
        # One picture for two defects proves neither.
        for sha in photos.keys() & shown.keys():
            faults.setdefault(name, str(SHOWN_TWICE) % {"number": shown[sha]})
        shown |= photos
        safe_only = order.purpose == "make_safe"
        measures[line.id] = {"m2": Decimal(0), "m": None} if safe_only else _measure(line, said, faults)
    return measures


def _measure(line: OrderLine, said: Said, faults: dict[str, str]) -> Measure:
    found: Measure = {unit: _number(said, f"{unit}-{line.id}", unit, faults) for unit in ("m2", "m")}
    key = f"m2-{line.id}"
    if line.surface != "ancillary" and not found["m2"] and key not in faults:
        faults[key] = _("Give the measured area in m².")
    if line.surface == "ancillary" and found["m2"] is None and found["m"] is None:
        found["m2"] = Decimal(0)
    for unit, value in found.items():
        if value and value > MOST:
            faults[f"{unit}-{line.id}"] = _("At most %(most)s.", most=MOST)
    return found


def _number(said: Said, name: str, unit: str, faults: dict[str, str]) -> Decimal | None:
    text = said.fields.get(name, "")[:40]
    try:
        return hundredths(parse_decimal(text, unit)) if text.strip() else None
    except ValueError:
        faults[name] = _("This is not a number. For example: 12.5")
        return None


def in_words(order: WorkOrder, fields: Mapping[str, str]) -> dict[str, Any]:
    """What was typed for a step, line by line and as it was typed, to be kept where the step cannot be taken."""
    typed: dict[str, Any] = {}
    for line in order.lines:
        said = [f"{clean_text(fields.get(f'{u}-{line.id}'))[:40]} {w}" for u, w in (("m2", "m²"), ("m", "m"))]
        said = [text for text in said if not text.startswith(" ")]
        if said:
            typed[line.defect.number] = ", ".join(said)
    return typed
