"""One sheet as a stream of rows: cells typed by their number formats, merged cells filled downwards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from xml.parsers import expat

from app.imports.faults import FaultKind, FileRefused
from app.imports.packages import local, new_parser, unescaped
from app.imports.rows import BadCell, Cell, Limits, NumberCell, RawRow
from app.imports.styles import GENERAL, Style

_EXCEL_DIGITS = Context(prec=15)
"""Excel shows no more than 15 digits; what a file has beyond them is noise of binary numbers."""
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})\""
)
_DIGITS = "0123456789"
_LETTERS = re.compile(r"\$?([A-Z]{1,3})\$?")


@dataclass(slots=True)
class Merges:
    """Merged areas: by their first row, and the columns they cover."""

    starting: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    """First row -> (last row, first column, last column)."""


def read_merges(pieces: Iterator[bytes], limits: Limits) -> Merges:
    """Find the merged areas, which stand behind the rows, in a pass of their own."""
    merges, rest, count = Merges(), b"", 0
    for piece in pieces:
        text = rest + piece
        end = 0
        for found in _MERGE.finditer(text):
            end = found.end()
            left, top, right, bottom = found.groups()
            first, last = int(top), int(bottom)
            count += 1
            if count > limits.merged_areas:
                raise FileRefused(FaultKind.SHEET_TOO_LARGE)
            if first <= last and (first, left) != (last, right):
                area = (last, column_index(left.decode()), column_index(right.decode()))
                merges.starting.setdefault(first, []).append(area)
        rest = text[max(end, len(text) - 300) :]
    return merges


def column_index(letters: str) -> int:
    """Return the index from 0 of a column: A -> 0, AA -> 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


@lru_cache(maxsize=1024)
def _column_of(letters: str) -> int | None:
    """Return the index of a column by a reference without its row; None where it is none."""
    found = _LETTERS.fullmatch(letters)
    return None if found is None else column_index(found.group(1))


def read_rows(
    pieces: Iterator[bytes],
    texts: list[str],
    styles: list[Style],
    merges: Merges,
    limits: Limits,
    *,
    is_1904: bool,
) -> Iterator[RawRow]:
    """Yield the rows that have a value of their own, in their order. Raises FileRefused."""
    sheet = _SheetParser(texts, styles, limits, is_1904=is_1904)
    filler = _Filler(merges)
    try:
        for piece in pieces:
            sheet.parser.Parse(piece, False)
            yield from filter(None, map(filler.fill, sheet.take()))
        sheet.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(FaultKind.BROKEN_ARCHIVE) from error
    yield from filter(None, map(filler.fill, sheet.take()))


class _Filler:
    """Gives each row the values of merged cells that began above it."""

    def __init__(self, merges: Merges) -> None:
        self.waiting = sorted(merges.starting.items(), reverse=True)
        self.active: list[tuple[int, int, int, Cell]] = []

    def fill(self, row: RawRow) -> RawRow | None:
        has_own = bool(row.cells)
        self.active = [area for area in self.active if area[0] >= row.number]
        filled = set()
        for _, first, last, value in self.active:
            for index in range(first, min(last, first + 500) + 1):
                row.cells.pop(index, None)
            if value is not None:
                row.cells[first] = value
                filled.add(first)
        while self.waiting and self.waiting[-1][0] <= row.number:
            start, areas = self.waiting.pop()
            for last_row, first, last in areas:
                self._begin(row, start, last_row, first, last)
        row.filled = frozenset(filled)
        return row if has_own and len(row.cells) > len(filled) else None

    def _begin(self, row: RawRow, start: int, last_row: int, first: int, last: int) -> None:
        value = row.cells.get(first) if start == row.number else None
        if start == row.number:
            for index in range(first + 1, min(last, first + 500) + 1):
                row.cells.pop(index, None)
        if last_row > row.number:
            self.active.append((last_row, first, last, value))


class _SheetParser:
    """Collects rows while the XML of a sheet is fed to it."""

    def __init__(self, texts: list[str], styles: list[Style], limits: Limits, *, is_1904: bool) -> None:
        self.texts, self.styles, self.limits, self.is_1904 = texts, styles, limits, is_1904
        self.parser = new_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.rows: list[RawRow] = []
        self.row: RawRow | None = None
        self.row_number = 0
        self.column = -1
        self.kind = ""
        self.style = GENERAL
        self.has_formula = False
        self.reading = ""
        self.phonetic = False
        self.parts: list[str] = []
        self.length = 0

    def take(self) -> list[RawRow]:
        """Return the rows that are complete, once."""
        rows, self.rows = self.rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = local(name) if ":" in name else name
        if tag == "c":
            self._start_cell(attributes)
        elif tag in {"v", "t"}:
            self.reading = "" if self.phonetic else tag
        elif tag == "f":
            self.has_formula = True
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "row":
            given = attributes.get("r", "")
            self.row_number = int(given) if given.isdecimal() and len(given) < 9 else self.row_number + 1
            self.row = RawRow(self.row_number)
            self.column, self.length = -1, 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        column = _column_of(attributes.get("r", "").rstrip(_DIGITS))
        self.column = self.column + 1 if column is None else column
        self.kind = attributes.get("t", "n")
        number = attributes.get("s", "")
        self.style = (
            self.styles[int(number)] if number.isdecimal() and int(number) < len(self.styles) else GENERAL
        )
        self.has_formula = False
        self.parts.clear()

    def _text(self, data: str) -> None:
        if self.reading:
            self.length += len(data)
            if self.length > self.limits.row_text:
                raise FileRefused(
                    FaultKind.SHEET_TOO_LARGE, f"第 {self.row_number} 行", f"row {self.row_number}"
                )
            self.parts.append(data)

    def _end(self, name: str) -> None:
        tag = local(name) if ":" in name else name
        if tag == "c":
            self._end_cell()
        elif tag in {"v", "t"}:
            self.reading = ""
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "row" and self.row is not None:
            if self.row.cells:
                self.rows.append(self.row)
            self.row = None

    def _end_cell(self) -> None:
        value = self._value("".join(self.parts))
        if value is None or self.row is None:
            return
        if self.row_number > self.limits.rows:
            most = self.limits.rows
            raise FileRefused(FaultKind.SHEET_TOO_LARGE, f"最多 {most} 行", f"at most {most} rows")
        if self.column >= self.limits.columns:
            most = self.limits.columns
            raise FileRefused(FaultKind.TOO_MANY_COLUMNS, f"最多 {most} 列", f"at most {most} columns")
        self.row.cells[self.column] = value

    def _value(self, text: str) -> Cell:
        if self.has_formula:
            return BadCell(FaultKind.FORMULA, text)
        if self.kind == "s":
            return self._shared(text)
        if self.kind in {"str", "inlineStr"}:
            shown = unescaped(text)
            return shown if shown.strip() else None
        if not text.strip():
            return None
        if self.kind == "n":
            return number_cell(text.strip(), self.style, is_1904=self.is_1904)
        if self.kind == "b":
            return text.strip() == "1"
        if self.kind == "e":
            return BadCell(FaultKind.CELL_ERROR, text)
        return text

    def _shared(self, text: str) -> Cell:
        if not text.strip().isdecimal() or int(text) >= len(self.texts):
            return BadCell(FaultKind.CELL_ERROR, text) if text.strip() else None
        shown = self.texts[int(text)]
        return shown if shown.strip() else None


@lru_cache(maxsize=16_384)
def number_cell(written: str, style: Style, *, is_1904: bool) -> Cell:
    """Return a number as its format shows it: a day, a share with its sign, a number with its unit."""
    try:
        value = _EXCEL_DIGITS.create_decimal(written)
    except InvalidOperation:
        return BadCell(FaultKind.CELL_ERROR, written)
    if not value.is_finite():
        return BadCell(FaultKind.NOT_A_NUMBER, written)
    if style.is_date:
        return day_of(value, is_1904=is_1904) or BadCell(FaultKind.INVALID_DATE, written)
    if style.is_percent:
        return f"{plain_number(value * 100)}%"
    shown = plain_number(value)
    if style.suffix:
        return f"{shown}{style.suffix}"
    if style.decimals is not None and abs(value) < 10**12:
        fixed = f"{value:.{style.decimals}f}"
        shown = fixed if Decimal(fixed) == value else shown
    return NumberCell(value, shown)


def plain_number(value: Decimal) -> str:
    """Return a number as people write it: 304, not 304.0 or 3.04E+2."""
    if value == 0:
        return "0"
    if not -7 <= value.adjusted() <= 15:
        return str(value.normalize())
    return f"{value.normalize():f}"


def day_of(serial: Decimal, *, is_1904: bool = False) -> date | datetime | None:
    """Return the day of a serial number, or the time where it has one; None outside 1900-03-01 to 9999."""
    if not 61 <= serial < 2_958_466:
        return None
    epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 (sheets know no zones)
    try:
        moment = epoch + timedelta(days=int(serial), seconds=round(float(serial % 1) * 86400))
    except OverflowError:
        return None
    return moment if serial % 1 else moment.date()
