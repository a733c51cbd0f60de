"""Opening the draft of a platform. Every edit begins here, so that two editors cannot work on the same row unseen."""

from sqlalchemy import literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing.errors import RevisionUnderReview
from app.listing.rules import EDITABLE
from app.models import Listing, ListingState, metadata
from app.registry.errors import PlatformNotFound

LISTING = metadata.tables["listing"]
PLATFORM = metadata.tables["platform"]


async def lock_listing(session: AsyncSession, platform_id: int) -> Listing:
    """Return the listing of a platform, locked until the transaction ends.

    A platform that was never edited here stands in its first revision, published. Raises PlatformNotFound where the
    platform was removed while this transaction waited for the lock.
    """
    listing = await _locked(session, platform_id)
    if listing is None:
        await _begin(session, platform_id)
        listing = await _locked(session, platform_id)
    if listing is None:
        raise PlatformNotFound
    return listing


async def _locked(session: AsyncSession, platform_id: int) -> Listing | None:
    statement = select(Listing).where(LISTING.c.platform_id == platform_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def _begin(session: AsyncSession, platform_id: int) -> None:
    """Write the listing of a platform that has none, if the platform is still there."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = (
        PLATFORM.c.id,
        literal(1),
        literal(1),
        literal(ListingState.PUBLISHED, LISTING.c.state.type),
        literal(1),
    )
    still_there = select(*first).where(PLATFORM.c.id == platform_id)
    columns = ["platform_id", "revision", "published", "state", "version"]
    await session.execute(insert(LISTING).from_select(columns, still_there).on_conflict_do_nothing())


async def open_draft(session: AsyncSession, platform_id: int) -> Listing:
    """Lock the listing for an edit; its `revision` is then that of the draft, and its version one higher.

    Raises RevisionUnderReview.
    """
    listing = await lock_listing(session, platform_id)
    if listing.state not in EDITABLE:
        raise RevisionUnderReview
    if listing.state is ListingState.PUBLISHED:
        listing.state = ListingState.DRAFT
        listing.revision += 1
    listing.version += 1
    return listing
