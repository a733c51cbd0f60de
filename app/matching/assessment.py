"""Reads what a match needs from the database and judges every platform of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.matching import queries
from app.matching.evidence import accreditation_of_row, line_of_row, offering_of_row, range_of_row
from app.matching.facts import AccreditationFacts, Line, Need, Offering, Outcome, PlatformFacts, Relation
from app.matching.lookup import Answers, answer
from app.matching.needs import UnderstoodNeed
from app.matching.rules import judge
from app.matching.snapshot import Snapshot, VocabularyView
from app.models.registry import Outsiders
from app.registry.postings import GRADED, Records, unpack
from app.vocabulary.ranges import Range


@dataclass(frozen=True, slots=True)
class NeedAnswers:
    need: UnderstoodNeed
    answers: Answers


@dataclass(frozen=True, slots=True)
class Assessment:
    """The catalogue judged. Rows of capabilities and services by id; offerings by platform row."""

    snapshot: Snapshot
    on_date: date
    needs: Sequence[NeedAnswers]
    offerings: Mapping[int, Sequence[Offering]]
    capabilities: Mapping[int, Any]
    services: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """A platform judged by the pure rules from fresh rows: outcomes by position of the need, and the rows behind."""

    outcomes: Mapping[int, Outcome]
    lines: Mapping[int, Any]
    accreditations: Mapping[int, Any]


async def assess(
    session: AsyncSession, snapshot: Snapshot, needs: Sequence[UnderstoodNeed], on_date: date
) -> Assessment:
    """Judge every platform for every need, in a constant number of queries."""
    vocabulary = snapshot.vocabulary
    counting = [standards_counting(u.need, vocabulary) for u in needs]
    related = [related_standards(u.need, vocabulary) for u in needs]
    wanted = {i for ids in counting for i in ids} | {
        i for group in related for ids in group.values() for i in ids
    }
    postings = await queries.postings_of(session, wanted)
    terms = {u.need.term for u in needs if u.need.term is not None}
    bearing = {i for ids in counting for i in ids}
    bearing |= {i for term in terms for i in vocabulary.standards_of_term(term)}
    rows = await queries.capabilities_for(session, bearing, terms)
    offerings: dict[int, list[Offering]] = {}
    for row in rows:
        position = snapshot.platforms.row_of.get(row.platform_id)
        if position is not None:
            offerings.setdefault(position, []).append(offering_of_row(row, vocabulary))
    services = await queries.services_by(session, ids={row.service_id for row in rows})
    judged = []
    for understood, ids, group in zip(needs, counting, related, strict=True):
        records = records_of(postings, ids)
        near = {relation: records_of(postings, ids) for relation, ids in group.items()}
        work = partial(
            answer,
            understood.need,
            snapshot=snapshot,
            records=records,
            related=near,
            offerings=offerings,
            graded=await graded_ranges(session, understood.need, [records, *near.values()]),
            on_date=on_date,
        )
        judged.append(NeedAnswers(understood, await to_thread.run_sync(work)))
    return Assessment(
        snapshot=snapshot,
        on_date=on_date,
        needs=judged,
        offerings=offerings,
        capabilities={row.id: row for row in rows},
        services={row.id: row for row in services},
    )


def standards_counting(need: Need, vocabulary: VocabularyView) -> Sequence[int]:
    """Return the ids of the standards whose lines count for a need. Source: design verdict rule 1."""
    if need.standard is not None:
        found = vocabulary.standard_id(need.standard)
        return [] if found is None else [found]
    return [] if need.term is None else vocabulary.standards_of_term(need.term)


def related_standards(need: Need, vocabulary: VocabularyView) -> dict[Relation, list[int]]:
    """Return the ids of the standards that are equivalent to or successors of the one a need names."""
    groups: dict[Relation, list[int]] = {}
    for base, relation in need.related.items():
        found = vocabulary.standard_id(base)
        if found is not None:
            groups.setdefault(relation, []).append(found)
    return groups


def records_of(postings: Mapping[int, Sequence[bytes]], ids: Sequence[int]) -> Records:
    """Return the packed lines of some standards, one after the other."""
    return unpack(b"".join(block for standard_id in ids for block in postings.get(standard_id, ())))


async def graded_ranges(session: AsyncSession, need: Need, records: Sequence[Records]) -> Mapping[int, Range]:
    """Return the ranges of the lines that state grades, where the need asks grades: they are not packed."""
    if need.range is None or need.range.grades is None:
        return {}
    graded = [part["line"][part["flags"] & GRADED != 0] for part in records if len(part)]
    if not graded:
        return {}
    rows = await queries.ranges_of(session, np.concatenate(graded).tolist())
    return {row.id: stated for row in rows if (stated := range_of_row(row)) is not None}


async def prove(
    session: AsyncSession, assessment: Assessment, wanted: Mapping[int, Sequence[int]]
) -> dict[int, Proof]:
    """Judge platforms again by the pure rules, from fresh rows of the lines that the look-up answered with.

    `wanted` names, by platform row, the positions of the needs to prove.
    """
    platforms = assessment.snapshot.platforms.rows
    picked = {
        (row, i): [n for n in assessment.needs[i].answers.lines[row].tolist() if n]
        for row, positions in wanted.items()
        for i in positions
    }
    rows = await queries.scope_lines(session, (n for ids in picked.values() for n in ids))
    lines = {line.id: line for line in rows}
    facts = {line.id: line_of_row(line, assessment.snapshot.vocabulary) for line in rows}
    held: dict[int, list[Any]] = {}
    for certificate in await queries.accreditations_of(session, (platforms[row].id for row in wanted)):
        held.setdefault(certificate.platform_id, []).append(certificate)
    proofs = {}
    for row, positions in wanted.items():
        own = {certificate.id: certificate for certificate in held.get(platforms[row].id, ())}
        bare = {key: accreditation_of_row(certificate) for key, certificate in own.items()}
        outcomes = {}
        for i in positions:
            chosen: dict[int, list[Line]] = {}
            for n in picked[row, i]:
                if n in lines:
                    chosen.setdefault(lines[n].accreditation_id, []).append(facts[n])
            accreditations = tuple(
                fact.with_lines(tuple(chosen[key])) if key in chosen else fact for key, fact in bare.items()
            )
            outcomes[i] = _judge(assessment, row, assessment.needs[i].need.need, accreditations)
        proofs[row] = Proof(outcomes, lines, own)
    return proofs


def _judge(
    assessment: Assessment, row: int, need: Need, accreditations: tuple[AccreditationFacts, ...]
) -> Outcome:
    snapshot = assessment.snapshot
    platform = PlatformFacts(
        accreditations=accreditations,
        offerings=tuple(assessment.offerings.get(row, ())),
        serves_outsiders=Outsiders(snapshot.platforms.rows[row].outsiders_served),
        prose_mentions=_prose_mentions(snapshot, row, need),
    )
    return judge(need, platform, assessment.on_date, snapshot.vocabulary.designated)


def _prose_mentions(snapshot: Snapshot, row: int, need: Need) -> bool | None:
    if snapshot.platforms.rows[row].prose is None:
        return None
    return snapshot.prose_mentions(row, need)
