"""Constraints of a match: they order and, when strict, drop; they never change a verdict. Pure.

Source: design, verdict rules, "Constraints". None stands for unknown: a negotiable price, a tier or place not said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from app.models.registry import Tier

EARTH_RADIUS_M = 6_371_008.8
TIER_ORDER = {tier: position for position, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the researcher asks besides the tests. `radius_m` counts from `lat`, `lon`, which stand together."""

    city_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    budget_cny: float | None = None
    deadline_days: int | None = None
    min_tier: Tier | None = None
    voucher: bool | None = None

    @property
    def any(self) -> bool:
        """Tell whether anything is asked that a platform may keep or break."""
        limits = (self.city_code, self.radius_m, self.budget_cny, self.deadline_days, self.min_tier)
        return bool(self.voucher) or any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a platform would do what it meets: None where not stated."""

    region_code: str | None
    distance_m: float | None
    tier: Tier | None
    price_cny: float | None
    lead_time_days: int | None
    voucher: bool | None


def kept(constraints: Constraints, terms: Terms) -> Mapping[str, bool | None]:
    """Return for each constraint that is asked whether it is kept; None is unknown."""
    result: dict[str, bool | None] = {}
    if constraints.city_code is not None:
        result["city"] = _inside(constraints.city_code, terms.region_code)
    if constraints.radius_m is not None:
        result["distance"] = _within(terms.distance_m, constraints.radius_m)
    if constraints.budget_cny is not None:
        result["budget"] = _within(terms.price_cny, constraints.budget_cny)
    if constraints.deadline_days is not None:
        result["deadline"] = _within(terms.lead_time_days, constraints.deadline_days)
    if constraints.min_tier is not None:
        known = terms.tier is not None
        result["tier"] = (
            TIER_ORDER[terms.tier] >= TIER_ORDER[constraints.min_tier] if known and terms.tier else None
        )
    if constraints.voucher:
        result["voucher"] = terms.voucher
    return result


def _inside(asked: str, region: str | None) -> bool | None:
    """Tell whether a region lies in the province, city or county asked, by GB/T 2260 codes.

    A platform known only by its city may or may not be in a county of it.
    """
    if region is None:
        return None
    significant = 2 if asked.endswith("0000") else 4 if asked.endswith("00") else 6
    if region[:significant] == asked[:significant]:
        return True
    only_city_known = region.endswith("00") and region[:4] == asked[:4]
    return None if only_city_known else False


def _within(value: float | None, limit: float) -> bool | None:
    return None if value is None else value <= limit


def conforms(result: Mapping[str, bool | None]) -> bool:
    """Tell whether every constraint is known to be kept."""
    return all(value is True for value in result.values())


def distance_m(
    lat: float | None, lon: float | None, other_lat: float | None, other_lon: float | None
) -> float | None:
    """Return the great-circle distance in metres; None where a coordinate is missing."""
    if lat is None or lon is None or other_lat is None or other_lon is None:
        return None
    phi, other_phi = radians(lat), radians(other_lat)
    half = sin((other_phi - phi) / 2) ** 2
    half += cos(phi) * cos(other_phi) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(half))
