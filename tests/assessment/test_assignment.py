"""Assignment against brute force, and the reasons where it is impossible."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.assessment.assignment import Judge, Pair, Reason, Wanted, solve
from app.models.assessment import Constraint

FIELDS = ("battery", "drugs", "robots")
CONFLICT, AVAILABILITY, QUOTA, DISCIPLINE, EXPERTS = Constraint
Case = tuple[list[Wanted], list[Judge], frozenset[Pair]]


def choices(one: Wanted, judges: list[Judge], barred: frozenset[Pair]) -> list[tuple[Judge, ...]]:
    """Return all sets of experts that a result may have, as the rule says it in words."""
    able = [
        judge
        for judge in judges
        if judge.available
        and judge.working < judge.quota
        and (one.result, judge.person) not in barred
        and judge.person not in one.taken
    ]
    return [
        chosen
        for chosen in combinations(able, one.places)
        if all(any(field in judge.disciplines for judge in chosen) for field in one.uncovered)
    ]


def all_answers(case: Case) -> Iterator[tuple[int, int, int]]:
    """Yield served, fit and negative imbalance of every lawful assignment."""
    wanted, judges, barred = case
    for chosen in product(*([(), *choices(one, judges, barred)] for one in wanted)):
        load = Counter(judge.person for some in chosen for judge in some)
        if any(load[judge.person] > judge.quota - judge.working for judge in judges if load[judge.person]):
            continue
        served = sum(bool(some) for some in chosen)
        pairs = [(one, judge) for one, some in zip(wanted, chosen, strict=True) for judge in some]
        fit = sum(len(one.fields & judge.disciplines) for one, judge in pairs)
        yield served, fit, -imbalance(judges, load)


def imbalance(judges: list[Judge], load: Counter[int]) -> int:
    return sum((judge.working + load[judge.person]) ** 2 - judge.working**2 for judge in judges)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    some = st.frozensets(st.sampled_from(FIELDS), max_size=3)
    judges = [
        Judge(
            person,
            draw(some),
            working=draw(st.integers(0, 2)),
            quota=draw(st.integers(0, 3)),
            available=draw(st.sampled_from((True, True, True, False))),
        )
        for person in range(1, 1 + draw(st.integers(1, 5)))
    ]
    wanted = []
    for result in range(1, 1 + draw(st.integers(1, 3))):
        fields = draw(some)
        uncovered = draw(st.frozensets(st.sampled_from(sorted(fields)), max_size=3)) if fields else fields
        taken = draw(st.frozensets(st.integers(1, len(judges)), max_size=1))
        wanted.append(Wanted(result, draw(st.integers(1, 2)), fields, uncovered, taken))
    possible = st.tuples(st.integers(1, len(wanted)), st.integers(1, len(judges)))
    return wanted, judges, draw(st.frozensets(possible, max_size=4))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), st.randoms(use_true_random=False))
def test_no_lawful_assignment_is_better_and_the_order_of_the_input_changes_nothing(
    case: Case, random: Random
) -> None:
    wanted, judges, barred = case
    answer = solve(wanted, judges, barred)
    by_result: dict[int, set[int]] = {one.result: set() for one in wanted}
    for result, person in answer.pairs:
        by_result[result].add(person)
    for one in wanted:
        lawful = [{judge.person for judge in chosen} for chosen in choices(one, judges, barred)]
        assert (by_result[one.result] in lawful) != (one.result in answer.blocked)
        assert all(answer.blocked.get(one.result, [True]))
    load = Counter(person for _, person in answer.pairs)
    served = len(wanted) - len(answer.blocked)
    assert (served, answer.fit, -imbalance(judges, load)) == max(all_answers(case))
    assert solve(random.sample(wanted, len(wanted)), random.sample(judges, len(judges)), barred) == answer


def judge(person: int, *disciplines: str, working: int = 0, quota: int = 5, available: bool = True) -> Judge:
    return Judge(person, frozenset(disciplines), working, quota, available)


def wants(places: int, *fields: str, result: int = 1, taken: tuple[int, ...] = ()) -> Wanted:
    return Wanted(result, places, frozenset(fields), frozenset(fields), frozenset(taken))


B, D, R = FIELDS


@pytest.mark.parametrize(
    ("wanted", "judges", "barred", "reasons"),
    [
        (wants(2, B), [judge(1, B)], [], [Reason(EXPERTS, 2, 1)]),
        (wants(2, B), [judge(1, B), judge(2)], [2], [Reason(CONFLICT, 2, 1)]),
        (wants(2), [judge(1), judge(2, available=False)], [], [Reason(AVAILABILITY, 2, 1)]),
        (wants(1), [judge(1, working=3, quota=3)], [], [Reason(QUOTA, 1, 0)]),
        (wants(2, B, D), [judge(1, B), judge(2, B)], [], [Reason(DISCIPLINE, 2, 2, (D,))]),
        # Each field is covered by somebody, but three experts would be needed.
        (wants(2, B, D, R), [judge(1, B), judge(2, D), judge(3, R)], [], [Reason(DISCIPLINE, 2, 3)]),
        # The only one for a field is in conflict: without the conflict, or without the field, it would do.
        (
            wants(1, B),
            [judge(1, B), judge(2, D)],
            [1],
            [Reason(CONFLICT, 1, 1), Reason(DISCIPLINE, 1, 1, (B,))],
        ),
        # Nothing helps alone: who is in conflict is away too.
        (
            wants(1),
            [judge(1, available=False)],
            [1],
            [Reason(CONFLICT, 1, 0), Reason(AVAILABILITY, 1, 0)],
        ),
        # Who judges already is no further expert.
        (wants(1, taken=(1,)), [judge(1)], [], [Reason(EXPERTS, 1, 0)]),
        (wants(1, B), [judge(1, B, D)], [], []),
    ],
)
def test_an_impossible_assignment_names_the_constraint_that_binds(
    wanted: Wanted, judges: list[Judge], barred: list[int], reasons: list[Reason]
) -> None:
    answer = solve([wanted], judges, {(wanted.result, person) for person in barred})
    assert list(answer.blocked.get(wanted.result, ())) == reasons
    assert bool(answer.pairs) != bool(reasons)


def test_results_that_compete_for_a_quota_are_told_of_all_places_and_of_the_scarce_discipline() -> None:
    wanted = [wants(1, B, result=1), wants(1, B, result=2), wants(1, D, result=3)]
    answer = solve(wanted, [judge(1, B, D, quota=1), judge(2, D, quota=2)], frozenset())
    assert len(answer.pairs) == 2
    (reason,) = answer.blocked.values()
    assert reason == (Reason(QUOTA, 3, 3, (B,)),)
    assert answer.blocked.keys() < {1, 2}
