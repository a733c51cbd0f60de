"""Events live and die with their transaction, and public ones have an order without gaps."""

import asyncio
import random
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import select

from app import outbox
from app.changes.schemas import ChangesAsked
from app.changes.usecases import list_changes
from app.db import SessionFactory, writing
from app.indexing.queries import catalogue_version
from app.models import OutboxEvent
from app.outbox import ChangeType, Event
from app.outbox.leadership import try_to_lead

WRITERS = 8
CHANGES_OF_A_WRITER = 12


@pytest.fixture
def sessions(own_sessions: SessionFactory) -> SessionFactory:
    return own_sessions


def changed(number: int) -> Event:
    return Event(ChangeType.PLATFORM_CHANGED, "platform", UUID(int=number), payload={"slug": f"p-{number}"})


async def positions(sessions: SessionFactory) -> dict[int, int | None]:
    """The position of each event, by the number of its platform."""
    async with sessions() as session:
        return {
            event.entity_uid.int: event.position
            for event in await session.scalars(select(OutboxEvent))
            if event.entity_uid
        }


async def version(sessions: SessionFactory) -> int:
    async with sessions() as session:
        return await catalogue_version(session)


async def test_the_event_stands_with_the_change(sessions: SessionFactory) -> None:
    async with writing(sessions) as session:
        outbox.add(session, changed(1), actor="person:a")
        outbox.add(session, changed(2))
    assert await positions(sessions) == {1: 1, 2: 2}
    assert await version(sessions) == 2


async def test_what_is_rolled_back_leaves_no_event_and_no_gap(sessions: SessionFactory) -> None:
    with suppress(RuntimeError):
        async with writing(sessions) as session:
            outbox.add(session, changed(1))
            await session.flush()
            raise RuntimeError
    async with sessions() as session:
        async with session.begin():
            outbox.add(session, changed(2))
        async with session.begin():
            outbox.add(session, changed(3))
            await session.rollback()
        async with session.begin():
            outbox.add(session, changed(4))
    assert await positions(sessions) == {2: 1, 4: 2}


async def test_a_savepoint_takes_back_only_its_own_events(sessions: SessionFactory) -> None:
    async with writing(sessions) as session:
        outbox.add(session, changed(1))
        with suppress(RuntimeError):
            async with session.begin_nested():
                outbox.add(session, changed(2))
                raise RuntimeError
        async with session.begin_nested():
            outbox.add(session, changed(3))
        outbox.add(session, changed(4))
    assert await positions(sessions) == {1: 1, 3: 2, 4: 3}
    assert await version(sessions) == 3


async def test_other_events_have_no_place_in_the_feed(sessions: SessionFactory) -> None:
    async with writing(sessions) as session:
        outbox.add(session, Event("invitation.sent", "invitation", UUID(int=1)))
    assert await positions(sessions) == {1: None}
    assert await version(sessions) == 0


async def test_writers_that_commit_out_of_order_get_the_order_of_their_commits(
    sessions: SessionFactory,
) -> None:
    async with sessions() as first, sessions() as second:
        outbox.add(first, changed(1))
        if first.get_bind().dialect.name == "postgresql":
            await first.flush()  # its row has the lower key, and is there first
        outbox.add(second, changed(2))
        await second.commit()
        async with sessions() as reader:
            seen = await list_changes(reader, ChangesAsked())
        assert [item.entity_id for item in seen.items] == [UUID(int=2)]
        await first.commit()
    async with sessions() as reader:
        later = await list_changes(reader, ChangesAsked(cursor=seen.cursor))
    assert [item.entity_id for item in later.items] == [UUID(int=1)]


async def test_a_reader_beside_many_writers_misses_nothing_and_sees_nothing_twice(
    sessions: SessionFactory,
) -> None:
    chance = random.Random(4)
    committed: set[int] = set()
    writing_ended = asyncio.Event()

    async def write(writer: int) -> None:
        for change in range(CHANGES_OF_A_WRITER):
            number = writer * 1000 + change + 1
            keep = chance.random() > 0.2
            async with sessions() as session:
                async with session.begin():
                    outbox.add(session, changed(number))
                    if session.get_bind().dialect.name == "postgresql":
                        await session.flush()
                    await asyncio.sleep(chance.random() * 0.02)
                    if not keep:
                        await session.rollback()
                if keep:
                    committed.add(number)

    seen: list[int] = []

    async def read() -> None:
        cursor = None
        while True:
            last_round = writing_ended.is_set()
            async with sessions() as session:
                answer = await list_changes(session, ChangesAsked(cursor=cursor, limit=5))
            seen.extend(item.entity_id.int for item in answer.items if item.entity_id)
            cursor = answer.cursor
            if last_round and not answer.has_more:
                return
            await asyncio.sleep(0.001)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    writing_ended.set()
    await reading
    assert len(seen) == len(set(seen))
    assert set(seen) == committed
    assert [place for _, place in sorted((p, p) for p in (await positions(sessions)).values() if p)] == list(
        range(1, len(committed) + 1)
    )


async def test_one_leads_at_a_time(sessions: SessionFactory) -> None:
    async with try_to_lead(sessions) as first, try_to_lead(sessions) as second:
        assert (first, second) == (True, False)
    async with try_to_lead(sessions) as again:
        assert again
