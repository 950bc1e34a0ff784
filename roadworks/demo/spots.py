"""Places on the fitted centre-lines of the demo's roads."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians

from roadworks.network.geometry import METRES_PER_DEGREE, metres_between
from roadworks.network.models import Section

# The seven medium repairs and the major one of the bulletin (domain.md §7.1), as far as the road is in the register.
PROJECT_ROADS = ("百花路", "工人路", "沁河路", "文化宫路", "颍河路", "友爱路")
OFFSET_M = {"carriageway": 4.0, "sidewalk": 11.0, "ancillary": 8.0}


@dataclass(frozen=True)
class Spot:
    """A place on a section: degrees WGS-84, metres along it, and its direction (unit vector east, north)."""

    section: Section
    lon: float
    lat: float
    chainage_m: float
    east: float
    north: float

    @property
    def on_a_project_road(self) -> bool:
        """Whether the road is one of the bulletin's projects."""
        return self.section.road.name_zh in PROJECT_ROADS

    def moved(self, dice: random.Random, surface: str) -> "Spot":
        """A little to one side of the centre-line, as far as the surface lies from it."""
        side = dice.choice((-1, 1)) * OFFSET_M[surface] * dice.uniform(0.6, 1.2)
        lat = self.lat + self.east * side / METRES_PER_DEGREE
        lon = self.lon - self.north * side / (METRES_PER_DEGREE * cos(radians(self.lat)))
        return replace(self, lon=round(lon, 6), lat=round(lat, 6))

    def beside(self) -> "Spot":
        """Some six metres away: the same hole told twice."""
        return replace(self, lon=round(self.lon + 0.00005, 6), lat=round(self.lat + 0.00003, 6))


def along(section: Section, every_m: float = 40.0) -> list[Spot]:
    """Places along a section's centre-line, one every `every_m` metres."""
    spots: list[Spot] = []
    line: Sequence[Sequence[float]] = section.centreline or []
    walked = 0.0
    for (x1, y1), (x2, y2) in zip(line, line[1:], strict=False):
        length = metres_between(x1, y1, x2, y2)
        east = (x2 - x1) * cos(radians(y1)) * METRES_PER_DEGREE / max(length, 1e-6)
        north = (y2 - y1) * METRES_PER_DEGREE / max(length, 1e-6)
        steps = max(1, int(length // every_m))
        for step in range(steps):
            part = (step + 0.5) / steps
            spots.append(
                Spot(section, x1 + (x2 - x1) * part, y1 + (y2 - y1) * part, walked + length * part, east, north)
            )
        walked += length
    return spots
