"""Lines on the ground: lengths, and the nearest section by a search tree. Degrees WGS-84 in, metres out."""

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any

from shapely import LineString, Point, STRtree

METRES_PER_DEGREE = 111_320.0
Line = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Near:
    """A section near a position: how far in metres, and where along it (chainage in metres from its start)."""

    id: int
    distance_m: float
    chainage_m: float


def metres_between(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Distance in metres; good to 0.1 % within a city."""
    scale = cos(radians((lat_a + lat_b) / 2))
    return hypot((lon_b - lon_a) * scale, lat_b - lat_a) * METRES_PER_DEGREE


def length_m(line: Line) -> float:
    """Length of a line of [lon, lat] in metres."""
    return sum(metres_between(*a[:2], *b[:2]) for a, b in zip(line, line[1:], strict=False))


def middle(line: Line) -> tuple[float, float]:
    """The point halfway along a line of [lon, lat]."""
    point = LineString(line).interpolate(0.5, normalized=True)
    return point.x, point.y


class Index:
    """A search tree over section lines on a plane that is true to scale around their middle."""

    def __init__(self, sections: Iterable[tuple[int, Line]]) -> None:
        rows = [(section_id, line) for section_id, line in sections if len(line) >= 2]
        self._ids = [section_id for section_id, _line in rows]
        lats = [point[1] for _id, line in rows for point in (line[0], line[-1])]
        self._scale = cos(radians(sum(lats) / len(lats))) if lats else 1.0
        self._lines = [LineString([self._flat(p[0], p[1]) for p in line]) for _id, line in rows]
        self._tree = STRtree(self._lines)

    def _flat(self, lon: float, lat: float) -> tuple[float, float]:
        return lon * self._scale * METRES_PER_DEGREE, lat * METRES_PER_DEGREE

    def nearest(self, lon: float, lat: float, *, limit: int = 5, within_m: float = 500) -> list[Near]:
        """The sections within `within_m` metres, nearest first, at most `limit`."""
        here = Point(self._flat(lon, lat))
        found = []
        for place in self._tree.query(here, predicate="dwithin", distance=within_m):
            line = self._lines[place]
            found.append(Near(self._ids[place], line.distance(here), line.project(here)))
        return sorted(found, key=lambda near: (near.distance_m, near.id))[:limit]


_indexes: dict[Hashable, tuple[int, Index]] = {}
_building = threading.Lock()


def index_for(key: Hashable, revision: int, lines: Callable[[], Iterable[tuple[int, Line]]]) -> Index:
    """The tree for `key`, built anew by `lines()` when the revision has changed."""
    held = _indexes.get(key)
    if held is not None and held[0] == revision:
        return held[1]
    with _building:
        held = _indexes.get(key)
        if held is None or held[0] != revision:
            held = (revision, Index(lines()))
            _indexes[key] = held
    return held[1]


def with_box(values: dict[str, Any]) -> dict[str, Any]:
    """The same values with the box of their centre-line, in degrees."""
    if "centreline" not in values:
        return values
    line = values["centreline"] or None
    lons, lats = ([p[i] for p in line] for i in (0, 1)) if line else ([None], [None])
    box = (
        {"west": min(lons), "east": max(lons), "south": min(lats), "north": max(lats)}
        if line
        else dict.fromkeys(("west", "east", "south", "north"))
    )
    return values | box
