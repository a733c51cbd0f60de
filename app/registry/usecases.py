"""Reading the registry: one function per use case."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import Page
from app.models import Platform, SettingKind
from app.registry import filters, params, queries, schemas
from app.registry.checks import read_standards, region_codes, require_known
from app.registry.reading import PlatformParts, Reader, key_of, setting
from app.vocabulary.names import Names


async def list_platforms(
    session: AsyncSession, reader: Reader, asked: params.PlatformFilters
) -> Page[schemas.PlatformListed]:
    """Raises InvalidRequest for codes that do not exist, and InvalidCursor."""
    require_known(reader.names, field=asked.field, city=asked.city)
    where: list[ColumnElement[bool]] = []
    if asked.kind:
        where.append(queries.PLATFORM.c.kind.in_(asked.kind))
    if asked.tier:
        where.append(queries.PLATFORM.c.tier.in_(asked.tier))
    if asked.lead_type:
        where.append(queries.PLATFORM.c.lead_type.in_(asked.lead_type))
    if asked.field:
        where.append(filters.platform_has_field(asked.field))
    where += _place_and_demo(reader.names, asked.city, asked.demo)
    page = await queries.page_of_platforms(session, where, asked.sort, asked)
    fields = await queries.fields_of_platforms(session, [platform.id for platform in page.rows])
    return page.to_page(lambda platform: reader.platform_listed(platform, fields.get(platform.id, ())))


async def list_services(
    session: AsyncSession, reader: Reader, asked: params.ServiceFilters
) -> Page[schemas.ServiceListed]:
    """Raises InvalidRequest for codes and standard numbers that cannot be read, and InvalidCursor."""
    require_known(
        reader.names, field=asked.field, function=asked.function, city=asked.city, capability=asked.capability
    )
    where: list[ColumnElement[bool]] = []
    if asked.field:
        where.append(filters.service_has_field(asked.field))
    if asked.function:
        where.append(queries.SERVICE.c.function_code.in_(asked.function))
    if asked.platform is not None:
        where.append(has_key(queries.PLATFORM.c, asked.platform))
    if asked.capability:
        where.append(filters.service_has_term(asked.capability))
    if asked.standard:
        where.append(filters.service_has_standard(read_standards("/query/standard", asked.standard)))
    if asked.voucher is not None:
        where.append(queries.SERVICE.c.voucher_accepted == asked.voucher)
    where += _place_and_demo(reader.names, asked.city, asked.demo)
    page = await queries.page_of_services(session, where, asked.sort, asked)
    ids = [service.id for service, _ in page.rows]
    fields = await queries.fields_of_services(session, ids)
    prices = await queries.prices_of_services(session, ids)
    return page.to_page(
        lambda row: reader.service_listed(
            row[0], row[1], fields.get(row[0].id, ()), prices.get(row[0].id, ())
        )
    )


def _place_and_demo(names: Names, city: Sequence[str], demo: bool | None) -> Iterable[ColumnElement[bool]]:
    if city:
        yield filters.platform_in_region(region_codes(names, city))
    if demo is not None:
        yield queries.PLATFORM.c.demo == demo


async def get_platform(session: AsyncSession, reader: Reader, key: str) -> schemas.PlatformRead:
    """Raises PlatformNotFound, and Gone."""
    platform = await queries.get_platform(session, key)
    identifier = key_of(platform)
    fields = await queries.fields_of_platforms(session, [identifier])
    parts = await _parts(session, reader, platform, identifier)
    return reader.platform(platform, fields.get(identifier, ()), parts)


async def _parts(session: AsyncSession, reader: Reader, platform: Platform, identifier: int) -> PlatformParts:
    services = await queries.services_of(session, identifier)
    prices = await queries.prices_of_services(session, [key_of(service) for service in services])
    settings = await queries.settings_of(session, identifier)
    suspension = await queries.suspension_on(session, identifier, reader.on_date)
    return PlatformParts(
        operator=await queries.get_organisation(session, platform.operator_id),
        contacts=[
            schemas.ContactRead(name=row.name_zh, telephone=row.telephone, email=row.email, url=row.url)
            for row in await queries.contacts_of(session, identifier)
        ],
        intake=[
            schemas.IntakeStepRead(
                position=row.position,
                title=row.title_zh,
                description=row.description_zh,
                working_days=row.working_days,
            )
            for row in await queries.intake_of(session, identifier)
        ],
        equipment=[
            schemas.EquipmentRead(id=row.uid, name=row.name_zh, model=row.model, specs=row.specs_zh)
            for row in await queries.equipment_of(session, identifier)
        ],
        environments=[setting(row) for row in settings if row.kind is SettingKind.ENVIRONMENT],
        scenarios=[setting(row) for row in settings if row.kind is SettingKind.SCENARIO],
        services=[
            reader.service_brief(service, prices.get(key_of(service), ()), platform.demo)
            for service in services
        ],
        accreditations=[
            reader.accreditation_brief(accreditation, holder)
            for accreditation, holder in await queries.accreditations_of(session, identifier)
        ],
        suspension=suspension,
    )


async def get_service(session: AsyncSession, reader: Reader, key: str) -> schemas.ServiceRead:
    """Raises ServiceNotFound, and Gone."""
    service, platform = await queries.get_service(session, key)
    identifier = key_of(service)
    fields = await queries.fields_of_services(session, [identifier])
    prices = await queries.prices_of_services(session, [identifier])
    capabilities = await queries.capabilities_of(session, identifier)
    return reader.service(
        service, platform, fields.get(identifier, ()), prices.get(identifier, ()), capabilities
    )


async def get_accreditation(session: AsyncSession, reader: Reader, key: str) -> schemas.AccreditationRead:
    """Raises AccreditationNotFound, and Gone."""
    accreditation, holder, platform = await queries.get_accreditation(session, key)
    lines = await queries.count_scope_lines(session, key_of(accreditation))
    return reader.accreditation(accreditation, holder, platform, lines)
