"""What later rooms know of sections: they add a function here, and the page of the road shows what it tells."""

from collections.abc import Callable, Sequence

from roadworks.network.models import Section

# Each gives, by section id, words and what to say beside them.
SECTION_FACTS: list[Callable[[Sequence[Section]], dict[int, list[tuple[str, str]]]]] = []


def section_facts(sections: Sequence[Section]) -> dict[int, list[tuple[str, str]]]:
    """Everything that later rooms have to say of these sections, by section id."""
    found: dict[int, list[tuple[str, str]]] = {section.id: [] for section in sections}
    for tell in SECTION_FACTS:
        for section_id, said in tell(sections).items():
            found[section_id] += said
    return found
