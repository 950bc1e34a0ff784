"""The bulletin and its rows as tables for CSV and XLSX."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from roadworks.base import clock
from roadworks.base.i18n import _, label
from roadworks.base.sheets import Row
from roadworks.reports import works
from roadworks.reports.bulletin import Bulletin, kind_name, sentence_en, sentence_zh
from roadworks.workflow.words import say
from roadworks.workorders.figures import MEASURED


def _found(what: str) -> str:
    return _("Found: %(what)s", what=what)


def figures(report: Bulletin, roads: dict[int | None, str], crews: dict[int, str]) -> list[Row]:
    """The figures as rows of name, value, unit."""
    rows: list[Row] = [(_("Figure"), _("Value"), _("Unit"))]
    rows += [(_("From day"), report.since.isoformat(), ""), (_("To day"), report.until.isoformat(), "")]
    rows += [(_("Defects found"), report.defects_found, _("places")), (_("Area mended"), report.total_m2, "m²")]
    rows += [(f"{_('Area mended')} {say('surface', s)}", report.area_m2[s], "m²") for s in MEASURED]
    rows += [(_("Length mended"), report.length_m, "m"), (_("Places mended"), report.places_mended, _("places"))]
    rows += [(_("Orders verified"), report.punctual.n, ""), (_("of these on time"), report.punctual.on_time, "")]
    rows += [(_("On-time rate"), report.punctual.share if report.punctual.n else "", "%")]
    rows += [(_found(kind_name(code)), n, _("places")) for code, n in report.found_by_type.most_common()]
    rows += [(_found(roads.get(road, "")), n, _("places")) for road, n in report.found_by_road.most_common()]
    for crew, areas in report.area_by_crew.items():
        rows += [(f"{_('Area mended')} {crews.get(crew, '')} {say('surface', s)}", areas[s], "m²") for s in MEASURED]
    return [*rows, (sentence_zh(report), "", ""), (sentence_en(report), "", "")]


def project_figures(counts: works.Counts) -> list[Row]:
    """The projects by category and stage as further figures, and their sentence."""
    rows: list[Row] = [(f"{say('category', c)} {say('stage', s)}", n, _("projects")) for c, s, n in counts]
    return [*rows, *((works.sentence(counts, language), "", "") for language in ("zh", "en") if counts)]


def line_rows(lines: Iterable[Any], crews: dict[int, str], roads: dict[int | None, str]) -> list[Row]:
    """The rows behind the m²: one for each line of a verified order."""
    head = (_("Order"), _("Defect"), _("Closed"), _("Crew"), _("Road"), _("Surface"), _("Type"), "m²", "m")
    body = [
        (order.number, defect.number, f"{clock.local(order.closed_at):%Y-%m-%d %H:%M}", crews.get(order.crew_id, ""))
        + (roads.get(defect.road_id, ""), say("surface", line.surface), label(defect.type))
        + (line.mended_m2 or Decimal(0), line.mended_m or "")
        for order, line, defect in lines
    ]
    return [head, *body]


def defect_rows(defects: Iterable[Any]) -> list[Row]:
    """Defects one a row, as the list shows them."""
    head = [_("Number"), _("State"), _("Found"), _("Road section"), _("Place in words"), _("Surface"), _("Type")]
    rows: list[Row] = [(*head, _("Severity"), "m²", _("Longitude"), _("Latitude"), _("Note"), _("Repeat of"))]
    for d in defects:
        where = label(d.section) if d.section else ""
        row = (d.number, say("defect", d.state), f"{clock.local(d.found_at):%Y-%m-%d %H:%M}", where, d.place)
        rows.append(
            (
                *row,
                say("surface", d.surface),
                label(d.type),
                say("severity", d.severity),
                d.area_m2,
                d.lon,
                d.lat,
                d.note,
                d.repeat_of.number if d.repeat_of else "",
            )
        )
    return rows
