"""Writing what was found out about saved searches and matches, in the transaction of the caller."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Watch, WatchNeed
from app.watches import queries
from app.watches.looking import Looked


async def write_looked(session: AsyncSession, looked: Looked, now: datetime) -> None:
    """Write the new answers and the alerts together, so that neither is ever without the other."""
    for key, values in looked.needs.items():
        await session.execute(update(WatchNeed).where(queries.NEED.id == key).values(**values))
    await queries.add_alerts(session, [{**alert, "created_at": now} for alert in looked.alerts])


async def write_whole(session: AsyncSession, looked: Looked, watches: Iterable[Watch], now: datetime) -> None:
    """Write all needs of the matches anew, and that they are due no more."""
    ids = [watch.id or 0 for watch in watches]
    replaced = [key for key in ids if key in looked.replaced]
    await session.execute(delete(WatchNeed).where(queries.NEED.watch_id.in_(replaced)))
    rows = [{"watch_id": key, **values} for key in replaced for values in looked.replaced[key]]
    if rows:
        await session.execute(insert(WatchNeed), rows)
    await queries.add_alerts(session, [{**alert, "created_at": now} for alert in looked.alerts])
    await session.execute(update(Watch).where(queries.WATCH.id.in_(ids)).values(due=False, looked_at=now))
