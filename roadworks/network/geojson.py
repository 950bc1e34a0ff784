"""Roads as GeoJSON: what an uploaded file says, fault by fault, and how the register is written out."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from roadworks.base.fields import clean_text
from roadworks.base.i18n import _
from roadworks.base.quantities import hundredths
from roadworks.network.models import (
    GRADES,
    MAINTENANCE_GRADES,
    MANAGED_BY,
    PAVEMENTS,
    Section,
)

MOST_BYTES = 10 * 1024 * 1024
MOST_FEATURES = 60_000
WORDS = {"grade": GRADES, "maintenance_grade": MAINTENANCE_GRADES, "managed_by": MANAGED_BY, "pavement": PAVEMENTS}
TEXTS = {"name_en": 80, "code": 20, "from_zh": 60, "to_zh": 60, "from_en": 80, "to_en": 80}
AREAS = ("length_m", "carriageway_m2", "sidewalk_m2")
DATES = ("last_overhaul_on", "warranty_ends_on")
ROAD_FIELDS = ("name_zh", "name_en", "code", "grade", "maintenance_grade", "managed_by", "source_note")


@dataclass
class Candidate:
    """One road section found in a file; `values` holds only what the file says."""

    name_zh: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        """The road's code, where the file gives one."""
        return self.values.get("code")

    def road_values(self) -> dict[str, Any]:
        """What it says of the road."""
        return {"name_zh": self.name_zh} | {k: v for k, v in self.values.items() if k in ROAD_FIELDS}

    def section_values(self) -> dict[str, Any]:
        """What it says of the section."""
        said = {k: v for k, v in self.values.items() if k not in ROAD_FIELDS}
        return {"from_zh": "", "to_zh": ""} | said


class FeatureFault(ValueError):
    """What is wrong with one feature, in words for the person."""


def parse(content: bytes) -> tuple[list[Candidate], list[str]]:
    """The sections of a FeatureCollection and a sentence for each feature that is wrong, with its number."""
    if len(content) > MOST_BYTES:
        return [], [_("The file is larger than 10 MB.")]
    try:
        body = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse, parse_int=_whole)
    except (ValueError, RecursionError):
        return [], [_("This is not a GeoJSON file in UTF-8.")]
    features = body.get("features") if isinstance(body, dict) else None
    if not isinstance(features, list) or len(features) > MOST_FEATURES:
        return [], [_("This is not a GeoJSON FeatureCollection.")]
    found, faults = [], []
    first: dict[tuple[str, ...], int] = {}
    for number, feature in enumerate(features, 1):
        try:
            found.append(_candidate(feature))
            _check_new(found[-1], number, first)
        except FeatureFault as fault:
            faults.append(_("Feature %(number)d: %(fault)s", number=number, fault=fault))
    return found, faults


def _check_new(candidate: Candidate, number: int, first: dict[tuple[str, ...], int]) -> None:
    """Whether the file has not told of this section already: it would be written over. Raises FeatureFault."""
    limits = candidate.section_values()
    before = first.setdefault((candidate.name_zh, limits["from_zh"], limits["to_zh"]), number)
    if before != number:
        raise FeatureFault(_("this road and these limits stand in feature %(number)d already.", number=before))


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _whole(text: str) -> int:
    if len(text) > 18:
        raise ValueError("number too long")
    return int(text)


def _candidate(feature: Any) -> Candidate:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise FeatureFault(_("it has no properties."))
    name = clean_text(str(properties.get("name_zh") or properties.get("name") or ""))
    if not name or len(name) > 60:
        raise FeatureFault(_("it has no road name (name_zh)."))
    values = _values(properties)
    line = _line(feature.get("geometry"))
    if line is not None:
        values["centreline"] = line
    return Candidate(name, values)


def _values(properties: Mapping[str, Any]) -> dict[str, Any]:
    values = _words(properties)
    for key in AREAS:
        if properties.get(key) is not None:
            values[key] = _amount(key, properties[key])
    for key in DATES:
        if properties.get(key):
            values[key] = _date(key, properties[key])
    error_m = properties.get("error_m", properties.get("est_error_m"))
    if isinstance(error_m, int) and 0 <= error_m < 100_000:
        values["error_m"] = error_m
    return values


def _words(properties: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, most in TEXTS.items():
        text = properties.get(key) or properties.get({"from_zh": "from", "to_zh": "to"}.get(key, key))
        if text:
            values[key] = clean_text(str(text))[:most]
    for key, words in WORDS.items():
        if properties.get(key):
            if properties[key] not in words:
                raise FeatureFault(_("%(key)s must be one of: %(words)s.", key=key, words=", ".join(words)))
            values[key] = properties[key]
    if properties.get("source"):
        values["source_note"] = clean_text(str(properties["source"]))[:200]
    return values


def _amount(key: str, value: Any) -> Decimal:
    try:
        amount = hundredths(Decimal(str(value)))
        fits = 0 <= amount < 10_000_000  # asked of a NaN it raises
    except InvalidOperation as error:
        raise FeatureFault(_("%(key)s is not a number.", key=key)) from error
    if not fits:
        raise FeatureFault(_("%(key)s is not a number.", key=key))
    return amount


def _date(key: str, value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise FeatureFault(_("%(key)s is not a date like 2018-06-30.", key=key)) from error


def _line(geometry: Any) -> list[list[float]] | None:
    """The centre-line as [[lon, lat], …]; the parts of a MultiLineString joined in their order."""
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"LineString", "MultiLineString"}:
        raise FeatureFault(_("its geometry is not a line."))
    parts = geometry.get("coordinates")
    parts = parts if kind == "MultiLineString" else [parts]
    try:
        points = [[round(float(p[0]), 7), round(float(p[1]), 7)] for part in parts for p in part]
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise FeatureFault(_("its coordinates cannot be read.")) from error
    if not 2 <= len(points) <= 5000:
        raise FeatureFault(_("its line needs 2 to 5000 points."))
    for lon, lat in points:
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            hint = abs(lat) > 90 and abs(lon) <= 90
            raise FeatureFault(
                _("longitude and latitude are swapped.") if hint else _("its coordinates cannot be read.")
            )
    return points


def features(sections: Iterable[Section]) -> Iterator[dict[str, Any]]:
    """The register as GeoJSON features, in the words that the import understands."""
    for section in sections:
        road = section.road
        properties: dict[str, Any] = {"id": section.id, **{key: getattr(road, key) for key in ROAD_FIELDS}}
        properties |= {
            key: getattr(section, key) for key in ("from_zh", "to_zh", "from_en", "to_en", "pavement", "error_m")
        }
        properties |= {key: _plain(getattr(section, key)) for key in (*AREAS, *DATES)}
        properties["source"] = properties.pop("source_note")
        geometry = {"type": "LineString", "coordinates": section.centreline} if section.centreline else None
        yield {"type": "Feature", "geometry": geometry, "properties": properties}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
