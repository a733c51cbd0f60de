"""Every SELECT of releases: what goes into one, and what is kept of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import DepartmentRole
from app.auth.who import within_region
from app.kit.pagination import RowPage, SortKey, fetch_page
from app.models import (
    Accreditation,
    Capability,
    CatalogueRelease,
    Contact,
    Department,
    DepartmentDuty,
    Equipment,
    IntakeStep,
    Organisation,
    Platform,
    PriceOption,
    Service,
    Setting,
    metadata,
)
from app.registry import filters
from app.registry.queries import fields_of_platforms, fields_of_services, prices_of_services
from app.registry.reading import key_of
from app.releases.errors import ReleaseNotFound
from app.releases.schemas import ReleasesAsked

_ACCREDITATION = metadata.tables["accreditation"].c
_CAPABILITY = metadata.tables["capability"].c
_ENTRY = metadata.tables["catalogue_release_entry"].c
_FIELD = metadata.tables["field"].c
_LINE = metadata.tables["scope_line"].c
_LISTING = metadata.tables["listing"].c
_OBJECT = metadata.tables["test_object"].c
_ORGANISATION = metadata.tables["organisation"].c
_PARAMETER = metadata.tables["test_parameter"].c
_PLATFORM = metadata.tables["platform"].c
_RELEASE = metadata.tables["catalogue_release"].c
_SERVICE = metadata.tables["service"].c
# Any number will do, as long as nothing else in the database uses it.
_EDITION_LOCK = 7_120_250_629

Row = TypeVar("Row")


@dataclass(frozen=True)
class Wanted:
    """What is to be released. Empty collections, but for `kinds`: all."""

    region_code: str
    kinds: Collection[str]
    fields: Collection[str]
    region_codes: Collection[str]
    tiers: Collection[str]
    on_date: date


@dataclass(frozen=True)
class Parts:
    """What belongs to some platforms, by the key of the platform or, where it is theirs, of the service."""

    fields: Mapping[int, Sequence[str]]
    operators: Mapping[int, Organisation]
    contacts: Mapping[int, Sequence[Contact]]
    intake: Mapping[int, Sequence[IntakeStep]]
    equipment: Mapping[int, Sequence[Equipment]]
    settings: Mapping[int, Sequence[Setting]]
    services: Mapping[int, Sequence[Service]]
    service_fields: Mapping[int, Sequence[str]]
    prices: Mapping[int, Sequence[PriceOption]]
    capabilities: Mapping[int, Sequence[Any]]
    """Rows of (Capability, object, parameter)."""
    accreditations: Mapping[int, Sequence[Any]]
    """Rows of (Accreditation, holder or None, number of scope lines)."""


def may_stand_in(wanted: Wanted) -> ColumnElement[bool]:
    """The platform is public on the day, real, known to lie in the region, and asked for.

    The SQL side of `app.releases.rules.lies_in_province`, and more.
    """
    region = _PLATFORM.region_code
    in_province = or_(
        and_(region.startswith(wanted.region_code[:2]), _PLATFORM.in_province.is_not(False)),
        and_(region.is_(None), _PLATFORM.in_province.is_(True)),
    )
    # Only the region of a duty counts here.
    issuer = DepartmentRole(Department.SCIENCE, wanted.region_code, DepartmentDuty.PUBLISHER)
    return and_(
        _PLATFORM.live,
        _PLATFORM.demo.is_(False),
        filters.platform_is_open(wanted.on_date),
        in_province,
        within_region(issuer, region),
        _PLATFORM.kind.in_(wanted.kinds),
        *([filters.platform_has_field(wanted.fields)] if wanted.fields else []),
        *([filters.platform_in_region(wanted.region_codes)] if wanted.region_codes else []),
        *([_PLATFORM.tier.in_(wanted.tiers)] if wanted.tiers else []),
    )


async def hold_still(session: AsyncSession) -> None:
    """Let no revision be published until the transaction ends; SQLite has one writer anyway.

    Else a platform could be read half before and half after the publication of its next revision.
    """
    published = select(_LISTING.platform_id).where(_LISTING.published.is_not(None))
    await session.execute(published.order_by(_LISTING.platform_id).with_for_update(read=True))


async def platforms_for(session: AsyncSession, wanted: Wanted) -> Sequence[Platform]:
    """Return them in the order of entry."""
    statement = select(Platform).where(may_stand_in(wanted)).order_by(_PLATFORM.id)
    return (await session.scalars(statement)).all()


async def main_fields(session: AsyncSession) -> Mapping[str, str]:
    """Return for the code of each field that of the field it belongs to, or its own."""
    rows = await session.execute(select(_FIELD.code, _FIELD.parent_code))
    return {code: parent or code for code, parent in rows}


async def parts_of(session: AsyncSession, platforms: Sequence[Platform], on_date: date) -> Parts:
    """Return all that belongs to the platforms; some hundreds at a time."""
    ids = [key_of(platform) for platform in platforms]
    services = await _by_platform(session, Service, ids, by_position=False)
    service_ids = [key_of(service) for each in services.values() for service in each]
    return Parts(
        fields=await fields_of_platforms(session, ids),
        operators=await _operators(session, platforms),
        contacts=await _by_platform(session, Contact, ids),
        intake=await _by_platform(session, IntakeStep, ids),
        equipment=await _by_platform(session, Equipment, ids),
        settings=await _by_platform(session, Setting, ids),
        services=services,
        service_fields=await fields_of_services(session, service_ids),
        prices=await prices_of_services(session, service_ids),
        capabilities=await _capabilities(session, service_ids),
        accreditations=await _accreditations(session, ids, on_date),
    )


async def _by_platform(
    session: AsyncSession, table: type[Row], ids: Collection[int], *, by_position: bool = True
) -> Mapping[int, list[Row]]:
    rows: Table = table.__table__  # type: ignore[attr-defined]
    order = (rows.c.position, rows.c.id) if by_position else (rows.c.id,)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in await session.scalars(select(table).where(rows.c.platform_id.in_(ids)).order_by(*order)):
        found[row.platform_id].append(row)  # type: ignore[attr-defined]
    return found


async def _operators(session: AsyncSession, platforms: Sequence[Platform]) -> Mapping[int, Organisation]:
    ids = {platform.operator_id for platform in platforms if platform.operator_id is not None}
    rows = await session.scalars(select(Organisation).where(_ORGANISATION.id.in_(ids)))
    return {key_of(row): row for row in rows}


async def _capabilities(session: AsyncSession, ids: Collection[int]) -> Mapping[int, list[Any]]:
    statement = (
        select(Capability, _OBJECT.name_zh.label("object"), _PARAMETER.name_zh.label("parameter"))
        .outerjoin(_OBJECT.id.table, _CAPABILITY.object_id == _OBJECT.id)
        .outerjoin(_PARAMETER.id.table, _CAPABILITY.parameter_id == _PARAMETER.id)
        .where(_CAPABILITY.service_id.in_(ids))
        .order_by(_CAPABILITY.position, _CAPABILITY.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in await session.execute(statement):
        found[row[0].service_id].append(row)
    return found


async def _accreditations(
    session: AsyncSession, ids: Collection[int], on_date: date
) -> Mapping[int, list[Any]]:
    standing = and_(
        _LINE.accreditation_id == _ACCREDITATION.id,
        _LINE.live,
        or_(_LINE.effective_from.is_(None), _LINE.effective_from <= on_date),
        or_(_LINE.effective_to.is_(None), _LINE.effective_to >= on_date),
    )
    lines = select(func.count()).where(standing).correlate(_ACCREDITATION.id.table).scalar_subquery()
    statement = (
        select(Accreditation, Organisation, lines)
        .outerjoin(_ORGANISATION.id.table, _ACCREDITATION.holder_id == _ORGANISATION.id)
        .where(_ACCREDITATION.platform_id.in_(ids), _ACCREDITATION.live)
        .order_by(_ACCREDITATION.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in await session.execute(statement):
        found[row[0].platform_id].append(row)
    return found


async def next_edition(session: AsyncSession) -> int:
    """Return the number of the next edition; nobody else gets it before the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_EDITION_LOCK)))
    return (await session.scalar(select(func.max(_RELEASE.edition))) or 0) + 1


async def page_of_releases(session: AsyncSession, asked: ReleasesAsked) -> RowPage:
    """Return a page of CatalogueRelease, the newest first. Raises InvalidCursor."""
    statement = select(CatalogueRelease)
    if asked.region is not None:
        statement = statement.where(_RELEASE.region_code == asked.region)
    return await fetch_page(session, statement, [SortKey(_RELEASE.edition, descending=True)], asked)


async def get_release(session: AsyncSession, edition: int) -> CatalogueRelease:
    """Raises ReleaseNotFound."""
    release = await session.scalar(select(CatalogueRelease).where(_RELEASE.edition == edition))
    if release is None:
        raise ReleaseNotFound
    return release


async def get_latest(session: AsyncSession, region_code: str | None) -> CatalogueRelease:
    """Raises ReleaseNotFound."""
    statement = select(CatalogueRelease).order_by(_RELEASE.edition.desc()).limit(1)
    if region_code is not None:
        statement = statement.where(_RELEASE.region_code == region_code)
    release = await session.scalar(statement)
    if release is None:
        raise ReleaseNotFound
    return release


async def entries_of(session: AsyncSession, release: CatalogueRelease) -> list[str]:
    """Return the canonical JSON of each entry, in order."""
    statement = select(_ENTRY.content).where(_ENTRY.release_id == key_of(release)).order_by(_ENTRY.position)
    return list(await session.scalars(statement))
