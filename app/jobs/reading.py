"""Import jobs as answers."""

import math
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.jobs.queries import ACTIVE
from app.jobs.schemas import JobRead, ReportRead, job_error
from app.models import ImportJob, JobState

MOST_SECONDS_TO_WAIT = 10


def job_read(job: ImportJob, platform: uuid.UUID, accreditation: uuid.UUID | None, now: datetime) -> JobRead:
    """Return a job as it stands at `now`."""
    rate, left = pace(job, now)
    return JobRead(
        id=job.uid,
        kind=job.kind,
        platform_id=platform,
        accreditation_id=accreditation,
        state=job.state,
        outcome=job.outcome,
        mode=job.mode,
        on_error=job.on_error,
        dry_run=job.dry_run,
        file_name=job.file_name,
        size_bytes=job.size_bytes,
        rows_read=job.rows_read,
        accepted=job.accepted,
        rejected=job.rejected,
        added=job.added,
        changed=job.changed,
        unchanged=job.unchanged,
        closed=job.closed,
        rows_per_second=rate,
        seconds_left=left,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        cancel_requested=job.cancel_requested,
        error=job_error(job.error),
    )


def pace(job: ImportJob, now: datetime) -> tuple[float | None, float | None]:
    """Return the rows a second so far, and the seconds that are left by the part of the file that was read."""
    if job.started_at is None:
        return None, None
    taken = ((job.finished_at or now) - job.started_at).total_seconds()
    rate = round(job.rows_read / taken, 1) if taken > 0 and job.rows_read else None
    if job.state not in ACTIVE or job.progress <= 0:
        return rate, 0.0 if job.state not in ACTIVE else None
    return rate, round(max(0.0, taken * (1 - job.progress) / job.progress), 1)


def seconds_to_wait(job: ImportJob, now: datetime) -> int:
    """Return after how many seconds it is worth asking again: a quarter of what is left, between 1 and 10."""
    left = pace(job, now)[1]
    return 1 if left is None else min(MOST_SECONDS_TO_WAIT, max(1, math.ceil(left / 4)))


def is_active(job: ImportJob) -> bool:
    """Tell whether the job has not ended."""
    return job.state in (JobState.QUEUED, JobState.RUNNING)


def report_read(job: ImportJob, document: Mapping[str, Any]) -> ReportRead:
    """Return the report of a job."""
    times = {"started_at": job.started_at, "finished_at": job.finished_at}
    return ReportRead.model_validate({**document, "job_id": job.uid, "dry_run": job.dry_run, **times})
