"""What is near, what is missing, and by what demand is ordered. Pure; whether a need is met is not decided here.

That is said by `app.matching.rules.judge` alone, for a platform that asks as for a researcher.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.matching.facts import Asked, Need, Outcome, Rank, Verdict
from app.models.pool import Stage

WAITING_STAGES = (Stage.POOLED, Stage.VERIFYING, Stage.VERIFIED, Stage.IN_PILOT)
"""Stages of a pooled project in which it may still need a platform."""

ONE_SCOPE_LINE_AWAY = "one_scope_line_away"

STEPS: Mapping[Rank, int] = {
    Rank.LINE_EDITION_NOT_STATED: 1,
    Rank.RANGE_NOT_STATED: 1,
    Rank.OBJECT_NOT_CONFIRMED: 1,
    Rank.PARAMETER_NOT_CONFIRMED: 1,
    Rank.VALIDITY_NOT_STATED: 1,
    Rank.STANDARD_NOT_STATED: 1,
    Rank.ACCREDITATION_PENDING: 2,
    Rank.SOURCE_DOES_NOT_SAY: 3,
    Rank.ACCREDITATION_EXPIRED: 1,
    Rank.ACCREDITATION_NOT_YET_VALID: 1,
    Rank.ACCREDITATION_SUSPENDED: 2,
    Rank.ACCREDITATION_WITHDRAWN: 3,
    Rank.LINE_NOT_IN_FORCE: 1,
    Rank.PART_OF_RANGE: 1,
    Rank.OTHER_EDITION: 1,
    Rank.OUTSIDE_RANGE: 2,
    Rank.OTHER_SCHEME: 2,
    Rank.EQUIVALENT_STANDARD: 1,
    Rank.SUCCESSOR_STANDARD: 1,
}
"""How much is to be done until a need is met: 1 something is to be written down, renewed or widened, 2 a decision of
an accreditation body is to be won, 3 more than that. What has no entry is not near."""

_STEPS_OF_A_LINE = 2
_MOST_STEPS = 20


class Standing(StrEnum):
    """How a platform stands to a need of somebody."""

    MET = "met"
    NEAR = "near"
    UNMET = "unmet"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """`missing` is a code of what stands between a near need and a met one, `steps` how much of it there is."""

    standing: Standing
    outcome: Outcome
    missing: str | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What is known of a platform besides its lines.

    `terms` are the capability terms of its services, `schemes` those under which it is accredited on the date.
    """

    terms: frozenset[str]
    schemes: frozenset[str]

    def lacks_only_a_line(self, need: Need, term: str | None) -> bool:
        """Tell whether it offers the capability and is accredited as asked; `term` is what the standard serves."""
        if self.terms.isdisjoint({need.term, term} - {None}):
            return False
        match need.asked:
            case Asked.NONE:
                return False
            case Asked.EITHER:
                return bool(self.schemes)
            case Asked.BOTH:
                return len(self.schemes) > 1
            case _:
                return need.asked.value in self.schemes


def answer_of(need: Need, outcome: Outcome, offer: Offer, term: str | None) -> Answer:
    """Return how the platform stands to the need, `outcome` being what the verdict rules say."""
    if need.text_only:
        return Answer(Standing.UNCLEAR, outcome)
    if outcome.verdict is Verdict.MET:
        return Answer(Standing.MET, outcome)
    steps = STEPS.get(outcome.rank)
    if steps is not None:
        return Answer(Standing.NEAR, outcome, outcome.rank.code, steps)
    if offer.lacks_only_a_line(need, term):
        return Answer(Standing.NEAR, outcome, ONE_SCOPE_LINE_AWAY, _STEPS_OF_A_LINE)
    return Answer(Standing.UNMET, outcome)


class Waiting(NamedTuple):
    """What the order looks at of one result: its must-needs that can be compared, those met, steps to the others.

    `steps` is None where one of its must-needs is not even near. `budget_stated` only as far as one may know it.
    """

    must: int
    must_met: int
    met: int
    steps: int | None
    stage: Stage | None
    age_days: int
    budget_stated: bool

    @property
    def is_met(self) -> bool:
        """Whether every must-need is met, and there is one."""
        return self.must_met == self.must > 0


VALUE_PARTS = ("all_must_needs", "nearness", "needs_met", "stage", "recency", "budget")
_STAGE_POINTS = {
    None: 0.0,
    Stage.POOLED: 1.0,
    Stage.VERIFYING: 0.75,
    Stage.VERIFIED: 0.5,
    Stage.IN_PILOT: 0.5,
}
_HALF_LIFE_DAYS = 180


def value_of(waiting: Waiting) -> tuple[float, ...]:
    """Return the value of a result to a platform in points, by `VALUE_PARTS`; only their sum orders.

    Each part outweighs all that come after it. `all_must_needs` 1000 when it meets every must-need that can be
    compared; `nearness` up to 500, 25 less for every step to the must-needs that it does not meet, 0 where one is not
    near; `needs_met` 1 for each need met, up to 20; `stage` up to 1, most where nobody works on it yet; `recency` up
    to 0.2, halved every 180 days; `budget` 0.01 where one is stated.
    """
    steps = _MOST_STEPS if waiting.steps is None else min(waiting.steps, _MOST_STEPS)
    return (
        1000.0 if waiting.is_met else 0.0,
        25.0 * (_MOST_STEPS - steps),
        float(min(waiting.met, 20)),
        _STAGE_POINTS.get(waiting.stage, 0.0),
        _recency(waiting.age_days),
        0.01 if waiting.budget_stated else 0.0,
    )


@lru_cache(maxsize=4096)
def _recency(age_days: int) -> float:
    return round(0.2 * float(0.5 ** (max(age_days, 0) / _HALF_LIFE_DAYS)), 3)


def days_since(day: date, on_date: date) -> int:
    """Return how many days lie between, negative where `day` is still to come."""
    return (on_date - day).days
