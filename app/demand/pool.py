"""The results that may wait for a platform, with their needs, kept in memory by the process.

What changed since is found by versions at every use, and read again. Documents are not kept: only what decides
whether a result waits, who may know of its needs, and the needs as they are compared.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.demand import queries
from app.demand.needs import NeedReader, Shape
from app.disclosure.rules import Clearance, is_known, tier_of
from app.kit.clock import business_day
from app.matching.one_platform import Reach
from app.matching.snapshot import VocabularyView
from app.models import DisclosureTier, ResultState, Stage


@dataclass(frozen=True, slots=True)
class WaitingNeed:
    """A need of a result; one whose words say nothing that can be compared has no shape."""

    key: str
    must: bool
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class WaitingResult:
    """A result that may wait; `window` is that of the call while the result is not pooled yet. `key` is its id.

    `must` counts the must-needs that can be compared.
    """

    id: int
    uid: UUID
    key: str
    slug: str
    number: int
    state: ResultState
    since: date
    window: tuple[datetime, datetime] | None
    project: tuple[UUID, str, Stage] | None
    fields: tuple[str, ...]
    region_code: str | None
    demo: bool
    needs_tier: DisclosureTier
    budget_tier: DisclosureTier | None
    needs: tuple[WaitingNeed, ...]
    must: int

    def waits(self, now: datetime) -> bool:
        """Tell whether it is pooled, or its call is open."""
        return self.window is None or self.window[0] <= now < self.window[1]

    def shows_needs(self, clearance: Clearance) -> bool:
        """Tell whether somebody may know of it, while it waits, and read its needs."""
        return is_known(self.state, clearance, call_is_open=True) and clearance.covers(self.needs_tier)


@dataclass(frozen=True, slots=True)
class NeedPool:
    """All results that may wait at one moment, and their needs by what they name."""

    results: Mapping[int, WaitingResult]
    by_shape: Mapping[Shape, Sequence[tuple[int, WaitingNeed]]]
    by_standard: Mapping[str, Sequence[Shape]]
    by_term: Mapping[str, Sequence[Shape]]
    by_capability: Mapping[str, Sequence[Shape]]

    def in_reach(self, reach: Reach, vocabulary: VocabularyView) -> set[Shape]:
        """Return the needs that a platform of this reach may meet, or of which it is at least near."""
        bases = set(reach.standards)
        for base in reach.standards:
            bases.update(vocabulary.bases_related_to(base))
        offered = {i for term in reach.offered for i in vocabulary.standards_of_term(term)}
        bases.update(view.base for view in vocabulary.standards_with(offered))
        found: set[Shape] = set()
        for index, keys in (
            (self.by_standard, bases),
            (self.by_term, reach.terms),
            (self.by_capability, reach.offered),
        ):
            for key in keys:
                found.update(index.get(key, ()))
        return found


class PoolCache:
    """Gives the pool as the database has it, reading only what changed."""

    def __init__(self) -> None:
        self._vocabulary = ""
        self._reader: NeedReader | None = None
        self._fingerprint: tuple[Any, ...] | None = None
        self._signatures: dict[int, tuple[Any, ...]] = {}
        self._results: dict[int, WaitingResult] = {}
        self._pool: NeedPool | None = None
        self._working = asyncio.Lock()

    async def get(self, session: AsyncSession, vocabulary: VocabularyView) -> NeedPool:
        """Return the pool that this transaction sees, its needs understood by the vocabulary."""
        async with self._working:
            if self._reader is None or vocabulary.version != self._vocabulary:
                self._vocabulary, self._reader = vocabulary.version, NeedReader(vocabulary)
                self._pool, self._signatures, self._results = None, {}, {}
            fingerprint = await queries.fingerprint(session)
            if self._pool is None or fingerprint != self._fingerprint:
                self._pool = await self._renewed(session, self._reader)
                self._fingerprint = fingerprint
            return self._pool

    async def _renewed(self, session: AsyncSession, reader: NeedReader) -> NeedPool:
        found = {row[0]: tuple(row[1:]) for row in await queries.signatures(session)}
        changed = [key for key, signature in found.items() if self._signatures.get(key) != signature]
        # Some 100 microseconds a need: too long for the loop when the process begins.
        needs = await to_thread.run_sync(_read_needs, reader, await queries.needs_of(session, changed))
        kept = {key: result for key, result in self._results.items() if key in found}
        kept |= {
            row.id: _waiting(row, needs.get(row.id, ()))
            for row in await queries.waiting_results(session, changed)
        }
        self._results, self._signatures = kept, found
        return pool_of(kept.values())


def _read_needs(reader: NeedReader, rows: Iterable[Any]) -> dict[int, list[WaitingNeed]]:
    needs: dict[int, list[WaitingNeed]] = {}
    for row in rows:
        needs.setdefault(row.result_id, []).append(
            WaitingNeed(row.need_key, row.must, _compared(reader.read(row.stated)))
        )
    return needs


def _compared(shape: Shape | None) -> Shape | None:
    return None if shape is None or shape.need.text_only else shape


def _waiting(row: Any, needs: Sequence[WaitingNeed]) -> WaitingResult:
    tiers: Mapping[str, str] = json.loads(row.tiers)
    state = ResultState(row.state)
    window = None
    if state is not ResultState.POOLED:
        end = row.closes_at if row.cancelled_at is None else row.opens_at
        window = (row.opens_at, end)
    project = None
    if state is ResultState.POOLED:
        project = (row.project_uid, row.project_slug, Stage(row.stage))
    return WaitingResult(
        id=row.id,
        uid=row.uid,
        key=str(row.uid),
        slug=row.slug,
        number=row.submitted,
        state=state,
        since=business_day(row.pooled_at if project else row.submitted_at),
        window=window,
        project=project,
        fields=tuple(json.loads(row.fields or "null") or ()),
        region_code=row.region_code,
        demo=row.demo,
        needs_tier=tier_of("needs", tiers),
        budget_tier=tier_of("constraints", tiers) if row.has_budget else None,
        needs=tuple(needs),
        must=sum(need.must and need.shape is not None for need in needs),
    )


def pool_of(results: Iterable[WaitingResult]) -> NeedPool:
    """Return the pool of some results."""
    by_shape: dict[Shape, list[tuple[int, WaitingNeed]]] = {}
    by_id = {result.id: result for result in results}
    for result in by_id.values():
        for need in result.needs:
            if need.shape is not None:
                by_shape.setdefault(need.shape, []).append((result.id, need))
    by_standard: dict[str, list[Shape]] = {}
    by_term: dict[str, list[Shape]] = {}
    by_capability: dict[str, list[Shape]] = {}
    for shape in by_shape:
        if shape.need.standard is not None:
            by_standard.setdefault(shape.need.standard, []).append(shape)
        elif shape.need.term is not None:
            by_term.setdefault(shape.need.term, []).append(shape)
        if shape.need.term is not None:
            by_capability.setdefault(shape.need.term, []).append(shape)
    return NeedPool(by_id, by_shape, by_standard, by_term, by_capability)
