"""Every SELECT on published scope lines.

Ids are chosen first, on indexes alone; only a page's lines are read whole. A live line is one of a live accreditation
of a live platform: publication and retirement keep it so.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, false, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import Accreditation, Organisation, Platform, Scheme, ScopeLine, metadata
from app.registry.errors import ScopeLineNotFound
from app.registry.filters import granted_and_valid, platform_in_region, suspension_holds
from app.registry.gone import refuse_gone_line
from app.registry.scope_values import covers_value, states_range
from app.vocabulary.ranges import Range
from app.vocabulary.rules import names_within
from search.standard_numbers import StandardNumber, standard_key

_ACCREDITATION = metadata.tables["accreditation"]
_DIMENSION = metadata.tables["range_dimension"]
_LINE = metadata.tables["scope_line"]
_OBJECT = metadata.tables["test_object"]
_ORGANISATION = metadata.tables["organisation"]
_PARAMETER = metadata.tables["test_parameter"]
_PLATFORM = metadata.tables["platform"]
_STANDARD = metadata.tables["standard"]
_SUSPENSION = metadata.tables["suspension"]

_ORDER = [SortKey(_LINE.c.accreditation_id), SortKey(_LINE.c.id)]


@dataclass(frozen=True)
class LineConditions:
    """Which lines are asked for, in normal forms; None and empty ask nothing.

    With `valid_on`, only lines that stand on that day under an accreditation granted and valid then, of a platform
    that is not suspended.
    """

    standard: StandardNumber | None = None
    object_keys: Collection[str] | None = None
    parameter_keys: Collection[str] | None = None
    schemes: Sequence[Scheme] = ()
    valid_on: date | None = None
    value: Range | None = None
    include_unstated: bool = False
    region_codes: Collection[str] = ()
    platform: str | None = None
    demo: bool | None = None


async def page_of_line_ids(session: AsyncSession, conditions: LineConditions, params: PageParams) -> RowPage:
    """Return a page of ids, ordered by accreditation and id."""
    tables: FromClause = _LINE.join(_ACCREDITATION, _LINE.c.accreditation_id == _ACCREDITATION.c.id)
    if conditions.platform is not None or conditions.region_codes or conditions.demo is not None:
        tables = tables.join(_PLATFORM, _ACCREDITATION.c.platform_id == _PLATFORM.c.id)
    suspended = () if conditions.valid_on is None else await _suspended(session, conditions.valid_on)
    where = [
        _LINE.c.live,
        _ACCREDITATION.c.live,
        *(await _what(session, conditions)),
        *_who(conditions),
        *(_when(conditions.valid_on) if conditions.valid_on is not None else ()),
        *(await _how_much(session, conditions)),
        *([_ACCREDITATION.c.platform_id.not_in(suspended)] if suspended else ()),
    ]
    return await fetch_page(session, select(_LINE.c.id).select_from(tables).where(*where), _ORDER, params)


async def _suspended(session: AsyncSession, day: date) -> Sequence[int]:
    """Return the platforms suspended on a day; they are few."""
    statement = select(_SUSPENSION.c.platform_id).where(suspension_holds(day)).distinct()
    return await _all(session, statement)


async def _what(session: AsyncSession, asked: LineConditions) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if asked.standard is not None:
        ids = select(_STANDARD.c.id).where(_STANDARD.c.key == standard_key(asked.standard.base))
        where.append(_LINE.c.standard_id.in_(await _all(session, ids)))
        if asked.standard.year is not None:
            where.append(_LINE.c.standard_year == asked.standard.year)
    if asked.object_keys is not None:
        where.append(_LINE.c.object_id.in_(await _naming(session, _OBJECT, asked.object_keys)))
    if asked.parameter_keys is not None:
        where.append(_LINE.c.parameter_id.in_(await _naming(session, _PARAMETER, asked.parameter_keys)))
    return where


async def _naming(session: AsyncSession, table: Table, names: Collection[str]) -> list[int]:
    """Return the keys of the written objects or parameters that name one of these, alone or in a list."""
    key = table.c.key
    in_a_list = and_(
        key.contains(","), or_(false(), *(key.contains(name, autoescape=True) for name in names))
    )
    rows = await session.execute(select(table.c.id, key).where(or_(key.in_(names), in_a_list)))
    return [identifier for identifier, written in rows if not names_within(written).isdisjoint(names)]


def _who(asked: LineConditions) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if asked.schemes:
        where.append(_ACCREDITATION.c.scheme.in_(asked.schemes))
    if asked.platform is not None:
        where.append(has_key(_PLATFORM.c, asked.platform))
    if asked.region_codes:
        where.append(platform_in_region(asked.region_codes))
    if asked.demo is not None:
        where.append(_PLATFORM.c.demo == asked.demo)
    return where


def _when(day: date) -> list[ColumnElement[bool]]:
    """Twin of `app.registry.rules.stands_on`, and of `accreditation_status` for `granted`."""
    return [
        granted_and_valid(day),
        or_(_LINE.c.effective_from.is_(None), _LINE.c.effective_from <= day),
        or_(_LINE.c.effective_to.is_(None), _LINE.c.effective_to >= day),
    ]


async def _how_much(session: AsyncSession, asked: LineConditions) -> list[ColumnElement[bool]]:
    """Lines that cover the value and, when that is wanted, those that do not say."""
    if asked.value is None:
        return []
    dimensions = await _all(session, select(_DIMENSION.c.id).where(_DIMENSION.c.key == asked.value.dimension))
    states = states_range(dimensions, asked.value)
    covered = and_(states, covers_value(asked.value, session.get_bind().dialect.name))
    return [or_(covered, not_(states)) if asked.include_unstated else covered]


async def _all(session: AsyncSession, statement: Any) -> Sequence[int]:
    """Read the few keys first: the choice of lines then needs no join, and the planner sees how many they are."""
    return (await session.scalars(statement)).all()


async def lines_by_id(session: AsyncSession, ids: Sequence[int]) -> Sequence[Any]:
    """Return rows for `Reader.scope_line`, in no order."""
    statement = (
        select(
            ScopeLine,
            Accreditation,
            Platform,
            Organisation,
            _LINE.c.id,
            _OBJECT.c.name_zh.label("object"),
            _PARAMETER.c.name_zh.label("parameter"),
            _STANDARD.c.base,
            _STANDARD.c.title_zh,
            _DIMENSION.c.key.label("dimension"),
        )
        .select_from(_LINE)
        .join(_ACCREDITATION, _LINE.c.accreditation_id == _ACCREDITATION.c.id)
        .join(_PLATFORM, _ACCREDITATION.c.platform_id == _PLATFORM.c.id)
        .join(_STANDARD, _LINE.c.standard_id == _STANDARD.c.id)
        .outerjoin(_ORGANISATION, _ACCREDITATION.c.holder_id == _ORGANISATION.c.id)
        .outerjoin(_OBJECT, _LINE.c.object_id == _OBJECT.c.id)
        .outerjoin(_PARAMETER, _LINE.c.parameter_id == _PARAMETER.c.id)
        .outerjoin(_DIMENSION, _LINE.c.range_dimension_id == _DIMENSION.c.id)
        .where(_LINE.c.id.in_(ids), _LINE.c.live, _ACCREDITATION.c.live, _PLATFORM.c.live)
    )
    return (await session.execute(statement)).all()


async def get_line(session: AsyncSession, line_id: int) -> Any:
    """Return one row for `Reader.scope_line`. Raises ScopeLineNotFound, and Gone for a line that was published once."""
    rows = await lines_by_id(session, [line_id])
    if not rows:
        await refuse_gone_line(session, line_id)
        raise ScopeLineNotFound
    return rows[0]
