"""The look-up over a whole catalogue answers as the rules answer for each platform."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.facts import Asked, ConditionCode, Need, Outcome, PlatformFacts, Rank
from app.matching.rules import judge
from tests.factories.matching import DAY
from tests.matching.worlds import VOCABULARY, a_world, some_need

INFORMING = {Rank.OTHER_SCHEME, Rank.EQUIVALENT_STANDARD, Rank.SUCCESSOR_STANDARD, Rank.NO_SUCH_LINE}
"""Misses behind which any of several lines may stand."""

seeds = st.integers(0, 2**32)
tried = settings(max_examples=600, deadline=None)


def proven(need: Need, platform: PlatformFacts) -> Outcome:
    return judge(need, platform, DAY, VOCABULARY.designated)


def line_ids(outcome: Outcome) -> list[int]:
    return [evidence.line.id for evidence in outcome.evidence if evidence.line]


@given(seeds)
@tried
def test_rank_conditions_and_lines_are_those_of_the_rules(seed: int) -> None:
    rng = Random(seed)
    world = a_world(rng)
    for need in [some_need(rng) for _ in range(3)]:
        found = world.look_up(need, DAY)
        for row in range(len(world.platforms)):
            outcome = proven(need, world.facts(row, need))
            assert Rank(int(found.ranks[row])) is outcome.rank
            assert found.conditions[row] == outcome.condition_count
            if outcome.rank not in INFORMING:
                assert [i for i in found.lines[row].tolist() if i] == line_ids(outcome)


@given(seeds)
@tried
def test_the_lines_behind_an_answer_prove_it_alone(seed: int) -> None:
    rng = Random(seed)
    world = a_world(rng)
    for need in [some_need(rng) for _ in range(3)]:
        found = world.look_up(need, DAY)
        for row in range(len(world.platforms)):
            whole = world.facts(row, need)
            kept = set(found.lines[row].tolist())
            part = replace(
                whole,
                accreditations=tuple(
                    replace(a, lines=tuple(line for line in a.lines if line.id in kept))
                    for a in whole.accreditations
                ),
            )
            one, other = proven(need, whole), proven(need, part)
            assert (one.rank, one.condition_count) == (other.rank, other.condition_count)


def test_the_random_catalogues_reach_every_outcome_and_every_condition() -> None:
    ranks: set[Rank] = set()
    met: set[Asked] = set()
    codes: set[ConditionCode] = set()
    for seed in range(2_500):
        rng = Random(seed)
        world, need = a_world(rng), some_need(rng)
        for row in range(len(world.platforms)):
            outcome = proven(need, world.facts(row, need))
            ranks.add(outcome.rank)
            codes |= {condition.code for condition in outcome.conditions}
            if outcome.rank is Rank.MET:
                met.add(need.asked)
    assert ranks == set(Rank)
    assert met == set(Asked)
    assert codes == set(ConditionCode)
