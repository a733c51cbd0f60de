"""While the engine is down, the database gives the same hits, counts and orders; only ranking is lost."""

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.catalogue.params import Facet
from app.db import SessionFactory, engine_for_url
from app.settings import Settings
from app.vocabulary.names import NamesCache
from search.port import EngineUnavailable, IndexNotReady, SearchEngine, SearchError, SearchPage, TextReader
from tests.catalogue.test_search import search
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract


class DeadEngine:
    """An engine that understands queries and cannot answer any."""

    name = "dead"

    def __init__(self, reader: TextReader, error: SearchError) -> None:
        self.reader = reader
        self.error = error

    async def search(self, request: object) -> SearchPage:
        raise self.error


def app_with(settings: Settings, sessions: Any, engine: Any) -> FastAPI:
    app = as_new(settings, 1)
    app.state.new_session = sessions
    app.state.search = engine
    return app


@pytest.fixture(
    params=[EngineUnavailable("gone", 2.0), IndexNotReady("never built")], ids=["gone", "unbuilt"]
)
def dead_engine(seeded_search: SearchEngine, request: pytest.FixtureRequest) -> DeadEngine:
    return DeadEngine(seeded_search.reader, request.param)


@pytest.fixture
async def degraded_client(
    settings: Settings, seeded_sessions: SessionFactory, dead_engine: DeadEngine, contract: Contract
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app_with(settings, seeded_sessions, dead_engine), contract) as client:
        yield client


QUERIES: Sequence[dict[str, Any]] = (
    {"sort": "price"},
    {"sort": "-price", "field": "new_energy"},
    {"sort": "lead_time", "scheme": "CMA", "on_date": "2026-12-01"},
    {"sort": "-lead_time", "standard": "GB/T 2423.17"},
    {"sort": "distance", "lat": 30.2, "lon": 120.2, "radius_km": 80},
    {"sort": "-distance", "lat": 30.2, "lon": 120.2},
    {"sort": "name", "city": "330200"},
    {"sort": "-name", "index": "platforms", "demo": "false"},
    {"index": "platforms", "capability": "vibration", "sort": "name"},
)


@pytest.mark.parametrize("query", QUERIES, ids=str)
async def test_hits_totals_facets_and_orders_are_those_of_the_engine(
    seeded_client: httpx.AsyncClient, degraded_client: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    params = {**query, "limit": 40, "facets": ",".join(Facet)}
    engine = await search(seeded_client, **params)
    database = await search(degraded_client, **params)
    assert (database["engine"], database["degraded"]) == ("database", True)
    assert engine["total"] > 0
    assert database["total"] == engine["total"]
    assert database["facets"] == engine["facets"]
    assert [unranked(hit) for hit in database["hits"]] == [unranked(hit) for hit in engine["hits"]]


def unranked(hit: dict[str, Any]) -> dict[str, Any]:
    """What a hit says whoever found it; codes in the order of their names."""
    codes = {name: sorted(hit[name]) for name in ("field", "functions", "capability")}
    return {**hit, **codes, "score": None}


async def test_words_are_found_by_their_letters_terms_and_standards(
    degraded_client: httpx.AsyncClient,
) -> None:
    by_words = await search(degraded_client, q="固定床 加氢放大")
    assert by_words["matching"] == "all"
    hits = {hit["slug"]: hit for hit in by_words["hits"]}
    assert any(each["field"] == "title.zh" for each in hits["demo-petrochemical-01-svc-1"]["highlights"])
    by_standard = await search(degraded_client, q="gbt261-2021", limit=100)
    filtered = await search(degraded_client, standard="GB/T 261-2021", limit=100)
    assert by_standard["total"] == filtered["total"] > 0
    by_term = await search(degraded_client, q="salt spray", limit=100)
    of_term = await search(degraded_client, capability="salt_spray", limit=100)
    assert {hit["slug"] for hit in of_term["hits"]} <= {hit["slug"] for hit in by_term["hits"]}


async def test_when_no_hit_holds_every_word_some_are_enough(degraded_client: httpx.AsyncClient) -> None:
    answer = await search(degraded_client, q="加氢 龘靐齉")
    assert (answer["matching"], answer["total"] > 0) == ("any", True)


async def test_it_says_what_to_drop(degraded_client: httpx.AsyncClient) -> None:
    answer = await search(degraded_client, q="加氢", city="331100")
    assert answer["total"] == 0
    for each in answer["relax"]:
        left = {
            name: value for name, value in {"q": "加氢", "city": "331100"}.items() if name != each["drop"]
        }
        assert (await search(degraded_client, **left))["total"] == each["count"] > 0
    assert {each["drop"] for each in answer["relax"]} >= {"city"}


async def test_pages_follow_each_other(degraded_client: httpx.AsyncClient) -> None:
    whole = await search(degraded_client, sort="price", limit=9)
    first = await search(degraded_client, sort="price", limit=5)
    rest = await search(degraded_client, sort="price", limit=4, cursor=first["next_cursor"])
    assert [hit["slug"] for hit in first["hits"] + rest["hits"]] == [hit["slug"] for hit in whole["hits"]]


async def test_without_engine_and_database_it_is_a_503(
    settings: Settings, seeded_search: SearchEngine, contract: Contract, tmp_path: Any
) -> None:
    missing = engine_for_url(f"sqlite+aiosqlite:///{tmp_path / 'no-such-folder' / 'x.db'}")
    dead = DeadEngine(seeded_search.reader, EngineUnavailable("gone"))
    async with client_of(app_with(settings, async_sessionmaker(missing), dead), contract) as client:
        response = await client.get("/v1/search")
    await missing.dispose()
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


class LosableDatabase:
    """A factory of sessions whose database can be lost."""

    def __init__(self, good: SessionFactory, lost: SessionFactory) -> None:
        self.current = good
        self.other = lost

    def __call__(self) -> AsyncSession:
        return self.current()

    def lose(self) -> None:
        self.current = self.other


async def test_a_search_needs_no_database_once_the_names_are_known(
    settings: Settings,
    seeded_sessions: SessionFactory,
    seeded_search: SearchEngine,
    contract: Contract,
    tmp_path: Any,
) -> None:
    missing = engine_for_url(f"sqlite+aiosqlite:///{tmp_path / 'no-such-folder' / 'x.db'}")
    database = LosableDatabase(seeded_sessions, async_sessionmaker(missing))
    app = app_with(settings, database, seeded_search)
    app.state.names = NamesCache(database, clock=itertools.count(0, 60).__next__)
    async with client_of(app, contract) as client:
        known = await search(client, q="加氢")
        database.lose()
        assert await search(client, q="加氢") == known
        app.state.search = DeadEngine(seeded_search.reader, EngineUnavailable("gone"))
        response = await client.get("/v1/search", params={"q": "加氢"})
    await missing.dispose()
    assert (response.status_code, response.json()["code"]) == (503, "search-unavailable")
