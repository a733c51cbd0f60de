"""Raw rows of any file: the values of cells, and how much of them is accepted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.imports.faults import FaultKind

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may not exceed; each has its own fault. Bytes and counts."""

    file_bytes: int = 20 * MEBIBYTE
    unpacked_bytes: int = 400 * MEBIBYTE
    shared_text_bytes: int = 64 * MEBIBYTE
    columns: int = 200
    rows: int = 500_000
    row_text: int = 262_144
    """Characters of one row."""
    merged_areas: int = 200_000


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell without a value to trust: a formula, an error value, a day out of the calendar."""

    kind: FaultKind
    shown: str = ""


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A number of a sheet: its value, and what the cell shows by its number format (`5.10`)."""

    value: Decimal
    shown: str


@dataclass(frozen=True, slots=True)
class OtherCell:
    """A JSON value that is neither text nor number: a list, an object, a boolean."""

    shown: str


Cell = str | Decimal | NumberCell | bool | date | datetime | BadCell | OtherCell | None


@dataclass(slots=True)
class RawRow:
    """One row: cells by column index from 0, or by name for NDJSON. `fault`: the row cannot be read at all."""

    number: int
    cells: dict[int, Cell] = field(default_factory=dict)
    width: int = 0
    """Number of cells written, blank ones included; 0 where the format does not say."""
    names: list[str] | None = None
    """NDJSON: the key of each column index."""
    fault: tuple[FaultKind, str] | None = None
    filled: frozenset[int] = frozenset()
    """Columns whose value stands in a merged cell that began in a row above."""


@dataclass(slots=True)
class Source:
    """An open file: its rows, once, and what was decided about it."""

    format: Format
    rows: Iterator[RawRow]
    encoding: str | None = None
    sheet: str | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)
    """What a person should know about the reading, zh and en."""
