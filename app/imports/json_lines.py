"""NDJSON: one JSON object a line, numbers read exactly."""

import io
import json
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from app.imports.encodings import BAD, marking_errors
from app.imports.faults import FaultKind, FileRefused
from app.imports.rows import BadCell, Cell, Limits, OtherCell, RawRow


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a key given twice is seen."""


def _number(written: str) -> Cell:
    try:
        return Decimal(written)
    except InvalidOperation:
        return BadCell(FaultKind.NOT_A_NUMBER, written)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_float=_number,
    parse_int=_number,
    parse_constant=lambda written: BadCell(FaultKind.NOT_A_NUMBER, written),
)


def read_json_lines(file: BinaryIO, encoding: str, limits: Limits) -> Iterator[RawRow]:
    """Yield a row for each line that is not blank, numbered from 1 with blank lines counted."""
    text = io.TextIOWrapper(file, encoding=encoding, errors=marking_errors(), newline=None)
    try:
        yield from _rows(text, limits)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, limits: Limits) -> Iterator[RawRow]:
    number = 0
    while line := text.readline(limits.row_text + 1):
        number += 1
        if number > limits.rows:
            raise FileRefused(
                FaultKind.SHEET_TOO_LARGE, f"最多 {limits.rows} 行", f"at most {limits.rows} lines"
            )
        if len(line) > limits.row_text:
            _skip_line(text, line, limits.row_text)
            yield RawRow(number, fault=(FaultKind.TOO_LONG, line[:40]))
        elif stripped := line.strip("\ufeff \t\r\n"):
            yield _row(number, stripped, limits)


def _skip_line(text: io.TextIOWrapper, part: str, size: int) -> None:
    while part and not part.endswith("\n"):
        part = text.readline(size)


def _row(number: int, line: str, limits: Limits) -> RawRow:
    if BAD in line:
        return RawRow(number, fault=(FaultKind.BAD_ENCODING, ""))
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return RawRow(number, fault=(FaultKind.INVALID_JSON, line[:40]))
    if not isinstance(value, _Pairs):
        return RawRow(number, fault=(FaultKind.NOT_AN_OBJECT, line[:40]))
    if len(value) > limits.columns:
        raise FileRefused(
            FaultKind.TOO_MANY_COLUMNS, f"最多 {limits.columns} 列", f"at most {limits.columns} keys"
        )
    names = [sys.intern(key) for key, _ in value]
    return RawRow(number, {index: _cell(given) for index, (_, given) in enumerate(value)}, 0, names)


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | Decimal | BadCell):
        return value
    return OtherCell(str(value).lower() if isinstance(value, bool) else "…")
