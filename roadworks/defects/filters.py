"""Reading the filter of the defect list from an address, and writing it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from roadworks.base.errors import BadInput
from roadworks.base.fields import NOT_A_DAY, clean_text
from roadworks.base.i18n import _, label
from roadworks.base.quantities import parse_day, whole_number
from roadworks.defects.catalogue import TYPES
from roadworks.defects.models import SEVERITIES, SURFACES
from roadworks.defects.queries import Filter
from roadworks.workflow.permissions import Actor
from roadworks.workflow.transitions import DEFECT_STATES
from roadworks.workflow.words import say

GIVEN = (
    *("q", "state", "surface", "type", "severity", "road", "section", "project", "warranty", "crew"),
    *("from", "to", "closed_from", "closed_to", "counted", "repeat", "repeat_crew"),
)


# How a chip calls a row that is filtered by its id; later rooms add theirs: filter → function (person, id) → name.
NAMERS: dict[str, Callable[[Actor, int], str]] = {}


@dataclass(frozen=True)
class Wanted:
    """A filter with the words it was asked in, so that the page can show and change them."""

    filter: Filter
    said: dict[str, list[str]] = field(default_factory=dict)

    def query(self, **change: Any) -> str:
        """The address's query with some of its words changed (None: left out)."""
        said = {**self.said, **{k: [] if v is None else [str(v)] for k, v in change.items()}}
        return urlencode([(key, value) for key, values in said.items() for value in values])

    def names(self, person: Actor) -> dict[str, dict[str, str]]:
        """How the rows of a later room, or of none with a list of its own, are called on their chips."""
        return {
            name: {value: namer(person, int(value)) for value in self.said.get(name, [])[:1]}
            for name, namer in NAMERS.items()
        }

    def has(self, name: str, value: str) -> bool:
        """Whether this value was asked for."""
        return value in self.said.get(name, [])


def read_filter(args: Any, *, box: tuple[float, float, float, float] | None = None) -> Wanted:
    """The filter of an address; unknown words raise BadInput, naming them."""
    said = {name: [v for v in map(clean_text, args.getlist(name)[:20]) if v] for name in GIVEN}
    said = {name: values for name, values in said.items() if values}
    return Wanted(
        Filter(
            states=_known(said, "state", DEFECT_STATES),
            surfaces=_known(said, "surface", SURFACES),
            types=_known(said, "type", TYPES),
            severities=_known(said, "severity", SEVERITIES),
            road_id=read_id(said, "road"),
            section_id=read_id(said, "section"),
            project_id=read_id(said, "project"),
            warranty_project_id=read_id(said, "warranty"),
            crew_id=read_id(said, "crew"),
            closed_since=read_day(said, "closed_from"),
            closed_until=read_day(said, "closed_to"),
            since=read_day(said, "from"),
            until=read_day(said, "to"),
            words=said.get("q", [""])[0][:100],
            counted="counted" in said,
            repeat="repeat" in said,
            repeat_crew_id=read_id(said, "repeat_crew"),
            box=box,
        ),
        said,
    )


def _known(said: Mapping[str, list[str]], name: str, known: Any) -> tuple[str, ...]:
    values = tuple(said.get(name, ()))
    if any(value not in known for value in values):
        raise BadInput(_("This filter is not known: %(name)s", name=name), field=name)
    return values


def read_id(said: Mapping[str, list[str]], name: str) -> int | None:
    """A row's id from an address; raises BadInput."""
    text = said.get(name, [""])[0]
    if not text:
        return None
    found = whole_number(text)
    if found is None:
        raise BadInput(_("This filter is not known: %(name)s", name=name), field=name)
    return found


def read_day(said: Mapping[str, list[str]], name: str) -> date | None:
    """A day from an address; raises BadInput."""
    text = said.get(name, [""])[0]
    if not text:
        return None
    try:
        day = parse_day(text)
    except ValueError as error:
        raise BadInput(NOT_A_DAY, field=name) from error
    if not 1990 <= day.year <= 2200:
        raise BadInput(NOT_A_DAY, field=name)
    return day


def read_box(text: str | None) -> tuple[float, float, float, float] | None:
    """`west,south,east,north` in degrees; raises BadInput."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text[:200].split(","))
    except ValueError as error:
        raise BadInput(_("bbox is west,south,east,north in degrees."), field="bbox") from error
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise BadInput(_("bbox is west,south,east,north in degrees."), field="bbox")
    return west, south, east, north


def filter_word(names: Mapping[str, Mapping[str, str]], name: str, value: str) -> str:
    """One filter as its chip says it."""
    if name in {"state", "surface", "severity"}:
        return say({"state": "defect"}.get(name, name), value)
    if name == "type" and value in TYPES:
        return label(TYPES[value])
    if name == "counted":
        return _("Only what a bulletin counts")
    if name == "repeat":
        return _("Same hole again")
    if name == "repeat_crew":
        return _("Mended before by %(crew)s", crew=names.get("crew", {}).get(value, value))
    if name in names:
        return names[name].get(value, value)
    if name.startswith("closed_"):
        return _("Closed") + f" {'≥' if name == 'closed_from' else '≤'} {value}"
    return {"from": "≥ ", "to": "≤ "}.get(name, "") + value
