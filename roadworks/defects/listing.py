"""Defects as the list and the map show them: rows of columns, worded here, so that the page only writes them down."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy import Select, func

from roadworks.accounts.models import Crew
from roadworks.base.db import Rows, db
from roadworks.base.i18n import label, locale, show_day, show_m2
from roadworks.base.web import address
from roadworks.defects.catalogue import TYPES
from roadworks.defects.models import Defect
from roadworks.network.models import Road, Section, between_en, between_zh
from roadworks.workflow.words import say

COLUMNS = (
    *(Defect.id, Defect.number, Defect.state, Defect.surface, Defect.type_code, Defect.place, Defect.area_m2),
    *(Defect.severity, Defect.found_at, Defect.reconstructed, Defect.version),
    *(Road.name_zh.label("road_zh"), Road.name_en.label("road_en")),
    *(Section.from_zh, Section.to_zh, Section.from_en, Section.to_en),
    *(Crew.name_zh.label("crew_zh"), Crew.name_en.label("crew_en")),
)


class Line(NamedTuple):
    """One defect of the list, in words."""

    id: int
    number: str
    url: str
    version: int
    may_be_chosen: bool
    state: Markup
    kind: str
    where: str
    area: str
    severity: Markup
    crew: str
    found: str
    reconstructed: bool


def columns_of(statement: Select[Defect]) -> Rows:
    """The same defects, but only what the list shows of them."""
    return (
        statement.with_only_columns(*COLUMNS)
        .outerjoin(Section, Section.id == Defect.section_id)
        .outerjoin(Road, Road.id == Section.road_id)
        .outerjoin(Crew, Crew.id == Defect.crew_id)
    )


def sums(statement: Select[Any]) -> tuple[int, Decimal]:
    """How many places a list has, and their m²."""
    rows = statement.order_by(None).with_only_columns(func.count(), func.sum(Defect.area_m2))
    places, m2 = db.session.execute(rows).one()
    return places, m2 or Decimal(0)


def lines(rows: Any) -> list[Line]:
    """Rows of `columns_of` in the language in force."""
    if not rows:
        return []
    english = locale() == "en"
    kinds = dict(kind_words())
    before, _id, after = address("defects.defect", defect_id=0).rpartition("0")
    return [
        Line(
            id=row.id,
            number=row.number,
            url=f"{before}{row.id}{after}",
            version=row.version,
            may_be_chosen=row.state in {"confirmed", "covered"},
            state=drawn("state", "defect", row.state),
            kind=kinds[row.type_code],
            where=_where(row, english),
            area=show_m2(row.area_m2),
            severity=drawn("severity", row.severity),
            crew=(row.crew_en if english else row.crew_zh) or "",
            found=show_day(row.found_at),
            reconstructed=row.reconstructed,
        )
        for row in rows
    ]


def _where(row: Any, english: bool) -> str:
    if row.road_zh is None:
        return str(row.place)
    if english:
        section = between_en(row.road_en or row.road_zh, row.from_en or row.from_zh, row.to_en or row.to_zh)
    else:
        section = between_zh(row.road_zh, row.from_zh, row.to_zh)
    return f"{section} {row.place}"


def points_of(statement: Select[Defect]) -> Rows:
    """The same defects, but only what the map shows of them."""
    columns = (Defect.id, Defect.number, Defect.state, Defect.severity, Defect.type_code, Defect.surface)
    return statement.with_only_columns(*columns, Defect.area_m2, Defect.lon, Defect.lat)


def geojson(rows: Sequence[Any], *, more: bool) -> str:
    """Rows of `points_of` as GeoJSON text; `more`: there were more than these."""
    features = ",".join(
        f'{{"type":"Feature","id":{n},"geometry":{{"type":"Point","coordinates":[{lon!r},{lat!r}]}},"properties":'
        f'{{"id":{n},"number":{json.dumps(number)},"state":"{state}","severity":"{severity}","type":"{kind}",'
        f'"surface":"{surface}","area_m2":{float(area)!r}}}}}'
        for n, number, state, severity, kind, surface, area, lon, lat in rows
    )
    return f'{{"type":"FeatureCollection","features":[{features}],"more":{json.dumps(more)}}}\n'


def kind_words() -> list[tuple[str, str]]:
    """Every type with its surface, in the language in force: `车行道 · 坑槽`."""
    language = locale()
    if language not in _kinds:
        _kinds[language] = [(k.code, f"{say('surface', k.surface)} · {label(k)}") for k in TYPES.values()]
    return _kinds[language]


def drawn(macro: str, *codes: str) -> Markup:
    """A small sign of `macros/ui.html`, which says the same of the same codes whenever it is asked."""
    key = (locale(), macro, *codes)
    if key not in _drawn:
        _drawn[key] = Markup(get_template_attribute("macros/ui.html", macro)(*codes))  # noqa: S704
    return _drawn[key]


_kinds: dict[str, list[tuple[str, str]]] = {}
_drawn: dict[tuple[str, ...], Markup] = {}
