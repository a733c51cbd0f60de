"""The inbox: one function per use case. It is always one's own."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.models import Notification
from app.notices import queries, schemas
from app.notices.links import link_to
from app.notices.wording import NoticeType, render


async def list_notifications(
    session: AsyncSession, principal: Principal, asked: schemas.NotificationFilters
) -> schemas.NotificationPage:
    """Return the newest first. Raises InvalidCursor."""
    mine = principal.person_id or 0
    found = await queries.page_of_notifications(
        session, mine, unread=asked.unread, kind=asked.type, params=asked
    )
    page = found.to_page(read)
    unread = await queries.count_unread(session, mine)
    return schemas.NotificationPage(
        items=page.items, next_cursor=page.next_cursor, total=page.total, unread=unread
    )


async def get_notification(
    session: AsyncSession, principal: Principal, uid: uuid.UUID
) -> schemas.NotificationRead:
    """Raises NotificationNotFound."""
    return read(await queries.get_notification(session, principal.person_id or 0, uid))


async def mark_read(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime
) -> schemas.NotificationRead:
    """Note that it was read; one that was keeps its time. Raises NotificationNotFound."""
    row = await queries.get_notification(session, principal.person_id or 0, uid)
    row.read_at = row.read_at or now
    return read(row)


async def mark_all_read(
    session: AsyncSession, principal: Principal, until: datetime | None, now: datetime
) -> schemas.MarkedRead:
    """Note that all were read that were made until then."""
    marked = await queries.mark_all_read(session, principal.person_id or 0, until=until, now=now)
    return schemas.MarkedRead(read=marked)


def read(row: Notification) -> schemas.NotificationRead:
    """Return a notification with its words."""
    kind = NoticeType(row.type)
    words = render(kind, row.payload)
    return schemas.NotificationRead(
        id=row.uid,
        type=kind,
        title=words.title,
        body=words.body,
        subject=schemas.NotificationSubject(
            type=row.entity, id=row.entity_uid, link=link_to(row.entity, row.entity_uid)
        ),
        payload=row.payload,
        created_at=row.created_at,
        read_at=row.read_at,
    )
