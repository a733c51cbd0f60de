"""What the check of a file answers."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.imports.faults import Fault
from app.imports.reports import LineReport, Report
from app.kit.i18n import Localized


class _FromReport(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CheckOptions(BaseModel):
    """How a file is read, and which of its lines are answered."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        default="", max_length=255, description="name of the file, if it does not come in a form"
    )
    sheet: str | None = Field(
        default=None,
        max_length=100,
        description="sheet of a workbook; default: the first visible one with a table",
    )
    offset: int = Field(default=0, ge=0, le=1_000_000, description="how many accepted lines to leave out")
    limit: int = Field(default=1000, ge=0, le=10_000, description="how many accepted lines to answer at most")


class CheckedRange(_FromReport):
    """A range as read; null ends are open."""

    min: float | None = Field(description="in `unit`")
    max: float | None
    unit: str
    low: float | None = Field(description="in the canonical unit of `dimension`")
    high: float | None
    low_inclusive: bool
    high_inclusive: bool
    dimension: str
    grades: list[str] | None = Field(description="for scales of grades: every grade of the range")
    written: str | None = Field(description="the text it was read from, if it was one text")


class CheckedLine(_FromReport):
    """A row as it would be stored."""

    row: int = Field(description="as a person counts: rows of the sheet, records of a CSV, lines of NDJSON")
    site: str | None
    object: str
    parameter: str
    standard: str = Field(description="canonical number", examples=["GB/T 2423.17-2008"])
    standard_base: str
    standard_year: int | None
    in_vocabulary: bool | None = Field(description="false: kept, flagged and proposed for the vocabulary")
    standard_title: str | None
    clause: str | None
    range: CheckedRange | None
    restriction: str | None
    effective_date: date | None


class CheckedFault(BaseModel):
    """One thing wrong with a row, which is not taken."""

    row: int
    column: str | None = Field(description="heading as in the file")
    code: str = Field(examples=["unknown_unit"])
    message: Localized
    nearest: str | None = Field(description="a valid value close to what was written")
    earlier_row: int | None = Field(description="of duplicates: the row repeated or contradicted")


class CheckRead(BaseModel):
    """What came of a file: counts over all of it, accepted lines by page, faults."""

    format: str = Field(examples=["xlsx"])
    encoding: str | None
    sheet: str | None
    heading_rows: list[int]
    columns: dict[str, str] = Field(description="column -> heading of the file")
    rows_read: int
    accepted: int
    rejected: int
    passed_over: int = Field(description="rows that are no data: blank, titles, repeated headings, footers")
    unknown_standards: list[str]
    lines: list[CheckedLine]
    faults: list[CheckedFault] = Field(description="the first 10,000")
    faults_total: int
    notes: list[Localized]


def checked_line(line: LineReport) -> CheckedLine:
    """Return a line of a report as an answer."""
    return CheckedLine.model_validate(line)


def checked_fault(fault: Fault) -> CheckedFault:
    """Return a fault as an answer."""
    return CheckedFault(
        row=fault.row,
        column=fault.column,
        code=fault.kind.value,
        message=Localized(zh=_shown(fault.zh), en=_shown(fault.en)),
        nearest=fault.nearest,
        earlier_row=fault.earlier_row,
    )


def _shown(text: str) -> str:
    """Return a message without what no JSON may carry."""
    return "".join(
        "□" if "\ud800" <= char <= "\udfff" or (char < " " and char not in "\t\n") else char for char in text
    )


def check_read(report: Report) -> CheckRead:
    """Return a report as an answer."""
    return CheckRead(
        format=report.format,
        encoding=report.encoding,
        sheet=report.sheet,
        heading_rows=report.heading_rows,
        columns=report.columns,
        rows_read=report.rows_read,
        accepted=report.accepted,
        rejected=report.rejected,
        passed_over=report.passed_over,
        unknown_standards=report.unknown_standards,
        lines=[checked_line(line) for line in report.lines],
        faults=[checked_fault(fault) for fault in report.faults],
        faults_total=report.faults_total,
        notes=[Localized(zh=zh, en=en) for zh, en in report.notes],
    )
