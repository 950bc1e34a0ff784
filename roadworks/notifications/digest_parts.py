"""What stands in whose digest, and in which order: role → the blocks of its facts."""

from collections.abc import Callable
from decimal import Decimal

from roadworks.base.i18n import _, locale, ngettext, show_datetime, show_m2
from roadworks.notifications import digest_leader, digest_patrols
from roadworks.notifications.digest_rows import Facts
from roadworks.notifications.digest_words import (
    Block,
    Line,
    answer,
    any_line,
    day,
    defect_line,
    left_block,
    moment,
    order_line,
    page_of,
    part,
    pick,
    stage,
    stalled_line,
    tiles,
    when,
)
from roadworks.workflow.words import say


def supervisor(facts: Facts) -> list[Block]:
    """What waits, overdue by crew, hand-backs, stalled with reasons, due in the days ahead."""
    desk = facts["desk"]
    parts = [
        ("overdue", _("Overdue now"), _("Overdue, longest first"), order_line),
        ("to_confirm", _("To confirm"), None, defect_line),
        ("to_order", _("To order"), None, defect_line),
        ("to_verify", _("To verify"), None, order_line),
        ("handed_back", _("Handed back"), None, order_line),
        ("extensions", _("Extensions asked for"), None, order_line),
        ("stalled", _("Stalled"), _("Stalled, with reasons"), stalled_line),
        ("due", _("Due this week"), None, any_line),
    ]
    counts = [(word, desk[name]["n"], name == "overdue") for name, word, _title, _draw in parts]
    told = [
        part(title or word, desk[name], lambda row, draw=draw: draw(row, facts))  # type: ignore[misc]
        for name, word, title, draw in parts
    ]
    most = max((row["n"] for row in facts["late_crews"]), default=1)
    by_crew = Block(
        _("Overdue by crew"),
        "table",
        [
            Line([pick(row["crew"]), str(row["n"]), when(row["since"], facts)], share=round(100 * row["n"] / most))
            for row in facts["late_crews"]
        ],
        [_("Crew"), _("Overdue now"), _("since")],
    )
    return [tiles(*counts), by_crew, *told, *digest_patrols.blocks(facts)]


def engineer(facts: Facts) -> list[Block]:
    """My projects: stage, days in it, next node, papers missing, and why it stalls."""
    rows = facts["projects"]
    counts = tiles(
        (_("My projects"), len(rows), False),
        (_("Past their date"), sum(row["late"] for row in rows), True),
        (_("Papers missing at the gate"), sum(len(row["papers"]) for row in rows), False),
    )
    return [counts, Block(_("My projects"), "rows", [_project_line(row, facts) for row in rows])]


def _project_line(row: Facts, facts: Facts) -> Line:
    cells = [row["number"], pick(row["name"])]
    cells += [] if row["state"] == "running" else [say("project", row["state"])]
    cells += [stage(row), ngettext("%(num)d day in this stage", "%(num)d days in this stage", row["days"])]
    node = row["node"]
    if node:
        cells.append(_("next: %(stage)s by %(day)s", stage=stage(node), day=day(node["on"])))
    notes = [_("Missing at the gate: %(papers)s", papers=_list(row["papers"]))] if row["papers"] else []
    if row["stalled"]:
        notes.append(_("Stalled: %(why)s", why=answer(row["stalled"])))
    if row["late"]:
        cells.append(_("Overdue now"))
    return Line(cells, page_of(row), notes, late=row["late"])


def _list(papers: list[list[str]]) -> str:
    return ("、" if locale() == "zh" else ", ").join(pick(pair) for pair in papers)


def crew(facts: Facts) -> list[Block]:
    """My week: done, to do, due, passed and failed."""
    counts = tiles(
        (_("Overdue now"), facts["overdue"], True),
        (_("To do"), facts["todo"]["n"], False),
        (_("Due this week"), facts["due"], False),
        (_("Handed in, last seven days"), facts["done"], False),
        (_("Passed"), facts["passed"], False),
        (_("Did not pass"), facts["failed"], True),
        (_("Waiting for verification"), facts["waiting"], False),
    )
    area = Block(
        _("Area mended"), "words", notes=[_("%(m2)s verified in these days", m2=show_m2(Decimal(facts["m2"])))]
    )
    return [counts, area, part(_("To do"), facts["todo"], lambda row: order_line(row, facts))]


def inspector(facts: Facts) -> list[Block]:
    """My week: filed, confirmed, to verify."""
    confirmed = facts["filed"] - facts["unconfirmed"] - facts["refused"]
    counts = tiles(
        (_("To verify"), facts["to_verify"]["n"], False),
        (_("Filed, last seven days"), facts["filed"], False),
        (_("Of these confirmed"), confirmed, False),
        (_("Not yet confirmed"), facts["unconfirmed"], False),
        (_("Rejected or duplicate"), facts["refused"], False),
        (_("Verified: passed"), facts["passed"], False),
        (_("Verified: failed"), facts["failed"], False),
    )
    refused = Block(_("Rejected, with reasons"), "rows", [defect_line(row, facts) for row in facts["rejected"]])
    to_verify = part(_("To verify"), facts["to_verify"], lambda row: order_line(row, facts))
    return [counts, *digest_patrols.own(facts), to_verify, refused]


PARTS: dict[str, Callable[[Facts], list[Block]]] = {
    "supervisor": supervisor,
    "leader": digest_leader.leader,
    "engineer": engineer,
    "crew": crew,
    "inspector": inspector,
}


def blocks(facts: Facts) -> list[Block]:
    """All that a digest says, in the language in force; parts without rows are left out, the counts say so."""
    told = [block for block in PARTS[facts["role"]](facts) if block.lines or block.notes]
    if facts["empty"]:
        told.insert(0, Block("", "words", notes=[_("A quiet week: nothing waits for you and nothing is overdue.")]))
    return told + left_block(facts)


def subject(facts: Facts) -> str:
    """The subject, with the count that matters most: `〔5 件逾期〕第26周 道路养护周报`."""
    week = int(facts["week"][-2:])
    if facts["count"]["overdue"]:
        return _("[%(n)d overdue] Road maintenance, week %(week)d", n=facts["count"]["overdue"], week=week)
    if facts["count"]["waiting"]:
        return _("[%(n)d waiting] Road maintenance, week %(week)d", n=facts["count"]["waiting"], week=week)
    return _("[nothing waiting] Road maintenance, week %(week)d", week=week)


def titles(facts: Facts) -> dict[str, str]:
    """The lines at head and foot: which week, whose, which days, as of when, and the seal of the trail."""
    week = int(facts["week"][-2:])
    told = {
        "title": _("Road maintenance, week %(week)d of %(year)s", week=week, year=facts["week"][:4]),
        "name": facts["name"],
        "role": f"{say('role', facts['role'])} · {pick(facts['district'])}",
        "spans": _(
            "Looks back on %(since)s – %(until)s and ahead to %(ahead)s",
            since=day(facts["since"]),
            until=day(facts["until"]),
            ahead=day(facts["ahead"]),
        ),
        "as_of": _("As it stood on %(moment)s", moment=show_datetime(moment(facts["as_of"]))),
        "note": pick(facts["note"]),
    }
    if facts.get("seal"):
        told["seal"] = _(
            "The trail stood at event %(seq)d with seal %(hash)s. Keep this mail: it witnesses that nothing before "
            "it was changed afterwards.",
            **facts["seal"],
        )
    return told
