"""Every SELECT of matching. Only columns are read, never entities; only what is published is there."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata

IN_LIMIT = 5_000
"""How many values one IN list may hold on both databases."""

_NOT_SHOWN = frozenset({"object_id", "parameter_id", "range_dimension_id"})


async def rows_of(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[Any]:
    """Return all rows of a statement."""
    return list((await session.execute(statement)).all())


def table(name: str) -> FromClause:
    """Return a table by its name."""
    return metadata.tables[name]


def has_lines(accreditation_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether an accreditation has scope lines today."""
    line = table("scope_line").c
    return exists().where(line.accreditation_id == accreditation_id, line.live)


# --- Scope lines --------------------------------------------------------------------------------------------


async def postings_of(session: AsyncSession, standard_ids: Iterable[int]) -> dict[int, list[bytes]]:
    """Return the packed lines of each standard, in one query."""
    posting = table("scope_posting").c
    found: dict[int, list[bytes]] = {}
    for chunk in _chunks(sorted(set(standard_ids))):
        rows = await session.execute(
            select(posting.standard_id, posting.data)
            .where(posting.standard_id.in_(chunk))
            .order_by(posting.standard_id, posting.block)
        )
        for standard_id, data in rows:
            found.setdefault(standard_id, []).append(data)
    return found


async def ranges_of(session: AsyncSession, line_ids: Iterable[int]) -> list[Any]:
    """Return the ranges of some scope lines that state one."""
    line, dimension = table("scope_line"), table("range_dimension")
    statement = select(
        line.c.id,
        *(column for column in line.c if column.key.startswith("range_") and column.key not in _NOT_SHOWN),
        dimension.c.key.label("dimension"),
    ).join_from(line, dimension, dimension.c.id == line.c.range_dimension_id)
    rows: list[Any] = []
    for chunk in _chunks(sorted(set(line_ids))):
        rows += await rows_of(session, statement.where(line.c.id.in_(chunk)))
    return rows


def full_lines() -> Select[Any]:
    """Return the statement for published scope lines with the names of what they refer to."""
    line, standard, obj, parameter, dimension = (
        table(n) for n in ("scope_line", "standard", "test_object", "test_parameter", "range_dimension")
    )
    return (
        select(
            *(c for c in line.c if c.key not in _NOT_SHOWN),
            standard.c.base.label("standard_base"),
            standard.c.capability_code.label("standard_term"),
            obj.c.name_zh.label("object_zh"),
            obj.c.key.label("object_key"),
            parameter.c.name_zh.label("parameter_zh"),
            parameter.c.key.label("parameter_key"),
            dimension.c.key.label("dimension"),
        )
        .join_from(line, standard, standard.c.id == line.c.standard_id)
        .outerjoin(obj, obj.c.id == line.c.object_id)
        .outerjoin(parameter, parameter.c.id == line.c.parameter_id)
        .outerjoin(dimension, dimension.c.id == line.c.range_dimension_id)
        .where(line.c.live)
    )


async def scope_lines(session: AsyncSession, line_ids: Iterable[int]) -> list[Any]:
    """Return full scope lines by their keys, but for those that are not published any more."""
    line, statement = table("scope_line"), full_lines()
    rows: list[Any] = []
    for chunk in _chunks(sorted(set(line_ids))):
        rows += await rows_of(session, statement.where(line.c.id.in_(chunk)))
    return rows


async def accreditations_of(session: AsyncSession, platform_ids: Iterable[int]) -> list[Any]:
    """Return the accreditations of some platforms with the name of a partner that holds them."""
    accreditation, holder = table("accreditation"), table("organisation")
    statement = (
        select(
            accreditation,
            holder.c.name_zh.label("holder_zh"),
            holder.c.name_en.label("holder_en"),
            (~has_lines(accreditation.c.id)).label("empty_scope"),
        )
        .outerjoin_from(accreditation, holder, holder.c.id == accreditation.c.holder_id)
        .where(accreditation.c.live)
        .order_by(accreditation.c.id)
    )
    return [
        row
        for chunk in _chunks(sorted(set(platform_ids)))
        for row in await session.execute(statement.where(accreditation.c.platform_id.in_(chunk)))
    ]


# --- Services -----------------------------------------------------------------------------------------------


def full_capabilities() -> Select[Any]:
    """Return the statement for service capabilities with the names of what they refer to, in their order."""
    capability, service, standard, obj, parameter, dimension = (
        table(n)
        for n in (
            "capability",
            "service",
            "standard",
            "test_object",
            "test_parameter",
            "range_dimension",
        )
    )
    c = capability.c
    return (
        select(
            *(column for column in c if column.key not in _NOT_SHOWN),
            service.c.platform_id,
            service.c.lead_time_days,
            standard.c.base.label("standard_base"),
            standard.c.capability_code.label("standard_term"),
            obj.c.name_zh.label("object_zh"),
            obj.c.key.label("object_key"),
            parameter.c.name_zh.label("parameter_zh"),
            parameter.c.key.label("parameter_key"),
            dimension.c.key.label("dimension"),
        )
        .join_from(capability, service, service.c.id == c.service_id)
        .outerjoin(standard, standard.c.id == c.standard_id)
        .outerjoin(obj, obj.c.id == c.object_id)
        .outerjoin(parameter, parameter.c.id == c.parameter_id)
        .outerjoin(dimension, dimension.c.id == c.range_dimension_id)
        .order_by(c.id)
    )


async def capabilities_for(
    session: AsyncSession, standard_ids: Iterable[int], terms: Iterable[str]
) -> list[Any]:
    """Return the service capabilities that state one of the standards or one of the terms."""
    c = table("capability").c
    wanted: list[ColumnElement[bool]] = []
    if standards := sorted(set(standard_ids)):
        wanted.append(c.standard_id.in_(standards))
    if codes := sorted(set(terms)):
        wanted.append(c.term_code.in_(codes))
    return await rows_of(session, full_capabilities().where(or_(*wanted))) if wanted else []


async def services_by(
    session: AsyncSession, *, ids: Iterable[int] = (), uids: Iterable[UUID] = ()
) -> list[Any]:
    """Return services with their lowest stated price (null when only negotiable)."""
    service, price = table("service"), table("price_option")
    lowest = (
        select(price.c.service_id, func.min(price.c.min_cny).label("price_cny"))
        .group_by(price.c.service_id)
        .subquery()
    )
    s = service.c
    statement = select(
        s.id,
        s.uid,
        s.slug,
        s.platform_id,
        s.function_code,
        s.title_zh,
        s.title_en,
        s.lead_time_days,
        s.voucher_accepted,
        s.entry_trl,
        s.exit_trl,
        lowest.c.price_cny,
    ).outerjoin_from(service, lowest, lowest.c.service_id == s.id)
    rows: list[Any] = []
    for chunk in _chunks(sorted(set(ids))):
        rows += await rows_of(session, statement.where(s.id.in_(chunk)))
    for chunk in _chunks(sorted(set(uids))):
        rows += await rows_of(session, statement.where(s.uid.in_(chunk)))
    return rows


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(values), IN_LIMIT):
        yield values[start : start + IN_LIMIT]
