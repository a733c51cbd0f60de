"""One at a time: whoever feeds the indexes or delivers events leads, whichever process it is in.

PostgreSQL: an advisory lock of a transaction that does nothing else. SQLite: a lock on a small file beside the
database. Both end by themselves with the process that holds them, however it ends.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from app.db import SessionFactory

_LOCK = 7_120_250_628
_POLL_SECONDS = 0.05
_FILE_SUFFIX = "-leader"


@asynccontextmanager
async def try_to_lead(new_session: SessionFactory) -> AsyncIterator[bool]:
    """Say whether we lead until the block ends; False when somebody else does."""
    async with new_session() as session:
        bind = session.get_bind()
        path = bind.engine.url.database
        if bind.dialect.name == "postgresql":
            yield bool(await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))
            return
    if not path or path == ":memory:":
        yield True
        return
    lock = sqlite3.connect(path + _FILE_SUFFIX, timeout=0, isolation_level=None)
    try:
        yield _taken(lock)
    finally:
        lock.close()


@asynccontextmanager
async def leading(new_session: SessionFactory) -> AsyncIterator[None]:
    """Wait until we lead, and lead until the block ends."""
    while True:
        async with try_to_lead(new_session) as is_leader:
            if is_leader:
                yield
                return
        await asyncio.sleep(_POLL_SECONDS)


def _taken(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return False
    return True
