"""Seeding tells of each platform that it published, changed or removed, once."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.db import SessionFactory
from app.models import metadata
from app.seeding.load import SEED_DIR, seed

EVENT = metadata.tables["outbox_event"]


async def seeded(sessions: SessionFactory, *, demo: bool, seed_dir: Path = SEED_DIR) -> list[Any]:
    """Seed; return the events that this added."""
    async with sessions() as session:
        before = len((await session.execute(select(EVENT))).all())
    await seed(sessions, demo=demo, seed_dir=seed_dir, progress=lambda _message: None)
    async with sessions() as session:
        return list((await session.execute(select(EVENT).order_by(EVENT.c.position))).all())[before:]


async def test_each_platform_is_published_and_removed_once(own_sessions: SessionFactory) -> None:
    first = await seeded(own_sessions, demo=True)
    assert Counter(event.type for event in first) == {"platform.published": 130, "vocabulary.changed": 1}
    assert [event.position for event in first] == list(range(1, 132))
    assert len({event.entity_uid for event in first}) == 131
    assert await seeded(own_sessions, demo=True) == []
    removed = [event for event in await seeded(own_sessions, demo=False) if event.entity == "platform"]
    assert {event.type for event in removed} == {"platform.removed"}
    assert len(removed) == 80
    assert all(event.payload["demo"] and event.payload["slug"].startswith("demo-") for event in removed)


async def test_only_the_platform_whose_content_changed_is_told_of(
    own_catalogue: SessionFactory, tmp_path: Path
) -> None:
    seed_dir = Path(shutil.copytree(SEED_DIR, tmp_path / "seed_data"))
    path = next(
        path for path in sorted((seed_dir / "demo").glob("*.json")) if "platforms" in path.read_text()
    )
    content = json.loads(path.read_text(encoding="utf-8"))
    platform = content["platforms"][3]
    platform["services"][0]["lead_time_days"] += 1
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    (event,) = await seeded(own_catalogue, demo=True, seed_dir=seed_dir)
    assert (event.type, event.payload["slug"]) == ("platform.changed", platform["id"])
