"""Names and numbers that rows refer to by a dense key: made once, found again by their normal form."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata
from app.seeding.tables import Changes, Row
from app.seeding.vocabulary_rows import Cited, unlisted_standard_row
from app.vocabulary.rules import normal_form

_STANDARD = metadata.tables["standard"]
_EDITION = metadata.tables["standard_edition"]
_OBJECT = metadata.tables["test_object"]
_PARAMETER = metadata.tables["test_parameter"]
_DIMENSION = metadata.tables["range_dimension"]


@dataclass
class Names:
    """What a batch of rows names; collected first, then made known by `intern` in a few statements."""

    objects: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    dimensions: set[str] = field(default_factory=set)
    standards: dict[str, Cited] = field(default_factory=dict)

    def add_object(self, name: str | None) -> None:
        """Note the name of a test object; the first spelling met is kept."""
        if name:
            self.objects.setdefault(normal_form(name), name)

    def add_parameter(self, name: str | None) -> None:
        """Note the name of a test parameter; the first spelling met is kept."""
        if name:
            self.parameters.setdefault(normal_form(name), name)


@dataclass(frozen=True)
class Ids:
    """The keys of every name of a batch."""

    objects: dict[str, int]
    parameters: dict[str, int]
    dimensions: dict[str, int]
    standards: dict[str, int]

    def object_id(self, name: str | None) -> int | None:
        """Return the key of a test object, None for no name."""
        return self.objects[normal_form(name)] if name else None

    def parameter_id(self, name: str | None) -> int | None:
        """Return the key of a test parameter, None for no name."""
        return self.parameters[normal_form(name)] if name else None


async def intern(session: AsyncSession, names: Names, changes: Changes) -> Ids:
    """Make known whatever of `names` is not, and return the keys of all."""
    standards = await intern_standards(session, names.standards.values(), changes)
    objects = [{"key": key, "name_zh": name} for key, name in names.objects.items()]
    parameters = [{"key": key, "name_zh": name} for key, name in names.parameters.items()]
    dimensions: list[Row] = [{"key": key} for key in sorted(names.dimensions)]
    return Ids(
        objects=await _ensure(session, _OBJECT, "key", objects, changes),
        parameters=await _ensure(session, _PARAMETER, "key", parameters, changes),
        dimensions=await _ensure(session, _DIMENSION, "key", dimensions, changes),
        standards=standards,
    )


async def intern_standards(
    session: AsyncSession, cited: Iterable[Cited], changes: Changes, *, listed: Container[str] = ()
) -> dict[str, int]:
    """Make known the standards and editions cited; return the key of each standard by its base number.

    `listed` are the numbers of the vocabulary.
    """
    numbers = {each.number: each for each in cited}
    bases = dict.fromkeys(each.base for each in numbers.values())
    ids = await _ensure(session, _STANDARD, "base", [unlisted_standard_row(base) for base in bases], changes)
    editions = [
        {
            "number": each.number,
            "standard_id": ids[each.base],
            "year": each.year,
            "listed": each.number in listed,
        }
        for each in numbers.values()
    ]
    await _ensure(session, _EDITION, "number", editions, changes)
    return ids


async def _ensure(
    session: AsyncSession, table: Table, key: str, rows: Iterable[Row], changes: Changes
) -> dict[str, int]:
    """Insert the rows whose `key` the table does not have; return every key of the table."""
    statement = select(table.c[key], table.c.id)
    known: dict[str, int] = {row[0]: row[1] for row in await session.execute(statement)}
    new = [dict(row) for row in rows if row[key] not in known]
    if not new:
        return known
    await session.execute(insert(table), new)
    changes.written[table.name] += len(new)
    return {row[0]: row[1] for row in await session.execute(statement)}
