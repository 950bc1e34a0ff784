"""What an entry of a project's history changed, in words: the field, what stood there, what stands there now."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from roadworks.base.i18n import show_date
from roadworks.projects.forms import ProjectForm
from roadworks.projects.tender_forms import TenderForm
from roadworks.workflow.audit import Event
from roadworks.workflow.words import say

Change = tuple[str, str, str]
# Codes and the list of words that holds them.
CODED = {"category": "category", "method": "method"}


def changed(event: Event, names: Mapping[str, str]) -> list[Change]:
    """Field, old and new of an edit, a plan or a tender; `names` are the stages'. People are named by no number."""
    if event.verb == "project.edit":
        return list(_fields(ProjectForm, event.changes or {}))
    if event.verb == "project.tender":
        return list(_fields(TenderForm, event.facts.get("tender", {})))
    if event.verb == "project.plan":
        return list(_days(event, names))
    return []


def _fields(form: Any, pairs: Mapping[str, Any]) -> Iterator[Change]:
    for name, pair in pairs.items():
        field = getattr(form, name, None)
        if field is None:
            continue
        word = str(field.args[0])
        if name.endswith("_id"):
            yield word, "", ""
        else:
            yield word, _shown(name, pair[0]), _shown(name, pair[1])


def _days(event: Event, names: Mapping[str, str]) -> Iterator[Change]:
    yield from _fields(ProjectForm, event.changes or {})
    for stage, columns in event.facts.get("dates", {}).items():
        if "planned_on" in columns:
            old, new = columns["planned_on"]
            yield names.get(stage) or say("stage", stage), _shown("planned_on", old), _shown("planned_on", new)


def _shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if name in CODED:
        return say(CODED[name], value)
    return show_date(date.fromisoformat(value)) if name.endswith(("_on", "_from", "_to")) else str(value)
