"""Leaving the catalogue for good, and the days on which a platform is suspended."""

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.errors import InvalidRequest
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.listing import authority_schemas as schemas
from app.listing import publication, suspensions
from app.listing.drafts import lock_listing
from app.listing.review_errors import AlreadyLifted, SuspensionNotFound
from app.listing.review_queries import any_platform
from app.listing.review_usecases import facts, lock, record
from app.listing.rules import Action
from app.listing.targets import PLATFORM_TABLE
from app.membership.reading import key_of
from app.models import Platform, Suspension, metadata
from app.models.listing import ListingState

SUSPENSION = metadata.tables["suspension"].c


async def retire(
    session: AsyncSession,
    principal: Principal,
    key: str,
    body: schemas.RetirementCreate,
    *,
    today: date,
) -> schemas.RetirementRead:
    """Take a platform out of the catalogue for good.

    Raises PlatformNotFound, WrongState, and InvalidRequest for a successor that is not public or the platform itself.
    """
    platform, listing = await lock(session, key, Action.RETIRE)
    successor = await _successor(session, platform, body.successor)
    before = facts(listing)
    await publication.retire_platform(
        session, platform, successor=successor, today=today, actor=audit.actor_of(principal)
    )
    listing.state = ListingState.RETIRED
    after = {**facts(listing), "reason": body.reason, "successor": successor and str(successor.uid)}
    await record(session, principal, "platform.retired", platform, before, after)
    return schemas.RetirementRead(
        platform_id=platform.uid,
        retired_on=today,
        successor_id=None if successor is None else successor.uid,
    )


async def _successor(session: AsyncSession, platform: Platform, key: str | None) -> Platform | None:
    if key is None:
        return None
    statement = select(Platform).where(has_key(PLATFORM_TABLE.c, key), PLATFORM_TABLE.c.live)
    found: Platform | None = await session.scalar(statement)
    if found is None or found.id == platform.id:
        detail = Localized(
            zh="接替的平台必须是另一个已发布的平台", en="The successor must be another published platform"
        )
        raise InvalidRequest.at("/body/successor", "not_a_successor", detail)
    return found


async def list_suspensions(session: AsyncSession, key: str) -> schemas.SuspensionsRead:
    """Return every suspension of a platform. Raises PlatformNotFound."""
    platform = await any_platform(session, key)
    found = await suspensions.suspensions_of(session, key_of(platform))
    return schemas.SuspensionsRead(items=[_read(one) for one in found])


async def suspend(
    session: AsyncSession,
    principal: Principal,
    key: str,
    body: schemas.SuspensionCreate,
    *,
    now: datetime,
) -> schemas.SuspensionRecord:
    """Name days on which a platform is neither found nor matched.

    Raises PlatformNotFound, and InvalidRequest for a day that has passed: what was answered on it stands.
    """
    platform = await any_platform(session, key)
    await lock_listing(session, key_of(platform))
    if body.from_date < business_day(now):
        detail = Localized(zh="开始日期不能早于今天", en="The first day must not be before today")
        raise InvalidRequest.at("/body/from_date", "in_the_past", detail)
    suspension = await suspensions.suspend(
        session,
        platform,
        from_date=body.from_date,
        to_date=body.to_date,
        reason=body.reason,
        actor=audit.actor_of(principal),
        now=now,
    )
    return _read(suspension)


async def lift(
    session: AsyncSession, principal: Principal, key: str, uid: uuid.UUID, *, now: datetime
) -> None:
    """Take a suspension back. Raises PlatformNotFound, SuspensionNotFound and AlreadyLifted."""
    platform = await any_platform(session, key)
    await lock_listing(session, key_of(platform))
    own = (SUSPENSION.platform_id == platform.id, SUSPENSION.uid == uid)
    found = await session.scalar(select(Suspension).where(*own).with_for_update())
    if found is None:
        raise SuspensionNotFound
    if found.lifted_at is not None:
        raise AlreadyLifted
    await suspensions.lift(session, platform, found, actor=audit.actor_of(principal), now=now)


def _read(suspension: Suspension) -> schemas.SuspensionRecord:
    return schemas.SuspensionRecord(
        id=suspension.uid,
        from_date=suspension.from_date,
        to_date=suspension.to_date,
        reason=suspension.reason,
        decided_at=suspension.decided_at,
        lifted_at=suspension.lifted_at,
    )
