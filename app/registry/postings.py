"""Published scope lines packed for look-up: one row per standard and block of accreditations.

A match reads every line of a standard, tens of thousands for a heavy term. Packed, they come as a few
blobs that numpy reads in place; this is several times faster than the best SQL aggregate and needs no
memory per process. Postings are derived data, written in the transaction that writes the lines. What is
shown to anybody is proved again from the rows of `scope_line`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ScopePosting, metadata

ACCREDITATIONS_PER_BLOCK = 256
"""Small blocks keep an edit cheap. Changing the number means rebuilding every posting."""

RECORD = np.dtype(
    [
        ("accreditation", "<i4"),
        ("line", "<i4"),
        ("edition", "<i4"),
        ("object", "<i4"),
        ("parameter", "<i4"),
        ("effective_from", "<i4"),
        ("effective_to", "<i4"),
        ("dimension", "<i2"),
        ("flags", "<i2"),
        ("low", "<f8"),
        ("high", "<f8"),
    ]
)
"""One line. Absent keys are 0, absent days are 0 (from) and MAX_DAY (to), open ends are -inf and +inf."""

MAX_DAY = 2**31 - 1
RESTRICTED, RANGED, GRADED, LOW_EXCLUSIVE, HIGH_EXCLUSIVE = 1, 2, 4, 8, 16

Records = npt.NDArray[np.void]

_LINE = metadata.tables["scope_line"].c
_EDITION = metadata.tables["standard_edition"].c
_POSTING = metadata.tables["scope_posting"].c
_STANDARDS_AT_ONCE = 500
_LOCK = 7_120_250_629
_LOCK_OF_BLOCK = 712_025

LINE_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _LINE.standard_id,
    _LINE.accreditation_id,
    _LINE.id,
    _EDITION.id,
    _LINE.object_id,
    _LINE.parameter_id,
    _LINE.effective_from,
    _LINE.effective_to,
    _LINE.range_dimension_id,
    _LINE.restriction_zh.is_not(None),
    _LINE.range_grades.is_not(None),
    _LINE.range_low_open,
    _LINE.range_high_open,
    _LINE.range_low,
    _LINE.range_high,
)


def pack(rows: Iterable[Sequence[Any]]) -> bytes:
    """Pack rows of `LINE_COLUMNS`, all of one standard and block, in the order given."""
    return _records(rows).tobytes()


def _records(rows: Iterable[Sequence[Any]]) -> Records:
    records = []
    for row in rows:
        (_, accreditation, line, edition, obj, parameter, start, end, dimension) = row[:9]
        restricted, graded, low_open, high_open, low, high = row[9:]
        flags = (
            RESTRICTED * bool(restricted)
            | RANGED * (dimension is not None)
            | GRADED * bool(graded)
            | LOW_EXCLUSIVE * bool(low_open)
            | HIGH_EXCLUSIVE * bool(high_open)
        )
        records.append(
            (
                accreditation,
                line,
                edition,
                obj or 0,
                parameter or 0,
                start.toordinal() if start else 0,
                end.toordinal() if end else MAX_DAY,
                dimension or 0,
                flags,
                -np.inf if low is None else low,
                np.inf if high is None else high,
            )
        )
    return np.array(records, dtype=RECORD)


def unpack(data: bytes) -> Records:
    """Return the records of a posting without copying; the array is read-only."""
    return np.frombuffer(data, dtype=RECORD)


async def rebuild_postings(session: AsyncSession) -> int:
    """Derive every posting anew from the live lines, in the caller's transaction. Returns the number of lines."""
    await _lock(session, func.pg_advisory_xact_lock(_LOCK))
    await session.execute(delete(ScopePosting))
    statement = (
        _live_lines(true())
        .order_by(_LINE.standard_id, _LINE.accreditation_id, _LINE.id)
        .execution_options(yield_per=20_000)
    )
    total = 0
    pending: list[dict[str, Any]] = []
    batch: list[Sequence[Any]] = []
    key: tuple[int, int] | None = None
    async for row in await session.stream(statement):
        row_key = (row[0], row[1] // ACCREDITATIONS_PER_BLOCK)
        if key is not None and row_key != key:
            pending.append({"standard_id": key[0], "block": key[1], "data": pack(batch)})
            batch = []
        key = row_key
        batch.append(row)
        total += 1
        if len(pending) >= 1_000:
            await session.execute(insert(ScopePosting), pending)
            pending = []
    if key is not None:
        pending.append({"standard_id": key[0], "block": key[1], "data": pack(batch)})
    if pending:
        await session.execute(insert(ScopePosting), pending)
    return total


async def renew_postings(
    session: AsyncSession, standard_ids: Iterable[int], accreditation_ids: Iterable[int]
) -> int:
    """Bring the postings of some standards to the live lines of some accreditations, in the caller's transaction.

    What other accreditations say is taken over as it is packed. Returns how many lines the accreditations have.
    """
    standards = sorted(set(standard_ids))
    blocks: dict[int, list[int]] = {}
    for identifier in sorted(set(accreditation_ids)):
        blocks.setdefault(identifier // ACCREDITATIONS_PER_BLOCK, []).append(identifier)
    await _lock(session, func.pg_advisory_xact_lock_shared(_LOCK))
    total = 0
    for block, owners in sorted(blocks.items()):
        await _lock(session, func.pg_advisory_xact_lock(_LOCK_OF_BLOCK, block))
        for start in range(0, len(standards), _STANDARDS_AT_ONCE):
            total += await _renew(session, block, owners, standards[start : start + _STANDARDS_AT_ONCE])
    return total


async def _renew(
    session: AsyncSession, block: int, owners: Sequence[int], standard_ids: Sequence[int]
) -> int:
    here = and_(_POSTING.block == block, _POSTING.standard_id.in_(standard_ids))
    parts: dict[int, list[Records]] = {}
    for standard_id, data in await session.execute(select(_POSTING.standard_id, _POSTING.data).where(here)):
        records = unpack(data)
        parts[standard_id] = [records[~np.isin(records["accreditation"], owners)]]
    lines: dict[int, list[Sequence[Any]]] = {}
    chosen = and_(_LINE.standard_id.in_(standard_ids), _LINE.accreditation_id.in_(owners))
    for row in await session.execute(_live_lines(chosen)):
        lines.setdefault(row[0], []).append(row)
    for standard_id, rows in lines.items():
        parts.setdefault(standard_id, []).append(_records(rows))
    await session.execute(delete(ScopePosting).where(here))
    made = [
        {"standard_id": standard_id, "block": block, "data": data}
        for standard_id, records_of in parts.items()
        if (data := _in_order(np.concatenate(records_of)).tobytes())
    ]
    if made:
        await session.execute(insert(ScopePosting), made)
    return sum(map(len, lines.values()))


def _in_order(records: Records) -> Records:
    return records[np.lexsort((records["line"], records["accreditation"]))]


def _live_lines(chosen: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*LINE_COLUMNS)
        .join_from(_LINE.id.table, _EDITION.id.table, _EDITION.number == _LINE.standard_number)
        .where(_LINE.live, chosen)
    )


async def _lock(session: AsyncSession, lock: ColumnElement[Any]) -> None:
    """Let nobody else derive the same postings until the transaction ends: he would not see its lines."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(lock))
