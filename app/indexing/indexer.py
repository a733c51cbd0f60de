"""Keeps the search indexes at the state of the database. The database is the truth, an index a cache of it.

The stamp of an index is the version of the catalogue that its documents show. Each version has one public event, so
the events after the stamp say which platforms and projects to read again; that is done as often as it takes, in any
order of crashes, as the stamp moves on only after the documents. All of it happens one at a time
(`app.outbox.leadership`).
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.indexing.changes import ChangedPlatforms, what_changed
from app.indexing.project_documents import ProjectSource, members_document, project_document
from app.indexing.project_queries import public_projects
from app.indexing.projections import platform_document, service_document
from app.indexing.queries import catalogue_version, platforms_with_services
from app.outbox.leadership import leading
from search.port import Document, In, SearchEngine, SearchRequest
from search.schema import MEMBERS_PROJECTS, PLATFORMS, PROJECTS, SCHEMAS, SERVICES

Progress = Callable[[str], None]

_HITS_AT_ONCE = 1000

log = structlog.get_logger(__name__)


@dataclass
class Followed:
    """What was done to the indexes: documents of those built anew, things read again, and those that failed.

    `failures` are by the id of the platform or project.
    """

    rebuilt: Mapping[str, int] = field(default_factory=dict)
    platforms: int = 0
    projects: int = 0
    failures: dict[UUID, str] = field(default_factory=dict)


async def reindex(
    new_session: SessionFactory, engine: SearchEngine, *, progress: Progress
) -> Mapping[str, int]:
    """Rebuild all indexes from one state of the database and stamp them with its catalogue version.

    Returns how many documents each holds. Searches are answered by the old indexes meanwhile.
    Raises SearchError.
    """
    async with leading(new_session):
        return await _rebuild(new_session, engine, progress)


async def ensure_fresh(
    new_session: SessionFactory, engine: SearchEngine, *, progress: Progress
) -> Mapping[str, int]:
    """Bring all indexes to the present catalogue, by the fewest documents; return what was rebuilt as a whole.

    Raises SearchError.
    """
    async with leading(new_session):
        return (await follow(new_session, engine, progress=progress)).rebuilt


async def follow(new_session: SessionFactory, engine: SearchEngine, *, progress: Progress) -> Followed:
    """Do what `ensure_fresh` does; the caller leads. Raises SearchError.

    A platform or project whose documents cannot be made is named in the answer; the others are brought up to date.
    """
    built = _built_from((await engine.health()).stamps)
    async with _one_state(new_session) as session:
        head = await catalogue_version(session)
        if built == head:
            return Followed()
        changed = None if built is None or built > head else await what_changed(session, built, head)
        if changed is not None:
            done = Followed()
            for part in changed.platforms:
                await _read_again(session, engine, part, done)
            for uids in changed.projects:
                await _read_projects_again(session, engine, uids, done)
            if not done.failures:
                for name in SCHEMAS:
                    await engine.restamp(name, str(head))
            return done
    return Followed(rebuilt=await _rebuild(new_session, engine, progress))


def _built_from(stamps: Mapping[str, str]) -> int | None:
    """Return the version that all indexes show at least; None when one is not built."""
    known = [stamps.get(name, "") for name in SCHEMAS]
    return min(map(int, known)) if all(stamp.isdecimal() for stamp in known) else None


async def _rebuild(
    new_session: SessionFactory, engine: SearchEngine, progress: Progress
) -> Mapping[str, int]:
    counts = {}
    async with _one_state(new_session) as session:
        stamp = str(await catalogue_version(session))
        for name, documents in (
            (SERVICES.name, _service_documents(session)),
            (PLATFORMS.name, _platform_documents(session)),
            (PROJECTS.name, _project_documents(session, project_document)),
            (MEMBERS_PROJECTS.name, _project_documents(session, members_document)),
        ):
            progress(f"index of {name}")
            counts[name] = await engine.rebuild(name, documents, stamp=stamp)
    return counts


@asynccontextmanager
async def _one_state(new_session: SessionFactory) -> AsyncIterator[AsyncSession]:
    """Give a session that sees one state of the database, whatever is committed meanwhile."""
    async with new_session() as session:
        if session.get_bind().dialect.name == "postgresql":
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


async def _service_documents(session: AsyncSession) -> AsyncIterator[Document]:
    async for _, services in platforms_with_services(session):
        for service in services:
            yield service_document(service)


async def _platform_documents(session: AsyncSession) -> AsyncIterator[Document]:
    async for platform, services in platforms_with_services(session):
        yield platform_document(platform, services)


async def _project_documents(
    session: AsyncSession, make: Callable[[ProjectSource], Document]
) -> AsyncIterator[Document]:
    async for project in public_projects(session):
        yield make(project)


async def _read_again(
    session: AsyncSession, engine: SearchEngine, part: ChangedPlatforms, done: Followed
) -> None:
    """Make the documents of some platforms and their services what the database says, or remove them."""
    platforms: dict[str, Document] = {}
    services: dict[str, Document] = {}
    kept: set[str] = set()
    async for platform, offered in platforms_with_services(session, part.uids):
        try:
            made = platform_document(platform, offered)
            services |= {service.id: service_document(service) for service in offered}
            platforms[platform.id] = made
        except Exception as error:
            # One platform that cannot be shown must not keep all others from being found.
            log.exception("a platform cannot be indexed", platform=platform.id)
            done.failures[UUID(platform.id)] = f"{type(error).__name__}: {error}"
            kept |= {platform.id, *(service.id for service in offered)}
    gone = await _service_ids(engine, part.slugs) - services.keys() - kept
    absent = {str(uid) for uid in part.uids} - platforms.keys() - kept
    await _write(engine, SERVICES.name, services, gone)
    await _write(engine, PLATFORMS.name, platforms, absent)
    done.platforms += len(part.uids)


async def _read_projects_again(
    session: AsyncSession, engine: SearchEngine, uids: Collection[UUID], done: Followed
) -> None:
    """Make the documents of some projects what the database says, or remove them."""
    public: dict[str, Document] = {}
    for_members: dict[str, Document] = {}
    kept: set[str] = set()
    async for project in public_projects(session, uids):
        try:
            made = project_document(project)
            for_members[project.id] = members_document(project)
            public[project.id] = made
        except Exception as error:  # noqa: BLE001 (whatever it is; see below why it is not logged whole)
            # As with platforms. What the error says may be confidential, so only its kind is told.
            kind = type(error).__name__
            log.error("a project cannot be indexed", project=project.id, error=kind)
            done.failures[UUID(project.id)] = kind
            kept.add(project.id)
    gone = {str(uid) for uid in uids} - public.keys() - kept
    await _write(engine, PROJECTS.name, public, gone)
    await _write(engine, MEMBERS_PROJECTS.name, for_members, gone)
    done.projects += len(uids)


async def _service_ids(engine: SearchEngine, platform_slugs: Collection[str]) -> set[str]:
    """Return the ids of the services of the platforms that are in the index."""
    found: set[str] = set()
    while True:
        request = SearchRequest(
            SERVICES.name,
            filters={"platform": In("platform", tuple(sorted(platform_slugs)))},
            offset=len(found),
            limit=_HITS_AT_ONCE,
        )
        hits = {hit.id for hit in (await engine.search(request)).hits}
        found |= hits
        if len(hits) < _HITS_AT_ONCE:
            return found


async def _write(
    engine: SearchEngine, index: str, documents: Mapping[str, Document], gone: Collection[str]
) -> None:
    if documents:
        await engine.upsert(index, list(documents.values()))
    if gone:
        await engine.delete(index, sorted(gone))
