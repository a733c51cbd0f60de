"""Which results wait for what one platform can do: the match of every one of their needs, for this platform alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.demand.needs import Shape
from app.demand.pool import NeedPool, WaitingResult
from app.demand.rules import (
    Answer,
    Offer,
    Standing,
    Waiting,
    answer_of,
    days_since,
    value_of,
)
from app.disclosure.rules import Clearance
from app.matching.facts import Rank
from app.matching.one_platform import OnePlatform, load_platform, reach_of
from app.matching.rules import accreditation_rank
from app.matching.snapshot import Snapshot

PLATFORMS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Kind:
    """What is remembered of an answer. Few kinds there are, so each is there once."""

    standing: Standing
    rank: Rank
    steps: int


_kind = lru_cache(maxsize=None)(Kind)
OUT_OF_REACH = _kind(Standing.UNMET, Rank.NO_SUCH_LINE, 0)


class Demanded(NamedTuple):
    """A result that waits, and its value to the platform: points by `VALUE_PARTS`, and their sum."""

    result: WaitingResult
    waiting: Waiting
    parts: tuple[float, ...]
    value: float


class AnswerCache:
    """How platforms stand to needs, for the last platforms asked. Of a catalogue version and day it never changes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int, date], dict[Shape, Kind]] = {}

    def of(self, snapshot: Snapshot, row: int, on_date: date) -> dict[Shape, Kind]:
        """Return what is known of the platform in this row, to be added to."""
        key = (snapshot.read_at, snapshot.platforms.rows[row].id, on_date)
        known = self._kept.pop(key, {})
        # The last used stands last.
        self._kept[key] = known
        while len(self._kept) > PLATFORMS_KEPT:
            self._kept.pop(next(iter(self._kept)))
        return known


class Judge:
    """One platform on one date, judged by the verdict rules."""

    def __init__(
        self, snapshot: Snapshot, platform: OnePlatform, terms: frozenset[str], on_date: date
    ) -> None:
        """`terms` are the capability terms of its services."""
        self._vocabulary, self._platform, self._on_date = snapshot.vocabulary, platform, on_date
        schemes = (
            held.scheme.value
            for held in platform.accreditations
            if accreditation_rank(held, on_date) is Rank.MET
        )
        self.offer = Offer(terms, frozenset(schemes))

    def answer(self, shape: Shape) -> Answer:
        """Return how the platform stands to a need."""
        need = shape.need
        term = None if need.standard is None else self._vocabulary.term_of_standard(need.standard)
        return answer_of(need, self._platform.judge(need, self._on_date), self.offer, term)

    def kinds(self, shapes: Iterable[Shape]) -> dict[Shape, Kind]:
        """Return what is to be remembered of the answers."""
        found = {}
        for shape in shapes:
            answer = self.answer(shape)
            found[shape] = _kind(answer.standing, answer.outcome.rank, answer.steps)
        return found


async def judge_for(
    session: AsyncSession, snapshot: Snapshot, row: int, shapes: Collection[Shape], on_date: date
) -> Judge:
    """Return the platform in this row of the snapshot, with the facts that bear on the needs."""
    reach = await reach_of(session, snapshot, row)
    platform, _ = await load_platform(session, snapshot, row, [shape.need for shape in shapes])
    return Judge(snapshot, platform, reach.offered, on_date)


async def standings(
    session: AsyncSession, snapshot: Snapshot, pool: NeedPool, cache: AnswerCache, row: int, on_date: date
) -> Mapping[Shape, Kind]:
    """Return how the platform in this row stands to every need in its reach.

    What is not known yet is judged, in a thread: some 60 microseconds a need.
    """
    reach = await reach_of(session, snapshot, row)
    shapes = pool.in_reach(reach, snapshot.vocabulary)
    known = cache.of(snapshot, row, on_date)
    new = [shape for shape in shapes if shape not in known]
    if new:
        platform, _ = await load_platform(session, snapshot, row, [shape.need for shape in new])
        judge = Judge(snapshot, platform, reach.offered, on_date)
        known.update(await to_thread.run_sync(judge.kinds, new))
    return {shape: known[shape] for shape in shapes}


def wanted(pool: NeedPool, found: Mapping[Shape, Kind], now: datetime) -> list[WaitingResult]:
    """Return the results that wait and have a need which the platform meets or is near to."""
    ids = {
        result_id
        for shape, kind in found.items()
        if kind.standing in (Standing.MET, Standing.NEAR)
        for result_id, _ in pool.by_shape[shape]
    }
    return [result for key in ids if (result := pool.results[key]).waits(now)]


def valued(
    results: Iterable[WaitingResult],
    found: Mapping[Shape, Kind],
    clearances: Mapping[int, Clearance],
    on_date: date,
) -> list[Demanded]:
    """Return the results whose needs may be read with these clearances, those of most value first.

    A result that may not be known, or whose needs may not be read, is not there: that a platform meets them would
    say what they are.
    """
    shown = (result for result in results if result.shows_needs(clearances[result.id]))
    return sorted((_valued(result, found, clearances[result.id], on_date) for result in shown), key=order)


def _valued(
    result: WaitingResult, found: Mapping[Shape, Kind], clearance: Clearance, on_date: date
) -> Demanded:
    must_met = met = 0
    steps: int | None = 0
    for need in result.needs:
        if need.shape is None:
            continue
        kind = found.get(need.shape, OUT_OF_REACH)
        if kind.standing is Standing.MET:
            met += 1
            must_met += need.must
        elif need.must:
            steps = None if steps is None or kind.standing is not Standing.NEAR else steps + kind.steps
    waiting = Waiting(
        must=result.must,
        must_met=must_met,
        met=met,
        steps=steps,
        stage=result.project[2] if result.project else None,
        age_days=days_since(result.since, on_date),
        budget_stated=result.budget_tier is not None and clearance.covers(result.budget_tier),
    )
    parts = value_of(waiting)
    return Demanded(result, waiting, parts, round(sum(parts), 6))


def order(demanded: Demanded) -> tuple[float, str]:
    """The most valuable first; of equal ones by id."""
    return -demanded.value, demanded.result.key


def met_wholly(demanded: Sequence[Demanded]) -> list[Demanded]:
    """Return those of which every must-need is met, and there is one."""
    return [each for each in demanded if each.waiting.is_met]
