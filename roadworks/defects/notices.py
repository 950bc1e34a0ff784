"""What later rooms have to say about a place or a defect: they hang their answers on these lists."""

from collections.abc import Callable
from dataclasses import dataclass

from roadworks.defects.models import Defect
from roadworks.workflow.permissions import Actor


@dataclass(frozen=True)
class Notice:
    """A sentence, where to read more, and where it offers a step: the word of the button, its address and fields."""

    text: str
    url: str = ""
    press: str = ""
    to: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    warning: bool = False


# (person, section id) → what somebody should know who files on this section.
ON_SECTION: list[Callable[[Actor, int], list[Notice]]] = []
# (person, defect) → what stands beside this defect.
ON_DEFECT: list[Callable[[Actor, Defect], list[Notice]]] = []


def on_section(person: Actor, section_id: int | None) -> list[Notice]:
    """All that is to be known of a section; nothing of a place outside the register."""
    return [notice for ask in ON_SECTION for notice in ask(person, section_id)] if section_id is not None else []


def on_defect(person: Actor, defect: Defect) -> list[Notice]:
    """All that is to be known of a defect."""
    return [notice for ask in ON_DEFECT for notice in ask(person, defect)]
