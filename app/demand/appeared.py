"""Telling the people of platforms that there is demand for what they offer: once for each platform and result.

A result that begins to wait looks for the platforms that meet all its must-needs or, where none does, for those that
meet most of them. A platform that changed is told of results of which it now meets every must-need. Told is only what
members may read; of a result with needs above that nobody is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.db import SessionFactory, writing
from app.demand import appeared_queries as queries
from app.demand.pool import WaitingResult
from app.demand.reverse import met_wholly, standings, valued, wanted
from app.demand.usecases import Demand
from app.disclosure.rules import Clearance
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.matching.assessment import assess
from app.matching.facts import Rank
from app.matching.needs import StatedNeed, UnderstoodNeed
from app.matching.snapshot import Snapshot
from app.matching.snapshot_queries import catalogue_version
from app.models import DisclosureTier, Progress
from app.notices.notify import Notice, notify
from app.notices.queries import people_of_organisation
from app.notices.wording import NoticeType
from app.outbox import AddressedType, Audience, Event

FOLLOWER = "demand"
RESULTS_AT_ONCE = 20
EVENTS_AT_ONCE = 200
PLATFORMS_AT_ONCE = 20
MOST_PLATFORMS = 30
"""So many platforms are told of one result at most: those that meet it with the fewest conditions."""

_MOST_NAMED = 20
_MEMBERS = Clearance(DisclosureTier.MEMBERS)


@dataclass(frozen=True)
class Appeared:
    """Results that a platform is to be told of."""

    platform_id: int
    results: Sequence[WaitingResult]


async def attend_demand(new_session: SessionFactory, demand: Demand, *, now: datetime) -> int:
    """Do a bounded part of what there is to do; return how many steps had something to do. The caller leads.

    Computed first, then written in one short transaction with how far it came: killed anywhere, it begins anew.
    """
    return await look_at_results(new_session, demand, now) + await look_at_platforms(new_session, demand, now)


async def look_at_results(new_session: SessionFactory, demand: Demand, now: datetime) -> bool:
    """Look for platforms for the results that began to wait."""
    async with new_session() as session:
        snapshot, _ = await demand.snapshots.get(session)
        pool = await demand.pool.get(session, snapshot.vocabulary)
        if pool is demand.looked_at:
            return False
        known = await queries.versions_looked_at(session)
        new = [
            result
            for result in pool.results.values()
            if result.waits(now) and (result.id, result.number) not in known
        ][:RESULTS_AT_ONCE]
        if not new:
            demand.looked_at = pool
            return False
        told = [result for result in new if result.shows_needs(_MEMBERS)]
        operated = await queries.operated_platforms(session)
        found = await _platforms_for(session, snapshot, told, operated, business_day(now))
    async with writing(new_session) as session:
        await queries.note_looked_at(session, [(result.id, result.number) for result in new])
        for platform_id, results in found.items():
            await _tell(session, Appeared(platform_id, results), now)
    return True


async def _platforms_for(
    session: AsyncSession,
    snapshot: Snapshot,
    results: Sequence[WaitingResult],
    operated: frozenset[int],
    on_date: date,
) -> Mapping[int, Sequence[WaitingResult]]:
    found: dict[int, list[WaitingResult]] = {}
    for result in results:
        for row in await _best_for(session, snapshot, result, operated, on_date):
            found.setdefault(snapshot.platforms.rows[row].id, []).append(result)
    return found


async def _best_for(
    session: AsyncSession,
    snapshot: Snapshot,
    result: WaitingResult,
    operated: frozenset[int],
    on_date: date,
) -> list[int]:
    """Return the rows of the platforms that meet most of the must-needs of a result, and at least one."""
    needs = [need.shape.need for need in result.needs if need.must and need.shape is not None]
    if not needs:
        return []
    asked = [UnderstoodNeed(StatedNeed(need.id), need, None, None, None) for need in needs]
    answers = [judged.answers for judged in (await assess(session, snapshot, asked, on_date)).needs]
    shown = snapshot.platforms.shown(on_date, include_demo=True)
    met = np.sum([(each.ranks == Rank.MET) & shown for each in answers], axis=0)
    conditions = np.sum([each.conditions for each in answers], axis=0)
    most = int(np.max(met, initial=0))
    rows = np.flatnonzero(met == most).tolist() if most else []
    best = [row for row in rows if snapshot.platforms.rows[row].id in operated]
    return sorted(best, key=lambda row: (int(conditions[row]), row))[:MOST_PLATFORMS]


async def look_at_platforms(new_session: SessionFactory, demand: Demand, now: datetime) -> bool:
    """Look for results for the platforms that changed."""
    async with new_session() as session:
        progress = await session.get(Progress, FOLLOWER)
        since = 0 if progress is None else progress.position
        head = await catalogue_version(session)
        if progress is not None and head <= since:
            return False
        # Before the first look everything was there already, and results look for platforms by themselves.
        until = head if progress is None else min(head, since + EVENTS_AT_ONCE)
        changed: Sequence[int] = []
        if progress is not None:
            changed, until = await queries.changed_platforms(session, since, until, PLATFORMS_AT_ONCE)
        found = [await _results_for(session, demand, platform_id, now) for platform_id in changed]
    async with writing(new_session) as session:
        await queries.note_progress(session, FOLLOWER, since, until)
        for appeared in found:
            await _tell(session, appeared, now)
    return True


async def _results_for(session: AsyncSession, demand: Demand, platform_id: int, now: datetime) -> Appeared:
    """Return the results of which a platform meets every must-need, as far as members may know them."""
    snapshot, _ = await demand.snapshots.get(session)
    row = snapshot.platforms.row_of.get(platform_id)
    on_date = business_day(now)
    if row is None or not snapshot.platforms.shown(on_date, include_demo=True)[row]:
        return Appeared(platform_id, ())
    pool = await demand.pool.get(session, snapshot.vocabulary)
    kinds = await standings(session, snapshot, pool, demand.answers, row, on_date)
    results = wanted(pool, kinds, now)
    found = met_wholly(valued(results, kinds, dict.fromkeys(pool.results, _MEMBERS), on_date))
    return Appeared(platform_id, [each.result for each in found])


async def _tell(session: AsyncSession, appeared: Appeared, now: datetime) -> None:
    """Tell the people of a platform of results that they were not told of."""
    new_ids = await queries.note_told(session, appeared.platform_id, [each.id for each in appeared.results])
    new = [each for each in appeared.results if each.id in new_ids]
    platform = await queries.platform_and_operator(session, appeared.platform_id)
    if not new or platform is None:
        return
    payload = {
        "platform": Localized(zh=platform.name_zh, en=platform.name_en).model_dump(),
        "count": len(new),
        "slug": platform.slug,
        "results": [each.key for each in new[:_MOST_NAMED]],
    }
    people = await people_of_organisation(session, platform.operator_id)
    cause = f"demand:{platform.slug}:{new[0].key}"
    notice = Notice(NoticeType.DEMAND_APPEARED, "platform", platform.uid, payload, cause=cause)
    await notify(session, people, notice, now=now)
    audience = Audience(organisations=frozenset({platform.operator_uid}))
    outbox.add(
        session,
        Event(AddressedType.DEMAND_APPEARED, "platform", platform.uid, payload=payload, audience=audience),
    )
