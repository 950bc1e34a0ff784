"""The way from place to place on foot."""

from collections.abc import Sequence

from roadworks.network.geometry import metres_between

Place = tuple[float, float]


def walk(start: Place, places: Sequence[Place]) -> list[tuple[int, float]]:
    """The places in walking order, always on to the nearest one not yet seen: (its index, metres from the one before).

    Places are (lon, lat) in degrees. As the crow flies: between houses the way is longer. Of equally near ones the
    first goes first, so the same list always gives the same way.
    """
    left, here, way = dict(enumerate(places)), start, []
    while left:
        steps = {place: metres_between(*here, *spot) for place, spot in left.items()}
        nearest = min(left, key=lambda place: steps[place])
        here = left.pop(nearest)
        way.append((nearest, steps[nearest]))
    return way
