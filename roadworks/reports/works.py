"""The bulletin's second sentence: how many road projects of each category stood in which stage at the period's end."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from roadworks.projects.models import CATEGORIES, STAGES
from roadworks.projects.past import standing
from roadworks.workflow.permissions import Actor

Counts = list[tuple[str, str, int]]

# The bulletin speaks both languages on every page, as the first sentence does: word for word, not by the catalogue.
REPAIR = {
    "minor": ("小修", "minor repair"),
    "medium": ("中修", "medium repair"),
    "major": ("大修", "major repair"),
    "reconstruct": ("改扩建", "reconstruction"),
}
STANDS = {
    "reserve": ("已列入储备", "in reserve"),
    "approved": ("已立项", "approved"),
    "scheme": ("正在方案设计", "in concept design"),
    "drawings": ("正在施工图设计", "in detailed design"),
    "drawing_review": ("正在图纸评审", "in drawing review"),
    "budget_review": ("正在财政评审", "in budget review"),
    "tender": ("正在施工招标", "in tender"),
    "contract": ("正在签订合同", "at contract"),
    "start": ("正在准备开工", "about to start"),
    "construction": ("正在施工", "under construction"),
    "substantial": ("已基本完成并通车", "largely complete and open to traffic"),
    "acceptance": ("正在竣工验收", "at completion acceptance"),
    "handover": ("正在移交养护", "being handed over to maintenance"),
    "warranty": ("在质保期内", "under warranty"),
    "settlement": ("正在结算审计", "in settlement"),
    "closed": ("正在归档销号", "being closed"),
}


def work_out(person: Actor, until: date) -> Counts:
    """Category, stage and number of projects when the day `until` ended, in the order of both."""
    found: Counter[tuple[str, str]] = standing(person, until)
    order = [(category, stage) for category in CATEGORIES for stage in STAGES]
    return [(category, stage, found[category, stage]) for category, stage in order if found[category, stage]]


def part(category: str, stage: str, n: int, language: str) -> str:
    """What one count says: `7条道路中修正在施工招标`."""
    if language == "zh":
        return f"{n}条道路{REPAIR[category][0]}{STANDS[stage][0]}"
    return f"{REPAIR[category][1]} of {n} {'road' if n == 1 else 'roads'} {STANDS[stage][1]}"


def sentence(counts: Counts, language: str) -> str:
    """All counts in a sentence; empty where there is no project."""
    if not counts:
        return ""
    if language == "zh":
        return "，".join(part(*count, "zh") for count in counts) + "。"
    said = "; ".join(part(*count, "en") for count in counts)
    return f"{said[0].upper()}{said[1:]}."


def as_json(counts: Counts) -> Mapping[str, Any]:
    """The counts for machines, by category and stage code."""
    by_category: dict[str, dict[str, int]] = {}
    for category, stage, n in counts:
        by_category.setdefault(category, {})[stage] = n
    return {"by_category": by_category, "sentence": {lang: sentence(counts, lang) for lang in ("zh", "en")}}
