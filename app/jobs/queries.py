"""Import jobs and what they import into."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.errors import JobNotFound
from app.jobs.schemas import JobFilters, ProposedFilters
from app.kit.ids import has_key
from app.kit.pagination import RowPage, SortKey, fetch_page
from app.listing.targets import ACCREDITATION_TABLE, PLATFORM_TABLE
from app.models import ImportJob, ImportReport, JobState, metadata

JOB = metadata.tables["import_job"]
LINE = metadata.tables["scope_line"]
STANDARD = metadata.tables["standard"]
EDITION = metadata.tables["standard_edition"]
ACTIVE = (JobState.QUEUED, JobState.RUNNING)


def _jobs() -> Select[Any]:
    return (
        select(
            ImportJob,
            PLATFORM_TABLE.c.uid.label("platform"),
            ACCREDITATION_TABLE.c.uid.label("accreditation"),
        )
        .join(PLATFORM_TABLE, PLATFORM_TABLE.c.id == JOB.c.platform_id)
        .outerjoin(ACCREDITATION_TABLE, ACCREDITATION_TABLE.c.id == JOB.c.accreditation_id)
    )


async def get_job(session: AsyncSession, uid: uuid.UUID) -> Any:
    """Return (job, id of the platform, id of the accreditation). Raises JobNotFound."""
    found = (await session.execute(_jobs().where(JOB.c.uid == uid))).first()
    if found is None:
        raise JobNotFound
    return found


async def lock_job(session: AsyncSession, uid: uuid.UUID) -> ImportJob:
    """Return a job, locked until the transaction ends. Raises JobNotFound."""
    statement = select(ImportJob).where(JOB.c.uid == uid).with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if found is None:
        raise JobNotFound
    return found


async def page_of_jobs(session: AsyncSession, readable: ColumnElement[bool], asked: JobFilters) -> RowPage:
    """Return rows as of `get_job`, the newest first."""
    statement = _jobs().where(readable)
    if asked.platform is not None:
        statement = statement.where(has_key(PLATFORM_TABLE.c, asked.platform))
    if asked.state is not None:
        statement = statement.where(JOB.c.state == asked.state)
    return await fetch_page(session, statement, [SortKey(JOB.c.id, descending=True)], asked)


async def active_job(session: AsyncSession, target: str) -> uuid.UUID | None:
    """Return the id of the job that imports into `target`."""
    statement = select(JOB.c.uid).where(JOB.c.target == target, JOB.c.state.in_(ACTIVE))
    found: uuid.UUID | None = await session.scalar(statement)
    return found


async def report_of(session: AsyncSession, job_id: int) -> Mapping[str, Any] | None:
    """Return the report of a job as it was stored."""
    report = await session.get(ImportReport, job_id)
    return None if report is None else report.document


async def platform_of(session: AsyncSession, key: str) -> Any:
    """Return (id, uid) of a platform by id or slug, public or not."""
    statement = select(PLATFORM_TABLE.c.id, PLATFORM_TABLE.c.uid).where(has_key(PLATFORM_TABLE.c, key))
    return (await session.execute(statement)).one()


async def accreditation_of(session: AsyncSession, key: str) -> Any:
    """Return (id, uid, platform_id, platform) of an accreditation by id or slug, public or not."""
    statement = (
        select(
            ACCREDITATION_TABLE.c.id,
            ACCREDITATION_TABLE.c.uid,
            ACCREDITATION_TABLE.c.platform_id,
            PLATFORM_TABLE.c.uid.label("platform"),
        )
        .join(PLATFORM_TABLE, PLATFORM_TABLE.c.id == ACCREDITATION_TABLE.c.platform_id)
        .where(has_key(ACCREDITATION_TABLE.c, key))
    )
    return (await session.execute(statement)).one()


def due(now: datetime) -> ColumnElement[bool]:
    """The job waits for a worker, or its worker has not been heard of."""
    return or_(
        JOB.c.state == JobState.QUEUED,
        (JOB.c.state == JobState.RUNNING) & (JOB.c.lease_until < now),
    )


async def has_due_job(session: AsyncSession, now: datetime) -> bool:
    """Tell whether there is something to do."""
    return await session.scalar(select(JOB.c.id).where(due(now)).limit(1)) is not None


async def known_files(session: AsyncSession) -> set[str]:
    """Return the names of the files of all jobs."""
    return {uid.hex for uid in await session.scalars(select(JOB.c.uid))}


async def page_of_proposed_standards(session: AsyncSession, asked: ProposedFilters) -> RowPage:
    """Return (base, id, lines) of the standards that lines cite and the vocabulary has not, by base number."""
    lines = (
        select(LINE.c.standard_id, func.count().label("lines"))
        .where(LINE.c.until_revision.is_(None), LINE.c.import_id.is_(None))
        .group_by(LINE.c.standard_id)
        .subquery()
    )
    statement = (
        select(STANDARD.c.base, STANDARD.c.id, lines.c.lines)
        .join(lines, lines.c.standard_id == STANDARD.c.id)
        .where(~STANDARD.c.listed)
    )
    return await fetch_page(session, statement, [SortKey(STANDARD.c.base)], asked)


async def numbers_of(session: AsyncSession, standards: list[int]) -> Mapping[int, list[str]]:
    """Return the numbers by which each standard is cited."""
    statement = (
        select(EDITION.c.standard_id, EDITION.c.number)
        .where(EDITION.c.standard_id.in_(standards))
        .order_by(EDITION.c.number)
    )
    numbers: dict[int, list[str]] = {}
    for row in await session.execute(statement):
        numbers.setdefault(row.standard_id, []).append(row.number)
    return numbers
