"""Many needs against the whole catalogue, when only the nearest answer to each is wanted.

The same look-up as for a match (`app.matching.lookup`), need by need, keeping of each only who comes nearest. A need
that some line meets is done with at once: who meets it best is not asked here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.matching import queries
from app.matching.assessment import graded_ranges, records_of, related_standards, standards_counting
from app.matching.evidence import offering_of_row
from app.matching.facts import Asked, Need, Offering, Rank, Relation
from app.matching.line_lookup import JudgedLines, judge_lines
from app.matching.line_rules import offering_outcome
from app.matching.lookup import answer
from app.matching.snapshot import Mask, Snapshot
from app.models.scope import Scheme
from app.registry.postings import Records
from app.vocabulary.ranges import Range

NEEDS_AT_ONCE = 200
_SCHEMES = {Asked(scheme.value): position for position, scheme in enumerate(Scheme)}


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best rank that a platform has for a need, and one platform (by row) that has it.

    `row` is None where nobody has anything; `lines` are the scope lines behind the answer, none for a service.
    """

    rank: Rank
    row: int | None = None
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Material:
    """What one need is looked up in."""

    records: Records
    related: Mapping[Relation, Records]
    offerings: Mapping[int, Sequence[Offering]]
    graded: Mapping[int, Range]


async def nearest_answers(
    session: AsyncSession, snapshot: Snapshot, needs: Sequence[Need], on_date: date, shown: Mask
) -> list[Nearest]:
    """Return the nearest answer to each need among the platforms that are `shown`, in the order of the needs.

    Two statements for every `NEEDS_AT_ONCE` needs; the looking up happens in a thread.
    """
    found: list[Nearest] = [Nearest(Rank.NEEDS_CLARIFICATION)] * len(needs)
    places = [place for place, need in enumerate(needs) if not need.text_only]
    # Needs of one standard stand together, so that its lines are read once, and those of other schemes judged once.
    places.sort(key=lambda place: _beside(needs[place]))
    for start in range(0, len(places), NEEDS_AT_ONCE):
        part = places[start : start + NEEDS_AT_ONCE]
        material = await _material(session, snapshot, [needs[place] for place in part])
        work = partial(
            _look_up, snapshot, [needs[place] for place in part], material, on_date=on_date, shown=shown
        )
        for place, nearest in zip(part, await to_thread.run_sync(work), strict=True):
            found[place] = nearest
    return found


async def _material(session: AsyncSession, snapshot: Snapshot, needs: Sequence[Need]) -> list[_Material]:
    vocabulary = snapshot.vocabulary
    counting = [standards_counting(need, vocabulary) for need in needs]
    related = [related_standards(need, vocabulary) for need in needs]
    bearing = {i for ids in counting for i in ids}
    postings = await queries.postings_of(
        session, bearing | {i for group in related for ids in group.values() for i in ids}
    )
    terms = {need.term for need in needs if need.term is not None}
    bearing |= {i for term in terms for i in vocabulary.standards_of_term(term)}
    offerings = _Offerings(snapshot, await queries.capabilities_for(session, bearing, terms))
    material = []
    for need, ids, group in zip(needs, counting, related, strict=True):
        records = records_of(postings, ids)
        near = {relation: records_of(postings, others) for relation, others in group.items()}
        graded = await graded_ranges(session, need, [records, *near.values()])
        material.append(_Material(records, near, offerings.bearing_on(need), graded))
    return material


class _Offerings:
    """Service capabilities by what they state."""

    def __init__(self, snapshot: Snapshot, rows: Iterable[Any]) -> None:
        self._by_key: dict[str, dict[int, list[Offering]]] = {}
        for row in rows:
            position = snapshot.platforms.row_of.get(row.platform_id)
            if position is None:
                continue
            offering = offering_of_row(row, snapshot.vocabulary)
            for key in {offering.standard, offering.term, offering.standard_term} - {None}:
                self._by_key.setdefault(str(key), {}).setdefault(position, []).append(offering)

    def bearing_on(self, need: Need) -> Mapping[int, Sequence[Offering]]:
        """Return by platform row those that state the need's standard, its term, or a standard that serves it."""
        groups = [self._by_key[key] for key in (need.standard, need.term) if key and key in self._by_key]
        if len(groups) < 2:
            return groups[0] if groups else {}
        merged: dict[int, dict[int, Offering]] = {}
        for group in groups:
            for position, offerings in group.items():
                merged.setdefault(position, {}).update((o.id, o) for o in offerings)
        return {position: [own[key] for key in sorted(own)] for position, own in merged.items()}


def _beside(need: Need) -> tuple[str, str, str]:
    """Return what is equal for needs that differ in the accreditation asked only."""
    return (
        need.standard or "",
        need.term or "",
        repr((need.edition, need.range, need.objects, need.parameters)),
    )


def _look_up(
    snapshot: Snapshot, needs: Sequence[Need], material: Sequence[_Material], *, on_date: date, shown: Mask
) -> list[Nearest]:
    structured = shown.copy()
    structured[snapshot.platforms.prose_rows] = False
    nobody_says = np.full(len(snapshot.platforms), np.nan)
    found: list[Nearest] = []
    last: tuple[tuple[str, str, str], JudgedLines] | None = None
    for need, known in zip(needs, material, strict=True):
        met = _offered(need, known, on_date, structured)
        if met is None and len(known.records):
            key = _beside(need)
            if last is None or last[0] != key:
                judged = judge_lines(need, snapshot, known.records, known.graded, nobody_says, on_date)
                last = (key, judged)
            met = _met(need, last[1], structured)
        found.append(met or _nearest(need, snapshot, known, on_date, shown))
    return found


def _offered(need: Need, known: _Material, on_date: date, shown: Mask) -> Nearest | None:
    """Return a platform whose service meets a need that asks no accreditation."""
    if need.asked is not Asked.NONE:
        return None
    for row in sorted(known.offerings):
        if shown[row] and any(
            offering_outcome(need, o, on_date).rank is Rank.MET for o in known.offerings[row]
        ):
            return Nearest(Rank.MET, row)
    return None


def _met(need: Need, lines: JudgedLines, shown: Mask) -> Nearest | None:
    """Return the platform with the least row that meets the need by its lines, if one does."""
    met = (lines.rank == Rank.MET) & shown[lines.platform]
    if need.asked in _SCHEMES:
        met &= lines.scheme == _SCHEMES[need.asked]
    chosen = np.flatnonzero(met)
    if need.asked is Asked.BOTH:
        schemes = lines.scheme[chosen]
        both = np.intersect1d(lines.platform[chosen][schemes == 0], lines.platform[chosen][schemes == 1])
        chosen = chosen[lines.platform[chosen] == both[0]] if len(both) else chosen[:0]
    if not len(chosen):
        return None
    row = int(lines.platform[chosen].min())
    own = chosen[lines.platform[chosen] == row]
    behind = [own[lines.scheme[own] == scheme][:1] for scheme in np.unique(lines.scheme[own])]
    wanted = behind if need.asked is Asked.BOTH else [own[:1]]
    return Nearest(Rank.MET, row, tuple(int(lines.line[each[0]]) for each in wanted))


def _nearest(need: Need, snapshot: Snapshot, known: _Material, on_date: date, shown: Mask) -> Nearest:
    answers = answer(
        need,
        snapshot=snapshot,
        records=known.records,
        related=known.related,
        offerings=known.offerings,
        graded=known.graded,
        on_date=on_date,
    )
    rows = np.flatnonzero(shown)
    if not len(rows):
        return Nearest(Rank.NO_SUCH_LINE)
    row = int(rows[np.argmin(answers.ranks[rows])])
    rank = Rank(int(answers.ranks[row]))
    if rank is Rank.NO_SUCH_LINE:
        return Nearest(rank)
    return Nearest(rank, row, tuple(n for n in answers.lines[row].tolist() if n))
