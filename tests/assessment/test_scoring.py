"""The rubric, totals, what experts say together, and conflicts of interest."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.assessment.conflicts import ConflictKind, ExpertTies, ResultTies, conflicts_of, covered
from app.assessment.rules import aggregate, all_in, asks_for_one_more, spread_of
from app.calls.rubric import (
    DEFAULT_RUBRIC,
    Criterion,
    CriterionName,
    FaultKind,
    Rubric,
    score_faults,
    total_of,
)
from app.models.assessment import AssignmentState

ASSIGNED, DONE, RECUSED, RELEASED = AssignmentState


def criterion(key: str, weight: int = 50, low: int = 0, high: int = 10) -> Criterion:
    return Criterion(key=key, name=CriterionName(zh=key), weight=weight, low=low, high=high)


TWO = (criterion("a", 60), criterion("b", 40, low=1, high=5))


@pytest.mark.parametrize(
    ("scores", "total"),
    [
        ({"a": 0, "b": 1}, 0.0),
        ({"a": 10, "b": 5}, 100.0),
        # The middle of each scale is half of the points, wherever the scale begins.
        ({"a": 5, "b": 3}, 50.0),
        ({"a": 10, "b": 1}, 60.0),
        ({"a": 0.1, "b": 1}, 0.6),
        ({"a": 7.5, "b": 2}, 55.0),
    ],
)
def test_a_total_is_the_weighted_share_of_each_scale(scores: dict[str, float], total: float) -> None:
    assert total_of(TWO, scores) == total


def test_weights_are_relative_and_half_a_hundredth_is_rounded_up() -> None:
    thirds = tuple(criterion(key, 1, high=1000) for key in ("a", "b", "c"))
    assert total_of(thirds, {"a": 1000, "b": 0, "c": 0}) == 33.33
    # 0.005 points exactly: binary fractions would round it either way.
    assert total_of((criterion("a", high=1000), criterion("b", high=1000)), {"a": 0.1, "b": 0}) == 0.01


def on_scale(one: Criterion) -> st.SearchStrategy[float]:
    return st.integers(one.low * 10, one.high * 10).map(lambda tenths: tenths / 10)


@given(st.data())
def test_a_better_score_never_lowers_a_total_and_no_total_leaves_the_scale(data: st.DataObject) -> None:
    scores = {one.key: data.draw(on_scale(one)) for one in DEFAULT_RUBRIC}
    assert score_faults(DEFAULT_RUBRIC, scores) == []
    total = total_of(DEFAULT_RUBRIC, scores)
    assert 0 <= total <= 100
    better = data.draw(st.sampled_from(DEFAULT_RUBRIC))
    assert total_of(DEFAULT_RUBRIC, {**scores, better.key: better.high}) >= total


@pytest.mark.parametrize(
    ("scores", "faults"),
    [
        ({"a": 10, "b": 5}, []),
        ({"a": 10}, [(FaultKind.MISSING, "b")]),
        ({"a": 10.1, "b": 0}, [(FaultKind.OUTSIDE, "a"), (FaultKind.OUTSIDE, "b")]),
        ({"a": 1.25, "b": 5}, [(FaultKind.TOO_FINE, "a")]),
        ({"a": 1, "b": 5, "c": 2}, [(FaultKind.UNKNOWN, "c")]),
    ],
)
def test_scores_that_break_the_rubric_are_named(
    scores: Mapping[str, float], faults: list[tuple[FaultKind, str]]
) -> None:
    assert [(fault.kind, fault.key) for fault in score_faults(TWO, scores)] == faults


@pytest.mark.parametrize(
    "rubric",
    [
        [],
        [{"key": "a", "name": {"zh": "甲"}, "weight": 0}],
        [{"key": "a", "name": {"zh": "甲"}, "weight": 1, "low": 5, "high": 5}],
        [{"key": "a", "name": {"zh": "甲"}, "weight": 1}] * 2,
        [{"key": "A b", "name": {"zh": "甲"}, "weight": 1}],
    ],
)
def test_a_rubric_needs_criteria_with_names_weights_and_scales_of_their_own(rubric: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Rubric).validate_python(rubric)


def test_what_experts_say_together() -> None:
    found = aggregate(
        TWO, [{"a": 2, "b": 1}, {"a": 4, "b": 5}, {"a": 9, "b": 3}], [12, 64, 74], disagreement_bound=62
    )
    assert (found.count, found.total.mean, found.total.median, found.total.spread) == (3, 50, 64, 62)
    assert found.total.deviation == pytest.approx(27.18, abs=0.005)
    assert found.criteria["a"].mean == 5
    assert found.criteria["b"].spread == 4
    # The bound itself is not yet more than the bound.
    assert not found.disagree
    closer = aggregate(TWO, [{"a": 0, "b": 1}] * 2, [0, 62.01], disagreement_bound=62)
    assert closer.disagree
    assert asks_for_one_more(closer, 2)
    # After one more, the matter is left to the decision.
    assert not asks_for_one_more(closer, 1)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_the_spread_of_totals_is_what_arithmetic_says(hundredths: list[int]) -> None:
    found = spread_of([one / 100 for one in hundredths])
    exact = [Fraction(one, 100) for one in hundredths]
    mean = sum(exact, start=Fraction(0)) / len(exact)
    assert abs(Fraction(found.mean) - mean) <= Fraction(51, 10_000)
    assert found.spread == float(max(exact) - min(exact))
    assert min(hundredths) / 100 <= found.median <= max(hundredths) / 100
    assert 0 <= found.deviation <= found.spread


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], False),
        ([DONE], True),
        ([DONE, ASSIGNED], False),
        ([DONE, RECUSED, RELEASED], True),
        ([RECUSED, RELEASED], False),
    ],
)
def test_all_are_in_when_nobody_has_still_to_judge_and_somebody_has(
    states: list[AssignmentState], expected: bool
) -> None:
    assert all_in(states) is expected


OURS, THEIRS = 1, 2
RESULT = ResultTies(result=7, owners=frozenset({OURS, 3}), creator=40, names=frozenset({"王 小明", "Li Lei"}))


@pytest.mark.parametrize(
    ("expert", "kinds"),
    [
        (ExpertTies(1, "赵某", organisations=frozenset({THEIRS})), []),
        (ExpertTies(1, "赵某", organisations=frozenset({THEIRS, OURS})), [ConflictKind.OWN_ORGANISATION]),
        # A co-owner is an owner.
        (ExpertTies(1, "赵某", organisations=frozenset({3})), [ConflictKind.OWN_ORGANISATION]),
        (ExpertTies(1, "赵某", declared_organisations=frozenset({3})), [ConflictKind.DECLARED]),
        (ExpertTies(1, "赵某", declared_results=frozenset({7})), [ConflictKind.DECLARED]),
        (ExpertTies(1, "赵某", declared_results=frozenset({8}), recused_results=frozenset({8})), []),
        (ExpertTies(1, "赵某", recused_results=frozenset({7})), [ConflictKind.RECUSED]),
        (ExpertTies(40, "赵某"), [ConflictKind.CONTRIBUTOR]),
        (ExpertTies(1, "王小明"), [ConflictKind.CONTRIBUTOR]),
        (ExpertTies(1, "LI LEI"), [ConflictKind.CONTRIBUTOR]),
        (ExpertTies(1, "李雷"), []),
    ],
)
def test_a_conflict_is_found_and_named(expert: ExpertTies, kinds: list[ConflictKind]) -> None:
    assert list(conflicts_of(expert, RESULT)) == kinds


def test_a_discipline_covers_its_sub_directions_and_not_the_other_way() -> None:
    assert covered(["new_energy"], ["new_energy.02", "new_energy_2", "robotics"]) == {"new_energy.02"}
    assert covered(["new_energy.02"], ["new_energy"]) == set()
