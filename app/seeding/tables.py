"""Makes the rows of a table what the seed wants, by the fewest changes: equal rows keep their keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

Row = Mapping[str, Any]

_KEYS_PER_STATEMENT = 1000


@dataclass
class Changes:
    """How many rows of each table were written or removed."""

    written: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    @property
    def any(self) -> bool:
        """Whether any row was touched."""
        return self.written.total() + self.removed.total() > 0


async def upsert(
    session: AsyncSession, table: Table, key: str, rows: Sequence[Row], changes: Changes
) -> dict[str, Any]:
    """Insert or update rows by the unique column `key`; return the primary key of each row wanted, by `key`.

    Nothing is removed. `rows` stand in the order of insertion and have the same columns. A table whose
    primary key is `key` itself maps each key to itself.
    """
    primary = table.primary_key.columns[0]
    wanted = {row[key]: row for row in rows}
    if len(wanted) != len(rows):
        twice = next(value for value, count in Counter(row[key] for row in rows).items() if count > 1)
        raise ValueError(f"{table.name}.{key} {twice!r} is given twice")
    existing = {}
    for part in _parts(wanted):
        found = await session.execute(select(table).where(table.c[key].in_(part)))
        existing.update({row[key]: dict(row) for row in found.mappings()})
    new = [dict(row) for value, row in wanted.items() if value not in existing]
    changed = [
        dict(row) for value, row in wanted.items() if value in existing and _differs(row, existing[value])
    ]
    if new:
        await session.execute(insert(table), new)
    if changed:
        columns = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in changed[0]}
        statement = update(table).where(table.c[key] == bindparam("old_key")).values(columns)
        values = [
            {f"new_{name}": value for name, value in row.items()} | {"old_key": row[key]} for row in changed
        ]
        connection = await session.connection()
        await connection.execute(statement, values)
    changes.written[table.name] += len(new) + len(changed)
    ids: dict[str, Any] = {}
    for part in _parts(wanted):
        found = await session.execute(select(table.c[key], primary).where(table.c[key].in_(part)))
        ids.update({row[0]: row[1] for row in found})
    return ids


async def remove(
    session: AsyncSession, table: Table, key: str, values: Iterable[Any], changes: Changes
) -> None:
    """Delete the rows whose column `key` has one of `values`."""
    for part in _parts(values):
        found = await session.execute(delete(table).where(table.c[key].in_(part)))
        changes.removed[table.name] += found.rowcount  # type: ignore[attr-defined]


async def replace(
    session: AsyncSession,
    table: Table,
    rows: Sequence[Row],
    changes: Changes,
    *,
    owner: str | None = None,
    owners: Iterable[Any] = (),
) -> None:
    """Make the rows of `owners` (or of the whole table) exactly `rows`, compared by what they hold.

    `owner` is the column that names whom a row belongs to. A row that is there already stays as it is.
    """
    names = sorted(rows[0]) if rows else [column.name for column in table.columns]
    keys = list(table.primary_key.columns)
    missing = Counter(_content(row, names) for row in rows)
    by_content = {_content(row, names): row for row in rows}
    vanished = []
    for condition in _conditions(table, owner, owners):
        for row in (await session.execute(select(table).where(condition))).mappings():
            content = _content(dict(row), names)
            if missing[content] > 0:
                missing[content] -= 1
            else:
                vanished.append([row[column.name] for column in keys])
    await _delete_by_keys(session, table, vanished, changes)
    new = [dict(by_content[content]) for content in missing.elements()]
    if new:
        await session.execute(insert(table), new)
    changes.written[table.name] += len(new)


async def _delete_by_keys(
    session: AsyncSession, table: Table, keys: Sequence[Sequence[Any]], changes: Changes
) -> None:
    columns = list(table.primary_key.columns)
    statement = delete(table)
    for column in columns:
        statement = statement.where(column == bindparam(f"key_{column.name}"))
    if keys:
        values = [
            {f"key_{column.name}": value for column, value in zip(columns, key, strict=True)} for key in keys
        ]
        connection = await session.connection()
        await connection.execute(statement, values)
        changes.removed[table.name] += len(keys)


def _conditions(table: Table, owner: str | None, owners: Iterable[Any]) -> Iterator[ColumnElement[bool]]:
    if owner is None:
        yield true()
        return
    for part in _parts(owners):
        yield table.c[owner].in_(part)


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    everything = list(values)
    for start in range(0, len(everything), _KEYS_PER_STATEMENT):
        yield everything[start : start + _KEYS_PER_STATEMENT]


def _differs(wanted: Row, existing: Row) -> bool:
    return any(existing[name] != value for name, value in wanted.items())


def _content(row: Row, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(_hashable(row[name]) for name in names)


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_hashable(each) for each in value)
    if isinstance(value, dict):
        return frozenset((name, _hashable(each)) for name, each in value.items())
    return value
