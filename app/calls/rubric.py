"""The rubric of a call: what is scored, on which scale, and with which weight. Pure.

Source: the plan for concept-verification centres, item on the project pool (跨学科专家多维评估).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator

from app.kit.i18n import invalid_value
from app.kit.schemas import Given
from app.listing.document_types import Line

POINTS = 100
"""Totals are in points from 0 to 100, whatever the scales of the criteria are."""


_Short = Annotated[Line, Field(max_length=100)]


class CriterionName(Given):
    """What a criterion is called."""

    model_config = ConfigDict(frozen=True)

    zh: _Short = Field(examples=["创新性"])
    en: _Short | None = Field(default=None, examples=["Innovation"])


class Criterion(Given):
    """One thing that experts score, from `low` (worst) to `high` (best)."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(pattern=r"^[a-z][a-z_]{0,39}$", examples=["innovation"])
    name: CriterionName
    weight: int = Field(ge=1, le=1000, description="relative to the other weights", examples=[25])
    low: int = Field(default=0, ge=0, le=1000, description="the worst score")
    high: int = Field(default=10, ge=1, le=1000, description="the best score")

    @model_validator(mode="after")
    def _is_a_scale(self) -> "Criterion":
        if self.low >= self.high:
            raise invalid_value("scale", "最高分必须大于最低分", "The best score must be above the worst")
        return self


def _distinct(criteria: list[Criterion]) -> list[Criterion]:
    keys = [one.key for one in criteria]
    if len(set(keys)) < len(keys):
        raise invalid_value("criterion_twice", "评分指标的 key 不能重复", "Two criteria have the same key")
    return criteria


Rubric = Annotated[list[Criterion], Field(min_length=1, max_length=20), AfterValidator(_distinct)]
"""What a call is given with: 1 to 20 criteria with keys of their own."""

_RUBRIC: TypeAdapter[list[Criterion]] = TypeAdapter(Rubric)


def stored_rubric(stored: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """Return the rubric that a call keeps as JSON."""
    return tuple(_RUBRIC.validate_python(stored))


def _usual(key: str, zh: str, en: str, weight: int) -> Criterion:
    return Criterion(key=key, name=CriterionName(zh=zh, en=en), weight=weight)


DEFAULT_RUBRIC = (
    _usual("innovation", "创新性", "Innovation", 25),
    _usual("maturity", "技术成熟度", "Maturity", 20),
    _usual("market", "市场前景", "Market", 25),
    _usual("team", "团队能力", "Team", 15),
    _usual("feasibility", "验证可行性", "Feasibility of verification", 15),
)
"""The rubric of a call that states none."""


class FaultKind(StrEnum):
    MISSING = "missing"
    UNKNOWN = "unknown_criterion"
    OUTSIDE = "outside_scale"
    TOO_FINE = "too_fine"


@dataclass(frozen=True)
class ScoreFault:
    """What is wrong with the score of one criterion; `criterion` is None for one that the rubric lacks."""

    kind: FaultKind
    key: str
    criterion: Criterion | None = None


def score_faults(rubric: Sequence[Criterion], scores: Mapping[str, float]) -> list[ScoreFault]:
    """Return what is wrong with scores: each criterion needs one on its scale, with at most one decimal."""
    known = {one.key for one in rubric}
    faults = [ScoreFault(FaultKind.UNKNOWN, key) for key in scores if key not in known]
    for one in rubric:
        score = scores.get(one.key)
        if score is None:
            faults.append(ScoreFault(FaultKind.MISSING, one.key, one))
        elif not one.low <= score <= one.high:
            faults.append(ScoreFault(FaultKind.OUTSIDE, one.key, one))
        elif (_exact(score) * 10).denominator != 1:
            faults.append(ScoreFault(FaultKind.TOO_FINE, one.key, one))
    return faults


def total_of(rubric: Sequence[Criterion], scores: Mapping[str, float]) -> float:
    """Return the weighted total in points of 100, to two decimals, half a hundredth rounded up.

    `scores` has no faults. Each score counts as its share of the way from the worst to the best of its own scale.
    """
    weights = sum(one.weight for one in rubric)
    share = sum(
        (one.weight * (_exact(scores[one.key]) - one.low) / (one.high - one.low) for one in rubric),
        start=Fraction(0),
    )
    return rounded(POINTS * share / weights)


def rounded(value: Fraction) -> float:
    """Return a number of at least 0 to two decimals, half a hundredth rounded up."""
    return int(value * 100 + Fraction(1, 2)) / 100


def _exact(score: float) -> Fraction:
    return Fraction(Decimal(str(score)))
