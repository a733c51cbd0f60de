"""Rules of finding: distances and the order of hits without an engine. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

Hit = TypeVar("Hit")

EARTH_RADIUS_KM = 6371.0088
"""Mean radius. Source: IUGG, as the search engines use it."""


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance between two points in degrees (haversine)."""
    north, other_north = math.radians(lat), math.radians(other_lat)
    chord = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def in_order(
    hits: Iterable[Hit], value: Callable[[Hit], Any], tie: Callable[[Hit], str], *, descending: bool
) -> list[Hit]:
    """Sort by a value; hits without one come last in both directions, ties go by `tie`, always ascending."""
    by_tie = sorted(hits, key=tie)
    stated = sorted((hit for hit in by_tie if value(hit) is not None), key=value, reverse=descending)
    return [*stated, *(hit for hit in by_tie if value(hit) is None)]


def reversed_window(total: int, offset: int, limit: int) -> tuple[int, int]:
    """Return offset and limit, from the front, of a page counted from the end."""
    end = max(0, total - offset)
    return max(0, end - limit), min(limit, end)


def pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return every two different names once."""
    return [(one, other) for position, one in enumerate(names) for other in names[position + 1 :]]
