"""Every SELECT of drafts: the items of a platform, from the catalogue and from their versions."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.listing import items
from app.listing.lines import LINE, select_lines
from app.listing.targets import ACCREDITATION_TABLE, PLATFORM_TABLE
from app.models import (
    Accreditation,
    Capability,
    Contact,
    Equipment,
    IntakeStep,
    ItemKind,
    Listing,
    ListingItem,
    ListingState,
    Organisation,
    Platform,
    Service,
    Setting,
    metadata,
)
from app.registry import queries as registry
from app.registry.errors import AccreditationNotFound, PlatformNotFound

ITEM = metadata.tables["listing_item"].c
_CAPABILITY = metadata.tables["capability"].c
_OBJECT = metadata.tables["test_object"].c
_PARAMETER = metadata.tables["test_parameter"].c
_ORGANISATION = metadata.tables["organisation"].c
_TABLES = {
    ItemKind.SERVICE: metadata.tables["service"],
    ItemKind.EQUIPMENT: metadata.tables["equipment"],
    ItemKind.SETTING: metadata.tables["setting"],
    ItemKind.CONTACT: metadata.tables["contact"],
    ItemKind.INTAKE_STEP: metadata.tables["intake_step"],
    ItemKind.ACCREDITATION: ACCREDITATION_TABLE,
}
_MODELS: Mapping[ItemKind, Any] = {
    ItemKind.SERVICE: Service,
    ItemKind.EQUIPMENT: Equipment,
    ItemKind.SETTING: Setting,
    ItemKind.CONTACT: Contact,
    ItemKind.INTAKE_STEP: IntakeStep,
}
Documents = Mapping[uuid.UUID, dict[str, Any]]


async def get_platform(session: AsyncSession, key: str) -> Platform:
    """Return the platform with this id or slug, public or not. Raises PlatformNotFound."""
    found = await session.scalar(select(Platform).where(has_key(PLATFORM_TABLE.c, key)))
    if found is None:
        raise PlatformNotFound
    return found


async def get_listing(session: AsyncSession, platform: Platform) -> Listing:
    """Return the listing, to read; of a platform that was never edited here, what it would be."""
    assert platform.id is not None  # noqa: S101 (read from the database; narrows the type)
    found = await session.get(Listing, platform.id)
    if found is not None:
        return found
    state = ListingState.PUBLISHED if platform.retired_on is None else ListingState.RETIRED
    return Listing(platform_id=platform.id, published=1, state=state)


async def slug_taken(session: AsyncSession, slug: str) -> bool:
    statement = select(PLATFORM_TABLE.c.id).where(PLATFORM_TABLE.c.slug == slug)
    return await session.scalar(statement) is not None


async def find_organisation(session: AsyncSession, key: str) -> Organisation | None:
    """Return the organisation with this id or slug."""
    statement = select(Organisation).where(has_key(metadata.tables["organisation"].c, key))
    found: Organisation | None = await session.scalar(statement)
    return found


# Versions.


async def versions(
    session: AsyncSession, platform_id: int, *, kind: ItemKind | None = None, uid: uuid.UUID | None = None
) -> dict[uuid.UUID, list[ListingItem]]:
    """Return the versions of the items of a platform by item, oldest first."""
    conditions: list[ColumnElement[bool]] = [ITEM.platform_id == platform_id]
    if kind is not None:
        conditions.append(ITEM.kind == kind)
    if uid is not None:
        conditions.append(ITEM.uid == uid)
    found: dict[uuid.UUID, list[ListingItem]] = defaultdict(list)
    statement = select(ListingItem).where(*conditions).order_by(ITEM.since_revision)
    for version in await session.scalars(statement):
        found[version.uid].append(version)
    return found


# The catalogue.


async def published_uids(session: AsyncSession, platform_id: int, kind: ItemKind) -> dict[uuid.UUID, int]:
    """Return the places of the items of a kind that the catalogue has, by item.

    Of accreditations also those that are not public; but these have versions, which say more.
    """
    table = _TABLES[kind]
    place = table.c.get("position")
    conditions = [table.c.platform_id == platform_id]
    statement = select(table.c.uid, table.c.id if place is None else place).where(*conditions)
    return {row[0]: 0 if place is None else row[1] for row in await session.execute(statement)}


async def published_documents(
    session: AsyncSession, platform_id: int, kind: ItemKind, uids: Collection[uuid.UUID] | None = None
) -> Documents:
    """Return what the catalogue holds of a kind, as stored documents; `uids`: of these items only."""
    if uids is not None and not uids:
        return {}
    conditions = [_TABLES[kind].c.platform_id == platform_id]
    if uids is not None:
        conditions.append(_TABLES[kind].c.uid.in_(uids))
    if kind is ItemKind.ACCREDITATION:
        return await _accreditations(session, conditions)
    rows = (await session.scalars(select(_MODELS[kind]).where(*conditions))).all()
    match kind:
        case ItemKind.SERVICE:
            return await _services(session, rows)
        case ItemKind.EQUIPMENT:
            return {row.uid: items.equipment_document(row).stored() for row in rows}
        case ItemKind.SETTING:
            return {row.uid: items.setting_document(row).stored() for row in rows}
        case ItemKind.CONTACT:
            return {row.uid: items.contact_document(row).stored() for row in rows}
        case _:
            return {row.uid: items.intake_step_document(row).stored() for row in rows}


async def published_platform(session: AsyncSession, platform: Platform) -> dict[str, Any]:
    """Return the platform itself as a stored document."""
    assert platform.id is not None  # noqa: S101
    fields = await registry.fields_of_platforms(session, [platform.id])
    return items.platform_document(platform, fields.get(platform.id, [])).stored()


async def _services(session: AsyncSession, rows: Sequence[Service]) -> Documents:
    ids = [row.id for row in rows if row.id is not None]
    fields = await registry.fields_of_services(session, ids)
    prices = await registry.prices_of_services(session, ids)
    capabilities: dict[int, list[Any]] = defaultdict(list)
    statement = (
        select(Capability, _OBJECT.name_zh, _PARAMETER.name_zh)
        .outerjoin(_OBJECT.id.table, _CAPABILITY.object_id == _OBJECT.id)
        .outerjoin(_PARAMETER.id.table, _CAPABILITY.parameter_id == _PARAMETER.id)
        .where(_CAPABILITY.service_id.in_(ids))
        .order_by(_CAPABILITY.position, _CAPABILITY.id)
    )
    for capability, obj, parameter in await session.execute(statement):
        capabilities[capability.service_id].append((capability, obj, parameter))
    return {
        row.uid: items.service_document(
            row, fields.get(key, []), prices.get(key, []), capabilities.get(key, [])
        ).stored()
        for row in rows
        if (key := row.id) is not None
    }


async def _accreditations(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Documents:
    statement = (
        select(Accreditation, _ORGANISATION.uid)
        .outerjoin(_ORGANISATION.id.table, ACCREDITATION_TABLE.c.holder_id == _ORGANISATION.id)
        .where(*conditions)
    )
    return {
        row.uid: items.accreditation_document(row, holder).stored()
        for row, holder in await session.execute(statement)
    }


async def catalogue_row(session: AsyncSession, kind: ItemKind, uid: uuid.UUID) -> Any:
    """Return the row of a published item; None where it is not published. Accreditations have theirs from the start."""
    model = Accreditation if kind is ItemKind.ACCREDITATION else _MODELS[kind]
    return await session.scalar(select(model).where(_TABLES[kind].c.uid == uid))


# Scope lines.

IN_DRAFT = (LINE.c.until_revision.is_(None), LINE.c.import_id.is_(None))
"""The lines that are in the newest revision."""


async def get_accreditation(session: AsyncSession, key: str) -> tuple[Accreditation, Platform]:
    """Return the accreditation with this id or slug, public or not, and its platform.

    Raises AccreditationNotFound.
    """
    statement = (
        select(Accreditation, Platform)
        .join(Platform, PLATFORM_TABLE.c.id == ACCREDITATION_TABLE.c.platform_id)
        .where(has_key(ACCREDITATION_TABLE.c, key))
    )
    row = (await session.execute(statement)).first()
    if row is None:
        raise AccreditationNotFound
    return row[0], row[1]


async def accreditation_keys(session: AsyncSession, platform_id: int) -> dict[int, uuid.UUID]:
    """Return the ids of all accreditations of a platform, published or not, by key."""
    columns = ACCREDITATION_TABLE.c
    rows = await session.execute(select(columns.id, columns.uid).where(columns.platform_id == platform_id))
    return {row[0]: row[1] for row in rows}


async def count_draft_lines(session: AsyncSession, accreditation_ids: Collection[int]) -> dict[int, int]:
    """Return how many lines each accreditation has in the draft; none: not in it."""
    statement = (
        select(LINE.c.accreditation_id, func.count())
        .where(LINE.c.accreditation_id.in_(accreditation_ids), *IN_DRAFT)
        .group_by(LINE.c.accreditation_id)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def page_of_lines(
    session: AsyncSession,
    accreditation_ids: Collection[int],
    *conditions: ColumnElement[bool],
    params: PageParams,
) -> RowPage:
    """Return rows of `select_lines`, in the order of entry."""
    statement = select_lines().where(LINE.c.accreditation_id.in_(accreditation_ids), *conditions)
    return await fetch_page(
        session, statement, [SortKey(LINE.c.accreditation_id), SortKey(LINE.c.id)], params
    )


async def find_line(session: AsyncSession, accreditation_id: int, *conditions: ColumnElement[bool]) -> Any:
    """Return one row of `select_lines`; None where there is none."""
    statement = select_lines().where(LINE.c.accreditation_id == accreditation_id, *conditions)
    return (await session.execute(statement.limit(1))).first()
