"""Plans against brute force: every set of the smallest size, exactly ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching import planning
from app.matching.planning import Members, Plan, smallest_plans


@dataclass(frozen=True)
class Platform:
    """One platform by hand; a value per must-need, None where not met or not stated."""

    conditions: tuple[int | None, ...]
    prices: tuple[float | None, ...]
    days: tuple[int | None, ...]
    distance: float | None = None
    conforms: bool = True


def columns(platforms: Sequence[Platform], needs: int) -> Members:
    def table(name: str) -> np.ndarray:
        values = [[inf if v is None else float(v) for v in getattr(p, name)] for p in platforms]
        return np.array(values, np.float64).reshape(len(platforms), needs)

    return Members(
        conditions=table("conditions"),
        prices=table("prices"),
        lead_times=table("days"),
        distances=np.array([inf if p.distance is None else p.distance for p in platforms], np.float64),
        conforms=np.array([p.conforms for p in platforms], np.bool_),
    )


def platform(
    *conditions: int | None, price: float | None = 100, days: int | None = 10, **known: object
) -> Platform:
    size = len(conditions)
    return Platform(conditions, (price,) * size, (days,) * size, **known)  # type: ignore[arg-type]


def weighed(members: Sequence[Platform], chosen: tuple[int, ...], budget: float | None) -> tuple[object, ...]:
    """Return what one set is ordered by, from the words of the design."""
    needs = range(len(members[0].conditions))
    conditions, price, days = 0, 0.0, 0.0
    for need in needs:
        meeting = [members[i] for i in chosen if members[i].conditions[need] is not None]
        conditions += min(m.conditions[need] for m in meeting)  # type: ignore[type-var]
        price += min(_stated(m.prices[need]) for m in meeting)
        days = max(days, min(_stated(m.days[need]) for m in meeting))
    distance = max(_stated(members[i].distance) for i in chosen)
    conforms = all(members[i].conforms for i in chosen) and (budget is None or price <= budget)
    return (not conforms, conditions, price, days, distance, chosen)


def _stated(value: float | None) -> float:
    return inf if value is None else value


def brute(
    members: Sequence[Platform], needs: int, budget: float | None = None, *, strict: bool = False
) -> list[tuple[object, ...]]:
    if not needs:
        return []
    for size in (1, 2, 3):
        found = [
            chosen
            for chosen in combinations(range(len(members)), size)
            if all(any(members[i].conditions[n] is not None for i in chosen) for n in range(needs))
        ]
        if found:
            keys = sorted(weighed(members, chosen, budget) for chosen in found)
            return [key for key in keys if not (strict and key[0])]
    return []


def key(plan: Plan) -> tuple[object, ...]:
    days = inf if plan.lead_time_days is None else plan.lead_time_days
    return (
        not plan.conforms,
        plan.conditions,
        _stated(plan.price_cny),
        days,
        _stated(plan.distance_m),
        plan.members,
    )


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[list[Platform], int]:
    needs = draw(st.integers(0, 4))
    value = st.sampled_from
    platforms = [
        Platform(
            conditions=tuple(draw(value([None, None, 0, 1, 2])) for _ in range(needs)),
            prices=tuple(draw(value([None, 100.0, 200.0])) for _ in range(needs)),
            days=tuple(draw(value([None, 5, 9])) for _ in range(needs)),
            distance=draw(value([None, 10.0, 20.0])),
            conforms=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 7)))
    ]
    return platforms, needs


@given(catalogues(), st.sampled_from([None, 0.0, 200.0, 300.0]), st.booleans())
@settings(max_examples=500, deadline=None)
def test_plans_totals_and_order_are_those_of_brute_force(
    catalogue: tuple[list[Platform], int], budget: float | None, strict: bool
) -> None:
    platforms, needs = catalogue
    found = smallest_plans(columns(platforms, needs), budget_cny=budget, only_conforming=strict)
    expected = brute(platforms, needs, budget, strict=strict)
    assert found.total == len(expected)
    assert [key(plan) for plan in found.plans] == expected[:100]


def plans_of(platforms: Sequence[Platform], **asked: object) -> list[tuple[int, ...]]:
    needs = len(platforms[0].conditions)
    return [p.members for p in smallest_plans(columns(platforms, needs), **asked).plans]  # type: ignore[arg-type]


class TestOrder:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (platform(0, conforms=True), platform(0, conforms=False)),
            (platform(9, conforms=True), platform(0, conforms=False)),
            (platform(0, price=900), platform(1, price=1)),
            (platform(0, price=1, days=90), platform(0, price=2, days=1)),
            (platform(0, price=900), platform(0, price=None)),
            (platform(0, days=1, distance=9.0), platform(0, days=2, distance=1.0)),
            (platform(0, days=90), platform(0, days=None)),
            (platform(0, distance=1.0), platform(0, distance=2.0)),
            (platform(0, distance=9e9), platform(0, distance=None)),
        ],
    )
    def test_conforming_then_conditions_price_time_distance(self, first: Platform, second: Platform) -> None:
        assert plans_of([first, second]) == [(0,), (1,)]
        assert plans_of([second, first]) == [(1,), (0,)]

    def test_equal_plans_stand_in_the_order_of_slugs(self) -> None:
        assert plans_of([platform(0), platform(0), platform(0)]) == [(0,), (1,), (2,)]

    def test_a_budget_holds_for_the_whole_plan_and_only_orders(self) -> None:
        dear, cheap = platform(0, None, price=90), platform(1, None, price=20)
        other = platform(None, 0, price=20)
        assert plans_of([dear, cheap, other], budget_cny=50.0) == [(1, 2), (0, 2)]
        assert plans_of([dear, cheap, other], budget_cny=50.0, only_conforming=True) == [(1, 2)]
        assert plans_of([dear, cheap, other]) == [(0, 2), (1, 2)]

    def test_a_price_that_is_not_stated_keeps_no_budget(self) -> None:
        [plan] = smallest_plans(columns([platform(0, price=None)], 1), budget_cny=50.0).plans
        assert (plan.conforms, plan.price_cny) == (False, None)


class TestSize:
    def test_a_smaller_set_leaves_larger_ones_out(self) -> None:
        assert plans_of([platform(0, None), platform(None, 0), platform(5, 5)]) == [(2,)]

    def test_three_together_and_never_four(self) -> None:
        one, two, three = platform(0, None, None), platform(None, 0, None), platform(None, None, 0)
        assert plans_of([one, two, three]) == [(0, 1, 2)]
        four = [
            Platform(tuple(0 if i == n else None for i in range(4)), (None,) * 4, (None,) * 4)
            for n in range(4)
        ]
        assert plans_of(four) == []

    def test_no_plan_without_a_must_need_or_without_anybody(self) -> None:
        assert smallest_plans(columns([platform()], 0)).total == 0
        assert smallest_plans(columns([], 2)).total == 0
        assert smallest_plans(columns([platform(None)], 1)).total == 0

    def test_at_most_a_hundred_are_returned_and_all_are_counted(self) -> None:
        found = smallest_plans(columns([platform(0, None)] * 12 + [platform(None, 0)] * 12, 2))
        assert (found.total, len(found.plans)) == (144, 100)


class TestMorePlansThanAreWeighed:
    @given(catalogues(), st.sampled_from([None, 200.0]))
    @settings(max_examples=150, deadline=None)
    def test_every_plan_counts_and_those_returned_are_true_and_in_order(
        self, catalogue: tuple[list[Platform], int], budget: float | None
    ) -> None:
        platforms, needs = catalogue
        platforms = platforms * 3
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(planning, "PLANS_WEIGHED", 1)
            found = smallest_plans(columns(platforms, needs), budget_cny=budget)
        expected = brute(platforms, needs, budget)
        assert found.total == len(expected)
        keys = [key(plan) for plan in found.plans]
        assert keys == sorted(keys)
        assert set(keys) <= set(expected)
        assert bool(keys) == bool(expected)

    @pytest.mark.parametrize("strict", [True, False])
    def test_the_best_by_conditions_and_price_come_first(
        self, strict: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        platforms = [platform(i % 7, None, price=100 + i) for i in range(40)]
        platforms += [platform(None, i % 5, price=100 + i) for i in range(40)]
        whole = smallest_plans(columns(platforms, 2), only_conforming=strict)
        monkeypatch.setattr(planning, "PLANS_WEIGHED", 100)
        part = smallest_plans(columns(platforms, 2), only_conforming=strict)
        assert part.total == whole.total == 1600
        assert [key(plan) for plan in part.plans[:9]] == [key(plan) for plan in whole.plans[:9]]
