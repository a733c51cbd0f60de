"""Delivery: at least once, failures stay on their rows and are tried again later and later."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import outbox
from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.models import OutboxEvent
from app.outbox import Event
from app.outbox.drain import Drained, drain, pause_before_try

NOW = utcnow()


@pytest.fixture
async def sessions(own_sessions: SessionFactory) -> SessionFactory:
    async with writing(own_sessions) as session:
        for number in (1, 2):
            outbox.add(session, Event("note.sent", "note", UUID(int=number)))
    return own_sessions


async def rows(sessions: SessionFactory) -> Sequence[OutboxEvent]:
    async with sessions() as session:
        return (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()  # type: ignore[arg-type]


async def deliver(events: Sequence[OutboxEvent]) -> Mapping[int, str]:
    return {}


async def test_what_is_delivered_is_not_delivered_again(sessions: SessionFactory) -> None:
    assert await drain(sessions, deliver, now=NOW) == Drained(delivered=2)
    assert await drain(sessions, deliver, now=NOW) == Drained()
    assert [(row.delivered_at, row.attempts, row.error) for row in await rows(sessions)] == [
        (NOW, 1, None)
    ] * 2


async def test_a_failure_stays_on_its_row_until_it_is_mended(sessions: SessionFactory) -> None:
    async def fail_second(events: Sequence[OutboxEvent]) -> Mapping[int, str]:
        return {event.id: "no room" for event in events if event.entity_uid == UUID(int=2) and event.id}

    assert await drain(sessions, fail_second, now=NOW) == Drained(delivered=1, failed=1)
    first, second = await rows(sessions)
    assert (first.delivered_at, first.error) == (NOW, None)
    assert (second.delivered_at, second.error, second.attempts) == (None, "no room", 1)
    assert second.next_try_at == NOW + timedelta(seconds=1)
    assert await drain(sessions, deliver, now=NOW + timedelta(seconds=0.9)) == Drained()
    later = NOW + timedelta(seconds=1)
    assert await drain(sessions, fail_second, now=later) == Drained(failed=1)
    assert (await rows(sessions))[1].next_try_at == later + timedelta(seconds=2)
    assert await drain(sessions, deliver, now=later + timedelta(seconds=2)) == Drained(delivered=1)
    second = (await rows(sessions))[1]
    assert (second.attempts, second.error, second.next_try_at) == (3, None, None)


async def test_what_a_handler_raises_is_a_failure_of_all(sessions: SessionFactory) -> None:
    async def break_down(events: Sequence[OutboxEvent]) -> Mapping[int, str]:
        raise ConnectionError("gone")

    assert await drain(sessions, break_down, now=NOW) == Drained(failed=2)
    assert [row.error for row in await rows(sessions)] == ["ConnectionError: gone"] * 2


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 2), (5, 16), (10, 512), (11, 600), (10_000, 600)]
)
def test_pauses_double_up_to_ten_minutes(attempts: int, seconds: int) -> None:
    assert pause_before_try(attempts) == timedelta(seconds=seconds)
