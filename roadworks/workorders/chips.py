"""The filters in force on the list of orders, each as a chip that takes it away."""

from collections.abc import Mapping, Sequence

from roadworks.accounts.models import Crew
from roadworks.base.i18n import _, label
from roadworks.workflow.words import say

Said = Mapping[str, Sequence[str]]


def chips(said: Said, crews: Sequence[Crew]) -> list[tuple[str, dict[str, list[str]]]]:
    """Each filter in words, and the filters that stay without it."""
    names = {str(crew.id): label(crew) for crew in crews}
    return [
        (_word(name, value, names), _without(said, name, value)) for name, values in said.items() for value in values
    ]


def _without(said: Said, name: str, value: str) -> dict[str, list[str]]:
    left = {key: [v for v in values if (key, v) != (name, value)] for key, values in said.items()}
    return {key: values for key, values in left.items() if values}


def _word(name: str, value: str, crews: Mapping[str, str]) -> str:
    if name in {"state", "severity", "standing"}:
        return say("order" if name == "state" else name, value)
    if name == "crew":
        return crews.get(value, value)
    if name == "all":
        return _("Closed and void ones too")
    if name.startswith("closed_"):
        return _("Closed") + f" {'≥' if name == 'closed_from' else '≤'} {value}"
    return {"from": "≥ ", "to": "≤ "}.get(name, "") + value
