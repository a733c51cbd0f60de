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


@dataclass(frozen=True, slots=True)
class Member:
    """A platform as a plan sees it; tuples hold one value per must-need.

    `conditions` is the number of conditions of a met, None where the need is not met. `prices` in CNY and
    `lead_times` in days are None where not stated. `conforms`: every constraint that concerns it alone is kept.
    """

    slug: str
    conditions: tuple[int | None, ...]
    prices: tuple[float | None, ...]
    lead_times: tuple[int | None, ...]
    distance_m: float | None = None
    conforms: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """`members` are positions in the sequence given.

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
    members: Sequence[Member],
    needs: int,
    *,
    budget_cny: float | None = None,
    only_conforming: bool = False,
    first: int = PLANS_RETURNED,
) -> PlanSet:
    """Return how many smallest plans there are and the first of them in order.

    Conforming plans come first (all members conform and the price is within the budget), then by fewest conditions,
    price, time, distance, slugs; what is not stated comes last. No needs: no plan.
    """
    used = [i for i, member in enumerate(members) if member.conforms or not only_conforming]
    used.sort(key=lambda i: members[i].slug)
    weighed = [members[i] for i in used]
    groups = _by_mask(weighed, needs)
    combos = next(
        (found for size in range(1, LARGEST_PLAN + 1) if (found := _covering(groups, needs, size))), None
    )
    if combos is None:
        return PlanSet(0, ())
    total = sum(prod(len(groups[mask]) for mask in combo) for combo in combos)
    table = _Table(weighed)
    if total > PLANS_WEIGHED:
        groups = {mask: table.best_of(group, len(combos)) for mask, group in groups.items()}
    sets = np.concatenate([_product([groups[mask] for mask in combo]) for combo in combos])
    weights = table.weigh(sets, budget_cny)
    if only_conforming and budget_cny is not None:
        total = int(weights.conforms.sum())
    order = weights.order(sets, only_conforming=only_conforming)[:first]
    return PlanSet(total, tuple(weights.plan(row, [used[i] for i in sets[row].tolist()]) for row in order))


def _by_mask(members: Sequence[Member], needs: int) -> dict[int, list[int]]:
    """Group positions by the set of needs that they meet, as bits; who meets none is left out."""
    groups: dict[int, list[int]] = {}
    for position, member in enumerate(members):
        mask = sum(1 << n for n in range(needs) if member.conditions[n] is not None)
        if mask:
            groups.setdefault(mask, []).append(position)
    return groups


def _covering(groups: dict[int, list[int]], needs: int, size: int) -> list[tuple[int, ...]]:
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


def _product(groups: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """Return every choice of one member from each group, each row ordered, and so by slug."""
    grids = np.meshgrid(*(np.array(group, np.int64) for group in groups), indexing="ij")
    return np.sort(np.stack([grid.ravel() for grid in grids], axis=1), axis=1)


@dataclass(frozen=True, slots=True)
class _Weights:
    """What sets of members are ordered by, one value per set; infinity where not stated."""

    conditions: Floats
    prices: Floats
    times: Floats
    distances: Floats
    conforms: npt.NDArray[np.bool_]

    def order(self, sets: npt.NDArray[np.int64], *, only_conforming: bool) -> list[int]:
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


class _Table:
    """Members as arrays, one column per need; infinity where a need is not met or a value not stated."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._conditions = _columns([m.conditions for m in members])
        met = np.isfinite(self._conditions)
        self._prices = np.where(met, _columns([m.prices for m in members]), np.inf)
        self._times = np.where(met, _columns([m.lead_times for m in members]), np.inf)
        self._distances = _columns([(m.distance_m,) for m in members])[:, 0]
        self._conforms = np.array([m.conforms for m in members], np.bool_)

    def weigh(self, sets: npt.NDArray[np.int64], budget_cny: float | None) -> _Weights:
        prices: Floats = self._prices[sets].min(axis=1).sum(axis=1)
        conforms: npt.NDArray[np.bool_] = np.asarray(self._conforms[sets].all(axis=1), np.bool_)
        if budget_cny is not None:
            conforms = conforms & (prices <= budget_cny)
        return _Weights(
            conditions=self._conditions[sets].min(axis=1).sum(axis=1),
            prices=prices,
            times=self._times[sets].min(axis=1).max(axis=1),
            distances=self._distances[sets].max(axis=1),
            conforms=conforms,
        )

    def best_of(self, group: Sequence[int], combos: int) -> list[int]:
        """Return the members of a group of equal masks that are weighed when there are too many plans."""
        limit = max(10, int((PLANS_WEIGHED / max(1, combos)) ** (1 / LARGEST_PLAN)))
        rows = np.array(group, np.int64)
        few = np.where(np.isfinite(self._conditions[rows]), self._conditions[rows], 0).sum(axis=1)
        cheap = np.where(np.isfinite(self._prices[rows]), self._prices[rows], 0).sum(axis=1)
        order = np.lexsort((rows, cheap, few, ~self._conforms[rows]))
        return [int(row) for row in rows[order][:limit]]


def _columns(values: Sequence[Sequence[float | int | None]]) -> Floats:
    return np.array([[np.inf if v is None else v for v in row] for row in values], np.float64)
