"""A filing that came again under its id and says something else: what stands here, what its phone says, what is new."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for

from roadworks.base.i18n import _, _l, label, show_m2, show_number
from roadworks.base.quantities import format_chainage
from roadworks.defects.catalogue import TYPES
from roadworks.defects.filing import Filing
from roadworks.defects.models import Defect
from roadworks.workflow.words import say


def _unit(unit: str) -> Callable[[Any], str]:
    return lambda value: f"{show_number(value)}\u202f{unit}"


# What is compared: column → what it is called, and its value in the reader's words.
TOLD: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "surface": (_l("Surface"), lambda value: say("surface", value)),
    "type_code": (_l("Type"), lambda value: label(TYPES[value])),
    "severity": (_l("Severity"), lambda value: say("severity", value)),
    "section": (_l("Road section"), label),
    "side": (_l("Side"), lambda value: say("side", value)),
    "place": (_l("Place in words"), str),
    "chainage_m": (_l("Chainage"), format_chainage),
    "length_m": (_l("Length"), _unit("m")),
    "width_m": (_l("Width"), _unit("m")),
    "count": (_l("Places"), str),
    "area_m2": (_l("Area"), show_m2),
    "depth_mm": (_l("Depth"), _unit("mm")),
    "no_photo_reason": (_l("Why there is no photo"), str),
    "note": (_l("Note"), str),
}


def told(defect: Defect, filing: Filing, hashes: Iterable[str]) -> dict[str, Any]:
    """Both states for the phone, and what of its own is new as a remark; `hashes` are the SHA-256 that it shows."""
    here, there = _words(defect), _words(filing)
    if filing.severity is None:
        there["severity"] = here["severity"]
    differs = [(str(TOLD[name][0]), here[name], there[name]) for name in here if here[name] != there[name]]
    where = _place(defect), _place(filing)
    if where[0] != where[1]:
        differs.append((_("Position"), *where))
    held = {photo.sha256 for photo in defect.photos}
    return {
        "id": defect.id,
        "number": defect.number,
        "url": url_for("defects.defect", defect_id=defect.id),
        "differs": [{"what": what, "server": mine, "phone": theirs} for what, mine, theirs in differs],
        "note": " · ".join(what + _(": ") + theirs for what, _mine, theirs in differs if theirs),
        "fresh": [sha for sha in hashes if sha not in held],
    }


def _words(one: Defect | Filing) -> dict[str, str]:
    values = {name: getattr(one, name) for name in TOLD}
    return {name: "" if value in (None, "") else TOLD[name][1](value) for name, value in values.items()}


def _place(one: Defect | Filing) -> str:
    return "" if one.lon is None or one.lat is None else f"{one.lat:.5f}, {one.lon:.5f}"
