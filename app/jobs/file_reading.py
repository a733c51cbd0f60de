"""The file of a job, read in a thread a batch at a time, and what is to be reported of it."""

import zipfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.imports.faults import FileRefused
from app.imports.item_rows import Vocabulary, read_equipment, read_services
from app.imports.reading import Reading, read_scope_lines
from app.imports.reports import ReportBuilder
from app.imports.rows import Limits
from app.imports.schemas import checked_fault
from app.imports.scope_lines import Known as KnownOfLines
from app.models import ImportJob, ImportKind, JobOutcome

Batch = list[tuple[Any, bytes | None]]
"""What rows gave, with their natural keys where they have one."""


@dataclass(frozen=True)
class Known:
    """What rows are judged by: the bases of the vocabulary's standards, and the names of its codes."""

    standards: frozenset[str]
    vocabulary: Vocabulary


class FileReader:
    """Reads one file once. None of its methods may run while another does; they may run in different threads."""

    def __init__(self, path: Path, job: ImportJob, limits: Limits, known: Known) -> None:
        self.path, self.kind = path, job.kind
        self.known = known
        self.options: dict[str, Any] = {
            "name": job.file_name,
            "media_type": job.media_type,
            "sheet": job.sheet,
            "limits": limits,
        }
        self.builder = ReportBuilder(limit=0)
        self.refused: FileRefused | None = None
        self.is_over = False
        self._file: BinaryIO | None = None
        self._reading: Reading[Any] | None = None
        self._outcomes: Iterator[Any] = iter(())
        self._parts: list[tuple[int, int]] = []

    def batch(self, size: int) -> Batch:
        """Return the next good lines with their natural keys, at most `size`; `is_over` tells the last batch.

        Where the file cannot be taken as a whole, that is kept in `refused`, and the file is over.
        """
        lines: Batch = []
        try:
            if self._file is None:
                self._open()
            # Rows that are not taken count too, or a file of faults would be one long batch.
            for _ in range(size):
                outcome = next(self._outcomes, None)
                if outcome is None:
                    self.is_over = True
                    break
                self.builder.add(outcome)
                if outcome.line is not None:
                    lines.append((outcome.line, outcome.key))
        except FileRefused as refused:
            self.refused, self.is_over = refused, True
        return lines

    def _open(self) -> None:
        self._file = self.path.open("rb")
        self._parts = _parts_of(self._file)
        self._reading = self._read(self._file)
        self._outcomes = self._reading.outcomes

    def _read(self, file: BinaryIO) -> Reading[Any]:
        match self.kind:
            case ImportKind.SCOPE_LINES:
                known = KnownOfLines(standards=self.known.standards)
                return read_scope_lines(file, known=known, **self.options)
            case ImportKind.SERVICES:
                return read_services(file, self.known.vocabulary, **self.options)
            case ImportKind.EQUIPMENT:
                return read_equipment(file, **self.options)

    def close(self) -> None:
        """Close the file, and before it what reads from it."""
        rows = () if self._reading is None else (self._outcomes, self._reading.source.rows)
        for each in rows:
            if isinstance(each, Generator):
                each.close()
        if self._file is not None:
            self._file.close()

    @property
    def progress(self) -> float:
        """The part of the file that was read, 0 to 1; of a workbook, the part of its sheet."""
        if self.is_over or self._file is None:
            return float(self.is_over)
        at = self._file.tell()
        for start, size in self._parts:
            if start <= at <= start + size:
                return (at - start) / size
        return 0.0

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows so far."""
        builder = self.builder
        return {
            "rows_read": builder.accepted + builder.rejected,
            "accepted": builder.accepted,
            "rejected": builder.rejected,
        }

    def found(self) -> dict[str, Any]:
        """Return what is to be reported of the file itself, as JSON."""
        report: dict[str, Any] = {
            "format": None,
            "encoding": None,
            "sheet": None,
            "heading_rows": [],
            "columns": {},
            "notes": [],
            **self.counts,
            "passed_over": self.builder.passed_over,
            "unknown_standards": list(self.builder.unknown_standards),
            "faults": [checked_fault(one).model_dump(mode="json") for one in self.builder.faults],
            "faults_total": self.builder.faults_total,
            "error": None,
        }
        if self._reading is not None:
            made = self.builder.finish(self._reading)
            notes = [{"zh": zh, "en": en} for zh, en in made.notes]
            report |= {
                "format": made.format,
                "encoding": made.encoding,
                "sheet": made.sheet,
                "heading_rows": made.heading_rows,
                "columns": made.columns,
                "notes": notes,
            }
        if self.refused is not None:
            report["error"] = error_of(self.refused)
        return report


def error_of(refused: FileRefused) -> dict[str, Any]:
    """Return why a file was refused, as a job keeps it."""
    return {"code": refused.kind.value, "message": {"zh": refused.zh, "en": refused.en}}


def outcome_of(reader: FileReader, *, rejects_all: bool) -> JobOutcome:
    """Tell whether a file that was read to its end is taken."""
    is_refused = reader.refused is not None or (rejects_all and reader.builder.rejected > 0)
    return JobOutcome.REFUSED if is_refused else JobOutcome.ACCEPTED


def _parts_of(file: BinaryIO) -> list[tuple[int, int]]:
    """Return start and length of the sheets within a workbook; of any other file, the whole."""
    size = file.seek(0, 2)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        found = []
    file.seek(0)
    sheets = [one for one in found if "worksheets/" in one.filename and one.compress_size > 0]
    return [(one.header_offset, one.compress_size + 1000) for one in sheets] or [(0, max(1, size))]
