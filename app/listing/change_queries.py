"""The scope lines in which a draft differs from what is published."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import PageParams, RowPage
from app.listing.draft_queries import IN_DRAFT, page_of_lines
from app.listing.lines import LINE, select_lines

_OTHER = LINE.alias("other_line")


@dataclass(frozen=True)
class LineCounts:
    """How many lines the draft adds, takes out, and changes while they stay the same line."""

    added: int = 0
    removed: int = 0
    edited: int = 0


def _new(revision: int) -> ColumnElement[bool]:
    return and_(LINE.c.since_revision == revision, *IN_DRAFT)


def _old(revision: int) -> ColumnElement[bool]:
    return and_(
        LINE.c.until_revision == revision, LINE.c.since_revision < revision, LINE.c.import_id.is_(None)
    )


def _has_twin(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    same = (
        _OTHER.c.accreditation_id == LINE.c.accreditation_id,
        _OTHER.c.natural_key == LINE.c.natural_key,
        _OTHER.c.import_id.is_(None),
    )
    return exists(select(_OTHER.c.id).where(*same, *conditions))


def _replaced(revision: int) -> ColumnElement[bool]:
    """The old line has a new one of the same natural key."""
    return _has_twin(_OTHER.c.since_revision == revision, _OTHER.c.until_revision.is_(None))


def _replacing(revision: int) -> ColumnElement[bool]:
    """The new line has an old one of the same natural key."""
    return _has_twin(_OTHER.c.until_revision == revision, _OTHER.c.since_revision < revision)


async def count_changed_lines(
    session: AsyncSession, accreditation_ids: Collection[int], revision: int
) -> LineCounts:
    """Count the lines that the draft of a revision changes."""

    async def count(*conditions: ColumnElement[bool]) -> int:
        statement = select(func.count()).where(LINE.c.accreditation_id.in_(accreditation_ids), *conditions)
        return await session.scalar(statement) or 0

    edited = await count(_new(revision), _replacing(revision))
    return LineCounts(
        added=await count(_new(revision)) - edited,
        removed=await count(_old(revision), ~_replaced(revision)),
        edited=edited,
    )


async def page_of_changed_lines(
    session: AsyncSession, accreditation_ids: Collection[int], revision: int, params: PageParams
) -> RowPage:
    """Return rows of `select_lines`: new lines, and old ones that no new one replaces."""
    changed = or_(_new(revision), and_(_old(revision), ~_replaced(revision)))
    return await page_of_lines(session, accreditation_ids, changed, params=params)


async def lines_before(
    session: AsyncSession, rows: Collection[Any], revision: int
) -> Mapping[tuple[int, bytes], Any]:
    """Return the old lines that lines of a page replace, by accreditation and natural key."""
    statement = select_lines().where(
        LINE.c.accreditation_id.in_({row.accreditation_id for row in rows}),
        LINE.c.natural_key.in_([row.natural_key for row in rows if row.natural_key is not None]),
        _old(revision),
    )
    return {(row.accreditation_id, row.natural_key): row for row in await session.execute(statement)}
