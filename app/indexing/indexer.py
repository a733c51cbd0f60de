"""Builds the search indexes from the database. The database is the truth, an index a cache of it."""

from collections.abc import AsyncIterator, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.indexing.projections import platform_document, service_document
from app.indexing.queries import catalogue_version, platforms_with_services
from search.port import Document, SearchEngine
from search.schema import PLATFORMS, SERVICES


async def reindex(
    new_session: SessionFactory, engine: SearchEngine, *, progress: Callable[[str], None]
) -> dict[str, int]:
    """Rebuild both indexes from one state of the database and stamp them with its catalogue version.

    Returns how many documents each holds. Searches are answered by the old indexes meanwhile.
    Raises SearchError.
    """
    counts = {}
    async with new_session() as session:
        if session.get_bind().dialect.name == "postgresql":
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        stamp = str(await catalogue_version(session))
        for name, documents in (
            (SERVICES.name, _service_documents(session)),
            (PLATFORMS.name, _platform_documents(session)),
        ):
            progress(f"index of {name}")
            counts[name] = await engine.rebuild(name, documents, stamp=stamp)
    return counts


async def ensure_fresh(
    new_session: SessionFactory, engine: SearchEngine, *, progress: Callable[[str], None]
) -> dict[str, int]:
    """Rebuild the indexes unless both were built from the present catalogue; return what was rebuilt."""
    async with new_session() as session:
        stamp = str(await catalogue_version(session))
    stamps = (await engine.health()).stamps
    if all(stamps.get(schema.name) == stamp for schema in (SERVICES, PLATFORMS)):
        return {}
    return await reindex(new_session, engine, progress=progress)


async def _service_documents(session: AsyncSession) -> AsyncIterator[Document]:
    async for _, services in platforms_with_services(session):
        for service in services:
            yield service_document(service)


async def _platform_documents(session: AsyncSession) -> AsyncIterator[Document]:
    async for platform, services in platforms_with_services(session):
        yield platform_document(platform, services)
