"""What the end of a project means for its sections: the warranty, and the day of an overhaul; reversible, on record."""

from datetime import date

from roadworks.base import clock
from roadworks.network.actions import roads_changed
from roadworks.network.models import Section
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check
from roadworks.workflow.transitions import write

DAYS = frozenset({"warranty_ends_on", "last_overhaul_on"})


def set_warranty(
    by: Actor, section: Section, *, ends_on: date | None, overhauled_on: date | None = None, cause: Event
) -> None:
    """A project on this section was accepted: its warranty, and the day of an overhaul; raises NotAllowed."""
    check(by, "network.edit", section)
    values = {"warranty_ends_on": ends_on, "last_overhaul_on": overhauled_on or section.last_overhaul_on}
    _write_days(by, section, values, cause)


def restore(by: Actor, section: Section, effect: Event, *, cause: Event) -> None:
    """Give a section back what one event changed in its days, where it still holds what that event wrote."""
    values = {
        name: date.fromisoformat(old) if old else None
        for name, (old, new) in effect.changes.items()
        if name in DAYS and audit.plain(getattr(section, name)) == new
    }
    _write_days(by, section, values, cause)


def _write_days(by: Actor, section: Section, values: dict[str, date | None], cause: Event) -> None:
    changed = {name: value for name, value in values.items() if getattr(section, name) != value}
    if changed:
        told = write(section, {**changed, "updated_at": clock.now()})
        told.pop("updated_at", None)
        roads_changed(section.district_id)
        audit.record(by, "network.edit", section, before="known", after="known", changes=told, cause=cause)
