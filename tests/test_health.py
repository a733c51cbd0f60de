"""The answers that load balancers and operators ask for."""

from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db import engine_for_url
from app.models.system import CatalogueVersion
from search.port import EngineUnavailable, Health
from search.schema import SCHEMAS


class EngineWithHealth:
    """Says of its health what the test tells it; it has no other abilities."""

    name = "embedded"

    def __init__(self, health: Health | EngineUnavailable) -> None:
        self._health = health

    async def health(self) -> Health:
        if isinstance(self._health, EngineUnavailable):
            raise self._health
        return self._health


def healthy(stamps: Mapping[str, str]) -> EngineWithHealth:
    return EngineWithHealth(Health(engine="embedded", available=True, version="9", stamps=stamps))


@pytest.fixture
async def catalogue_version(session: AsyncSession) -> int:
    session.add(CatalogueVersion(version=7, changed_at=datetime(2026, 1, 2, tzinfo=UTC)))
    await session.commit()
    return 7


async def test_healthz_answers_without_a_search_engine(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


async def test_ready_when_every_index_is_built_from_the_newest_version(
    app: FastAPI, client: httpx.AsyncClient, catalogue_version: int
) -> None:
    app.state.search = healthy(dict.fromkeys(SCHEMAS, "7"))
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ready"
    assert body["database"] == {
        "available": True,
        "catalogue_version": 7,
        "changed_at": "2026-01-02T00:00:00Z",
    }
    lags = [(index["index"], index["lag"]) for index in body["search"]["indexes"]]
    assert lags == [(name, 0) for name in sorted(SCHEMAS)]


async def test_an_index_behind_is_ready_and_shows_its_lag(
    app: FastAPI, client: httpx.AsyncClient, catalogue_version: int
) -> None:
    app.state.search = healthy(dict.fromkeys(SCHEMAS, "7") | {"services": "4"})
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    lags = {index["index"]: index["lag"] for index in answer.json()["search"]["indexes"]}
    assert lags == dict.fromkeys(SCHEMAS, 0) | {"services": 3}


async def test_not_ready_while_an_index_is_not_built(
    app: FastAPI, client: httpx.AsyncClient, catalogue_version: int
) -> None:
    app.state.search = healthy({"services": "7"})
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not_ready"


async def test_not_ready_while_the_engine_does_not_answer(
    app: FastAPI, client: httpx.AsyncClient, catalogue_version: int
) -> None:
    app.state.search = EngineWithHealth(EngineUnavailable("connection refused"))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    body = answer.json()
    assert body["database"]["available"] is True
    assert body["search"]["available"] is False
    assert body["search"]["detail"] == "connection refused"


async def test_not_ready_while_the_database_does_not_answer(app: FastAPI, client: httpx.AsyncClient) -> None:
    nowhere = engine_for_url("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    app.state.new_session = async_sessionmaker(nowhere)
    app.state.search = healthy(dict.fromkeys(SCHEMAS, "7"))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"]["available"] is False
    await nowhere.dispose()


async def test_metrics_count_requests_by_route(client: httpx.AsyncClient) -> None:
    await client.get("/v1/no-such-thing")
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert "http_requests_total" in answer.text
