"""Removes names and numbers that were kept only for rows that are gone."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata
from app.seeding.tables import Changes

_TABLES = metadata.tables
_NAMING = ("scope_line", "capability")
_CITING = (
    ("scope_line", "standard_number"),
    ("capability", "standard_number"),
    ("standard_equivalence", "number"),
    ("standard_equivalence", "adopts"),
    ("standard_supersession", "old"),
    ("standard_supersession", "new"),
)


async def prune_unused_names(session: AsyncSession, listed: Collection[str], changes: Changes) -> None:
    """Remove objects, parameters, dimensions, editions and unlisted standards that nothing names any more.

    `listed` are the numbers of the vocabulary, which stay. The postings must be up to date: they name
    standards too.
    """
    for name, column in (
        ("test_object", "object_id"),
        ("test_parameter", "parameter_id"),
        ("range_dimension", "range_dimension_id"),
    ):
        table = _TABLES[name]
        unused = [_not_in(table.c.id, user, column) for user in _NAMING]
        await _delete(session, table, unused, changes)
    edition, standard = _TABLES["standard_edition"], _TABLES["standard"]
    uncited = [_not_in(edition.c.number, user, column) for user, column in _CITING]
    await _delete(session, edition, [edition.c.number.not_in(listed), *uncited], changes)
    without_edition = _not_in(standard.c.id, "standard_edition", "standard_id")
    await _delete(session, standard, [~standard.c.listed, without_edition], changes)


def _not_in(value: ColumnElement[object], name: str, column: str) -> ColumnElement[bool]:
    used = _TABLES[name].c[column]
    return value.not_in(select(used).where(used.is_not(None)).distinct())


async def _delete(
    session: AsyncSession, table: Table, conditions: Collection[ColumnElement[bool]], changes: Changes
) -> None:
    found = await session.execute(delete(table).where(*conditions))
    changes.removed[table.name] += found.rowcount  # type: ignore[attr-defined]
