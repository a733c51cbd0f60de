"""Working on saved searches and matches: following the catalogue, looking at what is due, telling.

Each step computes first and then writes what it found, and how far it came, in one short transaction. Killed at any
place it begins that step anew: the answers are compared with those that were written, and a cause is unique, so
nothing is told twice and nothing is lost: a mail is written with the alerts that it tells of, and sent later.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

import structlog
from sqlalchemy import true

from app.catalogue.params import SearchParams
from app.db import SessionFactory, writing
from app.errors import InvalidRequest
from app.kit.clock import BUSINESS_ZONE, business_day
from app.matching.facts import Rank
from app.matching.snapshot_cache import SnapshotCache
from app.matching.snapshot_queries import catalogue_version
from app.models import Progress, Watch
from app.outbox.events import PROJECT, RELEASE
from app.vocabulary.names import load_names
from app.watches import queries
from app.watches.looking import Looked, Looker
from app.watches.rules import MOST_HITS
from app.watches.searching import SearchTurned, hits_of, turned_search, understood_search
from app.watches.telling import tell
from app.watches.writing import write_looked, write_searched, write_whole
from search.port import SearchEngine, SearchError

EVENTS_AT_ONCE = 500
MOST_FOLLOWED = 50
"""Of more changed platforms at once every saved match is looked at."""

MATCHES_AT_ONCE = 50
SEARCHES_AT_ONCE = 50
TOLD_AT_ONCE = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Watcher:
    """What is needed to work on saved searches and matches."""

    new_session: SessionFactory
    engine: SearchEngine
    snapshots: SnapshotCache


async def attend_watches(watcher: Watcher, *, now: datetime) -> int:
    """Do a bounded part of all there is to do; return how many steps had something to do. The caller leads."""
    today = business_day(now)
    steps = [
        await begin_day(watcher, today),
        await follow_catalogue(watcher, now),
        await look_at_due(watcher, now),
        await look_at_searches(watcher, now),
        await tell_alerts(watcher, now),
    ]
    return sum(steps)


async def begin_day(watcher: Watcher, today: date) -> bool:
    """Once a day, note that a new day may turn the matches that are judged for today."""
    async with watcher.new_session() as session:
        progress = await queries.progress(session)
        if progress is not None and progress.day == today:
            return False
        head = await catalogue_version(session)
    async with writing(watcher.new_session) as session:
        progress = await queries.progress(session)
        if progress is None:
            # What was saved before was looked at then, and is looked at anew now.
            session.add(Progress(follower=queries.FOLLOWER, position=head, day=today))
        else:
            progress.day = today
        watch = queries.WATCH
        await queries.mark_due(session, watch.on_date.is_(None) | (watch.on_date <= today))
    return True


async def follow_catalogue(watcher: Watcher, now: datetime) -> bool:
    """Look at the needs that the next changes of the catalogue may turn."""
    async with watcher.new_session() as session:
        progress = await queries.progress(session)
        since = 0 if progress is None else progress.position
        head = await catalogue_version(session)
        if progress is None or head <= since:
            return False
        until = min(head, since + EVENTS_AT_ONCE)
        events = await queries.public_events(session, since, until)
        changed = {event.platform_uid for event in events if event.platform_uid is not None}
        # The events of a vocabulary that changed, and of a catalogue that was seeded, name no platform.
        about_all = any(
            event.platform_uid is None and event.entity not in (RELEASE, PROJECT) for event in events
        )
        everything = about_all or len(changed) > MOST_FOLLOWED or len(events) != until - since
        looked = Looked()
        if changed and not everything:
            rows = await queries.needs_touched(session, changed, int(Rank.MET))
            if rows:
                snapshot, _ = await watcher.snapshots.get(session)
                looker = Looker(session, watcher.snapshots, snapshot, business_day(now))
                looked = await looker.touched(rows, changed)
    async with writing(watcher.new_session) as session:
        progress = await queries.progress(session)
        if progress is None or progress.position != since:
            return True
        await write_looked(session, looked, now)
        if everything:
            await queries.mark_due(session, true())
        progress.position = until
    return True


async def look_at_due(watcher: Watcher, now: datetime) -> bool:
    """Look at a batch of the matches that are due, against the whole catalogue."""
    async with watcher.new_session() as session:
        due = await queries.due_matches(session, MATCHES_AT_ONCE)
        if not due:
            return False
        before = await queries.needs_of(session, [watch.id or 0 for watch in due])
        steps = await queries.result_steps(session, [watch.result_id or 0 for watch in due])
        snapshot, _ = await watcher.snapshots.get(session)
        looker = Looker(session, watcher.snapshots, snapshot, business_day(now))
        looked = await looker.whole([(watch, before.get(watch.id or 0, ())) for watch in due])
    async with writing(watcher.new_session) as session:
        still = [watch for watch in due if await session.get(Watch, watch.id) is not None]
        kept = {watch.id for watch in still}
        looked.alerts = [alert for alert in looked.alerts if alert["watch_id"] in kept]
        await write_whole(session, looked, still, steps, now)
    return True


async def look_at_searches(watcher: Watcher, now: datetime) -> bool:
    """Ask a batch of the saved searches that were last asked of older indexes."""
    version = await _indexed_version(watcher.engine)
    async with watcher.new_session() as session:
        behind = await queries.searches_behind(session, version, SEARCHES_AT_ONCE)
        if not behind:
            return False
        names = await load_names(session, version)
        waiting = await queries.waiting_hits(session, [watch.id or 0 for watch in behind])
    turned: dict[int, SearchTurned] = {}
    for watch in behind:
        key = watch.id or 0
        try:
            params = SearchParams.model_validate(watch.request)
            found = await hits_of(
                watcher.engine, understood_search(params, names, business_day(now)), 2 * MOST_HITS
            )
        except (InvalidRequest, SearchError) as error:
            log.warning("a saved search was not answered", watch=str(watch.uid), error=str(error))
            continue
        turned[key] = turned_search(key, watch.seen, waiting.get(key, ()), found)
    async with writing(watcher.new_session) as session:
        for watch in behind:
            key = watch.id or 0
            if await session.get(Watch, key) is not None:
                await write_searched(session, key, turned.get(key), version, now)
    return True


async def _indexed_version(engine: SearchEngine) -> int:
    """Return the version of the catalogue that all indexes show; 0 while they are not built."""
    stamps = (await engine.health()).stamps
    known = [int(stamp) for stamp in stamps.values() if stamp.isdecimal()]
    return min(known, default=0)


async def tell_alerts(watcher: Watcher, now: datetime) -> bool:
    """Tell a batch of what may be told now: notification, event and mail are written in one transaction."""
    day_began = datetime.combine(business_day(now), time.min, BUSINESS_ZONE)
    async with watcher.new_session() as session:
        if not await queries.untold(session, day_began, 1):
            return False
    told = 0
    async with writing(watcher.new_session) as session:
        for watch, person in await queries.untold(session, day_began, TOLD_AT_ONCE):
            told += await tell(session, watch, person, now)
    # Those of a week may have to wait although a day has passed.
    return told > 0
