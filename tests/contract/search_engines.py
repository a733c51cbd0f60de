"""The engines that the contract suite asks, one after the other, and the documents they hold.

The Meilisearch leg runs when TEST_MEILI_URL (and TEST_MEILI_KEY) is set, in indexes of its own that it removes.
"""

import os
import uuid
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from search.embedded import EmbeddedEngine
from search.meilisearch import MeilisearchEngine
from search.port import Document, SearchEngine, SearchRequest
from tests.contract.search_documents import LAYER, documents

MEILI_URL = os.environ.get("TEST_MEILI_URL", "")
MEILI_KEY = os.environ.get("TEST_MEILI_KEY")
ENGINES = [
    "embedded",
    pytest.param("meilisearch", marks=pytest.mark.skipif(not MEILI_URL, reason="TEST_MEILI_URL is not set")),
]
DOCUMENTS = documents()
ALL = SearchRequest("services", limit=1000)


async def _empty_engine(kind: str) -> tuple[SearchEngine, str]:
    if kind == "embedded":
        return EmbeddedEngine(LAYER), ""
    prefix = f"test-{uuid.uuid4().hex[:12]}-"
    return MeilisearchEngine(MEILI_URL, MEILI_KEY, LAYER, prefix=prefix), prefix


async def _remove_indexes(prefix: str) -> None:
    headers = {"Authorization": f"Bearer {MEILI_KEY}"} if MEILI_KEY else {}
    async with httpx.AsyncClient(base_url=MEILI_URL, headers=headers) as client:
        indexes = (await client.get("/indexes", params={"limit": 1000})).json()["results"]
        for uid in (index["uid"] for index in indexes if index["uid"].startswith(prefix)):
            await client.delete(f"/indexes/{uid}")


async def engine_of(kind: str) -> AsyncIterator[SearchEngine]:
    """Give an engine without any index, and remove what it made."""
    engine, prefix = await _empty_engine(kind)
    yield engine
    await engine.close()
    if prefix:
        await _remove_indexes(prefix)


async def found_ids(engine: SearchEngine, request: SearchRequest) -> list[str]:
    return [hit.id for hit in (await engine.search(request)).hits]


def ids_of(found: Sequence[Document]) -> list[str]:
    return sorted(document["id"] for document in found)
