"""The worker brings published changes into both indexes, and the indexes know how far they are."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app import outbox
from app.db import writing
from app.indexing import indexer
from app.indexing.indexer import ensure_fresh, reindex
from app.indexing.projections import PlatformSource, ServiceSource, platform_document
from app.indexing.queries import bump_catalogue_version, catalogue_version
from app.kit.clock import utcnow
from app.models import Call, OutboxEvent, metadata
from app.outbox import ChangeType
from app.outbox.drain import Drained
from app.worker import look_after, work
from search.embedded import EmbeddedEngine
from search.port import Document, EngineUnavailable, SearchRequest
from search.schema import SCHEMAS
from search.text import TextLayer
from tests.factories.pool import make_call
from tests.outbox.worlds import PLATFORM, World, documents, open_world, rename, silent, tell

SLUG = "demo-petrochemical-01"
SERVICE = metadata.tables["service"]


@pytest.fixture
async def world(own_catalogue_url: str) -> AsyncIterator[World]:
    async with open_world(own_catalogue_url) as world:
        await reindex(world.sessions, world.search, progress=silent)
        await work(world.sessions, world.search, now=utcnow())
        yield world


async def require_equal_to_a_rebuild(world: World) -> None:
    """The indexes say their version, and hold what indexes built anew hold."""
    anew = EmbeddedEngine(TextLayer())
    await reindex(world.sessions, anew, progress=silent)
    for index in SCHEMAS:
        assert await documents(world.search, index) == await documents(anew, index)
    assert (await world.search.health()).stamps == (await anew.health()).stamps
    await anew.close()


async def found(world: World, words: str, index: str = "platforms") -> list[str]:
    """The slugs of the hits that show the words themselves, not only something like them."""
    page = await world.search.search(SearchRequest(index, words, limit=1000))
    return [hit.document["slug"] for hit in page.hits if words in str(hit.document)]


async def test_what_was_seeded_is_in_the_indexes_already_and_costs_no_work(
    own_catalogue_url: str,
) -> None:
    async with open_world(own_catalogue_url) as world:
        await reindex(world.sessions, world.search, progress=silent)
        assert await work(world.sessions, world.search, now=utcnow()) == Drained(delivered=131)
        assert await work(world.sessions, world.search, now=utcnow()) == Drained()


async def test_a_change_is_found_after_one_round(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await rename(world, SLUG, "鲸鱼观测平台")
    assert await found(world, "鲸鱼") == []
    rounds = 0
    while not await found(world, "鲸鱼"):
        rounds += 1
        assert await work(world.sessions, world.search, now=utcnow()) == Drained(delivered=1)
    with capsys.disabled():
        print(f"\n  a change was searchable after {rounds} round of the worker (a round starts each 0.5 s)")  # noqa: T201
    assert rounds == 1
    assert await found(world, "鲸鱼") == [SLUG]
    services = await found(world, "鲸鱼", "services")
    assert services
    assert all(slug.startswith(SLUG) for slug in services)
    await require_equal_to_a_rebuild(world)
    assert await ensure_fresh(world.sessions, world.search, progress=silent) == {}


async def test_a_service_that_is_gone_is_not_found(world: World) -> None:
    async with writing(world.sessions) as session:
        await session.execute(delete(SERVICE).where(SERVICE.c.slug == f"{SLUG}-svc-1"))
        await tell(session, SLUG)
    before = await documents(world.search, "services")
    await work(world.sessions, world.search, now=utcnow())
    after = await documents(world.search, "services")
    assert [before[uid]["slug"] for uid in before.keys() - after.keys()] == [f"{SLUG}-svc-1"]
    await require_equal_to_a_rebuild(world)


async def test_a_platform_that_is_gone_is_not_found_nor_are_its_services(world: World) -> None:
    async with writing(world.sessions) as session:
        await tell(session, SLUG, ChangeType.PLATFORM_REMOVED)
        await session.execute(delete(PLATFORM.id.table).where(PLATFORM.slug == SLUG))
    await work(world.sessions, world.search, now=utcnow())
    for index in ("platforms", "services"):
        held = await documents(world.search, index)
        assert all(not document["slug"].startswith(SLUG) for document in held.values())
    await require_equal_to_a_rebuild(world)


async def test_many_changes_and_one_without_an_event_are_followed_too(world: World) -> None:
    for number in range(3):
        await rename(world, SLUG, f"平台 {number}")
    async with writing(world.sessions) as session:
        await session.execute(update(PLATFORM.id.table).values(summary_zh="鲸鱼"))
        await bump_catalogue_version(session, utcnow())
        opened = await make_call(session, now=utcnow())
    await look_after(world.sessions, world.search, now=utcnow())
    await require_equal_to_a_rebuild(world)
    # What the clock brings is told at the same time.
    async with world.sessions() as session:
        assert (await session.get_one(Call, opened.id)).opening_told_at is not None
    async with writing(world.sessions) as session:
        outbox.add(session, outbox.vocabulary_event())
    assert await work(world.sessions, world.search, now=utcnow()) == Drained(delivered=4)
    await require_equal_to_a_rebuild(world)


async def test_an_engine_that_is_away_leaves_the_error_on_the_row(world: World) -> None:
    class Away(EmbeddedEngine):
        async def upsert(self, index: str, documents: Sequence[Document]) -> None:
            raise EngineUnavailable("away")

    away = Away(TextLayer())
    await reindex(world.sessions, away, progress=silent)
    await rename(world, SLUG, "鲸鱼观测平台")
    now = utcnow()
    assert await work(world.sessions, away, now=now) == Drained(failed=1)
    async with world.sessions() as session:
        row = (await session.scalars(select(OutboxEvent).where(OutboxEvent.error.is_not(None)))).one()  # type: ignore[union-attr]
        head = await catalogue_version(session)
    assert (row.attempts, row.error, row.delivered_at) == (1, "EngineUnavailable: away", None)
    assert (await away.health()).stamps["platforms"] == str(head - 1)
    assert await work(world.sessions, world.search, now=now) == Drained()
    assert await work(world.sessions, world.search, now=now + timedelta(seconds=2)) == Drained(delivered=1)
    await require_equal_to_a_rebuild(world)
    await away.close()


async def test_a_platform_that_cannot_be_shown_does_not_keep_others_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(platform: PlatformSource, services: Sequence[ServiceSource]) -> Document:
        if platform.slug == SLUG:
            raise ValueError("unreadable")
        return platform_document(platform, services)

    monkeypatch.setattr(indexer, "platform_document", make)
    await rename(world, SLUG, "海豚观测平台")
    await rename(world, "demo-petrochemical-02", "鲸鱼观测平台")
    now = utcnow()
    assert await work(world.sessions, world.search, now=now) == Drained(delivered=1, failed=1)
    assert await found(world, "鲸鱼") == ["demo-petrochemical-02"]
    assert await found(world, "海豚") == []
    assert SLUG in {document["slug"] for document in (await documents(world.search, "platforms")).values()}
    monkeypatch.undo()
    assert await work(world.sessions, world.search, now=now + timedelta(seconds=2)) == Drained(delivered=1)
    await require_equal_to_a_rebuild(world)
