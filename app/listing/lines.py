"""Scope lines as rows: from a line as it was read to the columns of `scope_line`, for single edits and imports alike.

Objects, parameters, standards and dimensions are referred to by key; what is not known yet is made known, standards
and editions as unlisted, so that nobody sees them before something published cites them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.imports.scope_lines import ScopeLineRow, line_digest
from app.models import metadata
from app.vocabulary.ranges import Range
from app.vocabulary.rules import normal_form
from search.standard_numbers import standard_key

LINE = metadata.tables["scope_line"]
OBJECT = metadata.tables["test_object"]
PARAMETER = metadata.tables["test_parameter"]
DIMENSION = metadata.tables["range_dimension"]
STANDARD = metadata.tables["standard"]
EDITION = metadata.tables["standard_edition"]

_KEYS_PER_STATEMENT = 500

NO_RANGE: Mapping[str, Any] = {
    "range_written": None,
    "range_min": None,
    "range_max": None,
    "range_unit": None,
    "range_dimension_id": None,
    "range_low": None,
    "range_high": None,
    "range_low_open": False,
    "range_high_open": False,
    "range_grades": None,
}


def digest_of(line: ScopeLineRow) -> bytes:
    """Return the 16 bytes that are equal for two rows of one line; the accreditation is a column beside them."""
    return line_digest(line)


def range_columns(found: Range | None, dimensions: Mapping[str, int]) -> Mapping[str, Any]:
    """Return the columns of a range; `dimensions`: keys by dimension."""
    if found is None:
        return NO_RANGE
    return {
        "range_written": found.written,
        "range_min": found.min,
        "range_max": found.max,
        "range_unit": found.unit,
        "range_dimension_id": dimensions[found.dimension],
        "range_low": found.lo,
        "range_high": found.hi,
        "range_low_open": not found.lo_inclusive,
        "range_high_open": not found.hi_inclusive,
        "range_grades": None if found.grades is None else sorted(found.grades),
    }


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a line stands: its accreditation and the revision that brings it, or the import still doing so."""

    accreditation_id: int
    since_revision: int
    import_id: int | None = None


@dataclass
class Interner:
    """The keys of what lines name. Keeps them, so that an import asks for each name once; good for one import.

    Give it only sessions whose changes are kept: it remembers keys that a session taken back would have made.
    """

    objects: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    dimensions: dict[str, int] = field(default_factory=dict)
    standards: dict[str, int] = field(default_factory=dict)
    """By `standard_key` of the base number."""
    editions: dict[str, int] = field(default_factory=dict)

    async def learn(self, session: AsyncSession, lines: Iterable[ScopeLineRow]) -> None:
        """Make known whatever the lines name, a few statements for all of them."""
        batch = list(lines)
        objects = {normal_form(line.object): line.object for line in batch}
        parameters = {normal_form(line.parameter): line.parameter for line in batch}
        dimensions = {line.range.dimension for line in batch if line.range is not None}
        bases = {standard_key(line.standard_base): line.standard_base for line in batch}
        await make_known(session, OBJECT, "key", self.objects, _named(objects))
        await make_known(session, PARAMETER, "key", self.parameters, _named(parameters))
        await make_known(
            session, DIMENSION, "key", self.dimensions, {key: {"key": key} for key in dimensions}
        )
        await make_known(session, STANDARD, "key", self.standards, _unlisted(bases))
        editions = {
            line.standard: {
                "number": line.standard,
                "standard_id": self.standards[standard_key(line.standard_base)],
                "year": line.standard_year,
                "listed": False,
            }
            for line in batch
        }
        await make_known(session, EDITION, "number", self.editions, editions)

    def columns(
        self, line: ScopeLineRow, placed: Placed, *, effective_to: date | None = None
    ) -> dict[str, Any]:
        """Return the columns of a line of a draft; what it names must have been learnt."""
        return {
            "accreditation_id": placed.accreditation_id,
            "site_zh": line.site,
            "object_id": self.objects[normal_form(line.object)],
            "parameter_id": self.parameters[normal_form(line.parameter)],
            "standard_id": self.standards[standard_key(line.standard_base)],
            "standard_number": line.standard,
            "standard_year": line.standard_year,
            "clause": line.clause,
            "restriction_zh": line.restriction,
            "effective_from": line.effective_date,
            "effective_to": effective_to,
            **range_columns(line.range, self.dimensions),
            "live": False,
            "since_revision": placed.since_revision,
            "until_revision": None,
            "natural_key": digest_of(line),
            "import_id": placed.import_id,
        }


def _named(names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {key: {"key": key, "name_zh": name} for key, name in names.items()}


def _unlisted(bases: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {
        key: {"base": base, "key": key, "field_codes": [], "listed": False} for key, base in bases.items()
    }


async def make_known(
    session: AsyncSession, table: Table, key: str, known: dict[str, int], wanted: Mapping[str, dict[str, Any]]
) -> None:
    """Add to `known` the keys of all `wanted` rows, making those that the table does not have.

    Rows are made in one order by all, so that two who make the same ones do not wait for each other in a circle.
    """
    missing = sorted(wanted.keys() - known.keys())
    for part in _parts(missing, _KEYS_PER_STATEMENT):
        statement = select(table.c[key], table.c.id).where(table.c[key].in_(part))
        known.update((row[0], row[1]) for row in await session.execute(statement))
        new = [wanted[each] for each in part if each not in known]
        if new:
            insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
            await session.execute(insert(table).on_conflict_do_nothing(), new)
            known.update((row[0], row[1]) for row in await session.execute(statement))


def _parts(values: Sequence[Any], size: int) -> Iterable[list[Any]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


# Lines that are stored.

LINE_PARTS = (
    LINE.c.id,
    LINE.c.site_zh,
    OBJECT.c.name_zh.label("object"),
    PARAMETER.c.name_zh.label("parameter"),
    LINE.c.standard_number,
    LINE.c.standard_year,
    STANDARD.c.base.label("standard_base"),
    STANDARD.c.listed.label("in_vocabulary"),
    LINE.c.clause,
    LINE.c.restriction_zh,
    LINE.c.effective_from,
    LINE.c.effective_to,
    LINE.c.range_written,
    LINE.c.range_min,
    LINE.c.range_max,
    LINE.c.range_unit,
    LINE.c.range_low,
    LINE.c.range_high,
    LINE.c.range_low_open,
    LINE.c.range_high_open,
    LINE.c.range_grades,
    DIMENSION.c.key.label("dimension"),
    LINE.c.accreditation_id,
    LINE.c.live,
    LINE.c.since_revision,
    LINE.c.until_revision,
    LINE.c.natural_key,
)
"""All that a line says, with the names it refers to."""


def select_lines() -> Any:
    """Return the statement that reads `LINE_PARTS` of all lines."""
    return (
        select(*LINE_PARTS)
        .join(STANDARD, LINE.c.standard_id == STANDARD.c.id)
        .outerjoin(OBJECT, LINE.c.object_id == OBJECT.c.id)
        .outerjoin(PARAMETER, LINE.c.parameter_id == PARAMETER.c.id)
        .outerjoin(DIMENSION, LINE.c.range_dimension_id == DIMENSION.c.id)
    )


def stored_line(row: Any) -> ScopeLineRow:
    """Return the line of a row of `select_lines`."""
    return ScopeLineRow(
        row=row.id,
        site=row.site_zh,
        object=row.object or "",
        parameter=row.parameter or "",
        standard=row.standard_number,
        standard_base=row.standard_base,
        standard_year=row.standard_year,
        in_vocabulary=row.in_vocabulary,
        standard_title=None,
        clause=row.clause,
        range=_stored_range(row),
        restriction=row.restriction_zh,
        effective_date=row.effective_from,
    )


def _stored_range(row: Any) -> Range | None:
    if row.dimension is None:
        return None
    return Range(
        lo=row.range_low,
        hi=row.range_high,
        lo_inclusive=not row.range_low_open,
        hi_inclusive=not row.range_high_open,
        dimension=row.dimension,
        unit=row.range_unit or "",
        min=row.range_min,
        max=row.range_max,
        written=row.range_written,
        grades=None if row.range_grades is None else frozenset(row.range_grades),
    )


async def give_natural_keys(session: AsyncSession, accreditation_id: int) -> None:
    """Give their natural key to the lines of an accreditation that have none: those that were seeded.

    Call it, with the listing locked, before lines are compared by natural key. Of two seeded lines that are one,
    the later stays without. Costs one statement where nothing is to be done.
    """
    nameless = LINE.c.natural_key.is_(None)
    holding = (LINE.c.accreditation_id == accreditation_id, LINE.c.until_revision.is_(None))
    rows = (await session.execute(select_lines().where(*holding, nameless).order_by(LINE.c.id))).all()
    if not rows:
        return
    taken = set(await session.scalars(select(LINE.c.natural_key).where(*holding, ~nameless)))
    named: list[dict[str, Any]] = []
    for row in rows:
        key = digest_of(stored_line(row))
        if key not in taken:
            taken.add(key)
            named.append({"line": row.id, "name": key})
    if named:
        statement = update(LINE).where(LINE.c.id == bindparam("line")).values(natural_key=bindparam("name"))
        await (await session.connection()).execute(statement, named)
