"""The snapshot is read again when what is matched has changed, and only then; its version is always that of the day."""

import uuid

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.matching.snapshot_cache import SnapshotCache
from app.matching.snapshot_queries import catalogue_version
from app.models import OutboxEvent
from app.outbox import ChangeType, Event

PROJECT = outbox.project_event(
    ChangeType.PROJECT_PUBLISHED, uuid.uuid4(), slug="p", title_zh="项目", title_en=None, demo=True
)
RELEASE = outbox.release_event(uuid.uuid4(), edition=1, title="清单")
PLATFORM = outbox.platform_event(
    ChangeType.PLATFORM_CHANGED, uuid.uuid4(), slug="x", name_zh="平台", name_en=None, demo=True
)
INSIDE = Event("call.opened", "call", uuid.uuid4())


@pytest.mark.parametrize(
    ("happened", "read_again"),
    [
        ([INSIDE], False),
        ([PROJECT], False),
        ([PROJECT, RELEASE, PROJECT], False),
        ([PLATFORM], True),
        ([PROJECT, PLATFORM, PROJECT], True),
        ([outbox.vocabulary_event()], True),
    ],
)
@pytest.mark.usefixtures("catalogue")
async def test_only_what_is_matched_is_read_again(
    session: AsyncSession, happened: list[Event], read_again: bool
) -> None:
    cache = SnapshotCache()
    before, lexicon = await cache.get(session)
    for each in happened:
        outbox.add(session, each, actor="system")
        await session.commit()
    after, same = await cache.get(session)
    assert after.version == await catalogue_version(session)
    assert after.version == before.version + sum(each.is_public for each in happened)
    assert (same is not lexicon, after.platforms is not before.platforms) == (read_again, read_again)
    assert after.read_at == (after.version if read_again else before.read_at)


@pytest.mark.usefixtures("catalogue")
async def test_a_version_that_no_event_tells_of_is_read_again(session: AsyncSession) -> None:
    cache = SnapshotCache()
    before, _ = await cache.get(session)
    outbox.add(session, PROJECT, actor="system")
    await session.commit()
    await session.execute(delete(OutboxEvent))
    await session.commit()
    after, _ = await cache.get(session)
    assert after.read_at == after.version > before.version
