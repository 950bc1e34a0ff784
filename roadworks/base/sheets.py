"""Tables as CSV and XLSX: for Excel in China, and safe against cells that pretend to be formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from flask import Response

Row = Sequence[Any]
RISKY = ("=", "+", "-", "@", "＝", "\t", "\r")
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(kind: str, name: str, sheets: dict[str, list[Row]]) -> Response:
    """The answer that hands over a file `name`.csv (its first table) or `name`.xlsx (all of them)."""
    content = as_csv(next(iter(sheets.values()))) if kind == "csv" else as_xlsx(sheets)
    response = Response(content, mimetype=KINDS[kind])
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{kind}"
    return response


def as_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with BOM; text that begins like a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    plain = cell.translate(CONTROL)
    return "'" + plain if plain.startswith(RISKY) else plain


def as_xlsx(sheets: dict[str, list[Row]]) -> bytes:
    """A workbook; text stays text and numbers numbers."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 12, 18)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    _cell(sheet, number, column, cell, bold if number == 0 else None)
    return out.getvalue()


def _cell(sheet: Any, row: int, column: int, cell: Any, style: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, float(cell), style)
    else:
        sheet.write_string(row, column, str(cell).translate(CONTROL), style)
