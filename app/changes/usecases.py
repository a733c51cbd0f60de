"""Reading the feed of changes."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.changes import queries
from app.changes.schemas import ChangeRead, ChangesAsked, ChangesRead
from app.errors import InvalidCursor, InvalidRequest
from app.kit.i18n import Localized
from app.kit.pagination import decode_cursor, encode_cursor
from app.models import OutboxEvent
from app.outbox.events import ChangeType

_FEED = "changes"
_MOST = 2**31
_KNOWN = {each.value: each for each in ChangeType}


async def list_changes(session: AsyncSession, asked: ChangesAsked) -> ChangesRead:
    """Raises InvalidCursor, and InvalidRequest for types that do not exist.

    A cursor is a position in the one order of all changes, so it may go on with other types.
    """
    after = _position(asked.cursor)
    types = _types(asked.types)
    # Read first: whatever has a position up to this one is committed, and so it is found.
    until = await queries.last_position(session)
    found = await queries.public_events(session, after=after, until=until, types=types, limit=asked.limit + 1)
    shown, has_more = found[: asked.limit], len(found) > asked.limit
    reached = shown[-1].position if has_more else max(after, until)
    return ChangesRead(
        items=[_change(row) for row in shown], cursor=encode_cursor([reached], _FEED), has_more=has_more
    )


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    (position,) = decode_cursor(cursor, _FEED, [int])
    if not 0 <= position < _MOST:
        raise InvalidCursor
    return int(position)


def _types(given: str | None) -> list[ChangeType]:
    names = [name.strip() for name in (given or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in _KNOWN]
    if unknown:
        detail = Localized(
            zh=f"没有这种变更：{unknown[0]}；可用：{'、'.join(_KNOWN)}",
            en=f"There is no change of the type {unknown[0]}; known: {', '.join(_KNOWN)}",
        )
        raise InvalidRequest.at("/query/types", "unknown_type", detail)
    return [_KNOWN[name] for name in names]


def _change(row: OutboxEvent) -> ChangeRead:
    name = row.payload.get("name")
    return ChangeRead(
        id=row.uid,
        type=ChangeType(row.type),
        entity=row.entity,
        entity_id=row.entity_uid,
        platform_id=row.platform_uid,
        deleted=row.type.endswith(".removed"),
        slug=row.payload.get("slug"),
        name=None if name is None else Localized(**name),
        demo=row.payload.get("demo"),
        occurred_at=row.occurred_at,
    )
