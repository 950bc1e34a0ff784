"""Steps on an order as a phone enters them: which can be next, what each says, and what the order must hold afterwards."""

from dataclasses import dataclass, field
from decimal import Decimal

from tests.browser.shots import SHOTS, sha

# What can be done with an order in a state, and where it leads; a place is made safe once, and who reported does not verify.
ROUTES = {
    "issued": {"accept": "accepted", "make_safe": "issued", "hand_back": "handed_back"},
    "accepted": {"start": "working", "make_safe": "accepted", "hand_back": "handed_back"},
    "working": {"finish": "reported", "make_safe": "working", "hand_back": "handed_back"},
    "done": {"pass": "closed", "fail": "rework"},
}
SAYS = {"make_safe": "note", "finish": "note", "pass": "note", "hand_back": "reason", "fail": "reason"}
KINDS = {"make_safe": "safe", "finish": "after", "hand_back": "remark"}


@dataclass
class Order:
    """An order as it stands with the phone's own steps: all that were entered, their photos by kind, its lines' m²."""

    id: int
    number: str
    version: int
    state: str
    lines: dict[int, int]
    steps: list[tuple[str, str]] = field(default_factory=list)
    shown: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    m2: list[Decimal | None] = field(default_factory=list)

    def can(self) -> list[str]:
        """The verbs that are left."""
        safe = any(verb == "order.make_safe" for verb, _said in self.steps)
        return [verb for verb in ROUTES.get(self.state, {}) if not (verb == "make_safe" and safe)]

    def step(self, verb: str, shots: list[int], said: str) -> tuple[dict[str, str], dict[str, list[int]]]:
        """Take a step; gives what the form says, and the photos by the name of their field."""
        fields = {SAYS[verb]: said} if verb in SAYS else {}
        taken: dict[str, list[int]] = {}
        if verb == "finish":
            fields |= {f"m2-{line}": f"{n}.25" for n, line in enumerate(self.lines, 1)}
            self.m2 = [Decimal(f"{n}.25") for n in range(1, len(self.lines) + 1)]
            # What shows how the place was made safe proves no work.
            safe = {hung for _defect, hung in self.shown.get("safe", ())}
            free = [n for n, shot in enumerate(SHOTS) if sha(shot) not in safe]
            first = [n for n in shots if n in free] or free[:1]
            other = next(n for n in range(len(SHOTS)) if n not in first)
            taken = {f"photos-{line}": [other] if n else first for n, line in enumerate(self.lines)}
        elif verb in KINDS:
            taken = {"photos": shots}
        self._show(verb, taken)
        self.steps.append((f"order.{verb}", fields.get(SAYS.get(verb, ""), "")))
        self.state = ROUTES[self.state][verb]
        return fields, taken

    def _show(self, verb: str, taken: dict[str, list[int]]) -> None:
        """Photos hang on the defect of their line, or on the first; a remark shows only what does not hang yet."""
        hangs = {one for shown in self.shown.values() for one in shown} if verb == "hand_back" else set()
        first = next(iter(self.lines.values()))
        of = {f"photos-{line}": defect for line, defect in self.lines.items()}
        shown = [(of.get(name, first), sha(SHOTS[n])) for name, some in taken.items() for n in some]
        if fresh := sorted(set(shown) - hangs):
            self.shown[KINDS[verb]] = fresh
