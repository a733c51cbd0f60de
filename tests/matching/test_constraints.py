"""What a platform keeps of what is asked besides the tests."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.constraints import Constraints, Terms, conforms, distance_m, kept
from app.models.registry import Tier

EVERYTHING = Terms(
    region_code="330110",
    distance_m=5_000.0,
    tier=Tier.PROVINCIAL,
    price_cny=3_000.0,
    lead_time_days=20,
    voucher=True,
)
NOTHING = Terms(None, None, None, None, None, None)

CASES = [
    ({"city_code": "330100"}, {"city": True}, {"city": None}),
    ({"city_code": "330110"}, {"city": True}, {"city": None}),
    ({"city_code": "330200"}, {"city": False}, {"city": None}),
    ({"city_code": "330106"}, {"city": False}, {"city": None}),
    ({"city_code": "330000"}, {"city": True}, {"city": None}),
    ({"city_code": "320000"}, {"city": False}, {"city": None}),
    ({"radius_m": 5_000.0}, {"distance": True}, {"distance": None}),
    ({"radius_m": 4_999.9}, {"distance": False}, {"distance": None}),
    ({"budget_cny": 3_000.0}, {"budget": True}, {"budget": None}),
    ({"budget_cny": 2_999.99}, {"budget": False}, {"budget": None}),
    ({"budget_cny": 0.0}, {"budget": False}, {"budget": None}),
    ({"deadline_days": 20}, {"deadline": True}, {"deadline": None}),
    ({"deadline_days": 19}, {"deadline": False}, {"deadline": None}),
    ({"min_tier": Tier.PROVINCIAL}, {"tier": True}, {"tier": None}),
    ({"min_tier": Tier.MUNICIPAL}, {"tier": True}, {"tier": None}),
    ({"min_tier": Tier.NATIONAL}, {"tier": False}, {"tier": None}),
    ({"voucher": True}, {"voucher": True}, {"voucher": None}),
    ({"voucher": False}, {}, {}),
    ({"voucher": None}, {}, {}),
    ({}, {}, {}),
]


@pytest.mark.parametrize(("asked", "known", "unknown"), CASES)
def test_each_is_kept_broken_or_unknown(
    asked: dict[str, object], known: dict[str, bool | None], unknown: dict[str, bool | None]
) -> None:
    constraints = Constraints(**asked)  # type: ignore[arg-type]
    assert kept(constraints, EVERYTHING) == known
    assert kept(constraints, NOTHING) == unknown
    assert constraints.any == bool(known)


def test_a_platform_known_by_its_city_may_be_in_any_county_of_it() -> None:
    city_only = Terms("330100", None, None, None, None, None)
    assert kept(Constraints(city_code="330110"), city_only) == {"city": None}
    assert kept(Constraints(city_code="330205"), city_only) == {"city": False}
    assert kept(Constraints(city_code="330100"), city_only) == {"city": True}


def test_tiers_stand_from_construction_to_national() -> None:
    order = [Tier.CONSTRUCTION, Tier.MUNICIPAL, Tier.PROVINCIAL, Tier.NATIONAL]
    for least in order:
        for tier in order:
            terms = Terms(None, None, tier, None, None, None)
            assert kept(Constraints(min_tier=least), terms)["tier"] == (
                order.index(tier) >= order.index(least)
            )


def test_no_voucher_is_broken_and_not_unknown() -> None:
    terms = Terms(None, None, None, None, None, voucher=False)
    assert kept(Constraints(voucher=True), terms) == {"voucher": False}


@pytest.mark.parametrize(
    ("result", "value"),
    [({}, True), ({"city": True}, True), ({"city": True, "tier": None}, False), ({"city": False}, False)],
)
def test_what_is_unknown_does_not_conform(result: dict[str, bool | None], value: bool) -> None:
    assert conforms(result) is value


def test_distances_are_great_circles() -> None:
    hangzhou, ningbo = (30.2741, 120.1551), (29.8683, 121.5440)
    assert isclose(distance_m(*hangzhou, *ningbo) or 0, 141_100, rel_tol=0.01)
    assert distance_m(*hangzhou, *hangzhou) == 0
    assert isclose(distance_m(0, 0, 0, 180) or 0, 20_015_114, rel_tol=0.001)


places = st.floats(-90, 90)
turns = st.floats(-180, 180)


@given(places, turns, places, turns)
def test_a_distance_is_the_same_both_ways_and_never_fails(a: float, b: float, c: float, d: float) -> None:
    there, back = distance_m(a, b, c, d), distance_m(c, d, a, b)
    assert there is not None
    assert back is not None
    assert isclose(there, back, abs_tol=1e-3)
    assert 0 <= there <= 20_015_200


@pytest.mark.parametrize("missing", range(4))
def test_without_a_coordinate_there_is_no_distance(missing: int) -> None:
    values: list[float | None] = [30.0, 120.0, 29.0, 121.0]
    values[missing] = None
    assert distance_m(*values) is None
