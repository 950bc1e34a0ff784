"""The legal calendar: when a road may not be dug, each rule with its citation; no database here (domain.md §5.3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from roadworks.base.calendar import WorkCalendar
from roadworks.base.i18n import _, _l, label, show_date
from roadworks.base.months import months_later

ART_17, ART_18 = (f"郑州市市政工程设施管理条例 第{n}条" for n in ("十七", "十八"))
STATE = "城市道路管理条例 第三十三条"
EVENT: dict[str, Any] = {"before": 15, "after": 5, "events": []}
# The library's names of holidays; the bureau's own table says its own.
HOLIDAYS = {
    "New Year's Day": _l("New Year's Day"),
    "Spring Festival": _l("Spring Festival"),
    "Tomb-sweeping Day": _l("Tomb-sweeping Day"),
    "Labour Day": _l("Labour Day"),
    "Dragon Boat Festival": _l("Dragon Boat Festival"),
    "Mid-autumn Festival": _l("Mid-autumn Festival"),
    "National Day": _l("National Day"),
}


@dataclass(frozen=True)
class Rule:
    """One rule of the calendar: years; from and to as MM-DD; days before and after; or days of events."""

    code: str
    name_zh: str
    name_en: str
    values: Mapping[str, Any]
    citation: str


# 中修 is not named by the text, so a medium repair protects nothing.
PROTECTS = {"reconstruct": "no_dig_new", "major": "no_dig_overhaul"}

NEW = "No digging after a road was built, widened or rebuilt"
DEFAULTS = (
    Rule("no_dig_new", "新建、扩建、改建道路禁掘期", NEW, {"years": 5}, f"{ART_17}；{STATE}"),
    Rule("no_dig_overhaul", "大修道路禁掘期", "No digging after a major repair", {"years": 3}, f"{ART_17}；{STATE}"),
    Rule("winter", "冬季禁掘期", "No digging in winter", {"from": "11-15", "to": "03-15"}, ART_18),
    Rule("holiday", "法定节假日前后禁掘期", "No digging around statutory holidays", {"before": 15, "after": 5}, ART_18),
    Rule("event", "城市重大活动前后禁掘期", "No digging around major events of the city", EVENT, ART_18),
)


@dataclass(frozen=True)
class Ban:
    """A span, both days included, in which a rule asks that nobody digs, and what brings it about."""

    rule: Rule
    first: date
    last: date
    cause: str = ""

    def __str__(self) -> str:
        """The warning in the language in force, without its citation."""
        facts = {"rule": label(self.rule), "first": show_date(self.first), "last": show_date(self.last)}
        if self.rule.code in PROTECTS.values():
            return _("%(cause)s: no digging until %(last)s.", cause=self.cause, **facts)
        if self.cause:
            return _("%(rule)s, %(first)s to %(last)s: %(cause)s.", cause=self.cause, **facts)
        return _("%(rule)s: %(first)s to %(last)s.", **facts)


@dataclass(frozen=True)
class Stretch:
    """A section by its name, with the works that protect it: what it was (`major`, `reconstruct`), when completed."""

    name: str
    works: Sequence[tuple[str, date]] = field(default_factory=tuple)


def no_dig(stretch: Stretch, rules: Iterable[Rule]) -> Ban | None:
    """The no-dig period 禁掘期 that lasts longest on a stretch, last day included."""
    known = {rule.code: rule for rule in rules}
    works = [(done, known[PROTECTS[kind]]) for kind, done in stretch.works if PROTECTS.get(kind) in known]
    bans = [Ban(rule, done, months_later(done, 12 * int(rule.values["years"])), stretch.name) for done, rule in works]
    return max(bans, key=lambda ban: ban.last, default=None)


def winters(rule: Rule, since: date, until: date) -> Iterator[Ban]:
    """The winters of the rule that touch the span; one whose end comes before its start runs over New Year."""
    (m1, d1), (m2, d2) = (map(int, str(rule.values[name]).split("-")) for name in ("from", "to"))
    for year in range(since.year - 1, until.year + 1):
        first, last = date(year, m1, d1), date(year + ((m2, d2) < (m1, d1)), m2, d2)
        if first <= until and last >= since:
            yield Ban(rule, first, last)


def around(rule: Rule, since: date, until: date, calendar: WorkCalendar) -> Iterator[Ban]:
    """The days before and after each statutory holiday that touch the span."""
    before, after = (timedelta(days=int(rule.values[name])) for name in ("before", "after"))
    seen = set()
    for year in range(since.year - 1, until.year + 2):
        for holiday in calendar.holidays(year):
            first, last = holiday.first - before, holiday.last + after
            if first <= until and last >= since and holiday not in seen:
                seen.add(holiday)
                yield Ban(rule, first, last, str(HOLIDAYS.get(holiday.name, holiday.name)))


def events(rule: Rule, since: date, until: date) -> Iterator[Ban]:
    """The days before and after each event of the city, entered by hand, that touch the span."""
    before, after = (timedelta(days=int(rule.values[name])) for name in ("before", "after"))
    for event in rule.values.get("events", ()):
        first, last = date.fromisoformat(event["from"]) - before, date.fromisoformat(event["to"]) + after
        if first <= until and last >= since:
            yield Ban(rule, first, last, str(event["name"]))


def bans(
    since: date, until: date, stretches: Iterable[Stretch], rules: Sequence[Rule], calendar: WorkCalendar
) -> list[Ban]:
    """What stands against digging between two days, both included, on these stretches; in the order of the calendar."""
    found = [ban for stretch in stretches if (ban := no_dig(stretch, rules)) and ban.last >= since]
    for rule in rules:
        if rule.code == "winter":
            found += winters(rule, since, until)
        elif rule.code == "holiday":
            found += around(rule, since, until, calendar)
        elif rule.code == "event":
            found += events(rule, since, until)
    return sorted(found, key=lambda ban: (ban.first, ban.last))


def unknown_years(since: date, until: date, calendar: WorkCalendar) -> list[int]:
    """The years of a span whose holidays are not loaded."""
    return [year for year in range(since.year, until.year + 1) if not calendar.knows(year)]
