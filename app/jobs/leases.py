"""Who works on a job. A lease is prolonged by every transaction of the work, and a lost one stops it there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.queries import JOB, due
from app.models import ImportJob, JobState

LEASE_SECONDS = 30.0
"""After so long without a transaction of its worker, a job is taken from it. Longer than any one step takes."""
MOST_ATTEMPTS = 25
"""So often a job is begun; one that ends its worker each time is given up then."""


class LeaseLost(Exception):
    """Another worker has the job, or it is over."""


class CancelRequested(Exception):
    """Somebody wants the job to end."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job that we work on; each taking of it has another `worker`."""

    job_id: int
    worker: str
    lease: timedelta


async def take_job(session: AsyncSession, held_by: str, lease: timedelta, now: datetime) -> ImportJob | None:
    """Take the oldest job that is due, in the caller's writing transaction; None when there is none."""
    statement = (
        select(ImportJob).where(due(now)).order_by(JOB.c.id).limit(1).with_for_update(skip_locked=True)
    )
    job = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if job is None:
        return None
    job.state, job.worker, job.lease_until = JobState.RUNNING, held_by, now + lease
    job.started_at = job.started_at or now
    job.attempts += 1
    job.rows_read = job.accepted = job.rejected = job.added = job.changed = job.unchanged = job.closed = 0
    job.progress = 0.0
    return job


async def keep(session: AsyncSession, held: Held, now: datetime, **progress: Any) -> None:
    """Prolong the lease and note how far the work is, as the first thing of a transaction.

    Whoever lost the lease can so write nothing more. Raises LeaseLost and CancelRequested.
    """
    mine = (JOB.c.id == held.job_id, JOB.c.worker == held.worker, JOB.c.state == JobState.RUNNING)
    statement = (
        update(JOB)
        .where(*mine)
        .values(lease_until=now + held.lease, **progress)
        .returning(JOB.c.cancel_requested)
    )
    wanted = (await session.execute(statement)).first()
    if wanted is None:
        raise LeaseLost
    if wanted.cancel_requested:
        raise CancelRequested


async def keep_to_end(session: AsyncSession, held: Held, now: datetime) -> ImportJob:
    """Like `keep`, whether or not the job is to be cancelled; returns the job, locked. Raises LeaseLost."""
    statement = select(ImportJob).where(JOB.c.id == held.job_id).with_for_update()
    job = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if job is None or job.worker != held.worker or job.state is not JobState.RUNNING:
        raise LeaseLost
    job.lease_until = now + held.lease
    return job
