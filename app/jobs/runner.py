"""Working on import jobs: a file is read and judged outside transactions, stored by short ones, shown by one.

Killed at any moment, a job is found by its lease that ran out: what it brought in is deleted, and the file begun
anew. Nothing of a job is seen before its last transaction.
"""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.db import SessionFactory, writing
from app.errors import AppError
from app.imports.item_rows import Vocabulary
from app.imports.queries import listed_bases
from app.imports.rows import MEBIBYTE, Limits
from app.jobs.file_reading import FileReader, Known, outcome_of
from app.jobs.files import folder_of
from app.jobs.item_sink import ItemSink
from app.jobs.leases import (
    LEASE_SECONDS,
    MOST_ATTEMPTS,
    CancelRequested,
    Held,
    LeaseLost,
    keep,
    keep_to_end,
    take_job,
)
from app.jobs.line_sink import LineSink, LinesMoved, clear
from app.kit.clock import utcnow
from app.kit.i18n import Localized
from app.listing.drafts import lock_listing, open_draft
from app.models import (
    ImportJob,
    ImportKind,
    ImportMode,
    ImportReport,
    JobOutcome,
    JobState,
    Listing,
    OnError,
    metadata,
)
from app.settings import Settings
from app.vocabulary.names import load_names

LINES_AT_ONCE = {"sqlite": 1000, "postgresql": 5000}
"""Lines in one transaction. Source: measured, notes of scope lines, section 5."""

_PLATFORM = metadata.tables["platform"].c
_NOT_CLOSED = Localized(
    zh="有行被拒绝，因此没有关闭文件中未出现的条目：被拒绝的行可能正是它们",
    en="Rows were rejected, so what the file does not name was not closed: the rejected rows may be it",
)

log = structlog.get_logger(__name__)


class Sink(Protocol):
    """Where the rows of a file go. Counts what changes, whether or not it `stores`."""

    stores: bool
    added: int
    changed: int
    unchanged: int

    @property
    def staged(self) -> int:
        """How many rows stand in the database, marked, before the end."""

    @property
    def changes(self) -> bool:
        """Whether the draft changes, closing aside."""

    async def begin(self, session: AsyncSession) -> None:
        """Prepare, in a writing transaction."""

    async def take(self, session: AsyncSession, batch: Sequence[tuple[Any, bytes | None]]) -> None:
        """Take a batch of rows, in a writing transaction."""

    async def compare(self, session: AsyncSession) -> int:
        """Return how many of what is there the file does not name, where it replaces them."""

    async def finish(self, session: AsyncSession, listing: Listing, *, closes: bool) -> None:
        """Put everything into the draft. Raises LinesMoved."""


@dataclass(frozen=True)
class Workshop:
    """What work on jobs needs."""

    new_session: SessionFactory
    folder: Path
    limits: Limits
    lines_at_once: Mapping[str, int] = field(default_factory=lambda: LINES_AT_ONCE)
    lease: timedelta = timedelta(seconds=LEASE_SECONDS)
    clock: Callable[[], datetime] = utcnow


def workshop(settings: Settings, new_session: SessionFactory) -> Workshop:
    """Return the workshop of `settings`."""
    limits = Limits(file_bytes=settings.import_limit_mb * MEBIBYTE)
    return Workshop(new_session, folder_of(settings), limits)


async def work_on_one(shop: Workshop) -> bool:
    """Take the oldest job that is due and work on it to its end; False when there is none."""
    worker = uuid.uuid4().hex
    async with writing(shop.new_session) as session:
        job = await take_job(session, worker, shop.lease, shop.clock())
    if job is None or job.id is None:
        return False
    held = Held(job.id, worker, shop.lease)
    try:
        await _Run(shop, job, held).to_end()
    except LeaseLost:
        log.warning("an import job was taken by another worker", job=str(job.uid))
    return True


class _Run:
    """One attempt at one job."""

    def __init__(self, shop: Workshop, job: ImportJob, held: Held) -> None:
        self.shop, self.job, self.held = shop, job, held
        self.rejects_all = job.on_error is OnError.REJECT_ALL

    async def to_end(self) -> None:
        """Bring the job to an end. Raises LeaseLost."""
        try:
            await clear(self.shop.new_session, self.held)
            if self.job.attempts > MOST_ATTEMPTS:
                await self._fail(
                    "too_many_attempts", "多次尝试均中断", "It was interrupted each time it was tried"
                )
                return
            await self._read()
        except CancelRequested:
            await self._end(JobState.CANCELLED)
        except (LinesMoved, IntegrityError):
            # Somebody edited the draft meanwhile: what was compared is compared again.
            await self._again()
        except AppError as error:
            await self._end(JobState.FAILED, error={"code": error.code, "message": error.detail.model_dump()})
        except FileNotFoundError:
            await self._fail("file_missing", "文件已不存在", "The file is no longer there")

    async def _read(self) -> None:
        reader = FileReader(
            self.shop.folder / self.job.uid.hex, self.job, self.shop.limits, await self._known()
        )
        try:
            sink = await self._bring_in(reader)
            await self._finish(reader, sink)
        finally:
            reader.close()

    async def _known(self) -> Known:
        async with self.shop.new_session() as session:
            self.compared_with = await _listing_version(session, self.job.platform_id)
            names = await load_names(session, 0)
            return Known(standards=await listed_bases(session), vocabulary=Vocabulary(names))

    def _sink(self) -> Sink:
        stores = not self.job.dry_run
        if self.job.kind is ImportKind.SCOPE_LINES:
            return LineSink(self.job, stores=stores)
        return ItemSink(self.job, stores=stores)

    async def _bring_in(self, reader: FileReader) -> Sink:
        sink = self._sink()
        async with writing(self.shop.new_session) as session:
            await keep(session, self.held, self.shop.clock())
            await sink.begin(session)
            size = self.shop.lines_at_once[session.get_bind().dialect.name]
        batch = await asyncio.to_thread(reader.batch, size)
        while True:
            progress = {**reader.counts, "progress": reader.progress}
            if self.rejects_all and reader.builder.rejected:
                sink.stores = False
            # The next batch is read while this one is stored.
            following = None if reader.is_over else asyncio.create_task(asyncio.to_thread(reader.batch, size))
            try:
                async with writing(self.shop.new_session) as session:
                    await keep(session, self.held, self.shop.clock(), **progress)
                    await sink.take(session, batch)
            finally:
                batch = await following if following is not None else []
            if following is None:
                return sink

    async def _finish(self, reader: FileReader, sink: Sink) -> None:
        outcome = outcome_of(reader, rejects_all=self.rejects_all)
        takes = outcome is JobOutcome.ACCEPTED and not self.job.dry_run
        if sink.staged and not takes:
            await clear(self.shop.new_session, self.held)
        async with writing(self.shop.new_session) as session:
            job = await keep_to_end(session, self.held, self.shop.clock())
            if job.cancel_requested:
                raise CancelRequested
            closes = reader.builder.rejected == 0
            gone = await sink.compare(session) if outcome is JobOutcome.ACCEPTED else 0
            closed = gone if closes else 0
            counts = _counts(sink, closed, outcome)
            if takes and (sink.changes or closed):
                await sink.finish(session, await self._open_draft(session), closes=closes)
            report = {**_chosen(job), **reader.found(), **counts, "outcome": outcome.value}
            if self.job.mode is ImportMode.REPLACE and not closes:
                report["notes"] = [*report["notes"], _NOT_CLOSED.model_dump()]
            session.add(ImportReport(job_id=self.held.job_id, document=report))
            for name, value in {**reader.counts, **counts, "progress": 1.0, "outcome": outcome}.items():
                setattr(job, name, value)
            job.error = report["error"]
            job.state = JobState.FAILED if reader.refused is not None else JobState.DONE
            job.finished_at = self.shop.clock()
            if takes:
                await _record(session, job, {**counts, "rejected": reader.builder.rejected})

    async def _open_draft(self, session: AsyncSession) -> Listing:
        listing = await lock_listing(session, self.job.platform_id)
        if listing.version != self.compared_with:
            raise LinesMoved
        return await open_draft(session, self.job.platform_id)

    async def _fail(self, code: str, zh: str, en: str) -> None:
        await self._end(JobState.FAILED, error={"code": code, "message": {"zh": zh, "en": en}})

    async def _end(self, state: JobState, error: Mapping[str, Any] | None = None) -> None:
        await clear(self.shop.new_session, self.held)
        async with writing(self.shop.new_session) as session:
            job = await keep_to_end(session, self.held, self.shop.clock())
            job.state, job.finished_at = state, self.shop.clock()
            job.error = None if error is None else dict(error)

    async def _again(self) -> None:
        await clear(self.shop.new_session, self.held)
        async with writing(self.shop.new_session) as session:
            job = await keep_to_end(session, self.held, self.shop.clock())
            job.state = JobState.QUEUED


def _counts(sink: Sink, closed: int, outcome: JobOutcome) -> dict[str, int]:
    """Return what the file changes: nothing, where it is refused."""
    if outcome is JobOutcome.REFUSED:
        return {"added": 0, "changed": 0, "unchanged": 0, "closed": 0}
    return {"added": sink.added, "changed": sink.changed, "unchanged": sink.unchanged, "closed": closed}


def _chosen(job: ImportJob) -> dict[str, Any]:
    return {"kind": job.kind.value, "mode": job.mode.value, "on_error": job.on_error.value}


async def _listing_version(session: AsyncSession, platform_id: int) -> int:
    """Return the version of the draft; 1 where nothing was ever edited."""
    listing = await session.get(Listing, platform_id)
    return 1 if listing is None else listing.version


async def _record(session: AsyncSession, job: ImportJob, counts: Mapping[str, int]) -> None:
    platform = await session.scalar(select(_PLATFORM.uid).where(_PLATFORM.id == job.platform_id))
    audit.record(
        session,
        job.requested_by,
        "import.stored",
        "import_job",
        job.uid,
        after={"kind": job.kind.value, "mode": job.mode.value, "file_sha256": job.sha256, **counts},
        belongs_to=audit.Owner(platform_uid=platform),
    )
