"""The worker: delivers events to indexes and webhooks, sends mails, sees to import jobs, forgets what was kept long.

It runs inside the API process, or apart as `proving worker` (PROVING_WORKER=apart). Of several, one works at a time.
"""

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.mail import make_mailer
from app.assessment.reminders import remind_experts
from app.calls.opening import tell_of_opened_calls
from app.db import SessionFactory, writing
from app.demand.appeared import attend_demand
from app.demand.usecases import Demand
from app.idempotency import forget_expired
from app.indexing.indexer import follow
from app.jobs.watch import watch_jobs
from app.kit.clock import utcnow
from app.models import OutboxEvent
from app.notices.sending import Post, keep_sending
from app.outbox.drain import Drained, drain
from app.outbox.leadership import try_to_lead
from app.results.files import tidy_attachments
from app.settings import Settings
from app.startup import make_snapshots, open_database, open_search
from app.watches.stopping import make_stop_lines
from app.watches.worker import Watcher, attend_watches
from app.webhooks.fanout import fan_out
from app.webhooks.worker import deliver_webhooks, forget_old_deliveries
from search.port import SearchEngine, SearchError

IDLE_SECONDS = 0.5
AFTER_FAILURE_SECONDS = 5.0
LOOK_AFTER_SECONDS = 60.0
"""How often the indexes are compared with the catalogue although no event is due: they may have been lost."""

log = structlog.get_logger(__name__)


async def run_worker(new_session: SessionFactory, engine: SearchEngine) -> None:
    """Work until cancelled. What fails is tried again; what was being done when cancelled is done anew."""
    looked_after = time.monotonic()
    while True:
        pause = IDLE_SECONDS
        try:
            if time.monotonic() - looked_after > LOOK_AFTER_SECONDS:
                looked_after = time.monotonic()
                await look_after(new_session, engine, now=utcnow())
            if (await work(new_session, engine, now=utcnow())).delivered:
                pause = 0.0
        except (SQLAlchemyError, SearchError, OSError) as error:
            log.warning("the worker could not work", error=str(error))
            pause = AFTER_FAILURE_SECONDS
        await asyncio.sleep(pause)


async def keep_told(new_session: SessionFactory, engine: SearchEngine, demand: Demand) -> None:
    """Work until cancelled on what people wait for: demand for platforms, saved searches and matches."""
    watcher = Watcher(new_session, engine, demand.snapshots)
    while True:
        pause = IDLE_SECONDS
        try:
            async with try_to_lead(new_session) as is_leader:
                if is_leader:
                    now = utcnow()
                    worked = await attend_demand(new_session, demand, now=now)
                    worked += await attend_watches(watcher, now=now)
                    pause = 0.0 if worked else IDLE_SECONDS
        except (SQLAlchemyError, SearchError, OSError) as error:
            log.warning("the worker could not tell", error=str(error))
            pause = AFTER_FAILURE_SECONDS
        await asyncio.sleep(pause)


async def send_mails(new_session: SessionFactory, settings: Settings) -> None:
    """Send the mails of notifications until cancelled."""
    await keep_sending(Post(new_session, make_mailer(settings), make_stop_lines(settings)))


async def serve_apart(settings: Settings) -> None:
    """Work until the process is asked to end (SIGTERM, or Ctrl+C)."""
    async with open_database(settings) as new_session, open_search(settings, new_session) as engine:
        working = asyncio.gather(
            run_worker(new_session, engine),
            watch_jobs(new_session, settings),
            deliver_webhooks(new_session, settings),
            keep_told(new_session, engine, Demand(make_snapshots())),
            send_mails(new_session, settings),
            tidy_attachments(new_session, settings),
        )
        # A loop that has no signals (Windows) is ended by Ctrl+C alone.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
        with suppress(asyncio.CancelledError):
            await working


async def work(new_session: SessionFactory, engine: SearchEngine, *, now: datetime) -> Drained:
    """Deliver one batch of events, unless somebody else is at it."""

    async def follow_up(events: Sequence[OutboxEvent]) -> Mapping[int, str]:
        await fan_out(new_session, events, now=now)
        if all(event.position is None for event in events):
            return {}
        failures = (await follow(new_session, engine, progress=log.info)).failures
        return {
            event.id: failures[about]
            for event in events
            for about in (event.platform_uid or event.entity_uid,)
            if event.id is not None and about in failures
        }

    async with try_to_lead(new_session) as is_leader:
        return await drain(new_session, follow_up, now=now) if is_leader else Drained()


async def look_after(new_session: SessionFactory, engine: SearchEngine, *, now: datetime) -> None:
    """Do what no event asks for: mend the indexes, forget answers of yesterday, tell what the clock brings."""
    async with try_to_lead(new_session) as is_leader:
        if is_leader:
            await follow(new_session, engine, progress=log.info)
            async with writing(new_session) as session:
                await forget_expired(session, now)
                await remind_experts(session, now)
                await tell_of_opened_calls(session, now)
            await forget_old_deliveries(new_session, now)
