"""The order that scores give: rules first, fit last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.facts import ConditionCode, Verdict
from app.matching.schemas import MOST_NEEDS
from app.matching.scoring import (
    FIT_WEIGHTS,
    Bearing,
    CandidateFacts,
    candidate_score_parts,
    service_score_parts,
)

MOST_CONDITIONS = MOST_NEEDS * len(ConditionCode)


@st.composite
def candidates(draw: st.DrawFn) -> tuple[bool, int, int, int, tuple[float, ...]]:
    """Whether all constraints are kept, mets, unmets, conditions, the parts of the fit."""
    met = draw(st.integers(0, MOST_NEEDS))
    unmet = draw(st.integers(0, MOST_NEEDS - met))
    conditions = draw(st.integers(0, met * len(ConditionCode)))
    fit = draw(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0])] * len(FIT_WEIGHTS)))
    return draw(st.booleans()), met, unmet, conditions, fit


def total(candidate: tuple[bool, int, int, int, tuple[float, ...]]) -> float:
    conforms, met, unmet, conditions, fit = candidate
    parts = candidate_score_parts(
        CandidateFacts(
            met_must=np.array([met], np.float64),
            unmet_must=np.array([unmet], np.float64),
            conditions=np.array([conditions], np.float64),
            conforms=np.array([conforms]),
            fit={name: np.array([value]) for name, value in zip(FIT_WEIGHTS, fit, strict=True)},
        )
    )
    return float(sum(values[0] for values in parts.values()))


@given(candidates(), candidates())
def test_constraints_then_mets_then_unmets_then_conditions_then_fit(
    one: tuple[bool, int, int, int, tuple[float, ...]], other: tuple[bool, int, int, int, tuple[float, ...]]
) -> None:
    def key(candidate: tuple[bool, int, int, int, tuple[float, ...]]) -> tuple[float, ...]:
        conforms, met, unmet, conditions, fit = candidate
        weighed = sum(weight * value for weight, value in zip(FIT_WEIGHTS.values(), fit, strict=True))
        return (not conforms, -met, unmet, conditions, -round(weighed, 9))

    if key(one) < key(other):
        assert total(one) > total(other)
    elif key(one) == key(other):
        assert total(one) == pytest.approx(total(other))


def test_the_fit_weighs_less_than_one_condition() -> None:
    assert sum(FIT_WEIGHTS.values()) < 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ([Bearing(True, 1.0, Verdict.MET)], [Bearing(True, 1.0, Verdict.UNKNOWN)]),
        ([Bearing(True, 1.0, Verdict.UNKNOWN)], [Bearing(True, 1.0, Verdict.UNMET)]),
        ([Bearing(True, 1.0, Verdict.MET)], [Bearing(True, 0.7, Verdict.MET)]),
        ([Bearing(True, 1.0, Verdict.MET)], [Bearing(False, 1.0, Verdict.MET)]),
        ([Bearing(True, 1.0, Verdict.UNMET)], []),
    ],
)
def test_a_service_scores_by_what_it_offers_and_by_its_platforms_verdict(
    better: list[Bearing], worse: list[Bearing]
) -> None:
    def score(bearings: list[Bearing]) -> float:
        return sum(service_score_parts(bearings, 2.0, 0.5).values())

    assert score(better) > score(worse)


def test_without_needs_a_service_scores_by_its_text() -> None:
    assert service_score_parts([], 0.0, 0.5)["needs"] == 0
    assert sum(service_score_parts([], 0.0, 0.5).values()) > sum(service_score_parts([], 0.0, 0.4).values())
