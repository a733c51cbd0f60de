"""Every SELECT of the vocabularies' own endpoints."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import (
    CapabilityTerm,
    FieldCrosswalk,
    FieldOfIndustry,
    Region,
    ServiceFunction,
    Standard,
    StandardEdition,
    StandardEquivalence,
    StandardSupersession,
    metadata,
)

STANDARD = metadata.tables["standard"].c
_FIELD = metadata.tables["field"].c
_CROSSWALK = metadata.tables["field_crosswalk"].c
_REGION = metadata.tables["region"].c
_FUNCTION = metadata.tables["service_function"].c
_TERM = metadata.tables["capability_term"].c
_CAPABILITY = metadata.tables["capability"].c
_LINE = metadata.tables["scope_line"].c
_PLATFORM = metadata.tables["platform"].c
_SERVICE = metadata.tables["service"].c
_SUPERSESSION = metadata.tables["standard_supersession"].c
_EDITION = metadata.tables["standard_edition"].c
_EQUIVALENCE = metadata.tables["standard_equivalence"].c


async def fields(session: AsyncSession) -> Sequence[FieldOfIndustry]:
    """Return fields and sub-directions in the order of the plans."""
    statement = select(FieldOfIndustry).order_by(_FIELD.position, _FIELD.code)
    return (await session.scalars(statement)).all()


async def crosswalks(session: AsyncSession) -> Mapping[str, Sequence[FieldCrosswalk]]:
    """Return the crosswalks of each field by its code."""
    found: dict[str, list[FieldCrosswalk]] = defaultdict(list)
    statement = select(FieldCrosswalk).order_by(_CROSSWALK.taxonomy, _CROSSWALK.code)
    for crosswalk in await session.scalars(statement):
        found[crosswalk.field_code].append(crosswalk)
    return found


async def regions(session: AsyncSession, *, parent: str | None, level: str | None) -> Sequence[Region]:
    """Return regions by code, abolished ones too."""
    statement = select(Region).order_by(_REGION.code)
    if parent is not None:
        statement = statement.where(_REGION.parent_code == parent)
    if level is not None:
        statement = statement.where(_REGION.level == level)
    return (await session.scalars(statement)).all()


async def region(session: AsyncSession, code: str) -> Region | None:
    return await session.get(Region, code)


async def region_names(session: AsyncSession, codes: Collection[str]) -> Sequence[Region]:
    statement = select(Region).where(_REGION.code.in_(codes)).order_by(_REGION.code)
    return (await session.scalars(statement)).all()


async def functions(session: AsyncSession, group: str | None) -> Sequence[ServiceFunction]:
    """Return service functions in the order of the official lists."""
    statement = select(ServiceFunction).order_by(_FUNCTION.position)
    if group is not None:
        statement = statement.where(_FUNCTION.group == group)
    return (await session.scalars(statement)).all()


async def terms(session: AsyncSession) -> Sequence[CapabilityTerm]:
    """Return every capability term; there are some hundreds."""
    return (await session.scalars(select(CapabilityTerm).order_by(_TERM.position, _TERM.code))).all()


async def term(session: AsyncSession, code: str) -> CapabilityTerm | None:
    return await session.get(CapabilityTerm, code)


async def page_of_terms(session: AsyncSession, codes: Collection[str], params: PageParams) -> RowPage:
    """Return a page of the terms with these codes. Raises InvalidCursor."""
    statement = select(CapabilityTerm).where(_TERM.code.in_(codes))
    return await fetch_page(session, statement, [SortKey(_TERM.position), SortKey(_TERM.code)], params)


async def page_of_standards(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return a page of standards by base number. Raises InvalidCursor."""
    statement = select(Standard).where(standard_is_public(), *where)
    return await fetch_page(session, statement, [SortKey(STANDARD.base)], params)


async def standards_serving(session: AsyncSession, term_code: str) -> Sequence[Standard]:
    statement = select(Standard).where(STANDARD.capability_code == term_code).order_by(STANDARD.base)
    return (await session.scalars(statement)).all()


async def bases_by_field(session: AsyncSession) -> Mapping[str, Collection[str]]:
    """Return the field codes of every standard that has any, by base number."""
    rows = await session.execute(select(STANDARD.base, STANDARD.field_codes).where(STANDARD.listed))
    return {row.base: row.field_codes for row in rows}


async def editions(session: AsyncSession, ids: Collection[int]) -> Mapping[int, Sequence[StandardEdition]]:
    """Return the public editions of each standard by its key, oldest first, numbers without a year last."""
    found: dict[int, list[StandardEdition]] = defaultdict(list)
    statement = select(StandardEdition).where(_EDITION.standard_id.in_(ids), _edition_is_public())
    for edition in await session.scalars(statement):
        found[edition.standard_id].append(edition)
    for each in found.values():
        each.sort(key=lambda edition: (edition.year is None, edition.year or 0, edition.number))
    return found


async def standard_by_base(session: AsyncSession, base: str) -> Standard | None:
    """Return the standard, unless only a draft cites it."""
    return await session.scalar(select(Standard).where(STANDARD.base == base, standard_is_public()))


def standard_is_public() -> ColumnElement[bool]:
    """The standard is of the vocabulary, related to one that is, or cited by something published."""
    base = STANDARD.base
    return or_(
        STANDARD.listed,
        exists().where(_LINE.standard_id == STANDARD.id, _LINE.live),
        exists(_offered().where(_CAPABILITY.standard_id == STANDARD.id)),
        exists().where(or_(_EQUIVALENCE.base == base, _EQUIVALENCE.adopts_base == base)),
        exists().where(or_(_SUPERSESSION.old_base == base, _SUPERSESSION.new_base == base)),
    )


def _edition_is_public() -> ColumnElement[bool]:
    number, standard = _EDITION.number, _EDITION.standard_id
    return or_(
        _EDITION.listed,
        exists().where(_LINE.standard_id == standard, _LINE.standard_number == number, _LINE.live),
        exists(_offered().where(_CAPABILITY.standard_id == standard, _CAPABILITY.standard_number == number)),
        exists().where(or_(_EQUIVALENCE.number == number, _EQUIVALENCE.adopts == number)),
        exists().where(or_(_SUPERSESSION.old == number, _SUPERSESSION.new == number)),
    )


def _offered() -> Select[Any]:
    """Capabilities of the services of public platforms."""
    return (
        select(_CAPABILITY.id)
        .join_from(_CAPABILITY.id.table, _SERVICE.id.table, _SERVICE.id == _CAPABILITY.service_id)
        .join(_PLATFORM.id.table, _PLATFORM.id == _SERVICE.platform_id)
        .where(_PLATFORM.live)
    )


async def equivalences(session: AsyncSession, base: str) -> Sequence[StandardEquivalence]:
    """Return what editions of `base` adopt and what adopts them."""
    statement = (
        select(StandardEquivalence)
        .where(or_(_EQUIVALENCE.base == base, _EQUIVALENCE.adopts_base == base))
        .order_by(_EQUIVALENCE.number, _EQUIVALENCE.adopts)
    )
    return (await session.scalars(statement)).all()


async def supersessions(session: AsyncSession) -> Sequence[StandardSupersession]:
    """Return every replacement, by numbers; there are some hundreds."""
    table = metadata.tables["standard_supersession"].c
    return (await session.scalars(select(StandardSupersession).order_by(table.old, table.new))).all()
