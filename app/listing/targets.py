"""The objects of listing, as far as rights depend on them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import TargetKind
from app.auth.who import Target, TargetColumns, Who
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.models import ListingState, PlatformKind, metadata
from app.registry.errors import AccreditationNotFound, PlatformNotFound

PLATFORM_TABLE = metadata.tables["platform"]
ACCREDITATION_TABLE = metadata.tables["accreditation"]
LISTING_TABLE = metadata.tables["listing"]

DRAFT_READERS = (Who.VIEWER, Who.REVIEWER, Who.PUBLISHER, Who.ADMIN)
"""Who knows of a platform also where it is not public: its people, the competent department, admins."""

PLATFORM_COLUMNS = TargetColumns(
    organisation_id=PLATFORM_TABLE.c.operator_id,
    platform_kind=PLATFORM_TABLE.c.kind,
    region_code=PLATFORM_TABLE.c.region_code,
)

# A platform without a listing was never edited here: it is published in its first revision, or retired.
STATE = func.coalesce(
    LISTING_TABLE.c.state,
    case(
        (PLATFORM_TABLE.c.retired_on.is_not(None), ListingState.RETIRED.value),
        else_=ListingState.PUBLISHED.value,
    ),
)


async def load_platform(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    """Return the platform of a path, public or not, with the state of its newest revision."""
    return await _load(session, has_key(PLATFORM_TABLE.c, path["platform_id"]))


async def load_accreditation(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    """Return the platform to which the accreditation of a path belongs."""
    of_accreditation = select(ACCREDITATION_TABLE.c.platform_id).where(
        has_key(ACCREDITATION_TABLE.c, path["accreditation_id"])
    )
    return await _load(session, PLATFORM_TABLE.c.id == of_accreditation.scalar_subquery())


async def _load(session: AsyncSession, condition: ColumnElement[bool]) -> Target | None:
    statement = (
        select(
            PLATFORM_TABLE.c.operator_id,
            PLATFORM_TABLE.c.kind,
            PLATFORM_TABLE.c.region_code,
            STATE.label("state"),
        )
        .outerjoin(LISTING_TABLE, LISTING_TABLE.c.platform_id == PLATFORM_TABLE.c.id)
        .where(condition)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    return Target(
        organisation_id=found.operator_id,
        platform_kind=PlatformKind(found.kind),
        region_code=found.region_code,
        state=ListingState(found.state),
    )


PLATFORM = TargetKind(Localized(zh="平台", en="platform"), load_platform, PlatformNotFound)
ACCREDITATION = TargetKind(
    Localized(zh="资质", en="accreditation"), load_accreditation, AccreditationNotFound
)


async def load_public_platform(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    """Return the platform of a path as everybody may know it; None where it is not public."""
    is_live = has_key(PLATFORM_TABLE.c, path["platform_id"]) & PLATFORM_TABLE.c.live
    return await _load(session, is_live)


PUBLIC_PLATFORM = TargetKind(
    Localized(zh="已发布平台", en="published platform"), load_public_platform, PlatformNotFound
)
