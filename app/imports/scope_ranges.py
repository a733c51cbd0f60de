"""The range of a line, from two ends and a unit, or as written in one cell; never a guess."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from app.imports.faults import FaultKind
from app.imports.headings import Column
from app.imports.rows import Cell, NumberCell
from app.imports.sheets import plain_number
from app.imports.texts import CellFault, is_blank, text_of
from app.vocabulary import unit_definitions
from app.vocabulary.ranges import Range, RangeRefused, parse_range, range_of, read_grade
from app.vocabulary.units import Unit, canonical_unit
from app.vocabulary.written_numbers import clean, numbers_in
from app.vocabulary.written_ranges import BOUND_WORDS

LONGEST = 120
_TWO_SENSES = frozenset({"C", "F", "S", "T", "H", "G", "M", "a", "mS", "度", "分", "′", "′′", "″"})
"""Units with a second sense that people use them in: degrees for C and F, seconds for S, tonnes for T."""


_WIDE_THOUSANDS = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")
"""A full-width comma between groups of three digits: １，０００."""


class RangeFault(Exception):
    """A fault and the column it is in."""

    def __init__(self, column: Column, kind: FaultKind, shown: str = "", nearest: str | None = None) -> None:
        super().__init__(kind)
        self.column, self.kind, self.shown, self.nearest = column, kind, shown, nearest


@dataclass(frozen=True, slots=True)
class _End:
    """One end: a number with its own unit, or a text that says more than a number."""

    value: Decimal | None
    unit: str = ""
    written: str = ""


def read_scope_range(cells: Mapping[Column, Cell], heading_units: Mapping[Column, str]) -> Range | None:
    """Return the range of a row, None where it states none. Raises RangeFault."""
    ends = {column: _end(cells.get(column), column) for column in (Column.RANGE_MIN, Column.RANGE_MAX)}
    written = _text(cells.get(Column.RANGE), Column.RANGE)
    unit_text = _text(cells.get(Column.UNIT), Column.UNIT)
    of_ends = of_text = None
    if any(ends.values()):
        places = [column for column, end in ends.items() if end]
        unit = _unit(unit_text, *(heading_units.get(column) for column in places))
        of_ends = _from_ends(ends[Column.RANGE_MIN], ends[Column.RANGE_MAX], unit)
    if written is not None:
        of_text = _from_text(written, _unit(unit_text, heading_units.get(Column.RANGE)), Column.RANGE)
    if of_ends and of_text and _value(of_ends) != _value(of_text):
        raise RangeFault(Column.RANGE, FaultKind.RANGE_AMBIGUOUS, written or "")
    return of_ends or of_text


def _value(found: Range) -> tuple[object, ...]:
    return found.dimension, found.lo, found.hi, found.lo_inclusive, found.hi_inclusive, found.grades


def _text(cell: Cell, column: Column) -> str | None:
    if isinstance(cell, bool | date) and column is Column.RANGE:
        raise RangeFault(column, FaultKind.NOT_A_NUMBER, str(cell))
    try:
        return text_of(cell, LONGEST)
    except CellFault as fault:
        raise RangeFault(column, fault.kind, fault.shown) from None


def _end(cell: Cell, column: Column) -> _End | None:
    if is_blank(cell):
        return None
    if isinstance(cell, NumberCell):
        return _End(cell.value)
    if isinstance(cell, Decimal):
        return _End(cell)
    if isinstance(cell, bool | date):
        raise RangeFault(column, FaultKind.NOT_A_NUMBER, str(cell))
    text = _text(cell, column)
    return None if text is None else _end_of_text(text, column)


@lru_cache(maxsize=16_384)
def _end_of_text(text: str, column: Column) -> _End:
    body = clean(_WIDE_THOUSANDS.sub(",", text))
    try:
        numbers = numbers_in(body)
    except (InvalidOperation, RangeRefused):
        raise RangeFault(column, FaultKind.NOT_A_NUMBER, text) from None
    if not numbers:
        raise RangeFault(column, FaultKind.NOT_A_NUMBER, text)
    before, behind = body[: numbers[0].start].strip(), body[numbers[0].end :].strip()
    if len(numbers) == 1 and before in {"", "+", "-"} and (not behind or canonical_unit(behind).known):
        return _End(-numbers[0].value if before == "-" else numbers[0].value, behind)
    if len(numbers) == 1 and before in {"", "+", "-"} and not _bound_words(behind):
        kind = FaultKind.NOT_A_NUMBER if any(char.isdigit() for char in behind) else FaultKind.UNKNOWN_UNIT
        raise RangeFault(column, kind, text, nearest_unit(behind))
    if (
        len(numbers) == 1
        and before not in {"", "+", "-"}
        and not re.match(rf"[(\[]?\s*(?:{BOUND_WORDS}|±)", before)
    ):
        raise RangeFault(column, FaultKind.NOT_A_NUMBER, text)
    return _End(None, written=text)


def _bound_words(text: str) -> bool:
    return any(word in text for word in ("以上", "以下", "以内", "之内"))


@lru_cache(maxsize=4096)
def _unit(written: str | None, *in_headings: str | None) -> Unit | None:
    """Return the unit of the column or the heading; both must agree."""
    said = {
        unit
        for text in in_headings
        if text and (unit := canonical_unit(text)).known and text not in _TWO_SENSES
    }
    if len(said) > 1:
        raise RangeFault(Column.UNIT, FaultKind.UNIT_MISMATCH)
    of_heading = next(iter(said), None)
    if written is None:
        return of_heading
    unit = canonical_unit(written)
    if not unit.known or clean(written) in _TWO_SENSES:
        raise RangeFault(Column.UNIT, FaultKind.UNKNOWN_UNIT, written, nearest_unit(written))
    if of_heading is not None and of_heading != unit:
        raise RangeFault(Column.UNIT, FaultKind.UNIT_MISMATCH, f"{of_heading.symbol} / {unit.symbol}")
    return unit


def _from_ends(low: _End | None, high: _End | None, unit: Unit | None) -> Range:
    for column, end, other in ((Column.RANGE_MIN, low, high), (Column.RANGE_MAX, high, low)):
        if end is not None and end.value is None:
            found = _from_text(end.written, unit, column)
            _check_side(found, column, alone=other is None)
            if other is None:
                return found
    if (low and low.value is None) or (high and high.value is None):
        return _of_bounds(low, high, unit)
    units = [
        _unit_of_end(end, unit, column) for end, column in ((low, Column.RANGE_MIN), (high, Column.RANGE_MAX))
    ]
    if units[0] is None and low is not None and high is not None:
        units[0] = units[1]  # `0` and `10kV` are read as `0～10kV`
    for end, own in zip((low, high), units, strict=True):
        if end is not None and own is None:
            raise RangeFault(Column.UNIT, FaultKind.MISSING_UNIT)
    values = [None if end is None else end.value for end in (low, high)]
    first = units[0] or units[1]
    if units[0] and units[1] and units[0] != units[1]:
        return _of_two_units(values, units[0], units[1])
    return _range(values[0], values[1], first.symbol if first else "")


def _check_side(found: Range, column: Column, *, alone: bool) -> None:
    """Refuse a bound in the column of the other end: a lower end `≤10` has two senses."""
    wrong = found.lo is None if column is Column.RANGE_MIN else found.hi is None
    if found.grades is None and (wrong or (not alone and found.lo is not None and found.hi is not None)):
        raise RangeFault(column, FaultKind.RANGE_AMBIGUOUS, found.written or "")


def _of_bounds(low: _End | None, high: _End | None, unit: Unit | None) -> Range:
    """Read `≥0.5` and `≤100` in the two columns; both bounds must include their number."""
    values = []
    for column, end in ((Column.RANGE_MIN, low), (Column.RANGE_MAX, high)):
        if end is None or unit is None:
            raise RangeFault(Column.UNIT, FaultKind.MISSING_UNIT)
        if end.value is not None:
            own = _unit_of_end(end, unit, column)
            if own != unit:
                raise RangeFault(column, FaultKind.UNIT_MISMATCH)
            values.append(end.value)
            continue
        found = _from_text(end.written, unit, column)
        value = found.min if column is Column.RANGE_MIN else found.max
        if not (found.lo_inclusive and found.hi_inclusive) or value is None or found.unit != unit.symbol:
            raise RangeFault(column, FaultKind.RANGE_AMBIGUOUS, end.written)
        values.append(Decimal(str(value)))
    return _range(values[0], values[1], unit.symbol if unit else "")


def _unit_of_end(end: _End | None, unit: Unit | None, column: Column) -> Unit | None:
    """Return the unit of an end: its own, which must be the column's where both are said."""
    if end is None or not end.unit:
        return unit if end is not None else None
    own = canonical_unit(end.unit)
    if end.unit in _TWO_SENSES and own != unit:
        raise RangeFault(column, FaultKind.RANGE_AMBIGUOUS, end.unit)
    if unit is not None and own != unit:
        if own.symbol == "%" and unit.symbol == "%RH":
            return unit
        raise RangeFault(column, FaultKind.UNIT_MISMATCH, f"{own.symbol} / {unit.symbol}")
    return own


def _of_two_units(values: list[Decimal | None], first: Unit, second: Unit) -> Range:
    if first.dimension != second.dimension:
        raise RangeFault(Column.RANGE_MAX, FaultKind.UNIT_MISMATCH, f"{first.symbol} / {second.symbol}")
    low, high = (plain_number(value) if value is not None else "" for value in values)
    return _from_text(f"{low}{first.symbol}～{high}{second.symbol}", None, Column.RANGE_MAX)


@lru_cache(maxsize=16_384)
def _range_of(low: Decimal | None, high: Decimal | None, unit: str) -> Range:
    return range_of(low, high, unit)


def _range(low: Decimal | None, high: Decimal | None, unit: str) -> Range:
    try:
        found = _range_of(low, high, unit)
    except RangeRefused as refused:
        kind = FaultKind(refused.kind)
        in_unit = kind in {FaultKind.MISSING_UNIT, FaultKind.UNKNOWN_UNIT}
        column = Column.UNIT if in_unit else (Column.RANGE_MIN if low is not None else Column.RANGE_MAX)
        shown = "" if low is None or high is None else f"{plain_number(low)} / {plain_number(high)}"
        raise RangeFault(column, kind, shown) from None
    return _physical(found, Column.RANGE_MIN)


def _physical(found: Range, column: Column) -> Range:
    if found.dimension == "[temperature]" and min(found.lo or 0, found.hi or 0) < 0:
        raise RangeFault(column, FaultKind.NOT_A_NUMBER, "< 0 K")
    return found


def _from_text(written: str, unit: Unit | None, column: Column) -> Range:
    """Read a written range; a unit column is taken where the text has none, and must agree where it has one."""
    try:
        found = _parsed(written)
    except RangeRefused as refused:
        if refused.kind == "missing_unit" and unit is not None:
            return _with_unit(written, unit, column)
        place = Column.UNIT if refused.kind == "missing_unit" else column
        raise RangeFault(place, FaultKind(refused.kind), written) from None
    if unit is not None and found.grades is not None:
        raise RangeFault(column, FaultKind.UNIT_MISMATCH, f"{written} / {unit.symbol}")
    if unit is not None and found.unit != unit.symbol:
        if found.dimension != unit.dimension:
            raise RangeFault(column, FaultKind.UNIT_MISMATCH, f"{written} / {unit.symbol}")
        if canonical_unit(found.unit) != unit and unit.symbol not in written:
            raise RangeFault(column, FaultKind.UNIT_MISMATCH, f"{written} / {unit.symbol}")
    return found


@lru_cache(maxsize=16_384)
def _parsed(written: str) -> Range:
    return read_grade(written) or parse_range(written)


def _with_unit(written: str, unit: Unit, column: Column) -> Range:
    try:
        return _physical(_parsed(f"{written}{unit.symbol}"), column)
    except RangeRefused as refused:
        raise RangeFault(column, FaultKind(refused.kind), written) from None


@lru_cache(maxsize=1)
def _symbols() -> tuple[str, ...]:
    units = [prefix + symbol for symbol, prefixes, _ in unit_definitions.UNITS for prefix in ("", *prefixes)]
    lines = (line.split(" : ") for line in unit_definitions.SPELLINGS.strip().splitlines())
    return (
        *units,
        *unit_definitions.COUNTS.split(),
        *unit_definitions.SCALES.split(),
        *(line[0] for line in lines),
    )


@lru_cache(maxsize=1024)
def nearest_unit(written: str) -> str | None:
    """Return a unit that is written much like `written`: the same but for case, or one sign away."""
    symbols = _symbols()
    same = [symbol for symbol in symbols if symbol.lower() == written.lower()]
    if same:
        return same[0]
    return next(iter(difflib.get_close_matches(written, symbols, n=1, cutoff=0.6)), None)
