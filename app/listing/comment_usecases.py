"""What reviewers and platforms say to each other about places of a draft."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.errors import InvalidRequest
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.listing import review_queries as queries
from app.listing import review_schemas as schemas
from app.listing.review_errors import CommentNotFound
from app.listing.review_usecases import owner_of
from app.membership.reading import key_of
from app.membership.rules import version_of
from app.membership.usecases import key_of_principal
from app.models import Person, Platform, ReviewComment


def version_of_comment(comment: ReviewComment) -> int:
    return version_of(comment.uid, comment.resolved_at, comment.resolved_by_id)


async def list_comments(
    session: AsyncSession, key: str, asked: schemas.CommentFilters
) -> Page[schemas.CommentRead]:
    """Return comments and replies, oldest first. Raises PlatformNotFound and InvalidCursor."""
    platform = await queries.any_platform(session, key)
    conditions: list[ColumnElement[bool]] = []
    if asked.resolved is not None:
        settled = queries.COMMENT.resolved_at.is_not(None)
        conditions.append(settled if asked.resolved else ~settled)
    if asked.revision is not None:
        conditions.append(queries.COMMENT.revision == asked.revision)
    page = await queries.page_of_comments(session, key_of(platform), conditions, asked)
    return page.to_page(_read)


async def get_comment(session: AsyncSession, key: str, uid: uuid.UUID) -> tuple[schemas.CommentRead, int]:
    """Return it with its version. Raises PlatformNotFound and CommentNotFound."""
    platform = await queries.any_platform(session, key)
    row = await queries.get_comment(session, key_of(platform), uid)
    return _read(row), version_of_comment(row[0])


async def create_comment(
    session: AsyncSession, principal: Principal, key: str, body: schemas.CommentCreate, *, now: datetime
) -> tuple[schemas.CommentRead, int]:
    """Say something; return it with its version. Raises PlatformNotFound and InvalidRequest."""
    platform = await queries.any_platform(session, key)
    listing = await queries.find_listing(session, key_of(platform))
    answered = await _answered(session, platform, body)
    comment = ReviewComment(
        platform_id=key_of(platform),
        revision=1 if listing is None else listing.revision,
        pointer=(body.pointer or "") if answered is None else answered.pointer,
        body=body.body,
        author_id=key_of_principal(principal),
        # Who belongs to both speaks for the organisation: the policy lets nobody judge their own.
        by_department=platform.operator_id not in principal.roles,
        reply_to_id=None if answered is None else answered.id,
        created_at=now,
    )
    session.add(comment)
    # Read back with the names of the people.
    await session.flush()
    after = {"revision": comment.revision, "pointer": comment.pointer, "body": comment.body}
    await _record(session, principal, "comment.created", platform, comment, after)
    row = await queries.get_comment(session, key_of(platform), comment.uid)
    return _read(row), version_of_comment(comment)


async def _answered(
    session: AsyncSession, platform: Platform, body: schemas.CommentCreate
) -> ReviewComment | None:
    if body.reply_to is None:
        return None
    if body.pointer is not None:
        detail = Localized(zh="回复沿用原意见的位置", en="A reply is about the place of what it answers")
        raise InvalidRequest.at("/body/pointer", "pointer_of_reply", detail)
    try:
        found: ReviewComment = (await queries.get_comment(session, key_of(platform), body.reply_to))[0]
    except CommentNotFound:
        raise _bad_reply("unknown_comment", "没有这条审核意见", "There is no such comment") from None
    if found.reply_to_id is not None:
        raise _bad_reply(
            "reply_to_reply", "只能回复意见，不能回复“回复”", "Answer the comment itself, not a reply to it"
        )
    return found


def _bad_reply(code: str, zh: str, en: str) -> InvalidRequest:
    return InvalidRequest.at("/body/reply_to", code, Localized(zh=zh, en=en))


async def update_comment(
    session: AsyncSession,
    principal: Principal,
    key: str,
    uid: uuid.UUID,
    body: schemas.CommentUpdate,
    precondition: Precondition,
    *,
    now: datetime,
) -> tuple[schemas.CommentRead, int]:
    """Mark as resolved, or as open again; either side may, and it is recorded who did.

    Raises PlatformNotFound, CommentNotFound and PreconditionFailed.
    """
    platform = await queries.any_platform(session, key)
    comment = await queries.lock_comment(session, key_of(platform), uid)
    precondition.require(version_of_comment(comment))
    was_resolved = comment.resolved_at is not None
    if was_resolved is not body.resolved:
        comment.resolved_at = now if body.resolved else None
        comment.resolved_by_id = key_of_principal(principal) if body.resolved else None
        done = "comment.resolved" if body.resolved else "comment.reopened"
        await _record(session, principal, done, platform, comment, {"resolved": body.resolved})
        # The row is read again, with the name of who resolved it.
        await session.flush()
    row = await queries.get_comment(session, key_of(platform), uid)
    return _read(row), version_of_comment(row[0])


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    platform: Platform,
    comment: ReviewComment,
    after: dict[str, Any],
) -> None:
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "review_comment",
        comment.uid,
        before={"resolved": not after["resolved"]} if "resolved" in after else None,
        after=after,
        belongs_to=await owner_of(session, platform),
    )


def _read(row: Any) -> schemas.CommentRead:
    comment: ReviewComment
    author: Person
    comment, author, resolver, parent = row
    return schemas.CommentRead(
        id=comment.uid,
        revision=comment.revision,
        pointer=comment.pointer,
        body=comment.body,
        reply_to=None if parent is None else parent.uid,
        author=author.name,
        by_department=comment.by_department,
        created_at=comment.created_at,
        resolved_at=comment.resolved_at,
        resolved_by=None if resolver is None else resolver.name,
    )
