"""Opening the draft of a platform. Every edit begins here, so that two editors cannot work on the same row unseen."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing.errors import RevisionUnderReview
from app.listing.rules import EDITABLE
from app.models import Listing, ListingState, metadata

LISTING = metadata.tables["listing"]


async def lock_listing(session: AsyncSession, platform_id: int) -> Listing:
    """Return the listing of a platform, locked until the transaction ends.

    A platform that was never edited here stands in its first revision, published.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = {
        "platform_id": platform_id,
        "revision": 1,
        "published": 1,
        "state": ListingState.PUBLISHED,
        "version": 1,
    }
    await session.execute(insert(LISTING).values(first).on_conflict_do_nothing())
    statement = select(Listing).where(LISTING.c.platform_id == platform_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


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
