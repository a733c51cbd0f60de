"""A catalogue with indexes in a database of the test's own, and changes to it as use cases make them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.db import SessionFactory, engine_for_url, make_session_factory, writing
from app.models import Platform, metadata
from app.outbox import ChangeType
from search.embedded import EmbeddedEngine
from search.port import SearchEngine, SearchRequest
from search.text import TextLayer

PLATFORM = metadata.tables["platform"].c


def silent(_message: str) -> None:
    pass


@dataclass(frozen=True)
class World:
    sessions: SessionFactory
    search: SearchEngine


@asynccontextmanager
async def open_world(url: str, folder: Path | None = None) -> AsyncIterator[World]:
    """Give the database at `url` and the indexes in `folder` (None: in memory), as they are."""
    engine = engine_for_url(url)
    search = EmbeddedEngine(TextLayer(), folder)
    yield World(make_session_factory(engine), search)
    await search.close()
    await engine.dispose()


async def tell(
    session: AsyncSession, slug: str, change: ChangeType = ChangeType.PLATFORM_CHANGED
) -> Platform:
    """Write the event of a change of the platform."""
    platform = (await session.scalars(select(Platform).where(PLATFORM.slug == slug))).one()
    event = outbox.platform_event(
        change,
        platform.uid,
        slug=slug,
        name_zh=platform.name_zh,
        name_en=platform.name_en,
        demo=platform.demo,
    )
    outbox.add(session, event, actor="person:test")
    return platform


async def rename(world: World, slug: str, name: str) -> Platform:
    """Give the platform another name, and tell of it, in one transaction."""
    async with writing(world.sessions) as session:
        await session.execute(update(PLATFORM.id.table).where(PLATFORM.slug == slug).values(name_zh=name))
        return await tell(session, slug)


async def documents(search: SearchEngine, index: str) -> dict[str, Any]:
    """Every document of an index, by id."""
    page = await search.search(SearchRequest(index, limit=1000))
    assert page.total == len(page.hits)
    return {hit.id: hit.document for hit in page.hits}
