"""One row to one scope line, or to everything that is wrong with it. Pure: what is known comes as parameters."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from app.imports.cited import LIMITING, Cited, read_cited
from app.imports.faults import Fault, FaultKind, fault
from app.imports.headings import Column
from app.imports.rows import Cell
from app.imports.scope_ranges import RangeFault, read_scope_range
from app.imports.texts import CellFault, day_in, text_of
from app.vocabulary.ranges import Range
from app.vocabulary.rules import normal_form
from search.standard_numbers import parse_standard_number

LONGEST: Mapping[Column, int] = {
    Column.SITE: 200,
    Column.OBJECT: 200,
    Column.PARAMETER: 200,
    Column.STANDARD: 300,
    Column.STANDARD_TITLE: 500,
    Column.STANDARD_YEAR: 20,
    Column.CLAUSE: 200,
    Column.RESTRICTION: 2000,
}
"""Longest texts, in characters; longer ones are refused and never cut."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row by what they are. `extras` are cells under other headings, with these headings."""

    number: int
    cells: Mapping[Column, Cell]
    label: Callable[[Column], str]
    restrictions: Sequence[tuple[str, Cell]] = ()
    extras: Sequence[tuple[str, Cell]] = ()
    heading_units: Mapping[Column, str] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue knows; None where it was not asked."""

    standards: Container[str] | None = None
    """Bases of standards, such as `GB/T 2423.17`."""
    sites: Sequence[str] | None = None
    """Sites of the certificate, where it names them."""


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class ScopeLineRow:
    """A scope line as it would be stored. `in_vocabulary` False: the standard is kept, flagged and proposed."""

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
    range: Range | None
    restriction: str | None
    effective_date: date | None


class _Row:
    """Collects the faults of a row while its cells are read."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.faults: list[Fault] = []

    def add(self, column: Column, kind: FaultKind, shown: str = "", nearest: str | None = None) -> None:
        label = self.record.label(column)
        self.faults.append(fault(self.record.number, label, kind, shown=shown, nearest=nearest))

    def text(self, column: Column) -> str | None:
        try:
            return text_of(self.record.cells.get(column), LONGEST[column])
        except CellFault as found:
            self.add(column, found.kind, found.shown)
            return None

    def needed(self, column: Column, missing: FaultKind) -> str:
        before = len(self.faults)
        text = self.text(column)
        if text is None and len(self.faults) == before:
            self.add(column, missing)
        return text or ""


def read_scope_line(record: Record, known: Known = NOTHING_KNOWN) -> ScopeLineRow | list[Fault]:
    """Return the line of a row, or every fault of it; a row with a fault gives no line."""
    row = _Row(record)
    site = _site(row, known)
    obj = row.needed(Column.OBJECT, FaultKind.MISSING_OBJECT)
    parameter = row.needed(Column.PARAMETER, FaultKind.MISSING_PARAMETER)
    cited = _cited(row)
    title = row.text(Column.STANDARD_TITLE)
    clause = row.text(Column.CLAUSE)
    found_range = _range(row)
    restriction = _restriction(row, cited)
    day = _day(row)
    if row.faults or cited is None:
        return row.faults
    return ScopeLineRow(
        row=record.number,
        site=site,
        object=obj,
        parameter=parameter,
        standard=cited.number.canonical,
        standard_base=cited.number.base,
        standard_year=cited.number.year,
        in_vocabulary=None if known.standards is None else cited.number.base in known.standards,
        standard_title=_together(title, cited.title),
        clause=_together(clause, cited.clause),
        range=found_range,
        restriction=restriction,
        effective_date=day,
    )


def _together(own: str | None, beside: str | None) -> str | None:
    """Join what a column says with what stood beside the standard number, unless it says the same."""
    if own is None or beside is None:
        return own or beside
    same = normal_form(beside) in normal_form(own)
    return own if same else f"{own}；{beside}"


def _site(row: _Row, known: Known) -> str | None:
    site = row.text(Column.SITE)
    if site is None or known.sites is None:
        return site
    key = normal_form(site)
    for one in known.sites:
        if normal_form(one) == key:
            return one
    row.add(Column.SITE, FaultKind.UNKNOWN_SITE, site, known.sites[0] if known.sites else None)
    return None


def _cited(row: _Row) -> Cited | None:
    text = row.needed(Column.STANDARD, FaultKind.MISSING_STANDARD)
    if not text:
        return None
    try:
        cited = read_cited(text)
    except CellFault as found:
        row.add(Column.STANDARD, found.kind, found.shown, found.nearest)
        return None
    year = row.text(Column.STANDARD_YEAR)
    return cited if year is None else _with_year(row, cited, year)


def _with_year(row: _Row, cited: Cited, year: str) -> Cited | None:
    """Add the year of its own column to a number without one; two different years are refused."""
    digits = year.removesuffix("年").removesuffix("版").removesuffix("年").strip("-—－ ")
    number = cited.number
    if number.year is not None and digits == str(number.year):
        return cited
    dated = parse_standard_number(f"{number.base}-{digits}") if number.year is None else None
    if dated is None or dated.year is None or dated.base != number.base:
        row.add(Column.STANDARD_YEAR, FaultKind.NOT_A_STANDARD, f"{number.canonical} / {year}")
        return None
    return Cited(dated, cited.clause, cited.title, cited.restriction)


def _range(row: _Row) -> Range | None:
    try:
        return read_scope_range(row.record.cells, row.record.heading_units or {})
    except RangeFault as found:
        row.add(found.column, found.kind, found.shown, found.nearest)
        return None


def _restriction(row: _Row, cited: Cited | None) -> str | None:
    """Gather every limit of a row: its columns, limits beside the number, and limiting words under other headings."""
    parts: list[str] = []
    for label, cell in row.record.restrictions:
        try:
            text = text_of(cell, LONGEST[Column.RESTRICTION])
        except CellFault as found:
            row.faults.append(fault(row.record.number, label, found.kind, shown=found.shown))
            continue
        if text is not None:
            parts.append(text)
    if cited and cited.restriction:
        parts.append(cited.restriction)
    for label, cell in row.record.extras:
        if isinstance(cell, str) and LIMITING.search(cell):
            parts.append(_extra(row, label, cell))
    kept = [part for index, part in enumerate(parts) if part and part not in parts[:index]]
    return "；".join(kept) or None


def _extra(row: _Row, label: str, cell: str) -> str:
    try:
        text = text_of(cell, LONGEST[Column.RESTRICTION]) or ""
    except CellFault as found:
        row.faults.append(fault(row.record.number, label or None, found.kind, shown=found.shown))
        return ""
    return f"{label}：{text}" if label and text else text


def _day(row: _Row) -> date | None:
    try:
        return day_in(row.record.cells.get(Column.EFFECTIVE_DATE))
    except CellFault as found:
        row.add(Column.EFFECTIVE_DATE, found.kind, found.shown)
        return None


# One line twice.

_key_of = lru_cache(maxsize=16_384)(normal_form)

NaturalKey = tuple[str, str, str, str, str, str, tuple[object, ...] | None]


def natural_key(line: ScopeLineRow, accreditation: str = "") -> NaturalKey:
    """Return what makes two rows one line: accreditation, site, object, parameter, standard with year, clause, range.

    Source: the natural key of scope lines. Ranges count by value: 0-10 MPa is 0-10,000 kPa.
    """
    found = line.range
    return (
        accreditation,
        _key_of(line.site or ""),
        _key_of(line.object),
        _key_of(line.parameter),
        line.standard,
        _key_of(line.clause or ""),
        None
        if found is None
        else (
            found.dimension,
            found.lo,
            found.hi,
            found.lo_inclusive,
            found.hi_inclusive,
            None if found.grades is None else tuple(sorted(found.grades)),
        ),
    )


class Duplicates:
    """Remembers the natural keys of the lines of one file, as hashes: a few bytes a line."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[int, bytes]] = {}

    def check(self, line: ScopeLineRow, key: bytes, label: Callable[[Column], str]) -> Fault | None:
        """Return the fault of a line that repeats an earlier one, None for a new line; `key` is its `line_digest`."""
        said = _said(line.restriction, line.effective_date)
        earlier = self._seen.setdefault(key, (line.row, said))
        if earlier[0] == line.row:
            return None
        kind = FaultKind.DUPLICATE_IN_FILE if earlier[1] == said else FaultKind.CONFLICTING_DUPLICATE
        column = Column.STANDARD if kind is FaultKind.DUPLICATE_IN_FILE else Column.RESTRICTION
        return fault(line.row, label(column), kind, shown=str(earlier[0]), earlier_row=earlier[0])


def line_digest(line: ScopeLineRow) -> bytes:
    """Return 16 bytes that are equal for two rows of one line of one accreditation."""
    return blake2b(repr(natural_key(line)).encode(), digest_size=16).digest()


@lru_cache(maxsize=16_384)
def _said(restriction: str | None, day: date | None) -> bytes:
    """Return a digest of what two rows of one natural key must agree in."""
    return blake2b(repr((normal_form(restriction or ""), day)).encode(), digest_size=16).digest()
