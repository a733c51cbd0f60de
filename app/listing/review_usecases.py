"""Review of a revision: submission, withdrawal, decision, publication. Every step is one of `app.listing.rules`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.errors import WrongState
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.listing import review_queries as queries
from app.listing import review_schemas as schemas
from app.listing.drafts import lock_listing
from app.listing.publication import publish_revision
from app.listing.readiness import refuse_unready
from app.listing.review_schemas import ReviewDecision
from app.listing.rules import Action, after
from app.listing.targets import PLATFORM_TABLE
from app.membership.reading import Reader, key_of
from app.membership.schemas import OrganisationName
from app.models import Listing, Organisation, Platform
from app.models.listing import ListingState
from app.registry.checks import region_codes, require_known
from app.registry.filters import platform_in_region

UNDER_REVIEW = (ListingState.SUBMITTED, ListingState.APPROVED)
"""What waits for the department."""

_ACTION_OF = {
    ReviewDecision.REQUEST_CHANGES: Action.REQUEST_CHANGES,
    ReviewDecision.APPROVE: Action.APPROVE,
}


async def get_submission(session: AsyncSession, reader: Reader, key: str) -> schemas.RevisionRead:
    """Return where the newest revision stands. Raises PlatformNotFound."""
    platform = await queries.any_platform(session, key)
    found = await queries.find_listing(session, key_of(platform))
    return await _read(session, reader, platform, found or _never_edited(platform))


def _never_edited(platform: Platform) -> Listing:
    state = ListingState.PUBLISHED if platform.retired_on is None else ListingState.RETIRED
    return Listing(platform_id=key_of(platform), published=1, state=state)


async def submit(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    precondition: Precondition,
    *,
    now: datetime,
) -> schemas.RevisionRead:
    """Give the draft to the department.

    Raises PlatformNotFound, WrongState, PreconditionFailed, FindingsRemain and ImportRunning.
    """
    platform, listing = await lock(session, key, Action.SUBMIT, precondition)
    await refuse_unready(session, platform, reader.names, business_day(now))
    before = facts(listing)
    listing.submitted_at, listing.submitted_by = now, audit.actor_of(principal)
    listing.decided_at = listing.decided_by = listing.decision_note = None
    listing.state = ListingState.SUBMITTED
    await record(session, principal, "revision.submitted", platform, before, facts(listing))
    return await _read(session, reader, platform, listing)


async def withdraw(session: AsyncSession, principal: Principal, key: str, precondition: Precondition) -> None:
    """Take the submission back, to edit on. Raises PlatformNotFound, WrongState and PreconditionFailed."""
    platform, listing = await lock(session, key, Action.WITHDRAW, precondition)
    before = facts(listing)
    listing.state = ListingState.DRAFT
    listing.submitted_at = listing.submitted_by = None
    await record(session, principal, "revision.withdrawn", platform, before, facts(listing))


async def decide(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    body: schemas.ReviewDecisionCreate,
    precondition: Precondition,
    *,
    now: datetime,
) -> schemas.RevisionRead:
    """Approve the revision as it was read, or send it back.

    Raises PlatformNotFound, WrongState and PreconditionFailed.
    """
    action = _ACTION_OF[body.decision]
    platform, listing = await lock(session, key, action, precondition)
    before = facts(listing)
    listing.state = _next(listing, action)
    listing.decided_at, listing.decided_by = now, audit.actor_of(principal)
    listing.decision_note = body.note
    done = "approved" if action is Action.APPROVE else "changes_requested"
    await record(session, principal, f"revision.{done}", platform, before, facts(listing))
    return await _read(session, reader, platform, listing)


async def publish(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    precondition: Precondition,
    *,
    now: datetime,
) -> schemas.RevisionRead:
    """Let the public see the revision that was approved.

    Raises PlatformNotFound, WrongState and PreconditionFailed.
    """
    platform, listing = await lock(session, key, Action.PUBLISH, precondition)
    before = facts(listing)
    await publish_revision(session, listing, actor=audit.actor_of(principal), now=now)
    await record(session, principal, "revision.published", platform, before, facts(listing))
    return await _read(session, reader, platform, listing)


async def list_reviews(
    session: AsyncSession, principal: Principal, reader: Reader, asked: schemas.ReviewFilters
) -> Page[schemas.RevisionRead]:
    """Return the work list of the principal's departments. Raises InvalidCursor and InvalidRequest."""
    states = UNDER_REVIEW if asked.state is None else (ListingState(asked.state),)
    conditions: list[ColumnElement[bool]] = []
    if asked.kind is not None:
        conditions.append(PLATFORM_TABLE.c.kind == asked.kind)
    if asked.city is not None:
        require_known(reader.names, city=[asked.city])
        conditions.append(platform_in_region(region_codes(reader.names, [asked.city])))
    page = await queries.page_of_reviews(
        session, queries.on_work_list_of(principal), states, conditions, asked
    )
    comments = await queries.open_comments(session, [row[0].platform_id for row in page.rows])
    return page.to_page(lambda row: read(reader, row[1], row[0], row[2], comments))


async def lock(
    session: AsyncSession, key: str, action: Action, precondition: Precondition | None = None
) -> tuple[Platform, Listing]:
    """Lock the newest revision for the action, and check that it is possible on the version that is meant.

    Raises PlatformNotFound, WrongState and PreconditionFailed.
    """
    platform = await queries.any_platform(session, key)
    listing = await lock_listing(session, key_of(platform))
    # Another request may have changed it while this one waited for the lock.
    await session.refresh(platform)
    _next(listing, action)
    if precondition is not None:
        precondition.require(listing.version)
    return platform, listing


def _next(listing: Listing, action: Action) -> ListingState:
    to = after(listing.state, action, was_published=listing.published is not None)
    if to is None:
        detail = Localized(
            zh=f"当前状态（{listing.state}）下不能执行此操作",
            en=f"Not possible while the revision is {listing.state}",
        )
        raise WrongState(detail)
    return to


def facts(listing: Listing) -> dict[str, Any]:
    """Return what the audit trail says of a revision."""
    return {
        "state": listing.state,
        "revision": listing.revision,
        "published": listing.published,
        "version": listing.version,
        "note": listing.decision_note,
    }


async def owner_of(session: AsyncSession, platform: Platform) -> audit.Owner:
    """Return to whom the entries about a platform belong."""
    operator = await queries.operator_of(session, platform)
    return audit.Owner(None if operator is None else operator.uid, platform.uid)


async def record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    platform: Platform,
    before: Mapping[str, Any] | None,
    after_it: Mapping[str, Any] | None,
) -> None:
    """Write the audit entry of something that was done to a platform as a whole."""
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "platform",
        platform.uid,
        before=before,
        after=after_it,
        belongs_to=await owner_of(session, platform),
    )


def read(
    reader: Reader,
    platform: Platform,
    listing: Listing,
    operator: Organisation | None,
    comments: Mapping[int, int],
) -> schemas.RevisionRead:
    """Return the answer about a revision."""
    return schemas.RevisionRead(
        platform=platform_name(reader, platform),
        operator=None if operator is None else organisation_name(operator),
        revision=listing.revision,
        published_revision=listing.published,
        state=listing.state,
        version=listing.version,
        submitted_at=listing.submitted_at,
        decided_at=listing.decided_at,
        decision_note=listing.decision_note,
        published_at=listing.published_at,
        open_comments=comments.get(listing.platform_id, 0),
    )


async def _read(
    session: AsyncSession, reader: Reader, platform: Platform, listing: Listing
) -> schemas.RevisionRead:
    operator = await queries.operator_of(session, platform)
    comments = await queries.open_comments(session, [listing.platform_id])
    return read(reader, platform, listing, operator, comments)


def platform_name(reader: Reader, platform: Platform) -> schemas.ListedPlatform:
    return schemas.ListedPlatform(
        id=platform.uid,
        slug=platform.slug,
        name=Localized(zh=platform.name_zh, en=platform.name_en),
        kind=platform.kind,
        region=None if platform.region_code is None else reader.region(platform.region_code),
    )


def organisation_name(organisation: Organisation) -> OrganisationName:
    return OrganisationName(
        id=organisation.uid,
        slug=organisation.slug,
        name=Localized(zh=organisation.name_zh, en=organisation.name_en),
    )
