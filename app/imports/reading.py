"""A file to scope lines: the table is found, what is no data is passed over, each row gives a line or its faults."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO, Generic

from typing_extensions import TypeVar

from app.imports.faults import Fault, FaultKind, FileRefused, fault
from app.imports.headings import NEEDED, SCOPE_LINES, Column, Headings, Table, column_of, find_table, plain
from app.imports.rows import Cell, Format, Limits, NumberCell, RawRow, Source
from app.imports.scope_lines import (
    NOTHING_KNOWN,
    Duplicates,
    Known,
    Record,
    ScopeLineRow,
    line_digest,
    read_scope_line,
)
from app.imports.sources import open_source
from app.imports.texts import is_blank, is_ditto
from app.imports.workbooks import HEADING_ROWS

EXAMPLE_MARK = "示例（导入时忽略本行）"
"""In the first cell of a row: the example of our template, which is no data."""
_RANGE_COLUMNS = (Column.RANGE_MIN, Column.RANGE_MAX, Column.RANGE)
_NAMES = (Column.OBJECT, Column.PARAMETER)
_SITE_TITLE = re.compile(
    r"(?:检测|试验|校准|实验室)?(?:场所|地点|地址)\s*[A-Z0-9一二三四五六七八九十]{0,3}\s*[:：]\s*(\S.{0,198})"
)


LineT = TypeVar("LineT", default=ScopeLineRow)
"""What a row gives: a scope line, or the document of a service or a piece of equipment."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[LineT]):
    """What became of one row: a line, or faults, or neither for a row that is no data.

    A row that adds to the line of an earlier one is accepted without a line of its own: `joined_to` is that row.
    """

    row: int
    line: LineT | None
    faults: tuple[Fault, ...] = ()
    cells: Mapping[int, Cell] | None = None
    joined_to: int | None = None
    key: bytes | None = None
    """What makes two rows one, as a digest, where the line has such a key."""


@dataclass(slots=True)
class Reading(Generic[LineT]):
    """A file being read. `outcomes` can be gone through once; `source` and `table` say what was found."""

    source: Source
    table: Table | None
    outcomes: Iterator[Outcome[LineT]]


Judge = Callable[[Record, Mapping[int, Cell]], Outcome[LineT]]
"""Makes an outcome of the record of a row; the cells are those of the file."""


def read_scope_lines(
    file: BinaryIO,
    *,
    name: str = "",
    media_type: str = "",
    sheet: str | None = None,
    limits: Limits | None = None,
    known: Known = NOTHING_KNOWN,
) -> Reading:
    """Read a file of scope lines as a stream. Raises FileRefused, also while the outcomes are gone through."""
    duplicates = Duplicates()

    def judge(record: Record, cells: Mapping[int, Cell]) -> Outcome[ScopeLineRow]:
        return _judged(record, duplicates, known, cells)

    source = open_source(file, name=name, media_type=media_type, sheet=sheet, limits=limits)
    return read_records(source, SCOPE_LINES, judge)


def read_records(source: Source, headings: Headings, judge: Judge[LineT]) -> Reading[LineT]:
    """Find the table and judge each of its rows. Raises FileRefused, also while the outcomes are gone through."""
    if source.format is Format.NDJSON:
        return Reading(source, None, _json_outcomes(source, headings, judge))
    first = list(islice(source.rows, HEADING_ROWS))
    if not first:
        raise FileRefused(FaultKind.EMPTY_FILE)
    table = find_table(
        ((row.number, {} if row.fault else row.cells, row.width) for row in first),
        fill_right=True,
        known=headings,
    )
    if table is None:
        raise headings.missing()
    return Reading(
        source, table, _TableReader(table, source.format, judge).outcomes(chain(first, source.rows))
    )


class _TableReader(Generic[LineT]):
    def __init__(self, table: Table, form: Format, judge: Judge[LineT]) -> None:
        self.table, self.form, self.judge = table, form, judge
        self.used = {index for places in table.columns.values() for index in places}
        self.width = table.width
        self.is_first = True
        self.site: str | None = None
        self.previous: dict[Column, Cell] = {}
        self.units = {
            column: table.units[places[0]]
            for column, places in table.columns.items()
            if column in _RANGE_COLUMNS and places[0] in table.units
        }

    def outcomes(self, rows: Iterator[RawRow]) -> Iterator[Outcome[LineT]]:
        last_heading, count = self.table.heading_rows[-1], 0
        for row in rows:
            if row.number <= last_heading:
                self._note_site(row)
                continue
            outcome = self._outcome(row)
            count += outcome.line is not None or bool(outcome.faults)
            yield outcome
        if count == 0:
            raise FileRefused(FaultKind.NO_DATA_ROWS)

    def _outcome(self, row: RawRow) -> Outcome[LineT]:
        if row.fault is not None:
            kind, shown = row.fault
            return Outcome(
                row.number, None, (fault(row.number, self._column_of_bad(row), kind, shown=shown),), row.cells
            )
        if self._is_no_data(row):
            return Outcome(row.number, None)
        record = self._record(row)
        if self._has_too_many(row):
            return Outcome(row.number, None, (fault(row.number, None, FaultKind.TOO_MANY_CELLS),), row.cells)
        return self.judge(record, row.cells)

    def _column_of_bad(self, row: RawRow) -> str | None:
        """Return the heading over the first cell that holds what cannot be read."""
        bad = (
            index for index, cell in sorted(row.cells.items()) if isinstance(cell, str) and "\udcff" in cell
        )
        return self.table.labels.get(next(bad, -1))

    def _is_no_data(self, row: RawRow) -> bool:
        """Tell blank rows, titles of sections, repeated headings and footers from rows of data.

        A row that names none of the telling columns and has at most two cells says nothing about an ability.
        """
        own = {
            index: cell for index, cell in row.cells.items() if index not in row.filled and not is_blank(cell)
        }
        if not own or self.table.is_heading_again(own) or EXAMPLE_MARK in own.values():
            return True
        telling = self.table.known.telling
        if len(own) > 2 or any(
            index in own for column in telling for index in self.table.columns.get(column, ())
        ):
            return False
        self._note_site(row)
        return True

    def _note_site(self, row: RawRow) -> None:
        """Remember the site that a title names; it holds for the rows below it."""
        texts = [cell.strip() for cell in row.cells.values() if isinstance(cell, str) and cell.strip()]
        found = _SITE_TITLE.fullmatch(texts[0]) if len(texts) == 1 else None
        if found:
            self.site = found.group(1).strip()

    def _name_beside(self, row: RawRow, index: int, serial: Cell, column: Column) -> Cell:
        """Return the name beside a serial number where one heading stands over both; a parameter is no number."""
        beside = row.cells.get(index)
        if index not in self.table.labels and isinstance(beside, str) and beside.strip():
            return beside
        return None if column is Column.PARAMETER else serial

    def _has_too_many(self, row: RawRow) -> bool:
        """Tell a CSV record with a separator too many; blank cells at the end count as the first row has them."""
        if self.form is not Format.CSV:
            return False
        filled = any(index >= self.table.width for index in row.cells)
        if self.is_first and not filled:
            self.width = max(self.table.width, row.width)
        self.is_first = False
        return filled or row.width > self.width

    def _record(self, row: RawRow) -> Record:
        cells: dict[Column, Cell] = {}
        for column, places in self.table.columns.items():
            cell = row.cells.get(places[0])
            if column in _NAMES and _is_serial(cell):
                cell = self._name_beside(row, places[0] + 1, cell, column)
            if is_ditto(cell):
                cell = self.previous.get(column)
            cells[column] = cell
        if Column.SITE not in self.table.columns and self.site is not None:
            cells[Column.SITE] = self.site
        restrictions = self.table.columns.get(Column.RESTRICTION, [])
        given = {
            index: cells[Column.RESTRICTION] if index == restrictions[0] else row.cells.get(index)
            for index in restrictions
        }
        self.previous = cells
        return Record(
            number=row.number,
            cells=cells,
            label=self.table.label,
            restrictions=[(self.table.labels[index], cell) for index, cell in given.items()],
            extras=[
                (self.table.labels.get(index, ""), cell)
                for index, cell in row.cells.items()
                if index not in self.used
            ],
            heading_units=self.units,
        )


def _is_serial(cell: Cell) -> bool:
    """Tell whether a cell has only a number such as 1 or 1.2."""
    return (
        isinstance(cell, str | NumberCell)
        and re.fullmatch(r"\s*\d+(?:\.\d+)*\s*", cell if isinstance(cell, str) else cell.shown) is not None
    )


def _judged(record: Record, duplicates: Duplicates, known: Known, cells: Mapping[int, Cell]) -> Outcome:
    found = read_scope_line(record, known)
    if isinstance(found, list):
        return Outcome(record.number, None, tuple(found), cells)
    key = line_digest(found)
    again = duplicates.check(found, key, record.label)
    return (
        Outcome(record.number, None, (again,), cells)
        if again
        else Outcome(record.number, found, (), cells, key=key)
    )


def _json_outcomes(source: Source, headings: Headings, judge: Judge[LineT]) -> Iterator[Outcome[LineT]]:
    has_rows = False
    for row in source.rows:
        has_rows = True
        if row.fault is not None:
            kind, shown = row.fault
            yield Outcome(row.number, None, (fault(row.number, None, kind, shown=shown),), row.cells)
            continue
        record, twice = _json_record(row, headings)
        if twice:
            yield Outcome(
                row.number,
                None,
                (fault(row.number, twice, FaultKind.DUPLICATE_HEADING, shown=twice),),
                row.cells,
            )
        else:
            yield judge(record, row.cells)
    if not has_rows:
        raise FileRefused(FaultKind.NO_DATA_ROWS)


def _json_record(row: RawRow, headings: Headings) -> tuple[Record, str | None]:
    """Return the record of a line, and the key that stands in it twice, if one does."""
    names = row.names or []
    places: dict[Column, int] = {}
    restrictions: list[int] = []
    extras: list[tuple[str, Cell]] = []
    twice: str | None = None
    seen: set[str] = set()
    for index, name in enumerate(names):
        found = column_of(name, headings)
        if plain(name) in seen:
            twice = twice or name
        seen.add(plain(name))
        if found is None:
            extras.append((name, row.cells.get(index)))
        elif found[0] is Column.RESTRICTION:
            restrictions.append(index)
            places.setdefault(Column.RESTRICTION, index)
        elif found[0] not in places:
            places[found[0]] = index
        elif not is_blank(row.cells.get(index)):
            twice = twice or name
    in_chinese = any(re.search(r"[\u4e00-\u9fff]", name) for name in names)

    def label(column: Column) -> str:
        if column in places:
            return names[places[column]]
        return headings.labels[column][0] if in_chinese else column.value

    record = Record(
        number=row.number,
        cells={column: row.cells.get(index) for column, index in places.items()},
        label=label,
        restrictions=[(names[index], row.cells.get(index)) for index in restrictions],
        extras=extras,
    )
    return record, twice


__all__ = ["EXAMPLE_MARK", "NEEDED", "Outcome", "Reading", "read_records", "read_scope_lines"]
