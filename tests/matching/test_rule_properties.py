"""What must hold of every verdict, over random small catalogues."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.facts import (
    AccreditationFacts,
    Asked,
    ConditionCode,
    Line,
    Need,
    Outcome,
    PlatformFacts,
    Rank,
    Verdict,
)
from app.matching.rules import judge
from app.models.registry import Outsiders
from app.models.scope import AccreditationState, Scheme
from app.vocabulary.ranges import CoverageKind, covers
from tests.factories.matching import DAY
from tests.matching.worlds import STANDARDS, VOCABULARY, a_world, some_need

seeds = st.integers(0, 2**32)
tried = settings(max_examples=500, deadline=None)
SCHEMED = (Asked.CNAS, Asked.CMA, Asked.EITHER, Asked.BOTH)


def answer(need: Need, platform: PlatformFacts) -> Outcome:
    return judge(need, platform, DAY, VOCABULARY.designated)


def cases(seed: int) -> Iterator[tuple[Random, Need, PlatformFacts]]:
    """Give a few needs for each platform of a random catalogue."""
    rng = Random(seed)
    world = a_world(rng)
    for need in [some_need(rng) for _ in range(4)]:
        for row in range(len(world.platforms)):
            yield rng, need, world.facts(row, need)


def order(outcome: Outcome) -> tuple[int, int]:
    return outcome.rank, outcome.condition_count


def truly_stands(need: Need, accreditation: AccreditationFacts, line: Line) -> bool:
    """Read the law again, by hand: may this line be called met?"""
    granted = accreditation.state is AccreditationState.GRANTED
    start, end = accreditation.valid_from, accreditation.valid_to
    valid = start is not None and end is not None and start <= DAY <= end
    in_scope = (line.effective_from or DAY) <= DAY <= (line.effective_to or DAY)
    if need.standard is not None:
        right = line.standard == need.standard and need.edition in (None, line.edition)
    else:
        right = need.term is not None and STANDARDS[line.standard][1] == need.term
    covered = need.range is None or covers(line.range, need.range).kind is CoverageKind.COVERED
    named = _names(line.object, need.objects) and _names(line.parameter, need.parameters)
    return granted and valid and in_scope and right and covered and named


def _names(written: str | None, wanted: frozenset[str] | None) -> bool:
    """Tell whether a line names what is wanted; what only lists it among others does not."""
    return wanted is None or written in wanted


@given(seeds)
@tried
def test_nothing_is_met_under_a_scheme_without_a_line_that_truly_stands(seed: int) -> None:
    for _, need, platform in cases(seed):
        standing = {
            scheme
            for accreditation in platform.accreditations
            for scheme in [accreditation.scheme]
            for line in accreditation.lines
            if truly_stands(need, accreditation, line)
        }
        may = {
            Asked.CNAS: Scheme.CNAS in standing,
            Asked.CMA: Scheme.CMA in standing,
            Asked.EITHER: bool(standing),
            Asked.BOTH: len(standing) == 2,
        }
        for asked in SCHEMED:
            met = answer(replace(need, asked=asked), platform).rank is Rank.MET
            assert met == (may[asked] and not need.text_only and platform.prose_mentions is None)


@given(seeds)
@tried
def test_a_met_rests_on_lines_that_stand_and_names_them(seed: int) -> None:
    for _, need, platform in cases(seed):
        outcome = answer(need, platform)
        if outcome.rank is not Rank.MET:
            assert outcome.conditions == ()
            continue
        assert outcome.evidence
        for evidence in outcome.evidence:
            if evidence.line is None:
                assert need.asked is Asked.NONE
                assert evidence.offering in platform.offerings
            else:
                assert evidence.accreditation in platform.accreditations
                assert truly_stands(need, evidence.accreditation, evidence.line)


@given(seeds)
@tried
def test_without_usable_accreditations_nothing_is_met_but_on_the_platforms_own_word(seed: int) -> None:
    spoilt = (
        {"state": AccreditationState.SUSPENDED},
        {"state": AccreditationState.WITHDRAWN},
        {"state": AccreditationState.PLANNED},
        {"state": AccreditationState.APPLIED},
        {"valid_from": None},
        {"valid_to": None},
        {"valid_to": DAY.replace(year=DAY.year - 1)},
        {"valid_from": DAY.replace(year=DAY.year + 1)},
    )
    for rng, need, platform in cases(seed):
        spoiled = replace(
            platform,
            accreditations=tuple(replace(a, **rng.choice(spoilt)) for a in platform.accreditations),
        )
        for asked in SCHEMED:
            assert answer(replace(need, asked=asked), spoiled).verdict is not Verdict.MET
        own_word = answer(replace(need, asked=Asked.NONE), spoiled)
        assert own_word.rank is not Rank.MET or ConditionCode.SELF_DECLARED in {
            condition.code for condition in own_word.conditions
        }


@given(seeds)
@tried
def test_another_accreditation_or_line_or_offering_never_worsens_an_answer(seed: int) -> None:
    for rng, need, platform in cases(seed):
        before = answer(need, platform)
        accreditations = list(platform.accreditations)
        if accreditations:
            dropped = rng.randrange(len(accreditations))
            held = accreditations[dropped]
            fewer = accreditations[:dropped] + accreditations[dropped + 1 :]
            assert before.rank <= answer(need, replace(platform, accreditations=tuple(fewer))).rank
            if held.lines:
                kept = tuple(line for line in held.lines if line is not rng.choice(held.lines))
                accreditations[dropped] = replace(held, lines=kept)
                poorer = replace(platform, accreditations=tuple(accreditations))
                assert before.rank <= answer(need, poorer).rank
        assert before.rank <= answer(need, replace(platform, offerings=())).rank


@given(seeds)
@tried
def test_asking_more_never_gives_a_better_answer(seed: int) -> None:
    for _, need, platform in cases(seed):
        rank = {asked: answer(replace(need, asked=asked), platform).rank for asked in Asked}
        assert rank[Asked.EITHER] == min(rank[Asked.CNAS], rank[Asked.CMA])
        assert rank[Asked.BOTH] == max(rank[Asked.CNAS], rank[Asked.CMA])
        if rank[Asked.EITHER] is Rank.MET:
            assert rank[Asked.NONE] is Rank.MET
        if not need.text_only:
            asks_less = replace(need, range=None, objects=None, parameters=None)
            assert answer(need, platform).rank is not Rank.MET or answer(asks_less, platform).rank is Rank.MET


@given(seeds)
@tried
def test_conditions_never_change_a_verdict(seed: int) -> None:
    """Every fact that only conditions look at may change without moving the rank."""
    for rng, need, platform in cases(seed):
        changed = replace(
            platform,
            serves_outsiders=rng.choice(tuple(Outsiders)),
            accreditations=tuple(
                replace(
                    held,
                    partner=rng.choice([None, "甲院"]),
                    verified=rng.random() < 0.5,
                    lines=tuple(
                        replace(line, restriction=rng.choice([None, "限制"]), successors=())
                        for line in held.lines
                    ),
                )
                for held in platform.accreditations
            ),
            offerings=tuple(
                replace(offering, lead_time_days=rng.choice([None, 400]), successors=())
                for offering in platform.offerings
            ),
        )
        assert answer(need, changed).rank is answer(need, platform).rank
        assert judge(need, platform, DAY).rank is answer(need, platform).rank


@given(seeds)
@tried
def test_taking_a_restriction_away_never_adds_conditions(seed: int) -> None:
    for _, need, platform in cases(seed):
        free = replace(
            platform,
            accreditations=tuple(
                replace(held, lines=tuple(replace(line, restriction=None) for line in held.lines))
                for held in platform.accreditations
            ),
        )
        assert order(answer(need, free)) <= order(answer(need, platform))


@given(seeds)
@tried
def test_the_order_of_facts_does_not_matter_and_conditions_stand_in_the_order_of_their_codes(
    seed: int,
) -> None:
    codes = list(ConditionCode)
    for _, need, platform in cases(seed):
        turned = PlatformFacts(
            tuple(replace(held, lines=held.lines[::-1]) for held in platform.accreditations[::-1]),
            platform.offerings[::-1],
            platform.serves_outsiders,
            platform.prose_mentions,
        )
        outcome = answer(need, platform)
        assert order(outcome) == order(answer(need, turned))
        places = [codes.index(condition.code) for condition in outcome.conditions]
        assert places == sorted(places)
