"""Every SELECT on published platforms, services and accreditations.

Scope lines have `app.registry.scope_queries`. Whatever is not live is not there.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import (
    Accreditation,
    Capability,
    Contact,
    Equipment,
    IntakeStep,
    ItemKind,
    Organisation,
    Platform,
    PriceOption,
    Service,
    Setting,
    Suspension,
    metadata,
)
from app.registry.errors import AccreditationNotFound, PlatformNotFound, ServiceNotFound
from app.registry.filters import suspension_holds
from app.registry.gone import refuse_gone
from app.registry.params import NameSort

ACCREDITATION = metadata.tables["accreditation"]
CAPABILITY = metadata.tables["capability"]
CONTACT = metadata.tables["contact"]
EQUIPMENT = metadata.tables["equipment"]
INTAKE_STEP = metadata.tables["intake_step"]
ORGANISATION = metadata.tables["organisation"]
PLATFORM = metadata.tables["platform"]
PLATFORM_FIELD = metadata.tables["platform_field"]
PRICE = metadata.tables["price_option"]
RANGE_DIMENSION = metadata.tables["range_dimension"]
SCOPE_LINE = metadata.tables["scope_line"]
SERVICE = metadata.tables["service"]
SERVICE_FIELD = metadata.tables["service_field"]
SETTING = metadata.tables["setting"]
STANDARD = metadata.tables["standard"]
SUSPENSION = metadata.tables["suspension"]
TEST_OBJECT = metadata.tables["test_object"]
TEST_PARAMETER = metadata.tables["test_parameter"]


async def get_platform(session: AsyncSession, key: str) -> Platform:
    """Raises PlatformNotFound, and Gone for a platform that is retired."""
    platform = await session.scalar(select(Platform).where(has_key(PLATFORM.c, key), PLATFORM.c.live))
    if platform is None:
        await refuse_gone(session, ItemKind.PLATFORM, key)
        raise PlatformNotFound
    return platform


async def get_service(session: AsyncSession, key: str) -> tuple[Service, Platform]:
    """Raises ServiceNotFound, and Gone for a service that was removed or whose platform is retired."""
    row = (await session.execute(_services_with_platform().where(has_key(SERVICE.c, key)))).first()
    if row is None:
        await refuse_gone(session, ItemKind.SERVICE, key)
        raise ServiceNotFound
    return row[0], row[1]


async def get_accreditation(
    session: AsyncSession, key: str
) -> tuple[Accreditation, Organisation | None, Platform]:
    """Return an accreditation, the partner body that holds it, and its platform.

    Raises AccreditationNotFound, and Gone for one that was removed or whose platform is retired.
    """
    statement = (
        select(Accreditation, Organisation, Platform)
        .join(PLATFORM, ACCREDITATION.c.platform_id == PLATFORM.c.id)
        .outerjoin(ORGANISATION, ACCREDITATION.c.holder_id == ORGANISATION.c.id)
        .where(has_key(ACCREDITATION.c, key), ACCREDITATION.c.live, PLATFORM.c.live)
    )
    row = (await session.execute(statement)).first()
    if row is None:
        await refuse_gone(session, ItemKind.ACCREDITATION, key)
        raise AccreditationNotFound
    return row[0], row[1], row[2]


async def count_scope_lines(session: AsyncSession, accreditation_id: int) -> int:
    statement = select(func.count()).where(
        SCOPE_LINE.c.accreditation_id == accreditation_id, SCOPE_LINE.c.live
    )
    return await session.scalar(statement) or 0


async def page_of_platforms(
    session: AsyncSession,
    conditions: Sequence[ColumnElement[bool]],
    sort: NameSort | None,
    params: PageParams,
) -> RowPage:
    """Return a page of Platform."""
    order = _order(PLATFORM.c.name_zh, PLATFORM.c.id, sort)
    return await fetch_page(session, select(Platform).where(PLATFORM.c.live, *conditions), order, params)


async def page_of_services(
    session: AsyncSession,
    conditions: Sequence[ColumnElement[bool]],
    sort: NameSort | None,
    params: PageParams,
) -> RowPage:
    """Return a page of (Service, Platform)."""
    order = _order(SERVICE.c.title_zh, SERVICE.c.id, sort)
    return await fetch_page(session, _services_with_platform().where(*conditions), order, params)


def _services_with_platform() -> Any:
    return (
        select(Service, Platform)
        .join(PLATFORM, SERVICE.c.platform_id == PLATFORM.c.id)
        .where(PLATFORM.c.live)
    )


def _order(name: ColumnElement[str], identifier: ColumnElement[int], sort: NameSort | None) -> list[SortKey]:
    if sort is None:
        return [SortKey(identifier)]
    descending = sort is NameSort.NAME_DESCENDING
    return [SortKey(name, descending), SortKey(identifier, descending)]


async def fields_of_platforms(session: AsyncSession, ids: Collection[int]) -> Mapping[int, list[str]]:
    """Return the field codes of each platform, sorted."""
    return await _fields(session, PLATFORM_FIELD.c.platform_id, PLATFORM_FIELD.c.field_code, ids)


async def fields_of_services(session: AsyncSession, ids: Collection[int]) -> Mapping[int, list[str]]:
    """Return the field codes of each service, sorted."""
    return await _fields(session, SERVICE_FIELD.c.service_id, SERVICE_FIELD.c.field_code, ids)


async def _fields(
    session: AsyncSession, owner: ColumnElement[int], code: ColumnElement[str], ids: Collection[int]
) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for owner_id, field in await session.execute(select(owner, code).where(owner.in_(ids)).order_by(code)):
        found[owner_id].append(field)
    return found


async def prices_of_services(session: AsyncSession, ids: Collection[int]) -> Mapping[int, list[PriceOption]]:
    """Return the price options of each service in their order."""
    found: dict[int, list[PriceOption]] = defaultdict(list)
    statement = select(PriceOption).where(PRICE.c.service_id.in_(ids)).order_by(PRICE.c.position, PRICE.c.id)
    for option in await session.scalars(statement):
        found[option.service_id].append(option)
    return found


async def get_organisation(session: AsyncSession, organisation_id: int | None) -> Organisation | None:
    return None if organisation_id is None else await session.get(Organisation, organisation_id)


async def contacts_of(session: AsyncSession, platform_id: int) -> Sequence[Contact]:
    return await _belonging(session, select(Contact), CONTACT, platform_id)


async def intake_of(session: AsyncSession, platform_id: int) -> Sequence[IntakeStep]:
    return await _belonging(session, select(IntakeStep), INTAKE_STEP, platform_id)


async def equipment_of(session: AsyncSession, platform_id: int) -> Sequence[Equipment]:
    return await _belonging(session, select(Equipment), EQUIPMENT, platform_id)


async def settings_of(session: AsyncSession, platform_id: int) -> Sequence[Setting]:
    """Return the test environments and application scenarios of a platform."""
    return await _belonging(session, select(Setting), SETTING, platform_id)


async def _belonging(session: AsyncSession, rows: Any, table: Table, platform_id: int) -> Sequence[Any]:
    statement = rows.where(table.c.platform_id == platform_id).order_by(table.c.position, table.c.id)
    return (await session.scalars(statement)).all()


async def services_of(session: AsyncSession, platform_id: int) -> Sequence[Service]:
    statement = select(Service).where(SERVICE.c.platform_id == platform_id).order_by(SERVICE.c.id)
    return (await session.scalars(statement)).all()


async def accreditations_of(
    session: AsyncSession, platform_id: int
) -> Sequence[tuple[Accreditation, Organisation | None]]:
    """Return the accreditations of a platform with the partner bodies that hold them."""
    statement = (
        select(Accreditation, Organisation)
        .outerjoin(ORGANISATION, ACCREDITATION.c.holder_id == ORGANISATION.c.id)
        .where(ACCREDITATION.c.platform_id == platform_id, ACCREDITATION.c.live)
        .order_by(ACCREDITATION.c.id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def suspension_on(session: AsyncSession, platform_id: int, day: date) -> Suspension | None:
    """Return the suspension of a platform that holds on a day; of several the one that lasts longest."""
    statement = (
        select(Suspension)
        .where(SUSPENSION.c.platform_id == platform_id, suspension_holds(day))
        .order_by(SUSPENSION.c.to_date.is_not(None), SUSPENSION.c.to_date.desc(), SUSPENSION.c.id)
    )
    return (await session.scalars(statement)).first()


async def capabilities_of(session: AsyncSession, service_id: int) -> Sequence[Any]:
    """Return rows of (Capability, object, parameter, standard's base and title, dimension)."""
    statement = (
        select(
            Capability,
            TEST_OBJECT.c.name_zh.label("object"),
            TEST_PARAMETER.c.name_zh.label("parameter"),
            STANDARD.c.base,
            STANDARD.c.title_zh,
            RANGE_DIMENSION.c.key.label("dimension"),
        )
        .outerjoin(TEST_OBJECT, CAPABILITY.c.object_id == TEST_OBJECT.c.id)
        .outerjoin(TEST_PARAMETER, CAPABILITY.c.parameter_id == TEST_PARAMETER.c.id)
        .outerjoin(STANDARD, CAPABILITY.c.standard_id == STANDARD.c.id)
        .outerjoin(RANGE_DIMENSION, CAPABILITY.c.range_dimension_id == RANGE_DIMENSION.c.id)
        .where(CAPABILITY.c.service_id == service_id)
        .order_by(CAPABILITY.c.position, CAPABILITY.c.id)
    )
    return (await session.execute(statement)).all()
