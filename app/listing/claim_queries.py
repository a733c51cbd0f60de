"""Every SELECT of claims, and the claim as an object of rights."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.rules import TargetKind
from app.auth.who import Target, TargetColumns, Who, held_by_any
from app.kit.i18n import Localized
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.listing.review_errors import ClaimNotFound
from app.listing.targets import PLATFORM_TABLE
from app.models import Organisation, Person, Platform, PlatformClaim, metadata
from app.models.listing import ClaimState
from app.models.registry import PlatformKind

CLAIM_COLUMNS = metadata.tables["platform_claim"].c
ORGANISATION = metadata.tables["organisation"].c
PERSON = metadata.tables["person"].c
PLATFORM = PLATFORM_TABLE.c
_MEMBERSHIP = metadata.tables["membership"].c

CLAIM_READERS = (Who.VIEWER, Who.REVIEWER, Who.PUBLISHER, Who.ADMIN)
"""Who knows of a claim: members of the organisation that claims, the department of the platform, admins."""

_COLUMNS = TargetColumns(
    organisation_id=CLAIM_COLUMNS.organisation_id,
    platform_kind=PLATFORM.kind,
    region_code=PLATFORM.region_code,
)


async def _load(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    try:
        uid = uuid.UUID(path["claim_id"])
    except ValueError:
        return None
    statement = (
        select(CLAIM_COLUMNS.organisation_id, CLAIM_COLUMNS.state, PLATFORM.kind, PLATFORM.region_code)
        .join(PLATFORM_TABLE, PLATFORM.id == CLAIM_COLUMNS.platform_id)
        .where(CLAIM_COLUMNS.uid == uid)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    return Target(
        organisation_id=found.organisation_id,
        platform_kind=PlatformKind(found.kind),
        region_code=found.region_code,
        state=ClaimState(found.state),
    )


CLAIM = TargetKind(Localized(zh="认领申请", en="claim"), _load, ClaimNotFound)


def readable_by(principal: Principal) -> ColumnElement[bool]:
    """The claims that the principal may see."""
    return held_by_any(principal, CLAIM_READERS, _COLUMNS)


def _claims() -> Any:
    return (
        select(PlatformClaim, Platform, Organisation, Person)
        .join(Platform, PLATFORM.id == CLAIM_COLUMNS.platform_id)
        .join(Organisation, ORGANISATION.id == CLAIM_COLUMNS.organisation_id)
        .join(Person, PERSON.id == CLAIM_COLUMNS.claimed_by_id)
    )


async def page_of_claims(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return rows of (claim, platform, claiming organisation, who claims), newest first."""
    return await fetch_page(
        session, _claims().where(*conditions), [SortKey(CLAIM_COLUMNS.id, descending=True)], params
    )


async def get_claim(session: AsyncSession, uid: uuid.UUID) -> Any:
    """Return a row as `page_of_claims` does. Raises ClaimNotFound."""
    row = (await session.execute(_claims().where(CLAIM_COLUMNS.uid == uid))).first()
    if row is None:
        raise ClaimNotFound
    return row


async def has_members(session: AsyncSession, organisation_id: int | None) -> bool:
    """Tell whether anybody is a member of the organisation."""
    statement = select(exists().where(_MEMBERSHIP.organisation_id == organisation_id))
    return organisation_id is not None and bool(await session.scalar(statement))


async def open_claims(session: AsyncSession, platform_id: int) -> Sequence[PlatformClaim]:
    """Return the open claims on a platform, kept from other deciders."""
    statement = (
        select(PlatformClaim)
        .where(CLAIM_COLUMNS.platform_id == platform_id, CLAIM_COLUMNS.state == ClaimState.OPEN)
        .order_by(CLAIM_COLUMNS.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def has_open_claim(session: AsyncSession, platform_id: int, organisation_id: int) -> bool:
    statement = select(
        exists().where(
            CLAIM_COLUMNS.platform_id == platform_id,
            CLAIM_COLUMNS.organisation_id == organisation_id,
            CLAIM_COLUMNS.state == ClaimState.OPEN,
        )
    )
    return bool(await session.scalar(statement))
