"""Seeding tells of each platform that it published, changed or removed, once."""

import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import SessionFactory, engine_for_url, make_session_factory
from app.migrations import migrate
from app.models import metadata
from app.seeding.load import SEED_DIR, seed

EVENT = metadata.tables["outbox_event"]


@pytest.fixture
async def engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = engine_for_url(empty_database_url)
    await migrate(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> SessionFactory:
    return make_session_factory(engine)


async def seeded(sessions: SessionFactory, *, demo: bool, seed_dir: Path = SEED_DIR) -> list[Any]:
    """Seed; return the events that this added."""
    async with sessions() as session:
        before = len((await session.execute(select(EVENT))).all())
    await seed(sessions, demo=demo, seed_dir=seed_dir, progress=lambda _message: None)
    async with sessions() as session:
        return list((await session.execute(select(EVENT).order_by(EVENT.c.position))).all())[before:]


async def test_each_platform_is_published_and_removed_once(sessions: SessionFactory) -> None:
    first = await seeded(sessions, demo=True)
    assert Counter(event.type for event in first) == {"platform.published": 130, "vocabulary.changed": 1}
    assert [event.position for event in first] == list(range(1, 132))
    assert len({event.entity_uid for event in first}) == 131
    assert await seeded(sessions, demo=True) == []
    removed = [event for event in await seeded(sessions, demo=False) if event.entity == "platform"]
    assert {event.type for event in removed} == {"platform.removed"}
    assert len(removed) == 80
    assert all(event.payload["demo"] and event.payload["slug"].startswith("demo-") for event in removed)


async def test_only_the_platform_whose_content_changed_is_told_of(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    seed_dir = Path(shutil.copytree(SEED_DIR, tmp_path / "seed_data"))
    await seeded(sessions, demo=True, seed_dir=seed_dir)
    path = next(
        path for path in sorted((seed_dir / "demo").glob("*.json")) if "platforms" in path.read_text()
    )
    content = json.loads(path.read_text(encoding="utf-8"))
    platform = content["platforms"][3]
    platform["services"][0]["lead_time_days"] += 1
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    (event,) = await seeded(sessions, demo=True, seed_dir=seed_dir)
    assert (event.type, event.payload["slug"]) == ("platform.changed", platform["id"])
