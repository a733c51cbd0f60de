"""What came of a file, the same for a dry run and a real one, and the user's own file back with an error column."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any, BinaryIO

import xlsxwriter

from app.imports.faults import Fault
from app.imports.reading import Outcome, Reading
from app.imports.rows import BadCell, Cell, Format, NumberCell, OtherCell, RawRow, Source
from app.imports.scope_lines import ScopeLineRow
from app.imports.sheets import plain_number
from app.imports.texts import is_formula_text

MAX_FAULTS = 10_000
"""Faults listed in one report; all are counted."""
ERRORS_HEADING = "导入错误 Errors"
MAX_CELL = 32_000
"""Characters that a cell of a workbook takes."""
_LOOKED_AT = 100
_AS_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True, slots=True)
class RangeReport:
    """A range as read: ends in `unit`, None is open; `low`, `high` in `canonical` units of its dimension."""

    min: float | None
    max: float | None
    unit: str
    low: float | None
    high: float | None
    low_inclusive: bool
    high_inclusive: bool
    dimension: str
    grades: list[str] | None
    written: str | None


@dataclass(frozen=True, slots=True)
class LineReport:
    """A line as it would be stored."""

    row: int
    site: str | None
    object: str
    parameter: str
    standard: str
    standard_base: str
    standard_year: int | None
    in_vocabulary: bool | None
    standard_title: str | None
    clause: str | None
    range: RangeReport | None
    restriction: str | None
    effective_date: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """Counts, the accepted lines asked for, and the faults; nothing here depends on when or why the file was read."""

    format: str
    encoding: str | None
    sheet: str | None
    heading_rows: list[int]
    columns: dict[str, str]
    """Column -> heading of the file."""
    rows_read: int
    accepted: int
    rejected: int
    passed_over: int
    """Rows that are no data: blank ones, titles, repeated headings, footers."""
    unknown_standards: list[str]
    lines: list[LineReport]
    faults: list[Fault]
    faults_total: int
    notes: list[tuple[str, str]]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)


@dataclass(slots=True)
class ReportBuilder:
    """Adds up the outcomes of one file; keeps `limit` accepted lines from `offset` on, and MAX_FAULTS faults."""

    offset: int = 0
    limit: int = 1000
    accepted: int = 0
    rejected: int = 0
    passed_over: int = 0
    faults_total: int = 0
    lines: list[LineReport] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unknown_standards: dict[str, None] = field(default_factory=dict)

    def add(self, outcome: Outcome[Any]) -> None:
        """Count one row."""
        if outcome.line is not None or outcome.joined_to is not None:
            if isinstance(outcome.line, ScopeLineRow):
                self._add_line(outcome.line)
            self.accepted += 1
        elif outcome.faults:
            self.rejected += 1
            self.faults_total += len(outcome.faults)
            self.faults.extend(outcome.faults[: max(0, MAX_FAULTS - len(self.faults))])
        else:
            self.passed_over += 1

    def _add_line(self, line: ScopeLineRow) -> None:
        if self.offset <= self.accepted < self.offset + self.limit:
            self.lines.append(line_report(line))
        if line.in_vocabulary is False and len(self.unknown_standards) < MAX_FAULTS:
            self.unknown_standards.setdefault(line.standard)

    def finish(self, reading: Reading[Any]) -> Report:
        """Return the report of a reading whose outcomes were all added."""
        table, source = reading.table, reading.source
        return Report(
            format=source.format.value,
            encoding=source.encoding,
            sheet=source.sheet,
            heading_rows=list(table.heading_rows) if table else [],
            columns={column.value: table.label(column) for column in table.columns} if table else {},
            rows_read=self.accepted + self.rejected,
            accepted=self.accepted,
            rejected=self.rejected,
            passed_over=self.passed_over,
            unknown_standards=list(self.unknown_standards),
            lines=self.lines,
            faults=self.faults,
            faults_total=self.faults_total,
            notes=source.notes,
        )


def line_report(line: ScopeLineRow) -> LineReport:
    """Return a line in JSON values."""
    found = line.range
    return LineReport(
        row=line.row,
        site=line.site,
        object=line.object,
        parameter=line.parameter,
        standard=line.standard,
        standard_base=line.standard_base,
        standard_year=line.standard_year,
        in_vocabulary=line.in_vocabulary,
        standard_title=line.standard_title,
        clause=line.clause,
        range=None
        if found is None
        else RangeReport(
            min=found.min,
            max=found.max,
            unit=found.unit,
            low=found.lo,
            high=found.hi,
            low_inclusive=found.lo_inclusive,
            high_inclusive=found.hi_inclusive,
            dimension=found.dimension,
            grades=None if found.grades is None else sorted(found.grades),
            written=found.written,
        ),
        restriction=line.restriction,
        effective_date=None if line.effective_date is None else line.effective_date.isoformat(),
    )


# The user's own file back.


def write_marked(source: Source, faults: Iterable[Fault], into: BinaryIO) -> None:
    """Write the rows of a freshly opened file in its own format, each with its errors in one more column.

    Nothing in it runs: texts that a spreadsheet would take for a formula are written as texts. Row numbers stay.
    """
    by_row: dict[int, list[Fault]] = {}
    for one in faults:
        by_row.setdefault(one.row, []).append(one)
    if source.format is Format.NDJSON:
        _write_json(source.rows, by_row, into)
    elif source.format is Format.CSV:
        _write_csv(source.rows, by_row, into)
    else:
        _write_workbook(source, by_row, into)


def _errors(faults: Iterable[Fault]) -> str:
    return "\n".join(
        f"[{one.kind}] {one.column or ''} {one.zh} / {one.en}" + (f" → {one.nearest}" if one.nearest else "")
        for one in faults
    )


def shown(cell: Cell) -> str:
    """Return what a person sees in a cell."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, NumberCell | BadCell | OtherCell):
        return cell.shown
    if isinstance(cell, Decimal):
        return plain_number(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()


def harmless(text: str) -> str:
    """Return a text for CSV that no spreadsheet runs; plain numbers stay as they are."""
    start = text.lstrip()[:1]
    if is_formula_text(text) or (
        start in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} and not _is_number(text)
    ):
        return "'" + text
    return "'" + text if text[:1] in {"\t", "\r", "\n"} else text


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def _storable(text: str) -> str:
    return "".join(
        char if char in "\t\n" or (char >= " " and not "\ud800" <= char <= "\udfff") else "□" for char in text
    )


def _write_csv(rows: Iterator[RawRow], faults: Mapping[int, list[Fault]], into: BinaryIO) -> None:
    text = io.TextIOWrapper(into, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    width, number = 0, 0
    for row in rows:
        width = width or len(row.cells)
        for _ in range(number + 1, row.number):
            writer.writerow([])
        number = row.number
        cells = [harmless(_storable(shown(row.cells.get(index)))) for index in range(max(width, row.width))]
        note = _errors(faults.get(row.number, [])) or (ERRORS_HEADING if number == 1 else "")
        writer.writerow([*cells, harmless(_storable(note))] if note else cells)
    text.detach()


def _write_workbook(source: Source, faults: Mapping[int, list[Fault]], into: BinaryIO) -> None:
    book = xlsxwriter.Workbook(into, _AS_TEXT)
    as_text, bad = book.add_format({"quote_prefix": True}), book.add_format({"font_color": "#C00000"})
    sheet = book.add_worksheet()
    first = list(islice(source.rows, _LOOKED_AT))
    errors_at = max((index for row in first for index in row.cells), default=0) + 1
    for row in chain(first, source.rows):
        for index, cell in sorted(row.cells.items()):
            if isinstance(cell, NumberCell) and cell.shown == plain_number(cell.value):
                sheet.write_number(row.number - 1, index, float(cell.value))
            else:
                text = _storable(shown(cell))[:MAX_CELL]
                sheet.write_string(row.number - 1, index, text, as_text if harmless(text) != text else None)
        note = _errors(faults.get(row.number, []))
        if note:
            place = max(errors_at, max(row.cells, default=0) + 1)
            sheet.write_string(row.number - 1, place, note[:MAX_CELL], bad)
    book.close()


def _write_json(rows: Iterator[RawRow], faults: Mapping[int, list[Fault]], into: BinaryIO) -> None:
    number = 0
    for row in rows:
        into.write(b"\n" * (row.number - number - 1))
        number = row.number
        kept: dict[str, Any] = {
            name: _json_value(row.cells.get(index)) for index, name in enumerate(row.names or [])
        }
        if row.number in faults:
            kept["errors"] = [
                {"column": one.column, "code": one.kind, "zh": one.zh, "en": one.en, "nearest": one.nearest}
                for one in faults[row.number]
            ]
        into.write(json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _json_value(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() and abs(cell) < 10**15 else float(cell)
    return None if cell is None else shown(cell)
