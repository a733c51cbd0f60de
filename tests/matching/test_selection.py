"""Who is shown, in which order: what the verdicts allow comes before everything else."""

from dataclasses import replace
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.assessment import Assessment, NeedAnswers
from app.matching.constraints import Constraints
from app.matching.facts import UNMET_FROM, Asked, Need, Rank
from app.matching.needs import StatedNeed, UnderstoodNeed
from app.matching.selection import Selection, Wish, select
from tests.factories.matching import DAY
from tests.matching.worlds import World, a_world, some_need

seeds = st.integers(0, 2**32)
tried = settings(max_examples=300, deadline=None)
FREE = Wish(Constraints())


def some_needs(rng: Random) -> list[Need]:
    needs = [some_need(rng) for _ in range(rng.randint(1, 4))]
    return [replace(n, id=f"n{i}", must=rng.random() < 0.7) for i, n in enumerate(needs)]


def assessed(world: World, needs: list[Need], rng: Random) -> Assessment:
    services = {
        offering.service_id: SimpleNamespace(
            price_cny=rng.choice([None, 100, 200]),
            lead_time_days=rng.choice([None, 5, 9]),
            voucher_accepted=rng.choice([None, True, False]),
            entry_trl=rng.choice([None, 3]),
            exit_trl=6,
        )
        for platform in world.platforms
        for offering in platform.offerings
    }
    return Assessment(
        snapshot=world.snapshot,
        on_date=DAY,
        needs=[
            NeedAnswers(UnderstoodNeed(StatedNeed(n.id), n, None, None, None), world.look_up(n, DAY))
            for n in needs
        ],
        offerings={row: p.offerings for row, p in enumerate(world.platforms) if p.offerings},
        capabilities={},
        services=services,
    )


def some_wish(rng: Random) -> Wish:
    return Wish(
        Constraints(
            budget_cny=rng.choice([None, 150.0]),
            deadline_days=rng.choice([None, 7]),
            voucher=rng.choice([None, True]),
        ),
        strict=rng.random() < 0.3,
        unconditional=rng.random() < 0.3,
        trl=rng.choice([None, 5]),
    )


def case(seed: int) -> tuple[Random, Assessment, list[Need]]:
    rng = Random(seed)
    world, needs = a_world(rng), some_needs(rng)
    return rng, assessed(world, needs, rng), needs


def key(
    assessment: Assessment, needs: list[Need], wish: Wish, row: int, *, conforms: bool
) -> tuple[int, ...]:
    """Return what a candidate is ordered by, from the words of the design; the fit left out."""
    met = unmet = conditions = 0
    for need, judged in zip(needs, assessment.needs, strict=True):
        if need.text_only or not need.must:
            continue
        rank, count = int(judged.answers.ranks[row]), int(judged.answers.conditions[row])
        if rank == Rank.MET and not (wish.unconditional and count):
            met, conditions = met + 1, conditions + count
        unmet += rank >= UNMET_FROM
    return (not conforms, -met, unmet, conditions)


@given(seeds)
@tried
def test_met_then_unmet_then_conditions_decide_the_order_and_the_score_is_its_parts(seed: int) -> None:
    rng, assessment, needs = case(seed)
    wish = some_wish(rng)
    likeness = {row: rng.random() for row in range(len(assessment.snapshot.platforms)) if rng.random() < 0.5}
    chosen = select(assessment, wish, likeness, 100)
    kept = [all(value is True for value in c.kept.values()) for c in chosen.candidates]
    keys = [
        key(assessment, needs, wish, c.row, conforms=conforms)
        for c, conforms in zip(chosen.candidates, kept, strict=True)
    ]
    assert keys == sorted(keys)
    scores = [c.score for c in chosen.candidates]
    assert scores == sorted(scores, reverse=True)
    assert [sum(c.score_parts.values()) for c in chosen.candidates] == scores
    assert not (wish.strict and False in kept)


@given(seeds)
@tried
def test_whoever_meets_or_may_meet_something_is_there_whatever_the_text_says(seed: int) -> None:
    _, assessment, needs = case(seed)
    chosen = select(assessment, FREE, {}, 100)
    expected = {
        row
        for row in range(len(assessment.snapshot.platforms))
        for need, judged in zip(needs, assessment.needs, strict=True)
        if not need.text_only and judged.answers.ranks[row] < UNMET_FROM
    }
    assert {c.row for c in chosen.candidates} == expected
    assert chosen.total == len(expected)


@given(seeds)
@tried
def test_a_plan_meets_every_must_need_that_is_not_text_only(seed: int) -> None:
    rng, assessment, needs = case(seed)
    wish = some_wish(rng)
    chosen = select(assessment, wish, {}, 100)
    must = [i for i, need in enumerate(needs) if need.must and not need.text_only]
    assert chosen.must == must
    for plan in chosen.plans.plans:
        rows = [chosen.plan_rows[member] for member in plan.members]
        for i in must:
            answers = assessment.needs[i].answers
            meeting = [row for row in rows if answers.ranks[row] == Rank.MET]
            if wish.unconditional:
                meeting = [row for row in meeting if answers.conditions[row] == 0]
            assert meeting
    if not must:
        assert chosen.plans.total == 0


@given(seeds)
@tried
def test_a_limit_cuts_the_list_and_nothing_else(seed: int) -> None:
    rng, assessment, _ = case(seed)
    wish = some_wish(rng)
    whole, short = select(assessment, wish, {}, 100), select(assessment, wish, {}, 1)
    assert [c.row for c in short.candidates] == [c.row for c in whole.candidates][:1]
    assert (short.total, short.plans) == (whole.total, whole.plans)


def one_need(asked: Asked = Asked.NONE) -> tuple[Assessment, list[Need]]:
    """A world and a need that at least two platforms meet."""
    for seed in range(10_000):
        rng = Random(seed)
        world, need = a_world(rng), replace(some_need(rng), asked=asked)
        if not need.text_only and (world.look_up(need, DAY).ranks == Rank.MET).sum() >= 2:
            return assessed(world, [need], rng), [need]
    raise AssertionError("no such world")


def rows(chosen: Selection) -> list[int]:
    return [candidate.row for candidate in chosen.candidates]


class TestText:
    def test_it_never_lifts_a_platform_over_one_that_meets_more(self) -> None:
        assessment, _ = one_need()
        answers = assessment.needs[0].answers
        loser = rows(select(assessment, FREE, {}, 100))[0]
        answers.ranks[loser] = int(Rank.NO_SUCH_LINE)
        answers.conditions[loser] = 0
        assert rows(select(assessment, FREE, {loser: 1.0}, 100))[-1] == loser

    def test_it_decides_between_equals(self) -> None:
        assessment, _ = one_need()
        answers = assessment.needs[0].answers
        first, second = [int(row) for row in (answers.ranks == Rank.MET).nonzero()[0][:2]]
        answers.conditions[:] = 0
        for liked, other in ((first, second), (second, first)):
            order = rows(select(assessment, FREE, {liked: 0.9, other: 0.1}, 100))
            assert order.index(liked) < order.index(other)

    @pytest.mark.parametrize("include_demo", [True, False])
    def test_what_it_proposes_is_shown_unless_left_out(self, include_demo: bool) -> None:
        assessment, _ = one_need()
        assessment.snapshot.platforms.demo[:] = True
        found = rows(select(assessment, replace(FREE, include_demo=include_demo), {0: 0.5}, 100))
        assert (0 in found) == include_demo
