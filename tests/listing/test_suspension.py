"""On the days of a suspension a platform is neither found nor matched; on others it is, without an edit."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.catalogue.asked import Asked
from app.catalogue.params import Facet
from app.catalogue.queries import count, facet_counts
from app.db import SessionFactory, writing
from app.indexing.indexer import reindex
from app.indexing.validity import SUSPENDED, date_tokens, interval_tokens
from app.kit.clock import utcnow
from app.listing.suspensions import lift, suspend, suspensions_of
from app.main import equip
from app.models import AuditEntry, Platform, metadata
from app.registry.postings import rebuild_postings
from app.registry.rules import is_suspended
from app.settings import Settings
from app.worker import work
from search.embedded import EmbeddedEngine
from search.port import EngineUnavailable, SearchEngine
from search.text import TextLayer
from tests.catalogue.test_degraded import DeadEngine
from tests.factories.registry import (
    make_accreditation,
    make_capability,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_standard,
    make_vocabulary,
)
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract

ACTOR = "person:test"
FIRST, LAST = date(2026, 12, 10), date(2026, 12, 20)
DAYS = {
    "2026-12-09": ["other", "shut"],
    "2026-12-10": ["other"],
    "2026-12-15": ["other"],
    "2026-12-20": ["other"],
    "2026-12-21": ["other", "shut"],
}
NEED = {"id": "n", "standard": "GB 38031-2020", "accreditation": "CNAS"}
FACETS = ",".join(Facet)


def silent(_message: str) -> None:
    pass


@dataclass
class World:
    sessions: SessionFactory
    engine: SearchEngine
    client: httpx.AsyncClient
    degraded: httpx.AsyncClient
    platform: Platform

    async def suspend(self, first: date = FIRST, last: date | None = LAST) -> None:
        async with writing(self.sessions) as session:
            platform = await session.get_one(Platform, self.platform.id)
            await suspend(
                session,
                platform,
                from_date=first,
                to_date=last,
                reason="整改期间",
                actor=ACTOR,
                now=utcnow(),
            )
        await self.deliver()

    async def deliver(self) -> None:
        while (await work(self.sessions, self.engine, now=utcnow())).delivered:
            pass


@pytest.fixture
async def world(settings: Settings, own_sessions: SessionFactory, contract: Contract) -> AsyncIterator[World]:
    async with own_sessions() as session:
        await make_vocabulary(session)
        await make_standard(session, "GB 38031-2020", capability_code="overcharge")
        operator = await make_organisation(session)
        made = {}
        for slug in ("shut", "other"):
            platform = await make_platform(session, slug=slug, operator_id=operator.id, name_zh=f"平台{slug}")
            service = await make_service(session, platform, slug=f"{slug}-svc", title_zh=f"过充试验{slug}")
            await make_capability(session, service)
            await make_line(session, await make_accreditation(session, platform, slug=f"{slug}-cnas"))
            made[slug] = platform
        await rebuild_postings(session)
        await session.commit()
    engine = EmbeddedEngine(TextLayer())
    await reindex(own_sessions, engine, progress=silent)
    app, without_engine = as_new(settings), as_new(settings, 1)
    equip(app, own_sessions, engine)
    equip(without_engine, own_sessions, DeadEngine(engine.reader, EngineUnavailable("gone")))  # type: ignore[arg-type]
    async with client_of(app, contract) as client, client_of(without_engine, contract) as degraded:
        yield World(own_sessions, engine, client, degraded, made["shut"])
    await engine.close()


async def found(client: httpx.AsyncClient, index: str, day: str, **query: str) -> list[str]:
    params = {"index": index, "on_date": day, "sort": "name", **query}
    answer = await client.get("/v1/search", params=params)
    hits = answer.json()["hits"]
    assert answer.json()["total"] == len(hits)
    return sorted(hit["platform"]["slug"] for hit in hits)


async def matched(client: httpx.AsyncClient, day: str) -> dict[str, Any]:
    answer = await client.post("/v1/matches", json={"needs": [NEED], "on_date": day})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_search_finds_it_on_the_other_days_only(world: World) -> None:
    await world.suspend()
    for day, slugs in DAYS.items():
        for client in (world.client, world.degraded):
            for index in ("services", "platforms"):
                assert await found(client, index, day) == slugs, (day, index)
                assert await found(client, index, day, q="过充试验") in (slugs, []), (day, index)
            assert await found(client, "services", day, q="过充试验") == slugs


async def test_matching_leaves_it_out_on_its_days(world: World) -> None:
    await world.suspend()
    for day, slugs in DAYS.items():
        answer = await matched(world.client, day)
        assert sorted(each["platform"]["slug"] for each in answer["candidates"]) == slugs, day
        assert answer["candidates_total"] == len(slugs)
        assert answer["plans_total"] == len(slugs)
        assert {each["slug"] for each in answer["services"]} == {f"{slug}-svc" for slug in slugs}


async def test_the_reverse_directory_leaves_its_lines_out(world: World) -> None:
    await world.suspend()
    for day, slugs in DAYS.items():
        params = {"standard": "GB 38031", "on_date": day, "total": "true"}
        answer = (await world.client.get("/v1/scope-lines", params=params)).json()
        assert sorted(each["platform"]["slug"] for each in answer["items"]) == slugs
        assert answer["total"] == len(slugs)


async def test_nobody_meets_what_only_a_suspended_platform_would(world: World) -> None:
    async with writing(world.sessions) as session:
        await session.execute(
            metadata.tables["platform"].delete().where(metadata.tables["platform"].c.slug == "other")
        )
        await rebuild_postings(session)
    await world.suspend()
    answer = await matched(world.client, "2026-12-15")
    assert (answer["candidates"], answer["plans"]) == ([], [])
    (unmeetable,) = answer["unmeetable"]
    assert unmeetable["closest"] == []


async def test_its_page_says_so_with_reason_and_end(world: World) -> None:
    await world.suspend()
    for day, slugs in DAYS.items():
        read = (await world.client.get("/v1/platforms/shut", params={"on_date": day})).json()
        expected = {"from_date": "2026-12-10", "to_date": "2026-12-20", "reason": "整改期间"}
        assert read["suspension"] == (None if "shut" in slugs else expected)


async def test_without_an_end_it_holds_until_it_is_lifted(world: World) -> None:
    await world.suspend(last=None)
    assert await found(world.client, "platforms", "9999-12-31") == ["other"]
    assert await found(world.client, "platforms", "2026-12-09") == ["other", "shut"]
    async with writing(world.sessions) as session:
        platform = await session.get_one(Platform, world.platform.id)
        (suspension,) = await suspensions_of(session, platform.id or 0)
        await lift(session, platform, suspension, actor="person:other", now=utcnow())
        await lift(session, platform, suspension, actor="person:third", now=utcnow())
    await world.deliver()
    for day in DAYS:
        for client in (world.client, world.degraded):
            assert await found(client, "platforms", day) == ["other", "shut"]
        assert len((await matched(world.client, day))["candidates"]) == 2
    async with world.sessions() as session:
        (suspension,) = await suspensions_of(session, world.platform.id or 0)
        assert suspension.lifted_by == "person:other"
        trail = [(each.action, each.actor) for each in await session.scalars(select(AuditEntry))]
    assert trail == [("suspension.added", ACTOR), ("suspension.lifted", "person:other")]
    feed = (await world.client.get("/v1/changes")).json()["items"]
    assert [each["type"] for each in feed] == ["platform.suspended", "platform.reinstated"]
    assert {each["slug"] for each in feed} == {"shut"}


async def test_of_several_each_holds_on_its_days(world: World) -> None:
    await world.suspend()
    await world.suspend(date(2026, 12, 18), date(2026, 12, 25))
    assert await found(world.client, "platforms", "2026-12-25") == ["other"]
    assert await found(world.client, "platforms", "2026-12-26") == ["other", "shut"]
    read = (await world.client.get("/v1/platforms/shut", params={"on_date": "2026-12-19"})).json()
    assert read["suspension"]["to_date"] == "2026-12-25"


@pytest.mark.parametrize("index", ["services", "platforms"])
async def test_facets_count_what_is_found(world: World, index: str) -> None:
    await world.suspend()
    for day, client in itertools.product(DAYS, (world.client, world.degraded)):
        params = {"index": index, "on_date": day, "facets": FACETS}
        answer = (await client.get("/v1/search", params=params)).json()
        asked = Asked(index, "", date.fromisoformat(day))  # type: ignore[arg-type]
        async with world.sessions() as session:
            assert answer["total"] == await count(session, asked, [])
            for facet in Facet:
                counts = [(each["value"], each["count"]) for each in answer["facets"][facet]]
                assert counts == await facet_counts(session, asked, facet, []), (day, facet)


async def test_it_is_no_filter_that_could_be_dropped(world: World) -> None:
    await world.suspend()
    for client in (world.client, world.degraded):
        params = {"index": "platforms", "on_date": "2026-12-15", "tier": "national", "q": "平台shut"}
        answer = (await client.get("/v1/search", params=params)).json()
        assert all("suspended" not in each["drop"] for each in answer["relax"])
        assert {each["drop"]: each["count"] for each in answer["relax"]}.get("tier", 0) <= 1


days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(first=days, last=st.none() | days, day=days)
def test_the_words_of_a_suspension_say_what_the_rule_says(first: date, last: date | None, day: date) -> None:
    words = set(interval_tokens(SUSPENDED, first, last or date.max))
    assert (not words.isdisjoint(date_tokens(SUSPENDED, day))) == is_suspended([(first, last)], day)
