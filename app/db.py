"""The database: engine, sessions, one transaction per request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.settings import Settings

SessionFactory = async_sessionmaker[AsyncSession]

# Two connections give SQLite its best throughput: more of them only fight for the one write lock.
_SQLITE_POOL = {"pool_size": 2, "max_overflow": 0}
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA mmap_size=268435456",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)
# Our queries are short; compiling them costs PostgreSQL more than it saves.
_POSTGRES_CONNECT = {"server_settings": {"jit": "off", "application_name": "proving-ground"}}

_WRITES = "writes"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def make_engine(settings: Settings) -> AsyncEngine:
    """Return an engine for the database of `settings`, which the caller disposes of.

    Creates the data folder when the database is an SQLite file.
    """
    if settings.uses_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return engine_for_url(settings.database_url)


def engine_for_url(url: str) -> AsyncEngine:
    """Return an engine with our connection settings for `url` (sqlite+aiosqlite or postgresql+asyncpg)."""
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_size=10, max_overflow=5, connect_args=_POSTGRES_CONNECT)
    engine = create_async_engine(url, connect_args={"isolation_level": None}, **_SQLITE_POOL)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_pragmas(dbapi_connection: Any, _record: Any) -> None:
    cursor = dbapi_connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    """Open the transaction ourselves: the driver's own way of doing it breaks savepoints."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_session_factory(engine: AsyncEngine) -> SessionFactory:
    """Return the factory of sessions; objects stay readable after a commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


async def begin_write(session: AsyncSession) -> None:
    """Take SQLite's write lock as the first thing of a transaction, waiting for it; PostgreSQL has no such lock.

    A transaction that reads first and then writes would be refused when another has written in between.
    """
    await session.connection(execution_options={_WRITES: True})


@asynccontextmanager
async def writing(new_session: SessionFactory) -> AsyncIterator[AsyncSession]:
    """Give a session in one writing transaction, for what must not hold one while a request lasts."""
    async with new_session() as session, session.begin():
        await begin_write(session)
        yield session


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """FastAPI dependency: one transaction per request, committed before the answer is sent.

    Whatever the method may write is a writing transaction from its start.
    """
    async with request.app.state.new_session() as session, session.begin():
        if request.method not in _SAFE_METHODS:
            await begin_write(session)
        yield session


async def get_reading_session(request: Request) -> AsyncIterator[AsyncSession]:
    """FastAPI dependency of POSTs that only compute: they must not wait for those who write."""
    async with request.app.state.new_session() as session, session.begin():
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
ReadingSessionDep = Annotated[AsyncSession, Depends(get_reading_session, scope="function")]
