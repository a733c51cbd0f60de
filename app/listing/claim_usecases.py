"""Claims: an organisation says that a platform of the catalogue is its own, the competent department decides.

Only a platform whose operator has no members can be claimed, so a claim is granted at most once: from then on
somebody speaks for the platform.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.errors import Forbidden, InvalidRequest, WrongState
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.listing import claim_queries as queries
from app.listing import claim_schemas as schemas
from app.listing.claim_schemas import ClaimDecision
from app.listing.drafts import lock_listing
from app.listing.review_errors import ClaimOpen, PlatformNotClaimable
from app.listing.review_queries import any_platform
from app.listing.review_usecases import organisation_name, owner_of, platform_name
from app.membership.errors import OrganisationNotFound
from app.membership.queries import get_organisation
from app.membership.reading import Reader, key_of
from app.membership.usecases import key_of_principal
from app.models import Organisation, OrganisationRole, Platform, PlatformClaim
from app.models.listing import ClaimState
from app.outbox.events import ChangeType, platform_event


@dataclass(frozen=True)
class _Case:
    """A claim, what is claimed, and for whom."""

    claim: PlatformClaim
    platform: Platform
    organisation: Organisation


_GRANTED_TO_ANOTHER = "平台已由其他机构认领 The platform was granted to another organisation"


async def create_claim(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    body: schemas.ClaimCreate,
    *,
    now: datetime,
) -> tuple[schemas.ClaimRead, int]:
    """Store a claim; return it with its version.

    Raises PlatformNotFound, InvalidRequest for an organisation that is not one's own, Forbidden where one is not its
    owner, PlatformNotClaimable and ClaimOpen.
    """
    platform = await any_platform(session, key)
    await lock_listing(session, key_of(platform))
    await session.refresh(platform)
    organisation = await _own_organisation(session, principal, body.organisation_id)
    if await queries.has_members(session, platform.operator_id):
        raise PlatformNotClaimable
    if await queries.has_open_claim(session, key_of(platform), key_of(organisation)):
        raise ClaimOpen
    claim = PlatformClaim(
        platform_id=key_of(platform),
        organisation_id=key_of(organisation),
        claimed_by_id=key_of_principal(principal),
        evidence=body.evidence,
        state=ClaimState.OPEN,
        created_at=now,
    )
    session.add(claim)
    # Read back with the names of the platform and the people.
    await session.flush()
    # Not the evidence: whoever operates the platform later reads its trail, and may be another claimant.
    after = {"state": claim.state, "organisation": str(organisation.uid)}
    case = _Case(claim, platform, organisation)
    _record(session, principal, "claim.created", case, before=None, after=after)
    return _read(reader, await queries.get_claim(session, claim.uid)), claim.version


async def _own_organisation(session: AsyncSession, principal: Principal, key: str) -> Organisation:
    try:
        organisation = await get_organisation(session, key)
    except OrganisationNotFound:
        raise _unknown_organisation() from None
    role = principal.roles.get(key_of(organisation))
    if role is None:
        raise _unknown_organisation()
    if role is not OrganisationRole.OWNER:
        raise Forbidden
    return organisation


def _unknown_organisation() -> InvalidRequest:
    detail = Localized(
        zh="您不是任何这样的机构的成员", en="You are a member of no organisation with this id or slug"
    )
    return InvalidRequest.at("/body/organisation_id", "unknown_organisation", detail)


async def list_claims(
    session: AsyncSession, principal: Principal, reader: Reader, asked: schemas.ClaimFilters
) -> Page[schemas.ClaimRead]:
    """Return the claims that the principal may see, newest first. Raises InvalidCursor."""
    conditions = [queries.readable_by(principal)]
    if asked.state is not None:
        conditions.append(queries.CLAIM_COLUMNS.state == asked.state)
    page = await queries.page_of_claims(session, conditions, asked)
    return page.to_page(lambda row: _read(reader, row))


async def get_claim(session: AsyncSession, reader: Reader, uid: uuid.UUID) -> tuple[schemas.ClaimRead, int]:
    """Return it with its version. Raises ClaimNotFound."""
    row = await queries.get_claim(session, uid)
    return _read(reader, row), row[0].version


async def decide_claim(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    uid: uuid.UUID,
    body: schemas.ClaimDecide,
    precondition: Precondition,
    *,
    now: datetime,
) -> tuple[schemas.ClaimRead, int]:
    """Grant a claim, which makes the organisation the operator and refuses all others, or refuse it.

    Raises ClaimNotFound, WrongState, PreconditionFailed and PlatformNotClaimable.
    """
    case = await _lock_claim(session, uid)
    precondition.require(case.claim.version)
    if body.decision is ClaimDecision.REFUSE:
        _close(session, principal, case, ClaimState.REFUSED, reason=body.reason, now=now)
    else:
        await _grant(session, principal, case, reason=body.reason, now=now)
    return _read(reader, await queries.get_claim(session, uid)), case.claim.version


async def _grant(
    session: AsyncSession, principal: Principal, case: _Case, *, reason: str, now: datetime
) -> None:
    platform = case.platform
    if await queries.has_members(session, platform.operator_id):
        raise PlatformNotClaimable
    before = (await owner_of(session, platform)).organisation_uid
    platform.operator_id = case.organisation.id
    _close(session, principal, case, ClaimState.GRANTED, reason=reason, now=now)
    for other in await queries.open_claims(session, key_of(platform)):
        if other.id != case.claim.id:
            theirs = _Case(other, platform, await session.get_one(Organisation, other.organisation_id))
            _close(session, principal, theirs, ClaimState.REFUSED, reason=_GRANTED_TO_ANOTHER, now=now)
    audit.record(
        session,
        audit.actor_of(principal),
        "platform.operator_changed",
        "platform",
        platform.uid,
        before={"operator": None if before is None else str(before)},
        after={"operator": str(case.organisation.uid)},
        belongs_to=audit.Owner(case.organisation.uid, platform.uid),
    )
    if platform.live:
        outbox.add(session, event_of(platform, ChangeType.PLATFORM_CHANGED), actor=audit.actor_of(principal))


async def withdraw_claim(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    precondition: Precondition,
    *,
    now: datetime,
) -> None:
    """Take a claim back. Raises ClaimNotFound, WrongState and PreconditionFailed."""
    case = await _lock_claim(session, uid)
    precondition.require(case.claim.version)
    _close(session, principal, case, ClaimState.WITHDRAWN, reason=None, now=now)


async def _lock_claim(session: AsyncSession, uid: uuid.UUID) -> _Case:
    """Return an open claim. All claims on a platform are decided under the lock of its listing."""
    claim, platform, organisation, _ = await queries.get_claim(session, uid)
    await lock_listing(session, key_of(platform))
    await session.refresh(claim, with_for_update=True)
    await session.refresh(platform)
    if claim.state is not ClaimState.OPEN:
        raise WrongState
    return _Case(claim, platform, organisation)


def _close(
    session: AsyncSession,
    principal: Principal,
    case: _Case,
    state: ClaimState,
    *,
    reason: str | None,
    now: datetime,
) -> None:
    claim = case.claim
    claim.state, claim.reason = state, reason
    claim.decided_at, claim.decided_by = now, audit.actor_of(principal)
    claim.version += 1
    before, after = {"state": ClaimState.OPEN}, {"state": state, "reason": reason}
    _record(session, principal, f"claim.{state}", case, before=before, after=after)


def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    case: _Case,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "platform_claim",
        case.claim.uid,
        before=before,
        after=after,
        belongs_to=audit.Owner(case.organisation.uid, case.platform.uid),
    )


def event_of(platform: Platform, change: ChangeType) -> outbox.Event:
    """Return the event of a change of a public platform."""
    return platform_event(
        change,
        platform.uid,
        slug=platform.slug,
        name_zh=platform.name_zh,
        name_en=platform.name_en,
        demo=platform.demo,
    )


def _read(reader: Reader, row: Any) -> schemas.ClaimRead:
    claim, platform, organisation, person = row
    return schemas.ClaimRead(
        id=claim.uid,
        platform=platform_name(reader, platform),
        organisation=organisation_name(organisation),
        claimed_by=person.name,
        evidence=claim.evidence,
        state=claim.state,
        created_at=claim.created_at,
        decided_at=claim.decided_at,
        reason=claim.reason,
    )
