"""Answers that a real server (v1.50.0) gave, replayed to the adapter: what went wrong there must become our errors.

The recordings are not part of the repository: without them beside the repository these tests are skipped.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from search.meilisearch_client import MeilisearchClient
from search.port import EngineRejected, IndexNotReady, SearchError

FOLDER = Path(__file__).parents[2].parent / "shared" / "meilisearch-recordings"
EXCHANGES: list[dict[str, Any]] = [
    exchange
    for path in sorted(FOLDER.glob("*.json"))
    for exchange in json.loads(path.read_text(encoding="utf-8"))
]
REFUSED = [one for one in EXCHANGES if one["response"]["status"] >= 400]
FAILED_TASKS = [one for one in EXCHANGES if (one["response"]["body"] or {}).get("status") == "failed"]
FINE = [one for one in EXCHANGES if one["response"]["status"] < 400]


def each(exchanges: list[dict[str, Any]]) -> pytest.MarkDecorator:
    nothing = pytest.param(None, marks=pytest.mark.skip(reason="no recordings beside the repository"))
    return pytest.mark.parametrize("exchange", exchanges or [nothing], ids=lambda one: one and one["name"])


async def replay(exchange: dict[str, Any]) -> AsyncIterator[MeilisearchClient]:
    response = exchange["response"]
    answer = httpx.Response(response["status"], headers=response["headers"], json=response["body"])
    client = MeilisearchClient("http://server", "key", transport=httpx.MockTransport(lambda _: answer))
    yield client
    await client.close()


def meant(code: str) -> type[SearchError]:
    return IndexNotReady if code == "index_not_found" else EngineRejected


@each(REFUSED)
async def test_what_the_server_refused_is_rejected_with_its_reason(exchange: dict[str, Any]) -> None:
    request, body = exchange["request"], exchange["response"]["body"]
    async for client in replay(exchange):
        with pytest.raises(SearchError) as caught:
            await client.request(request["method"], request["path"], request["body"])
        assert type(caught.value) is meant(body["code"])
        assert body["message"] in str(caught.value)


@each(FAILED_TASKS)
async def test_what_failed_later_is_rejected_with_its_reason(exchange: dict[str, Any]) -> None:
    error = exchange["response"]["body"]["error"]
    async for client in replay(exchange):
        with pytest.raises(SearchError) as caught:
            await client.wait_for_task({"taskUid": exchange["response"]["body"]["uid"]})
        assert type(caught.value) is meant(error["code"])
        assert error["message"] in str(caught.value)


@each(FINE)
async def test_what_the_server_answered_is_given_back(exchange: dict[str, Any]) -> None:
    request = exchange["request"]
    async for client in replay(exchange):
        answer = await client.request(request["method"], request["path"], request["body"])
        assert answer == exchange["response"]["body"]
