"""Import jobs: one function per use case. Rights are decided before, by the policy table."""

import asyncio
import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.imports.faults import Fault, FaultKind, FileRefused
from app.imports.reports import write_marked
from app.imports.rows import MEBIBYTE, Format, Limits
from app.imports.sources import open_source
from app.jobs import queries
from app.jobs.errors import FileForgotten, ImportUnderWay, JobOver, JobUnfinished
from app.jobs.files import Received, folder_of
from app.jobs.policy import jobs_readable_by
from app.jobs.reading import is_active, job_read, report_read, seconds_to_wait
from app.jobs.schemas import (
    ImportOptions,
    JobFilters,
    JobRead,
    ProposedFilters,
    ProposedStandard,
    ReportRead,
)
from app.kit.clock import BUSINESS_ZONE
from app.kit.pagination import Page
from app.models import ImportJob, ImportKind, JobState
from app.settings import Settings

_NO_FILE = frozenset({FaultKind.WRONG_FORMAT, FaultKind.NOT_A_WORKBOOK, FaultKind.BROKEN_ARCHIVE})
_PIECE = 1 << 18


async def import_scope_lines(
    session: AsyncSession,
    principal: Principal,
    accreditation: str,
    received: Received,
    asked: ImportOptions,
    *,
    now: datetime,
) -> JobRead:
    """Queue a file of scope lines of an accreditation. Raises ImportUnderWay."""
    found = await queries.accreditation_of(session, accreditation)
    job = _job(ImportKind.SCOPE_LINES, found.platform_id, received, asked, principal, now)
    job.accreditation_id, job.target = found.id, f"accreditation {found.id}"
    await _queue(session, principal, job, found.platform)
    received.kept = True
    return job_read(job, found.platform, found.uid, now)


async def import_items(
    session: AsyncSession,
    principal: Principal,
    kind: ImportKind,
    platform: str,
    received: Received,
    asked: ImportOptions,
    *,
    now: datetime,
) -> JobRead:
    """Queue a file of services or equipment of a platform. Raises ImportUnderWay."""
    found = await queries.platform_of(session, platform)
    job = _job(kind, found.id, received, asked, principal, now)
    await _queue(session, principal, job, found.uid)
    received.kept = True
    return job_read(job, found.uid, None, now)


def _job(
    kind: ImportKind,
    platform_id: int,
    received: Received,
    asked: ImportOptions,
    principal: Principal,
    now: datetime,
) -> ImportJob:
    return ImportJob(
        uid=received.uid,
        kind=kind,
        platform_id=platform_id,
        target=f"{kind} of {platform_id}",
        mode=asked.mode,
        on_error=asked.on_error,
        dry_run=asked.dry_run,
        closed_on=asked.closed_on or now.astimezone(BUSINESS_ZONE).date(),
        file_name=received.name,
        media_type=received.media_type,
        sheet=asked.sheet,
        size_bytes=received.size,
        sha256=received.sha256,
        state=JobState.QUEUED,
        created_at=now,
        requested_by=audit.actor_of(principal),
    )


async def _queue(session: AsyncSession, principal: Principal, job: ImportJob, platform: uuid.UUID) -> None:
    try:
        async with session.begin_nested():
            session.add(job)
    except IntegrityError:
        active = await queries.active_job(session, job.target)
        if active is None:
            raise
        raise ImportUnderWay(active) from None
    audit.record(
        session,
        audit.actor_of(principal),
        "import.requested",
        "import_job",
        job.uid,
        after={"kind": job.kind, "mode": job.mode, "dry_run": job.dry_run, "file_sha256": job.sha256},
        belongs_to=audit.Owner(platform_uid=platform),
    )


async def get_job(session: AsyncSession, uid: uuid.UUID, *, now: datetime) -> tuple[JobRead, int | None]:
    """Return a job, and after how many seconds to ask again while it has not ended. Raises JobNotFound."""
    job, platform, accreditation = await queries.get_job(session, uid)
    return job_read(job, platform, accreditation, now), seconds_to_wait(job, now) if is_active(job) else None


async def list_jobs(
    session: AsyncSession, principal: Principal, asked: JobFilters, *, now: datetime
) -> Page[JobRead]:
    """Return the jobs of the platforms whose draft the principal may read. Raises InvalidCursor."""
    page = await queries.page_of_jobs(session, jobs_readable_by(principal), asked)
    return page.to_page(lambda row: job_read(row[0], row[1], row[2], now))


async def cancel_job(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, *, now: datetime
) -> JobRead:
    """Cancel a job: at once if it waits, else its worker takes back what it brought. Raises JobOver."""
    job = await queries.lock_job(session, uid)
    if not is_active(job):
        raise JobOver
    job.cancel_requested = True
    if job.state is JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, now
    _, platform, accreditation = await queries.get_job(session, uid)
    audit.record(
        session,
        audit.actor_of(principal),
        "import.cancelled",
        "import_job",
        job.uid,
        belongs_to=audit.Owner(platform_uid=platform),
    )
    return job_read(job, platform, accreditation, now)


async def get_report(session: AsyncSession, uid: uuid.UUID) -> ReportRead:
    """Return the report of a job. Raises JobUnfinished."""
    job, _, _ = await queries.get_job(session, uid)
    document = await queries.report_of(session, job.id)
    if document is None:
        raise JobUnfinished
    return report_read(job, document)


async def get_marked_file(
    session: AsyncSession, uid: uuid.UUID, settings: Settings
) -> tuple[Iterator[bytes], Format, str]:
    """Return the user's own file with its errors, its format and its name. Raises JobUnfinished, FileForgotten."""
    job, _, _ = await queries.get_job(session, uid)
    document = await queries.report_of(session, job.id)
    if document is None:
        raise JobUnfinished
    path = folder_of(settings) / job.uid.hex
    if not path.exists():
        raise FileForgotten
    faults = [_fault(one) for one in document["faults"]]
    form = Format(document["format"]) if document["format"] else None
    if form is None:
        raise FileForgotten
    limits = Limits(file_bytes=settings.import_limit_mb * MEBIBYTE)
    marked = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=MEBIBYTE))  # noqa: SIM115 (closed by _pieces)

    def mark() -> None:
        with path.open("rb") as file:
            source = open_source(
                file, name=job.file_name, media_type=job.media_type, sheet=document["sheet"], limits=limits
            )
            write_marked(source, faults, marked)

    try:
        await asyncio.to_thread(mark)
    except FileRefused:
        marked.close()
        raise FileForgotten from None
    return _pieces(marked), form, job.file_name


def _fault(stored: dict[str, object]) -> Fault:
    message = cast(dict[str, str], stored["message"])
    return Fault(
        row=cast(int, stored["row"]),
        column=cast("str | None", stored["column"]),
        kind=FaultKind(cast(str, stored["code"])),
        zh=message["zh"],
        en=message["en"],
        nearest=cast("str | None", stored["nearest"]),
    )


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


async def list_proposed_standards(session: AsyncSession, asked: ProposedFilters) -> Page[ProposedStandard]:
    """Return the standards that lines cite and the vocabulary has not. Raises InvalidCursor."""
    page = await queries.page_of_proposed_standards(session, asked)
    numbers = await queries.numbers_of(session, [row.id for row in page.rows])
    return page.to_page(
        lambda row: ProposedStandard(base=row.base, numbers=numbers.get(row.id, []), lines=row.lines)
    )
