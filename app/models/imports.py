"""Bringing in many rows from a file: the jobs, and what they reported."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type


class ImportKind(StrEnum):
    SCOPE_LINES = "scope_lines"
    SERVICES = "services"
    EQUIPMENT = "equipment"


class ImportMode(StrEnum):
    """Whether a file adds to what is there, or is the whole of it."""

    APPEND = "append"
    REPLACE = "replace"


class OnError(StrEnum):
    """What becomes of the good rows where others are rejected."""

    REJECT_ALL = "reject_all"
    REJECT_FAILED_ROWS = "reject_failed_rows"


class JobState(StrEnum):
    """`done` means read to the end; whether anything was taken, `outcome` says."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobOutcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


_ACTIVE = text("state IN ('queued', 'running')")


class ImportJob(PublicId, table=True):
    """One file on its way into the draft of a platform.

    `target` names what is imported into: of several jobs with the same, one is active. A job that runs is worked on
    by `worker` until `lease_until`, which each of its transactions prolongs; when that has passed, another worker
    takes it and begins anew. `progress` is the part of the file that was read, 0 to 1. The file lies in the
    data folder under the `uid`.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        Index("uq_import_job_active", "target", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )

    kind: ImportKind = Field(sa_type=enum_type(ImportKind))
    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    accreditation_id: int | None = Field(
        default=None, foreign_key="accreditation.id", index=True, ondelete="CASCADE"
    )
    target: str = Field(max_length=80)
    mode: ImportMode = Field(sa_type=enum_type(ImportMode))
    on_error: OnError = Field(sa_type=enum_type(OnError))
    dry_run: bool
    closed_on: date
    file_name: str = Field(max_length=255)
    media_type: str = Field(max_length=200)
    sheet: str | None = Field(default=None, max_length=100)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    state: JobState = Field(default=JobState.QUEUED, sa_type=enum_type(JobState), index=True)
    outcome: JobOutcome | None = Field(default=None, sa_type=enum_type(JobOutcome))
    cancel_requested: bool = False
    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    progress: float = 0.0
    error: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worker: str | None = Field(default=None, max_length=80)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    requested_by: str = Field(max_length=200)


class ImportReport(SQLModel, table=True):
    """What came of the file of a job, row by row; the same for a dry run and a real one."""

    __tablename__ = "import_report"

    job_id: int = Field(primary_key=True, foreign_key="import_job.id", ondelete="CASCADE")
    document: dict[str, Any] = Field(sa_type=JsonType)
