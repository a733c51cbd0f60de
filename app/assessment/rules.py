"""From evaluations to a decision: what experts say together, who may see it when, what can be done. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median, pstdev

from app.calls.rubric import Criterion, rounded
from app.models.assessment import AssignmentState


@dataclass(frozen=True)
class Spread:
    """What several experts say of one thing: `spread` is the best less the worst.

    `deviation` is the standard deviation of these experts, who are all that were asked (not of a sample). To two
    decimals.
    """

    mean: float
    median: float
    spread: float
    deviation: float


@dataclass(frozen=True)
class Aggregate:
    """The evaluations of one version together: totals in points of 100, criteria on their own scales."""

    count: int
    total: Spread
    criteria: Mapping[str, Spread]
    disagree: bool


def aggregate(
    rubric: Sequence[Criterion],
    scores: Sequence[Mapping[str, float]],
    totals: Sequence[float],
    *,
    disagreement_bound: float,
) -> Aggregate:
    """Put evaluations together; at least one. They disagree where their totals differ by more than the bound."""
    criteria = {one.key: spread_of([given[one.key] for given in scores]) for one in rubric}
    total = spread_of(totals)
    return Aggregate(len(totals), total, criteria, disagree=total.spread > disagreement_bound)


def spread_of(values: Sequence[float]) -> Spread:
    """Return mean, median and spread of at least one number."""
    exact = [Fraction(str(value)) for value in values]
    return Spread(
        mean=rounded(mean(exact)),
        median=rounded(median(exact)),
        spread=rounded(max(exact) - min(exact)),
        deviation=round(float(pstdev(exact)), 2),
    )


EVALUATION_DAYS = 14
"""How long an expert has, from the day of the assignment."""

ENDED = frozenset({AssignmentState.RECUSED, AssignmentState.RELEASED})
"""An assignment in these states counts for nothing any more."""


def counting(states: Sequence[AssignmentState]) -> list[AssignmentState]:
    """Return the states of the assignments that count."""
    return [state for state in states if state not in ENDED]


def all_in(states: Sequence[AssignmentState]) -> bool:
    """Tell whether everybody who was to judge has, and somebody was: only then anybody sees what others said."""
    live = counting(states)
    return bool(live) and all(state is AssignmentState.DONE for state in live)


def asks_for_one_more(found: Aggregate, experts_per_result: int) -> bool:
    """Tell whether one more expert is to judge: where the usual number disagree. It is asked for once.

    Another opinion never narrows a spread, so those who still disagree then leave the matter to the decision.
    """
    return found.disagree and found.count <= experts_per_result
