"""The leader's digest in words: figures with their change, rates with their n, projects by stage, the three worst."""

from decimal import Decimal
from typing import Any

from roadworks.base.i18n import _, show_m2, show_number
from roadworks.base.quantities import per_cent
from roadworks.notifications import digest_patrols
from roadworks.notifications.digest_rows import Facts
from roadworks.notifications.digest_words import Block, Line, any_line, part, pick
from roadworks.workflow.words import say
from roadworks.workorders.figures import MEASURED, SMALLEST_RANKED, fraction

MINUS = "−"


def leader(facts: Facts) -> list[Block]:
    """The figures with their change, m² by surface, rates with their n, projects by stage, the three worst."""
    figures = facts["figures"]
    rows = [_change(_("Defects found"), *figures["found"])]
    rows += [_change(f"· {say('surface', s)}", *pair) for s, pair in figures["found_by"].items()]
    areas = {s: (Decimal(now), Decimal(then)) for s, (now, then) in figures["m2"].items()}
    whole: list[Decimal] = [sum((areas[s][i] for s in MEASURED), Decimal(0)) for i in (0, 1)]
    rows.append(_change_m2(_("Area mended"), *whole))
    rows += [_change_m2(f"· {say('surface', s)}", *areas[s]) for s in MEASURED]
    rows.append(_change(_("Ancillary facilities mended, places"), *figures["ancillary"]))
    rows += [_rates(_("On-time rate"), figures["on_time"]), _rates(_("Rework rate"), figures["rework"])]
    head = [_("Figure"), _("These seven days"), _("Seven days before"), _("Difference")]
    return [
        Block(_("Figures of these days"), "table", rows, head, notes=_how(figures)),
        _bars(_("m² mended by surface"), [(say("surface", s), areas[s][0], show_m2(areas[s][0])) for s in MEASURED]),
        Block(_("On time, by crew"), "table", _ranking(facts["crews"]), [_("Crew"), _("On time"), _("Rate")]),
        _bars(_("Projects by stage"), [(_stage(*row), row[1], str(row[1])) for row in facts["stages"]]),
        *digest_patrols.blocks(facts),
        part(_("The longest overdue"), facts["worst"], lambda row: any_line(row, facts)),
    ]


def _stage(code: str, _n: int, name: list[str] | None = None) -> str:
    """What the bureau called it when the digest was written; older digests kept only its code."""
    return pick(name) or say("stage", code)


def _how(figures: Facts) -> list[str]:
    """How the two rates are counted, and what they are when counted the other way."""
    on_time, rework = figures["on_time"][0], figures["rework"][0]
    return [
        _(
            "On-time rate: orders verified in these days that were handed in by their deadline ÷ orders verified. "
            "Counted the other way (orders that fell due in these days: handed in by then ÷ all) = %(other)s.",
            other=fraction(*on_time["other"]),
        ),
        _(
            "Rework rate: orders verified in these days that had failed before ÷ orders verified. "
            "Counted the other way (verifications of these days: failed ÷ all) = %(other)s.",
            other=fraction(*rework["other"]),
        ),
        _("n < 5: not ranked, no rate is shown. Void orders are not counted."),
    ]


def _percent(share_of: int, n: int) -> Decimal:
    return per_cent(share_of, n) or Decimal(0)


def _signed(value: Decimal | int, places: int | None = None) -> str:
    if not value:
        return "0"
    return ("+" if value > 0 else MINUS) + show_number(abs(Decimal(value)), places)


def _change(title: Any, now: int, then: int) -> Line:
    return Line([str(title), show_number(now), show_number(then), _signed(now - then)])


def _change_m2(title: Any, now: Decimal, then: Decimal) -> Line:
    return Line([str(title), show_m2(now), show_m2(then), _signed(now - then, 2)])


def _rates(title: Any, pair: list[Facts]) -> Line:
    now, then = pair
    change = "–"
    if min(now["n"], then["n"]) >= SMALLEST_RANKED:
        points = _percent(now["part"], now["n"]) - _percent(then["part"], then["n"])
        change = _("%(n)s points", n=_signed(points, 1))
    return Line([str(title), *(fraction(rate["part"], rate["n"]) for rate in pair), change])


def _bars(title: str, rows: list[tuple[str, Any, str]]) -> Block:
    most = max((value for _word, value, _shown in rows), default=0)
    lines = [Line([word, shown], share=round(100 * value / most) if most else 0) for word, value, shown in rows]
    return Block(title, "table", lines)


def _ranking(crews: list[Facts]) -> list[Line]:
    """Crews with at least five orders by their rate; the others after them, unranked."""
    ranked = [c for c in crews if c["n"] >= SMALLEST_RANKED]
    ranked.sort(key=lambda c: (-_percent(c["on_time"], c["n"]), -c["n"]))
    told = [_crew_rate(c, f"{_percent(c['on_time'], c['n'])} %") for c in ranked]
    return told + [_crew_rate(c, _("n < 5: not ranked")) for c in crews if c["n"] < SMALLEST_RANKED]


def _crew_rate(crew: Facts, rate: str) -> Line:
    return Line([pick(crew["crew"]), f"{crew['on_time']}/{crew['n']}", rate])
