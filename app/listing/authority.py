"""What a competent department may decide at once, and about what. Pure."""

from datetime import date

from app.models.registry import Tier

OF_THE_PROVINCE = frozenset({Tier.PROVINCIAL, Tier.NATIONAL})
"""Tiers that only the province gives and takes: the city decides municipal, the province provincial, and it
recommends national. Source: design section 2, tiers."""


def tier_within_authority(before: Tier | None, after: Tier | None, *, by_province: bool) -> bool:
    """Tell whether a department may change the tier; to leave it as it is needs no authority."""
    return by_province or before is after or OF_THE_PROVINCE.isdisjoint({before, after})


def is_future(day: date | None, today: date) -> bool:
    """Tell whether something is said to have been done on a day that has not come."""
    return day is not None and day > today
