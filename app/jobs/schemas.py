"""What import jobs take and answer."""

import uuid
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.imports.schemas import CheckedFault
from app.kit.i18n import Localized
from app.kit.pagination import PageParams
from app.models.imports import ImportKind, ImportMode, JobOutcome, JobState, OnError


class ImportOptions(BaseModel):
    """How a file is taken."""

    model_config = ConfigDict(extra="forbid")

    mode: ImportMode = Field(
        default=ImportMode.APPEND,
        description="append: what the file does not name stays; replace: the file is all there is, what it does not "
        "name is closed (scope lines, with the date `closed_on`) or removed (services, equipment) — but only "
        "if no row was rejected, as a rejected row may be what is missing",
    )
    on_error: OnError = Field(
        default=OnError.REJECT_ALL, description="whether good rows are taken where others are rejected"
    )
    dry_run: bool = Field(default=False, description="report what would come of it, and change nothing")
    name: str = Field(
        default="", max_length=255, description="name of the file, if it does not come in a form"
    )
    sheet: str | None = Field(
        default=None,
        max_length=100,
        description="sheet of a workbook; default: the first visible one with a table",
    )
    closed_on: date | None = Field(
        default=None,
        description="with `mode=replace`: the last day of lines that vanish; default: today",
    )


class JobFilters(PageParams):
    """Which jobs are listed."""

    platform: str | None = Field(default=None, max_length=200, description="id or slug of a platform")
    state: JobState | None = Field(default=None, description="only jobs in this state")


class JobError(BaseModel):
    """Why a job failed."""

    code: str = Field(examples=["heading_missing"])
    message: Localized


class JobRead(BaseModel):
    """An import job. Counts are those so far while it runs."""

    id: uuid.UUID
    kind: ImportKind
    platform_id: uuid.UUID
    accreditation_id: uuid.UUID | None
    state: JobState
    outcome: JobOutcome | None = Field(
        description="of a job that is done: whether the file was taken, or refused for the faults in it"
    )
    mode: ImportMode
    on_error: OnError
    dry_run: bool
    file_name: str
    size_bytes: int
    rows_read: int
    accepted: int
    rejected: int
    added: int
    changed: int
    unchanged: int = Field(description="rows that say what is there already")
    closed: int = Field(description="what is there and not in the file, closed or removed by `mode=replace`")
    rows_per_second: float | None
    seconds_left: float | None = Field(description="estimated; null where it cannot be")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool
    error: JobError | None


class ReportRead(BaseModel):
    """What came of a file. A dry run has the report of the real run, but for job, `dry_run` and times."""

    job_id: uuid.UUID
    dry_run: bool
    started_at: datetime | None
    finished_at: datetime | None
    kind: ImportKind
    mode: ImportMode
    on_error: OnError
    outcome: JobOutcome
    error: JobError | None = Field(description="why the file as a whole was refused")
    format: str | None = Field(examples=["xlsx"])
    encoding: str | None
    sheet: str | None
    heading_rows: list[int]
    columns: dict[str, str] = Field(description="column -> heading of the file")
    rows_read: int
    accepted: int
    rejected: int
    passed_over: int = Field(description="rows that are no data: blank, titles, repeated headings, footers")
    added: int
    changed: int
    unchanged: int
    closed: int
    unknown_standards: list[str] = Field(description="kept, flagged, and proposed for the vocabulary")
    faults: list[CheckedFault] = Field(description="the first 10,000")
    faults_total: int
    notes: list[Localized]


class ProposedStandard(BaseModel):
    """A standard that scope lines cite and the vocabulary does not have."""

    base: str = Field(examples=["Q/ABC 001"])
    numbers: list[str] = Field(description="as cited, with their years", examples=[["Q/ABC 001-2024"]])
    lines: int = Field(description="scope lines that cite it, drafts included")


class ProposedFilters(PageParams):
    """Proposed standards in pages, by base number."""


def job_error(stored: dict[str, Any] | None) -> JobError | None:
    """Return why a job failed."""
    return None if stored is None else JobError.model_validate(stored)
