"""CSV: separators, quotes and lines as Excel writes them. A record is a row, line breaks inside cells or not."""

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from app.imports.encodings import BAD, marking_errors
from app.imports.faults import FaultKind, FileRefused
from app.imports.headings import SCOPE_LINES, Headings, heading_score
from app.imports.rows import Cell, Format, Limits, RawRow, Source

_DELIMITERS = ",;\t|"
_LOOKED_AT = 64
"""Lines that the separator is told from."""
_SAID = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?", re.IGNORECASE)


class _Lines:
    """The lines of a text one by one, keeping those of the record being read."""

    def __init__(self, text: io.TextIOWrapper, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.start_record()
        self.swallowed = False

    def start_record(self) -> None:
        """Forget the lines of the record before."""
        self.record: list[str] = []
        self.length = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(self.limits.row_text + 1)
        if not line:
            raise StopIteration
        self.record.append(line)
        self.length += len(line)
        if self.length > self.limits.row_text:
            self.swallowed = True
            raise StopIteration
        return line


def read_delimited(file: BinaryIO, encoding: str, limits: Limits, headings: Headings = SCOPE_LINES) -> Source:
    """Return the records, the first one being row 1; a first line `sep=;` is no row, as in Excel."""
    text = io.TextIOWrapper(file, encoding=encoding, errors=marking_errors(), newline="")
    first = [text.readline(limits.row_text) for _ in range(_LOOKED_AT)]
    said = _SAID.fullmatch(first[0])
    delimiter = said.group(1) if said else _delimiter(first, headings)
    text.seek(0)
    if said:
        text.readline()
    return Source(Format.CSV, _rows(text, delimiter, limits), encoding)


def _delimiter(lines: list[str], headings: Headings) -> str:
    """Return the separator under which a row of headings appears; a comma where none does."""

    def score(delimiter: str) -> int:
        try:
            return max(
                (
                    heading_score(dict(enumerate(cells)), headings)
                    for cells in csv.reader(lines, delimiter=delimiter)
                ),
                default=0,
            )
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=score)


def _rows(text: io.TextIOWrapper, delimiter: str, limits: Limits) -> Iterator[RawRow]:
    lines = _Lines(text, limits)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    try:
        while True:
            lines.start_record()
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                yield RawRow(number, fault=(FaultKind.UNCLOSED_QUOTE, ""))
                return
            if lines.swallowed or _is_unclosed(lines.record, delimiter):
                yield RawRow(number, fault=(FaultKind.UNCLOSED_QUOTE, ""))
                return
            yield _row(number, cells, limits)
    finally:
        text.detach()


def _is_unclosed(record: list[str], delimiter: str) -> bool:
    """Tell whether a record of several lines, or the last one, has a quote that its writer never closed."""
    if len(record) == 1 and record[0].endswith(("\n", "\r")):
        return False
    try:
        for _ in csv.reader(record, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return '"' in "".join(record)
    return False


def _row(number: int, cells: list[str], limits: Limits) -> RawRow:
    if number > limits.rows:
        raise FileRefused(FaultKind.SHEET_TOO_LARGE, f"最多 {limits.rows} 行", f"at most {limits.rows} rows")
    filled: dict[int, Cell] = {index: cell for index, cell in enumerate(cells) if cell.strip("\ufeff \t\r\n")}
    if filled and max(filled) >= limits.columns:
        raise FileRefused(
            FaultKind.TOO_MANY_COLUMNS, f"最多 {limits.columns} 列", f"at most {limits.columns} columns"
        )
    bad = any(isinstance(cell, str) and BAD in cell for cell in filled.values())
    return RawRow(number, filled, len(cells), fault=(FaultKind.BAD_ENCODING, "") if bad else None)
