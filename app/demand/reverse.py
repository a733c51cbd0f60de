"""Which results wait for what one platform can do: the match of every one of their needs, for this platform alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.demand import queries
from app.demand.needs import Asking, NeedReader
from app.demand.rules import (
    Answer,
    Offer,
    Standing,
    Value,
    Waiting,
    answer_of,
    days_since,
    steps_of,
    value_of,
)
from app.disclosure.rules import Clearance, is_known, tier_of
from app.kit.clock import business_day
from app.matching.facts import Rank
from app.matching.one_platform import OnePlatform, load_platform, reach_of
from app.matching.rules import accreditation_rank
from app.matching.snapshot import Snapshot
from app.models import ResultState, Stage


@dataclass(frozen=True, slots=True)
class Judged:
    """One need of a result, and how the platform stands to it."""

    key: str
    must: bool
    asking: Asking
    answer: Answer


@dataclass(frozen=True, slots=True)
class Demanded:
    """A result that waits, its needs that the platform can bear on, and its value to the platform.

    `row` is of `app.demand.queries.waiting_results`; needs that are not in `judged` are out of the platform's reach.
    """

    row: Any
    judged: Sequence[Judged]
    value: Value
    all_must_met: bool


@dataclass(frozen=True, slots=True)
class Reverse:
    """What is asked of a platform on a date, before anybody's right to know of it is looked at."""

    on_date: date
    offer: Offer
    judged: Mapping[int, Sequence[Judged]]

    @classmethod
    def nothing(cls, on_date: date) -> "Reverse":
        """Return that of a platform of which nothing is published."""
        return cls(on_date, Offer(frozenset(), frozenset()), {})


async def reverse_match(
    session: AsyncSession, snapshot: Snapshot, reader: NeedReader, row: int, *, on_date: date, now: datetime
) -> Reverse:
    """Judge the platform in this row of the snapshot for the needs of all results that wait, by result.

    Three statements for the platform and one for the needs; equal needs are judged once.
    """
    reach = await reach_of(session, snapshot, row)
    condition = queries.in_reach(reach, snapshot.vocabulary)
    found = [
        (each, asking)
        for each in await queries.needs_in_reach(session, condition, now)
        if (asking := reader.read(each.stated, snapshot.vocabulary)) is not None
    ]
    shapes = {asking.shape: asking.need for _, asking in found}
    platform, _ = await load_platform(session, snapshot, row, shapes.values())
    offer = offer_of(platform, reach.offered, on_date)
    vocabulary = snapshot.vocabulary
    answers = {
        shape: answer_of(
            need,
            platform.judge(need, on_date),
            offer,
            None if need.standard is None else vocabulary.term_of_standard(need.standard),
        )
        for shape, need in shapes.items()
    }
    judged: dict[int, list[Judged]] = {}
    for each, asking in found:
        answer = answers[asking.shape]
        judged.setdefault(each.result_id, []).append(Judged(each.need_key, each.must, asking, answer))
    near = (Standing.MET, Standing.NEAR)
    return Reverse(
        on_date,
        offer,
        {
            result_id: own
            for result_id, own in judged.items()
            if any(one.answer.standing in near for one in own)
        },
    )


def offer_of(platform: OnePlatform, terms: frozenset[str], on_date: date) -> Offer:
    """Return what the platform offers in its services, and under which schemes it is accredited on the date."""
    schemes = (
        held.scheme.value for held in platform.accreditations if accreditation_rank(held, on_date) is Rank.MET
    )
    return Offer(terms, frozenset(schemes))


def valued(reverse: Reverse, rows: Sequence[Any], clearances: Mapping[int, Clearance]) -> list[Demanded]:
    """Return the results whose needs may be read with these clearances, those of most value first.

    A result that may not be known, or whose needs may not be read, is not there: that a platform meets them would
    say what they are.
    """
    found = []
    for row in rows:
        clearance = clearances[row.id]
        if not _may_judge(row, clearance):
            continue
        judged = reverse.judged[row.id]
        must = [one for one in judged if one.must and one.answer.standing is not Standing.UNCLEAR]
        met = [one for one in must if one.answer.standing is Standing.MET]
        waiting = Waiting(
            must=row.must,
            must_met=len(met),
            met=sum(one.answer.standing is Standing.MET for one in judged),
            steps=steps_of((one.answer for one in must), row.must - len(must)),
            stage=None if row.stage is None else Stage(row.stage),
            age_days=days_since(business_day(row.pooled_at or row.submitted_at), reverse.on_date),
            budget_stated=row.has_budget and clearance.covers(tier_of("constraints", tiers_of(row.tiers))),
        )
        whole = waiting.must > 0 and waiting.must_met == waiting.must
        found.append(Demanded(row, judged, value_of(waiting), whole))
    return sorted(found, key=order)


def order(demanded: Demanded) -> tuple[float, str]:
    """The most valuable first; of equal ones by id."""
    return -demanded.value.total, str(demanded.row.uid)


def _may_judge(row: Any, clearance: Clearance) -> bool:
    # What waits is pooled, or submitted to a call that is open.
    is_known_to = is_known(ResultState(row.state), clearance, call_is_open=True)
    return is_known_to and clearance.covers(tier_of("needs", tiers_of(row.tiers)))


@lru_cache(maxsize=4096)
def tiers_of(text: str) -> Mapping[str, str]:
    """Return the tiers that an owner set, from the JSON in which they are kept."""
    tiers: Mapping[str, str] = json.loads(text)
    return tiers
