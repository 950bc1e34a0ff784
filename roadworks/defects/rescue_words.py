"""What a record of a rescue file says, in the reader's words: for the desk, where it waits for a decision."""

from collections.abc import Mapping

from roadworks.base.db import db
from roadworks.base.i18n import _, label
from roadworks.base.quantities import whole_number
from roadworks.defects.catalogue import TYPES
from roadworks.defects.rescue_list import Record
from roadworks.network.models import Section
from roadworks.workflow.permissions import Actor, within
from roadworks.workflow.words import say

# Longer than any field that is filed.
LONGEST = 2000


def details(person: Actor, record: Record) -> list[str]:
    """What was typed and chosen, as it was typed; of an addition also what the form behind it said."""
    told = {**record.form, **record.fields}
    said = {name: text.strip()[:LONGEST] for name, text in told.items() if isinstance(text, str) and text.strip()}
    parts = [*_what(record, said), *_where(person, said), *_measures(said)]
    return [*parts, *(said[name] for name in ("no_photo_reason", "reason", "note") if name in said)]


def _what(record: Record, said: Mapping[str, str]) -> list[str]:
    """Type, severity and size."""
    kind = TYPES.get(said.get("type_code", ""))
    parts = [label(kind)] if kind and record.kind != "filing" else []
    if "severity" in said:
        parts.append(_("Severity") + _(": ") + say("severity", said["severity"]))
    sides = [said[name] for name in ("length_m", "width_m") if name in said]
    sizes = [(" × ".join(sides), "m"), (said.get("area_m2"), "m²"), (said.get("depth_mm"), "mm")]
    return [*parts, *(f"{text} {unit}" for text, unit in sizes if text)]


def _where(person: Actor, said: Mapping[str, str]) -> list[str]:
    """Section, place in words, and position in degrees."""
    parts = [_section(person, said.get("section_id", "")), said.get("place", "")]
    if "lon" in said and "lat" in said:
        parts.append(f"{said['lat']}, {said['lon']}")
    return [part for part in parts if part]


def _section(person: Actor, text: str) -> str:
    """The name of a section of the person's district; nothing where it is none."""
    number = whole_number(text)
    found = db.session.scalars(within(person, Section).where(Section.id == number)).unique().first() if number else None
    return label(found) if found else ""


def _measures(said: Mapping[str, str]) -> list[str]:
    """What was measured on the lines of an order."""
    units = (("m2-", "m²"), ("m-", "m"))
    return [f"{text} {unit}" for name, text in said.items() for begin, unit in units if name.startswith(begin)]
