"""The look-up over the seeded database against the rules over all of its rows, for every standard and term in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.matching import queries, snapshot_queries
from app.matching.assessment import Assessment, assess
from app.matching.evidence import accreditation_of_row, line_of_row
from app.matching.facts import Asked, PlatformFacts, Rank
from app.matching.needs import StatedNeed, UnderstoodNeed, understand
from app.matching.rules import judge
from app.matching.snapshot import Snapshot
from app.models import metadata
from app.models.registry import Outsiders
from app.vocabulary.ranges import Range, range_of, read_grade

DAY = date(2026, 12, 1)
ODD_DAYS = (date(2020, 1, 1), date(2030, 5, 1))


async def everything(session: AsyncSession, snapshot: Snapshot) -> list[PlatformFacts]:
    """Return every platform with all its accreditations and lines, but without services."""
    line_ids = (await session.execute(select(metadata.tables["scope_line"].c.id))).scalars()
    lines: dict[int, list[object]] = {}
    for row in sorted(await queries.scope_lines(session, line_ids), key=lambda row: row.id):
        lines.setdefault(row.accreditation_id, []).append(line_of_row(row, snapshot.vocabulary))
    held: dict[int, list[object]] = {}
    for row in await queries.accreditations_of(session, snapshot.platforms.row_of):
        own = tuple(lines.get(row.id, ()))
        held.setdefault(row.platform_id, []).append(replace(accreditation_of_row(row), lines=own))
    return [
        PlatformFacts(
            accreditations=tuple(held.get(platform.id, ())),
            serves_outsiders=Outsiders(platform.outsiders_served),
        )
        for platform in snapshot.platforms.rows
    ]


async def needs_of(session: AsyncSession, snapshot: Snapshot, day: date) -> list[UnderstoodNeed]:
    """Ask every edition cited, every base, every term, with the ranges that lines of it state, under all schemes."""
    stated: list[StatedNeed] = []
    for number in sorted({view.number for view in snapshot.vocabulary.editions.values()}):
        stated.append(StatedNeed("n", standard=number, asked=list(Asked)[len(stated) % 5]))
    line = metadata.tables["scope_line"].c
    rows = await session.execute(
        select(line.standard_number, line.range_min, line.range_max, line.range_unit)
        .where(line.range_unit.is_not(None))
        .order_by(line.id)
    )
    for position, (number, low, high, unit) in enumerate(rows.all()):
        asked = list(Asked)[position % 5]
        stated.append(StatedNeed("n", standard=number, range=range_of(low, high, unit), asked=asked))
        if low is not None and high is not None and low < high:
            wider: Range = range_of(low, None, unit)
            stated.append(StatedNeed("n", standard=number, range=wider, asked=asked))
    for term in snapshot.vocabulary.terms:
        stated += [StatedNeed("n", capability=term, asked=asked) for asked in (Asked.EITHER, Asked.NONE)]
    for grade in ("IP67", "IP68", "IPX5", "IP54", "V-0"):
        for number in ("GB/T 4208-2017", "GB/T 4208", "UL 94"):
            stated.append(StatedNeed("n", standard=number, range=read_grade(grade), asked=Asked.EITHER))
    return [understand(need, snapshot.vocabulary, day) for need in stated]


def differences(
    assessment: Assessment, facts: Sequence[PlatformFacts], day: date
) -> list[tuple[str, StatedNeed, Rank, Rank]]:
    snapshot = assessment.snapshot
    found = []
    for judged in assessment.needs:
        need = judged.need.need
        for row, known in enumerate(facts):
            prose = snapshot.platforms.rows[row].prose
            platform = PlatformFacts(
                known.accreditations,
                tuple(assessment.offerings.get(row, ())),
                known.serves_outsiders,
                None if prose is None else snapshot.prose_mentions(row, need),
            )
            outcome = judge(need, platform, day, snapshot.vocabulary.designated)
            answered = (int(judged.answers.ranks[row]), int(judged.answers.conditions[row]))
            if answered != (int(outcome.rank), outcome.condition_count):
                slug = snapshot.platforms.rows[row].slug
                found.append((slug, judged.need.stated, Rank(answered[0]), outcome.rank))
    return found


@pytest.mark.parametrize("day", [DAY, *ODD_DAYS])
async def test_every_platform_is_judged_as_the_rules_judge_all_its_rows(
    seeded_session: AsyncSession, day: date
) -> None:
    snapshot = await snapshot_queries.load_snapshot(seeded_session)
    facts = await everything(seeded_session, snapshot)
    needs = await needs_of(seeded_session, snapshot, day)
    assert len(needs) > 400
    if day != DAY:
        needs = needs[::4]
    assessment = await assess(seeded_session, snapshot, needs, day)
    assert differences(assessment, facts, day) == []


async def test_a_need_is_judged_alike_alone_and_beside_others(seeded_session: AsyncSession) -> None:
    snapshot = await snapshot_queries.load_snapshot(seeded_session)
    needs = (await needs_of(seeded_session, snapshot, DAY))[::7]
    terms = [
        understand(
            StatedNeed("n", standard=u.number.canonical, capability=term, asked=u.need.asked),
            snapshot.vocabulary,
            DAY,
        )
        for u in needs
        if u.number and (term := snapshot.vocabulary.term_of_standard(u.number.base))
    ]
    needs += terms
    together = await assess(seeded_session, snapshot, needs, DAY)
    for position, need in enumerate(needs):
        alone = (await assess(seeded_session, snapshot, [need], DAY)).needs[0].answers
        beside = together.needs[position].answers
        assert np.array_equal(alone.ranks, beside.ranks), need.stated
        assert np.array_equal(alone.conditions, beside.conditions), need.stated
