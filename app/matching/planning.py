"""Plans: the smallest sets of platforms that meet every must-need between them. Pure.

Source: design, "A plan is a set of platforms of the smallest size (1 to 3)".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

LARGEST_PLAN = 3
PLANS_RETURNED = 100
PLANS_WEIGHED = 300_000
"""How many plans are put in order at most. Beyond it every plan still counts, and the platforms with the fewest
conditions and lowest prices of each kind are weighed."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Members:
    """Platforms as plans see them, one row each in the order of their slugs, one column per must-need.

    `conditions` counts those of a met, infinity where the need is not met. `prices` in CNY, `lead_times` in days
    and `distances` in metres (one per platform) are infinity where not stated. `conforms`: every constraint that
    concerns the platform alone is kept.
    """

    conditions: Floats
    prices: Floats
    lead_times: Floats
    distances: Floats
    conforms: Mask


@dataclass(frozen=True, slots=True)
class Plan:
    """`members` are rows of the members given.

    Price: the sum over needs of the cheapest member that meets it; time: the slowest need by its quickest member.
    None where a value is not stated.
    """

    members: tuple[int, ...]
    conditions: int
    price_cny: float | None
    lead_time_days: int | None
    distance_m: float | None
    conforms: bool


@dataclass(frozen=True, slots=True)
class PlanSet:
    total: int
    plans: tuple[Plan, ...]


def smallest_plans(
    members: Members,
    *,
    budget_cny: float | None = None,
    only_conforming: bool = False,
    first: int = PLANS_RETURNED,
) -> PlanSet:
    """Return how many smallest plans there are and the first of them in order.

    With `only_conforming` those that do not conform are dropped; the size is the smallest of all plans still.
    Beyond PLANS_WEIGHED plans a budget thins out only those that are weighed.
    Conforming plans come first (all members conform and the price is within the budget), then by fewest conditions,
    price, time, distance, slugs; what is not stated comes last. No needs: no plan.
    """
    needs = members.conditions.shape[1]
    groups = _by_mask(members)
    combos = next(
        (found for size in range(1, LARGEST_PLAN + 1) if (found := _covering(groups, needs, size))), None
    )
    if combos is None:
        return PlanSet(0, ())
    if only_conforming:
        groups = {mask: group[members.conforms[group]] for mask, group in groups.items()}
    total = sum(prod(len(groups[mask]) for mask in combo) for combo in combos)
    if total > PLANS_WEIGHED:
        groups = {mask: _best_of(members, group, len(combos)) for mask, group in groups.items()}
    sets = np.concatenate([_product([groups[mask] for mask in combo]) for combo in combos])
    weights = _weigh(members, sets, budget_cny)
    if only_conforming and budget_cny is not None:
        total = int(weights.conforms.sum())
    order = weights.order(sets, only_conforming=only_conforming)[:first]
    return PlanSet(total, tuple(weights.plan(row, sets[row].tolist()) for row in order))


def _by_mask(members: Members) -> dict[int, Rows]:
    """Group rows by the set of needs that they meet, as bits; who meets none is left out."""
    met = np.isfinite(members.conditions)
    bits = np.array([1 << n for n in range(met.shape[1])], np.int64)
    masks = (met * bits).sum(axis=1) if len(bits) else np.zeros(len(met), np.int64)
    return {int(mask): np.flatnonzero(masks == mask) for mask in np.unique(masks) if mask}


def _covering(groups: dict[int, Rows], needs: int, size: int) -> list[tuple[int, ...]]:
    """Return the sets of `size` masks that cover all needs; no smaller set must cover them.

    The masks of such a set all differ: of two members that meet the same needs one could go.
    """
    full = (1 << needs) - 1
    masks = np.array(sorted(groups), np.int64)
    if not full or not len(masks):
        return []
    if size == 1:
        return [(full,)] if full in groups else []
    if size == 2:
        pairs = np.argwhere(np.triu(masks[:, None] | masks[None, :] == full, 1))
        return [(int(masks[i]), int(masks[j])) for i, j in pairs]
    rarest = min((1 << n for n in range(needs)), key=lambda bit: int((masks & bit != 0).sum()))
    found = set()
    for one in masks[masks & rarest != 0].tolist():
        for i, j in np.argwhere(np.triu(one | masks[:, None] | masks[None, :] == full, 1)):
            found.add(tuple(sorted((one, int(masks[i]), int(masks[j])))))
    return sorted(found)


def _product(groups: Sequence[Rows]) -> Rows:
    """Return every choice of one row from each group, each choice in the order of slugs."""
    grids = np.meshgrid(*groups, indexing="ij")
    return np.sort(np.stack([grid.ravel() for grid in grids], axis=1), axis=1)


@dataclass(frozen=True, slots=True)
class _Weights:
    """What sets of members are ordered by, one value per set; infinity where not stated."""

    conditions: Floats
    prices: Floats
    times: Floats
    distances: Floats
    conforms: Mask

    def order(self, sets: Rows, *, only_conforming: bool) -> list[int]:
        kept = np.flatnonzero(self.conforms) if only_conforming else np.arange(len(sets))
        slugs = [sets[kept, column] for column in reversed(range(sets.shape[1]))]
        keys = [self.distances, self.times, self.prices, self.conditions, ~self.conforms]
        return [int(i) for i in kept[np.lexsort((*slugs, *(key[kept] for key in keys)))]]

    def plan(self, row: int, members: Sequence[int]) -> Plan:
        time = _stated(self.times[row])
        return Plan(
            members=tuple(members),
            conditions=int(self.conditions[row]),
            price_cny=_stated(self.prices[row]),
            lead_time_days=None if time is None else int(time),
            distance_m=_stated(self.distances[row]),
            conforms=bool(self.conforms[row]),
        )


def _stated(value: np.float64) -> float | None:
    return None if np.isinf(value) else float(value)


def _weigh(members: Members, sets: Rows, budget_cny: float | None) -> _Weights:
    met = np.isfinite(members.conditions)
    prices: Floats = np.where(met, members.prices, np.inf)[sets].min(axis=1).sum(axis=1)
    conforms: Mask = np.asarray(members.conforms[sets].all(axis=1), np.bool_)
    if budget_cny is not None:
        conforms = conforms & (prices <= budget_cny)
    return _Weights(
        conditions=members.conditions[sets].min(axis=1).sum(axis=1),
        prices=prices,
        times=np.where(met, members.lead_times, np.inf)[sets].min(axis=1).max(axis=1),
        distances=members.distances[sets].max(axis=1),
        conforms=conforms,
    )


def _best_of(members: Members, group: Rows, combos: int) -> Rows:
    """Return the rows of a group of equal masks that are weighed when there are too many plans."""
    limit = max(10, int((PLANS_WEIGHED / max(1, combos)) ** (1 / LARGEST_PLAN)))
    met = np.isfinite(members.conditions[group])
    few = np.where(met, members.conditions[group], 0).sum(axis=1)
    cheap = np.where(met, members.prices[group], 0).sum(axis=1)
    order = np.lexsort((group, cheap, few, ~members.conforms[group]))
    return group[order][:limit]
