"""The public events in their order."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import OutboxEvent, metadata
from app.outbox.events import ChangeType

_EVENT = metadata.tables["outbox_event"].c
_VERSION = metadata.tables["catalogue_version"].c


async def last_position(session: AsyncSession) -> int:
    """Return the position of the newest change; every change up to it is there to be read. 0: none yet."""
    return await session.scalar(select(_VERSION.version)) or 0


async def public_events(
    session: AsyncSession, *, after: int, until: int, types: Collection[ChangeType], limit: int
) -> Sequence[OutboxEvent]:
    """Return events with a position in (after, until], of `types` if any are named, in order."""
    statement = select(OutboxEvent).where(_EVENT.position > after, _EVENT.position <= until)
    if types:
        statement = statement.where(_EVENT.type.in_([each.value for each in types]))
    return (await session.scalars(statement.order_by(_EVENT.position).limit(limit))).all()
