"""Surveys from a CSV file: read row by row, tried first, brought in whole or not at all."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _
from roadworks.base.quantities import hundredths, parse_day, parse_decimal
from roadworks.network.models import Section
from roadworks.network.queries import sections
from roadworks.projects import surveys
from roadworks.workflow.permissions import Actor, check

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 20_000
# Our name of a column → how files head it; the first is what our own form says.
HEADS: dict[str, tuple[str, ...]] = {
    "section": ("路段编号", "section"),
    "road": ("道路", "道路名称", "road"),
    "from": ("起点", "from"),
    "to": ("止点", "终点", "to"),
    "date": ("检测日期", "日期", "date"),
    "pci": ("PCI", "pci"),
    "fci": ("FCI", "fci"),
    "iri": ("IRI", "iri"),
    "source": ("来源", "source"),
}
FORM = [names[0] for names in HEADS.values()]


@dataclass
class Report:
    """What a file did, or would do: how many surveys were added, changed and left, and a sentence per faulty row."""

    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "same": 0})
    faults: list[str] = field(default_factory=list)


class RowFault(ValueError):
    """What is wrong with one row, in words for the person."""


def bring_in(by: Actor, content: bytes) -> Report:
    """Enter all surveys of a file (UTF-8 or GB 18030, as Excel in China saves it).

    Nothing may be committed where the report has faults; a dry run is this and a rollback. Raises NotAllowed.
    """
    check(by, "survey.enter")
    report = Report()
    rows = _rows(content, report)
    known = _Known(list(db.session.scalars(sections(by)).unique())) if rows else _Known([])
    for number, row in rows:
        try:
            _row(by, known, row, report)
        except (RowFault, BadInput) as fault:
            words = str(fault.message if isinstance(fault, BadInput) else fault)
            report.faults.append(_("Row %(number)d: %(fault)s", number=number, fault=words))
    return report


def _rows(content: bytes, report: Report) -> list[tuple[int, dict[str, str]]]:
    """The rows with the number that a spreadsheet shows for them, as our column names → text; empty ones left out."""
    text = _decoded(content)
    if text is None or len(content) > MOST_BYTES:
        report.faults.append(_("This is not a CSV file of at most 2 MB."))
        return []
    try:
        table = list(csv.reader(io.StringIO(text), strict=True))[: MOST_ROWS + 2]
    except csv.Error:
        report.faults.append(_("This is not a CSV file of at most 2 MB."))
        return []
    heads = [_head(cell) for cell in table[0]] if table else []
    if "date" not in heads or not {"section", "road"} & set(heads) or not set(surveys.MOST) & set(heads):
        report.faults.append(_("The first row must name the columns: %(names)s.", names=", ".join(FORM)))
        return []
    if len(table) > MOST_ROWS + 1:
        report.faults.append(_("At most %(most)d rows.", most=MOST_ROWS))
        return []
    found = []
    for number, cells in enumerate(table[1:], 2):
        said = {head: clean_text(cell) for head, cell in zip(heads, cells, strict=False) if head}
        if any(said.get(kind) for kind in surveys.MOST):
            found.append((number, said))
    return found


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _head(cell: str) -> str:
    word = cell.strip().casefold()
    return next((name for name, heads in HEADS.items() if word in {h.casefold() for h in heads}), "")


class _Known:
    """The district's sections, by id and by the names a file gives."""

    def __init__(self, rows: Sequence[Section]) -> None:
        self.by_id = {str(section.id): section for section in rows}
        self.by_road: dict[str, list[Section]] = {}
        for section in rows:
            for name in {section.road.name_zh, section.road.name_en or section.road.name_zh}:
                self.by_road.setdefault(name.casefold(), []).append(section)

    def find(self, row: Mapping[str, str]) -> Section:
        """The one section that a row names; raises RowFault."""
        if row.get("section"):
            section = self.by_id.get(row["section"])
            if section is None:
                raise RowFault(_("there is no section with this number."))
            return section
        fitting = self.by_road.get(row.get("road", "").casefold(), [])
        if row.get("from") or row.get("to"):
            limits = {row.get("from", ""), row.get("to", "")}
            fitting = [s for s in fitting if limits in ({s.from_zh, s.to_zh}, {s.from_en, s.to_en})]
        if len(fitting) != 1:
            raise RowFault(_("the road and its limits do not name one section of the register."))
        return fitting[0]


def _row(by: Actor, known: _Known, row: Mapping[str, str], report: Report) -> None:
    section, day = known.find(row), _day(row.get("date", ""))
    for kind in surveys.MOST:
        if row.get(kind):
            value, source = _value(row[kind]), row.get("source", "")
            outcome = surveys.enter(by, section, kind=kind, value=value, surveyed_on=day, source=source)[1]
            report.counts[outcome] += 1


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as fault:
        raise RowFault(_("the day must be like 2018-06-30.")) from fault


def _value(text: str) -> Decimal:
    try:
        return hundredths(parse_decimal(text))
    except ValueError as fault:
        raise RowFault(_("this is not a number: %(text)s", text=text[:20])) from fault


def form_rows(by: Actor) -> list[Sequence[str]]:
    """The file to fill in: the district's sections, one row each, the indices empty."""
    rows: list[Sequence[str]] = [
        [str(s.id), s.road.name_zh, s.from_zh, s.to_zh, "", "", "", "", ""] for s in db.session.scalars(sections(by))
    ]
    return [FORM, *rows]
