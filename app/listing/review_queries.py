"""Every SELECT of review."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.principal import Principal
from app.auth.who import Who, held_by_any
from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.listing.review_errors import CommentNotFound
from app.listing.targets import PLATFORM_COLUMNS, PLATFORM_TABLE
from app.models import Listing, Organisation, Person, Platform, ReviewComment, metadata
from app.models.listing import ListingState
from app.registry.errors import PlatformNotFound

LISTING = metadata.tables["listing"].c
ORGANISATION = metadata.tables["organisation"].c
PLATFORM = PLATFORM_TABLE.c
COMMENT = metadata.tables["review_comment"].c
PERSON = metadata.tables["person"].c


async def any_platform(session: AsyncSession, key: str) -> Platform:
    """Return the platform with this id or slug, public or not. Raises PlatformNotFound."""
    found = await session.scalar(select(Platform).where(has_key(PLATFORM_TABLE.c, key)))
    if found is None:
        raise PlatformNotFound
    return found


async def operator_of(session: AsyncSession, platform: Platform) -> Organisation | None:
    return None if platform.operator_id is None else await session.get(Organisation, platform.operator_id)


async def find_listing(session: AsyncSession, platform_id: int) -> Listing | None:
    """Return the listing without a lock; None: the platform was never edited here."""
    return await session.get(Listing, platform_id)


def on_work_list_of(principal: Principal) -> ColumnElement[bool]:
    """The platforms that the principal reviews or publishes."""
    return held_by_any(principal, (Who.REVIEWER, Who.PUBLISHER), PLATFORM_COLUMNS)


async def page_of_reviews(
    session: AsyncSession,
    mine: ColumnElement[bool],
    states: Sequence[ListingState],
    conditions: Sequence[ColumnElement[bool]],
    params: PageParams,
) -> RowPage:
    """Return rows of (Listing, Platform, Organisation or None); who has waited longest comes first."""
    statement: Any = (
        select(Listing, Platform, Organisation)
        .join(Platform, PLATFORM.id == LISTING.platform_id)
        .outerjoin(Organisation, ORGANISATION.id == PLATFORM.operator_id)
        .where(mine, LISTING.state.in_(states), LISTING.submitted_at.is_not(None), *conditions)
    )
    return await fetch_page(
        session, statement, [SortKey(LISTING.submitted_at), SortKey(LISTING.platform_id)], params
    )


async def open_comments(session: AsyncSession, platform_ids: Sequence[int]) -> Mapping[int, int]:
    """Return how many comments of each platform are neither replies nor resolved; none: not in it."""
    statement = (
        select(COMMENT.platform_id, func.count().label("open"))
        .where(
            COMMENT.platform_id.in_(platform_ids),
            COMMENT.reply_to_id.is_(None),
            COMMENT.resolved_at.is_(None),
        )
        .group_by(COMMENT.platform_id)
    )
    rows = await session.execute(statement)
    return {row.platform_id: row.open for row in rows}


_RESOLVER = aliased(Person)
_PARENT = aliased(ReviewComment)


def _comments() -> Any:
    return (
        select(ReviewComment, Person, _RESOLVER, _PARENT)
        .join(Person, PERSON.id == COMMENT.author_id)
        .outerjoin(_RESOLVER, and_(COMMENT.resolved_by_id == _RESOLVER.id))
        .outerjoin(_PARENT, and_(COMMENT.reply_to_id == _PARENT.id))
    )


async def page_of_comments(
    session: AsyncSession, platform_id: int, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return rows of (comment, author, who resolved it or None, the comment answered or None), oldest first."""
    statement = _comments().where(COMMENT.platform_id == platform_id, *conditions)
    return await fetch_page(session, statement, [SortKey(COMMENT.id)], params)


async def get_comment(session: AsyncSession, platform_id: int, uid: uuid.UUID) -> Any:
    """Return a row as `page_of_comments` does. Raises CommentNotFound."""
    statement = _comments().where(COMMENT.platform_id == platform_id, COMMENT.uid == uid)
    row = (await session.execute(statement)).first()
    if row is None:
        raise CommentNotFound
    return row


async def lock_comment(session: AsyncSession, platform_id: int, uid: uuid.UUID) -> ReviewComment:
    """Return the comment, kept from other editors. Raises CommentNotFound."""
    statement = select(ReviewComment).where(COMMENT.platform_id == platform_id, COMMENT.uid == uid)
    found = await session.scalar(statement.with_for_update())
    if found is None:
        raise CommentNotFound
    return found
