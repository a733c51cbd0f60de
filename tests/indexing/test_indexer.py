"""The indexes hold the whole catalogue, know which one, and are rebuilt only when it has changed."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import SessionFactory, make_session_factory
from app.indexing.indexer import ensure_fresh, reindex
from app.indexing.queries import bump_catalogue_version, catalogue_version, platforms_with_services
from app.kit.clock import utcnow
from app.models import Stage, metadata
from app.seeding.load import seed
from search.embedded import EmbeddedEngine
from search.port import Eq, SearchEngine, SearchRequest
from search.schema import SCHEMAS
from search.text import TextLayer

PROJECT = metadata.tables["pool_project"].c


def silent(_message: str) -> None:
    pass


@pytest.fixture
async def search() -> AsyncIterator[SearchEngine]:
    engine = EmbeddedEngine(TextLayer())
    yield engine
    await engine.close()


async def test_every_service_and_platform_is_in_its_index(
    seeded_sessions: SessionFactory, search: SearchEngine
) -> None:
    counts = await reindex(seeded_sessions, search, progress=silent)
    async with seeded_sessions() as session:
        pooled = await session.scalar(select(func.count()).where(PROJECT.stage != Stage.WITHDRAWN))
    assert counts == {"services": 291, "platforms": 130, "projects": pooled, "members_projects": pooled}
    for index, expected in counts.items():
        assert (await search.search(SearchRequest(index, limit=0))).total == expected


async def test_the_stamp_is_the_version_of_the_catalogue(
    seeded_sessions: SessionFactory, search: SearchEngine
) -> None:
    await reindex(seeded_sessions, search, progress=silent)
    async with seeded_sessions() as session:
        version = await catalogue_version(session)
    assert (await search.health()).stamps == dict.fromkeys(SCHEMAS, str(version))


async def test_a_fresh_index_is_left_alone_and_a_stale_one_rebuilt(
    own_engine: AsyncEngine, search: SearchEngine
) -> None:
    sessions = make_session_factory(own_engine)
    await seed(sessions, demo=False, progress=silent)
    first = await ensure_fresh(sessions, search, progress=silent)
    assert first == {"services": 0, "platforms": 50, "projects": 0, "members_projects": 0}
    assert await ensure_fresh(sessions, search, progress=silent) == {}
    await seed(sessions, demo=True, progress=silent)
    second = await ensure_fresh(sessions, search, progress=silent)
    assert (second["services"], second["platforms"]) == (291, 130)
    assert (await search.search(SearchRequest("platforms", filters={"demo": Eq("demo", "true")}))).total == 80


async def test_an_empty_catalogue_has_empty_indexes(own_engine: AsyncEngine, search: SearchEngine) -> None:
    sessions = make_session_factory(own_engine)
    assert await reindex(sessions, search, progress=silent) == dict.fromkeys(SCHEMAS, 0)
    assert (await search.health()).stamps == dict.fromkeys(SCHEMAS, "0")


async def test_the_version_grows_by_one(own_engine: AsyncEngine) -> None:
    sessions = make_session_factory(own_engine)
    seen = []
    for _ in range(3):
        async with sessions() as session, session.begin():
            seen.append(await catalogue_version(session))
            await bump_catalogue_version(session, utcnow())
    assert seen == [0, 1, 2]


async def test_sources_say_what_the_rows_say(seeded_sessions: SessionFactory) -> None:
    async with seeded_sessions() as session:
        found = {
            platform.slug: (platform, services)
            async for platform, services in platforms_with_services(session)
        }
    platform, services = found["demo-petrochemical-01"]
    assert platform.operator_zh == "宁波示例临港石化科技有限公司"
    assert [(each.scheme, each.state) for each in platform.accreditations] == [
        ("CNAS", "granted"),
        ("CMA", "applied"),
    ]
    assert platform.equipment[0] == "撬装固定床加氢装置 3套，反应管容积5 L/20 L，设计压力15 MPa，最高450 ℃"
    first = platform.scope[0]
    assert (first.object_zh, first.parameter_zh) == ("石油产品及有机溶剂", "闭口闪点")
    assert first.standard is not None
    assert (first.standard.canonical, first.standard.base) == ("GB/T 261-2021", "GB/T 261")
    assert first.term is not None
    assert first.term.code == "flash_point"
    assert [service.slug for service in services] == [
        f"demo-petrochemical-01-svc-{n + 1}" for n in range(len(services))
    ]
    assert [entry.code for entry in services[0].functions] == ["process_scaleup_maturation"]
    real, none = found["zs-marine-bio"]
    assert none == []
    assert "提取酶解" in real.prose
    assert (real.lat, real.accreditations, real.scope) == (None, (), ())


async def test_a_line_named_twice_is_one_source(seeded_sessions: SessionFactory) -> None:
    """Two schemes with the same line: `demo-petrochemical-01` has four of them."""
    async with seeded_sessions() as session:
        found = {platform.slug: platform async for platform, _ in platforms_with_services(session)}
    scope = found["demo-petrochemical-01"].scope
    assert len(scope) == len(set(scope)) == 6


async def test_the_lowest_price_counts_and_a_negotiable_one_is_none(seeded_sessions: SessionFactory) -> None:
    service, price = metadata.tables["service"].c, metadata.tables["price_option"].c
    statement = (
        select(service.slug, func.min(price.min_cny))
        .join_from(service.id.table, price.id.table, price.service_id == service.id)
        .group_by(service.slug)
    )
    async with seeded_sessions() as session:
        expected = {
            slug: None if lowest is None else float(lowest)
            for slug, lowest in await session.execute(statement)
        }
        found = {
            service.slug: service.price_min_cny
            async for _, services in platforms_with_services(session)
            for service in services
        }
    assert found == expected
    assert list(found.values()).count(None) == 20


async def test_the_number_of_queries_does_not_grow_with_the_catalogue(own_engine: AsyncEngine) -> None:
    sessions = make_session_factory(own_engine)
    counted = []
    for demo in (False, True):
        await seed(sessions, demo=demo, progress=silent)
        statements: list[str] = []

        def count(*arguments: object, seen: list[str] = statements) -> None:
            seen.append(str(arguments[2]))

        event.listen(own_engine.sync_engine, "before_cursor_execute", count)
        async with sessions() as session:
            assert [each async for each in platforms_with_services(session)]
        event.remove(own_engine.sync_engine, "before_cursor_execute", count)
        counted.append(len(statements))
    assert counted[0] == counted[1]
