"""A platform asked what it meets, and needs asked who meets them, answer as the verdict rules do over all rows."""

from collections.abc import Sequence
from random import Random

import numpy as np

from app.demand.needs import Shape
from app.demand.pool import NeedPool, pool_of
from app.matching.everywhere import _look_up, _Material
from app.matching.facts import Need, PlatformFacts, Rank, Relation
from app.matching.one_platform import OnePlatform, Reach
from app.matching.rules import judge
from app.registry.postings import Records
from tests.demand.results import waiting_result
from tests.factories.matching import DAY
from tests.matching.worlds import STANDARDS, VOCABULARY, World, a_world, some_need

WORLDS = 500


def known_alone(world: World, row: int) -> OnePlatform:
    facts = world.platforms[row]
    lines = [(held.id, line) for held in facts.accreditations for line in held.lines]
    bare = [held.with_lines(()) for held in facts.accreditations]
    return OnePlatform(world.snapshot, row, bare, lines, facts.offerings)


def reach_of_facts(world: World, row: int) -> Reach:
    facts = world.platforms[row]
    if world.snapshot.platforms.rows[row].prose is not None:
        mentioned = {
            term
            for term in VOCABULARY.terms
            if world.snapshot.prose_mentions(row, Need(id="", asked=some_need(Random(0)).asked, term=term))
        }
        return Reach(world.snapshot.standards_in_prose(row), frozenset(mentioned), frozenset(mentioned))
    bases = {line.standard for held in facts.accreditations for line in held.lines}
    bases |= {o.standard for o in facts.offerings if o.standard is not None}
    offered = {o.term for o in facts.offerings if o.term is not None}
    served = {STANDARDS[base][1] for base in bases} - {None}
    return Reach(frozenset(bases), frozenset(offered | served), frozenset(offered))


def material(world: World, need: Need) -> _Material:
    bases = [need.standard] if need.standard else [b for b, (_, t) in STANDARDS.items() if t == need.term]
    groups: dict[Relation, Records] = {
        relation: world._joined([b for b, r in need.related.items() if r is relation])
        for relation in set(need.related.values())
    }
    offerings = {row: p.offerings for row, p in enumerate(world.platforms) if p.offerings}
    return _Material(world._joined(bases), groups, offerings, world.graded)


def pool_with(needs: Sequence[Need]) -> tuple[NeedPool, list[Shape]]:
    shapes = [Shape(need) for need in needs]
    return pool_of([waiting_result(number, [shape]) for number, shape in enumerate(shapes)]), shapes


def test_one_platform_and_the_whole_catalogue_are_judged_as_the_rules_judge() -> None:
    rng = Random(20261124)
    seen: set[Rank] = set()
    for _ in range(WORLDS):
        world = a_world(rng)
        needs = [some_need(rng) for _ in range(3)]
        pool, shapes = pool_with([need for need in needs if not need.text_only])
        outcomes: dict[tuple[int, int], Rank] = {}
        for row in range(len(world.platforms)):
            alone, reach = known_alone(world, row), reach_of_facts(world, row)
            reached = pool.in_reach(reach, VOCABULARY)
            for number, shape in enumerate(shapes):
                facts: PlatformFacts = world.facts(row, shape.need)
                expected = judge(shape.need, facts, DAY, VOCABULARY.designated)
                found = alone.judge(shape.need, DAY)
                assert (found.rank, found.conditions) == (expected.rank, expected.conditions)
                assert [(e.line, e.offering) for e in found.evidence] == [
                    (e.line, e.offering) for e in expected.evidence
                ]
                # What is out of reach is not even near.
                assert shape in reached or expected.rank is Rank.NO_SUCH_LINE
                outcomes[row, number] = expected.rank
                seen.add(expected.rank)
        shown = np.array([rng.random() < 0.8 for _ in world.platforms], np.bool_)
        compared = [shape.need for shape in shapes]
        known = [material(world, need) for need in compared]
        for number, nearest in enumerate(_look_up(world.snapshot, compared, known, on_date=DAY, shown=shown)):
            ranks = [outcomes[row, number] for row in range(len(shown)) if shown[row]]
            assert nearest.rank is min(ranks, default=Rank.NO_SUCH_LINE)
            if nearest.row is not None:
                assert shown[nearest.row]
                assert outcomes[nearest.row, number] is nearest.rank
    assert seen >= set(Rank) - {Rank.NEEDS_CLARIFICATION}
