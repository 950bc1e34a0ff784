"""A digest's facts in words: blocks that mail, text and page draw alike, in the language in force.

Nothing here asks the database or the clock: what was written once reads the same for ever.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date

from roadworks.base import clock
from roadworks.base.i18n import _, locale, show_date, show_span
from roadworks.notifications.digest_rows import Facts
from roadworks.notifications.facts import ENDPOINTS
from roadworks.workflow.usual import reworded
from roadworks.workflow.words import VERBS, WORDS, say


@dataclass
class Line:
    """One row: its cells, the page it leads to, notes under it, and how long its bar is in per cent."""

    cells: list[str]
    page: tuple[str, Mapping[str, int | str]] | None = None
    notes: list[str] = field(default_factory=list)
    share: int | None = None
    late: bool = False


@dataclass
class Block:
    """One part of a digest; `form` says how it is drawn: tiles, rows, table or words."""

    title: str
    form: str
    lines: list[Line] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def has_bars(self) -> bool:
        """Whether its lines have bars."""
        return any(line.share is not None for line in self.lines)


def pick(pair: list[str] | None) -> str:
    """The one of a Chinese and an English name that fits."""
    return (pair[1] if locale() == "en" else pair[0]) if pair else ""


def moment(text: str) -> datetime:
    """A moment of the facts."""
    return datetime.fromisoformat(text)


def day(text: str) -> str:
    """A day of the facts, with its year."""
    return show_date(date.fromisoformat(text))


def when(text: str, facts: Facts) -> str:
    """A moment without the year where it is the digest's own: `6月30日 18:00`, `30 Jun, 18:00`."""
    there = clock.local(moment(text))
    other = f"{there.year}年" if there.year != int(facts["day"][:4]) else ""
    if locale() == "zh":
        return f"{other}{there.month}月{there.day}日 {there:%H:%M}"
    return f"{format_date(there.date(), 'd MMM y' if other else 'd MMM', locale='en')}, {there:%H:%M}"


def late_by(text: str, facts: Facts) -> str:
    """How long a clock was overdue when the digest was written."""
    return _("overdue by %(span)s", span=show_span(max(timedelta(), moment(facts["as_of"]) - moment(text))))


def tiles(*pairs: tuple[Any, int, bool]) -> Block:
    """The counts on top: word, number, whether it is one to worry about."""
    return Block("", "tiles", [Line([str(word), str(n)], late=bad and n > 0) for word, n, bad in pairs])


def part(title: Any, found: Facts, draw: Callable[[Facts], Line], *notes: str) -> Block:
    """A list with how many there are, and how many are not shown."""
    rows = found["rows"]
    heading = f"{title} ({found['n']})" if locale() == "en" else f"{title}（{found['n']}）"
    return Block(heading, "rows", [draw(row) for row in rows], notes=list(notes), more=found["n"] - len(rows))


def page_of(row: Facts) -> tuple[str, dict[str, int]] | None:
    """The page that a row leads to."""
    if row["kind"] not in ENDPOINTS:
        return None
    endpoint, name = ENDPOINTS[row["kind"]]
    return endpoint, {name: row["id"]}


def stage(row: Facts) -> str:
    """What the bureau called a row's stage when the digest was written; older digests kept only its code."""
    return pick(row.get("stage_name")) or say("stage", row["stage"])


def defect_line(row: Facts, facts: Facts) -> Line:
    """A defect."""
    cells = [row["number"], say("severity", row["severity"]), pick(row["type"]), pick(row["place"])]
    cells.append(_("found %(when)s", when=when(row["at"], facts)))
    return Line(_full(cells), page_of(row), _full([row["why"] or ""]))


def order_line(row: Facts, facts: Facts) -> Line:
    """An order with the clock that runs out first."""
    cells = [row["number"], say("order", row["state"]), say("severity", row["severity"]), pick(row["crew"])]
    cells.append(pick(row["place"]))
    due = when(row["due"], facts)
    if row["late"]:
        cells.append(_("due %(when)s, %(late)s", when=due, late=late_by(row["due"], facts)))
    elif row["state"] not in {"done", "handed_back", "suspended"}:
        cells.append(_("due %(when)s", when=due))
    return Line(_full(cells), page_of(row), _full([reworded(row["why"]), _said(row)]), late=row["late"])


def node_line(row: Facts, facts: Facts) -> Line:
    """A project whose present stage has a planned date."""
    late = row["on"] < facts["day"]
    cells = [row["number"], pick(row["name"]), stage(row), _("planned for %(day)s", day=day(row["on"]))]
    if late:
        span = date.fromisoformat(facts["day"]) - date.fromisoformat(row["on"])
        cells.append(_("overdue by %(span)s", span=show_span(span)))
    return Line(cells, page_of(row), _full([_said(row)]), late=late)


def _said(row: Facts) -> str:
    """What was said about an overdue thing, if anything."""
    stalled = row.get("stalled")
    return answer(stalled) if stalled and stalled["answer"] else ""


def any_line(row: Facts, facts: Facts) -> Line:
    """An order or a project, whichever it is."""
    return node_line(row, facts) if row["kind"] == "project" else order_line(row, facts)


def answer(row: Facts) -> str:
    """What was said to a reminder: the reason why a thing stalls."""
    if not row.get("answer"):
        return _("no answer yet from %(who)s", who=row.get("who", ""))
    said = [say("answer", row["answer"]), row["why"] or "", row["to"] or ""]
    if row["until"]:
        said.append(_("until %(day)s", day=day(row["until"])))
    if row["broken"]:
        said.append(_("the day passed unkept"))
    return " · ".join(_full([*said, row.get("who") or ""]))


def stalled_line(row: Facts, facts: Facts) -> Line:
    """A thing that stalls, since when, and the reason."""
    since = _("stalled for %(span)s", span=show_span(moment(facts["as_of"]) - moment(row["since"])))
    return Line([row["number"], say("reminder_rule", row["rule"]), since], page_of(row), [answer(row)])


def left_line(row: Facts, _facts: Facts) -> Line:
    """A thing that left the list, and why."""
    if row["after"] == "answered":
        why = answer(row)
    elif row["after"] == "settled":
        why = _("it moved on")
    elif row["after"] is None:
        why = _("it is no longer among what was listed")
    else:
        why = _step_word(row)
    notes = [] if row["after"] == "answered" else _full([reworded(row.get("why"))])
    return Line([row["number"], why], page_of(row), notes)


def _step_word(row: Facts) -> str:
    verb = str(VERBS[row["verb"]][1]) if row["verb"] in VERBS else row["verb"]
    state = say(row["kind"], row["after"]) if row["kind"] in WORDS else ""
    return " · ".join(_full([state, f"{row['by']} {verb}"]))


def left_block(facts: Facts) -> list[Block]:
    """What left the list since the last digest; nothing where this is the first."""
    left = facts["left"]
    if left is None:
        return []
    title = _("Left the list since %(week)s", week=left["week"])
    if not left["n"]:
        return [Block(title, "words", notes=[_("Nothing left it.")])]
    return [part(title, left, lambda row: left_line(row, facts))]


def _full(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text]
