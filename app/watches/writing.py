"""Writing what was found out about saved searches and matches, in the transaction of the caller."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Watch, WatchNeed
from app.watches import queries
from app.watches.looking import Looked
from app.watches.searching import SearchTurned


async def write_looked(session: AsyncSession, looked: Looked, now: datetime) -> None:
    """Write the new answers and the alerts together, so that neither is ever without the other."""
    for key, values in looked.needs.items():
        await session.execute(update(WatchNeed).where(queries.NEED.id == key).values(**values))
    await queries.add_alerts(session, [{**alert, "created_at": now} for alert in looked.alerts])


async def write_whole(
    session: AsyncSession, looked: Looked, watches: Iterable[Watch], steps: Mapping[int, int], now: datetime
) -> None:
    """Write all needs of the matches anew, and that they are due no more.

    `steps` are those at which the results stood before their needs were read.
    """
    written = list(watches)
    ids = [watch.id or 0 for watch in written]
    replaced = [key for key in ids if key in looked.replaced]
    await session.execute(delete(WatchNeed).where(queries.NEED.watch_id.in_(replaced)))
    rows = [{"watch_id": key, **values} for key in replaced for values in looked.replaced[key]]
    if rows:
        await session.execute(insert(WatchNeed), rows)
    await queries.add_alerts(session, [{**alert, "created_at": now} for alert in looked.alerts])
    await session.execute(update(Watch).where(queries.WATCH.id.in_(ids)).values(due=False, looked_at=now))
    for watch in written:
        step = steps.get(watch.result_id or 0)
        if step is not None:
            mine = update(Watch).where(queries.WATCH.id == watch.id)
            await session.execute(mine.values(looked_version=step))


async def write_searched(
    session: AsyncSession, watch_id: int, turned: SearchTurned | None, version: int, now: datetime
) -> None:
    """Write what a saved search found in the indexes of a version; None: it was not answered."""
    values: dict[str, Any] = {"looked_version": version, "looked_at": now}
    if turned is not None:
        values["seen"] = turned.seen
        await queries.take_back(session, watch_id, turned.taken_back)
        await queries.add_alerts(session, [{**alert, "created_at": now} for alert in turned.alerts])
    await session.execute(update(Watch).where(queries.WATCH.id == watch_id).values(**values))
