"""What happens before requests are answered, when the search engine is not there."""

from collections.abc import AsyncIterable
from pathlib import Path

from app.db import SessionFactory
from app.settings import Settings
from app.startup import build_indexes_when_possible, prepare
from search.embedded import EmbeddedEngine
from search.port import Document, EngineUnavailable, Health
from search.schema import SCHEMAS
from search.text import TextLayer


class EngineThatComesBack(EmbeddedEngine):
    """An engine in memory that cannot be reached the first times it is asked to build."""

    def __init__(self, failures: int) -> None:
        super().__init__(TextLayer())
        self.failures = failures

    async def rebuild(self, index: str, documents: AsyncIterable[Document], *, stamp: str) -> int:
        if self.failures:
            self.failures -= 1
            raise EngineUnavailable("not there yet")
        return await super().rebuild(index, documents, stamp=stamp)


async def test_the_indexes_are_built_when_the_engine_is_back(seeded_sessions: SessionFactory) -> None:
    engine = EngineThatComesBack(failures=3)
    await build_indexes_when_possible(seeded_sessions, engine, retry_seconds=0)
    health: Health = await engine.health()
    assert engine.failures == 0
    assert set(health.stamps) == set(SCHEMAS)


async def test_an_engine_that_is_away_does_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    said: list[str] = []
    settings = Settings(
        data_dir=tmp_path, search_engine="meilisearch", meili_url="http://127.0.0.1:9", log_level="error"
    )
    await prepare(settings, said.append)
    assert any("the database answers until the engine is back" in message for message in said)
