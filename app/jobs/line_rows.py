"""Scope lines into the table, many at a time, by the fastest way each database has."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.imports.scope_lines import ScopeLineRow
from app.listing.lines import Interner
from app.vocabulary.rules import normal_form
from search.standard_numbers import standard_key

Row = tuple[Any, ...]

COLUMNS = (
    "accreditation_id",
    "site_zh",
    "object_id",
    "parameter_id",
    "standard_id",
    "standard_number",
    "standard_year",
    "clause",
    "restriction_zh",
    "effective_from",
    "range_written",
    "range_min",
    "range_max",
    "range_unit",
    "range_dimension_id",
    "range_low",
    "range_high",
    "range_low_open",
    "range_high_open",
    "range_grades",
    "live",
    "since_revision",
    "until_revision",
    "natural_key",
    "import_id",
)
_INSERT = f"INSERT INTO scope_line ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 (our own names)
_NO_RANGE: Row = (None, None, None, None, None, None, None, False, False, None)
NO_REVISION = 0
"""The revision of a line that is still being brought in."""

_form = lru_cache(maxsize=16_384)(normal_form)
_standard_key = lru_cache(maxsize=16_384)(standard_key)


def naming_something_new(lines: Iterable[ScopeLineRow], interner: Interner) -> list[ScopeLineRow]:
    """Return lines that between them name all that has no key yet: few, as most names of a large file repeat."""
    new: list[ScopeLineRow] = []
    met: set[tuple[int, str]] = set()
    for line in lines:
        names = set[tuple[int, str]]()
        if _form(line.object) not in interner.objects:
            names.add((0, line.object))
        if _form(line.parameter) not in interner.parameters:
            names.add((1, line.parameter))
        if line.standard not in interner.editions:
            names.add((2, line.standard))
        if line.range is not None and line.range.dimension not in interner.dimensions:
            names.add((3, line.range.dimension))
        if not names <= met:
            met |= names
            new.append(line)
    return new


def row_of(
    line: ScopeLineRow,
    key: bytes,
    interner: Interner,
    *,
    accreditation_id: int,
    import_id: int,
    replaces: bool,
) -> Row:
    """Return the row of a line that a running import brings in.

    A line that `replaces` one that is there has an end, so that both can stand with one natural key until the job
    ends.
    """
    found = line.range
    in_range = _NO_RANGE
    if found is not None:
        in_range = (
            found.written,
            found.min,
            found.max,
            found.unit,
            interner.dimensions[found.dimension],
            found.lo,
            found.hi,
            not found.lo_inclusive,
            not found.hi_inclusive,
            None if found.grades is None else json.dumps(sorted(found.grades), ensure_ascii=False),
        )
    return (
        accreditation_id,
        line.site,
        interner.objects[_form(line.object)],
        interner.parameters[_form(line.parameter)],
        interner.standards[_standard_key(line.standard_base)],
        line.standard,
        line.standard_year,
        line.clause,
        line.restriction,
        line.effective_date,
        *in_range,
        False,
        NO_REVISION,
        NO_REVISION if replaces else None,
        key,
        import_id,
    )


async def insert_rows(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Insert rows of COLUMNS in the transaction of `session`."""
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(_INSERT, [_for_sqlite(row) for row in rows])
        return
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table("scope_line", records=rows, columns=COLUMNS)


def _for_sqlite(row: Row) -> Row:
    day = row[9]
    return row if day is None else (*row[:9], day.isoformat() if isinstance(day, date) else day, *row[10:])
