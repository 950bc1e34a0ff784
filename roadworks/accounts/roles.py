"""The permission table as a table: for the page, the command line and docs/roles.md."""

import inspect
from dataclasses import dataclass

from roadworks.workflow.permissions import MAY, ROLES
from roadworks.workflow.transitions import STEPS


@dataclass(frozen=True)
class Line:
    """One verb: from which states to which, for which roles, on what condition."""

    verb: str
    step: str
    roles: frozenset[str]
    condition: str


def rows() -> list[Line]:
    """All verbs in the order of the table."""
    return [
        Line(verb, _step(verb), rule.roles, " ".join((inspect.getdoc(rule.when) or "").split()) if rule.when else "")
        for verb, rule in MAY.items()
    ]


def _step(verb: str) -> str:
    step = STEPS.get(verb)
    if step is None:
        return ""
    return f"{', '.join(sorted(step.of))} → {step.to or ('as before' if step.to == '' else 'unchanged')}"


def markdown() -> str:
    """The table as it stands in docs/roles.md."""
    head = ["# Who may do what", "", "Printed by `flask permissions` from `roadworks/workflow/permissions.py` and"]
    head += [
        "`transitions.py`; a test compares. Everything happens inside the person's own district; what does not stand"
    ]
    head += ["here is not allowed to anybody. Steps that only another step causes have no row.", ""]
    head += ["| verb | step | " + " | ".join(ROLES) + " | condition |", "|---|---|" + "---|" * (len(ROLES) + 1)]
    body = [
        f"| `{line.verb}` | {line.step} | "
        + " | ".join("✓" if role in line.roles else "–" for role in ROLES)
        + f" | {line.condition} |"
        for line in rows()
    ]
    return "\n".join([*head, *body]) + "\n"
