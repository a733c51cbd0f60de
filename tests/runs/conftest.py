"""The application with a search engine whose indexes are empty, over a catalogue of the test's own."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.matching.snapshot_cache import SnapshotCache
from search.embedded import EmbeddedEngine
from search.port import Document
from search.schema import SERVICES
from search.text import TextLayer


async def _nothing() -> AsyncIterator[Document]:
    for document in ():
        yield document


@pytest.fixture
async def app(app: FastAPI) -> AsyncIterator[FastAPI]:
    engine = EmbeddedEngine(TextLayer(()))
    await engine.rebuild(SERVICES.name, _nothing(), stamp="empty")
    app.state.search, app.state.snapshots = engine, SnapshotCache()
    yield app
    await engine.close()
