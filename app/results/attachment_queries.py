"""Every SELECT of attachments."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Attachment, metadata
from app.results.errors import AttachmentNotFound

ATTACHMENT = metadata.tables["attachment"].c


async def attachments_of(session: AsyncSession, result_id: int, number: int) -> Sequence[Attachment]:
    """Return those of one version, in the order in which they were added."""
    statement = (
        select(Attachment)
        .where(ATTACHMENT.result_id == result_id, ATTACHMENT.since_version <= number)
        .where(or_(ATTACHMENT.until_version.is_(None), ATTACHMENT.until_version > number))
        .order_by(ATTACHMENT.id)
    )
    return (await session.scalars(statement)).all()


async def get_attachment(
    session: AsyncSession, result_id: int, uid: uuid.UUID, *, lock: bool = False
) -> Attachment:
    """Raises AttachmentNotFound."""
    statement = select(Attachment).where(ATTACHMENT.result_id == result_id, ATTACHMENT.uid == uid)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise AttachmentNotFound
    return found


async def hashes_of_result(session: AsyncSession, result_id: int) -> Sequence[str]:
    """Return the hashes of all attachments that a result ever had."""
    statement = select(ATTACHMENT.sha256).where(ATTACHMENT.result_id == result_id).distinct()
    return (await session.scalars(statement)).all()


async def used_hashes(session: AsyncSession, hashes: Collection[str]) -> frozenset[str]:
    """Return those of the hashes that a row uses."""
    statement = select(ATTACHMENT.sha256).where(ATTACHMENT.sha256.in_(hashes)).distinct()
    return frozenset((await session.scalars(statement)).all())


async def count_attachments(session: AsyncSession, result_id: int) -> int:
    """Return how many a result has, those of earlier versions too."""
    statement = select(func.count()).select_from(ATTACHMENT.id.table).where(ATTACHMENT.result_id == result_id)
    return await session.scalar(statement) or 0
