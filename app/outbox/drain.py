"""Delivering events: at least once, oldest first, with the failures kept on their rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, or_, select

from app.db import SessionFactory, writing
from app.models import OutboxEvent, metadata

EVENTS_AT_ONCE = 500
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 600.0
_ERROR_CHARACTERS = 1000
_COLUMNS = metadata.tables["outbox_event"].c

Handler = Callable[[Sequence[OutboxEvent]], Awaitable[Mapping[int, str]]]
"""Does what follows from the events, which it may have seen before; returns what went wrong, by id of the event."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Drained:
    """How many events were delivered, and how many failed and will be tried again."""

    delivered: int = 0
    failed: int = 0


def pause_before_try(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: doubled each time, up to ten minutes."""
    doubled = FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 20)
    return timedelta(seconds=min(doubled, LONGEST_PAUSE_SECONDS))


async def drain(new_session: SessionFactory, handle: Handler, *, now: datetime) -> Drained:
    """Deliver one batch of the events that are due; the caller leads (`app.outbox.leadership`).

    Whatever `handle` raises is a failure of the whole batch.
    """
    async with new_session() as session:
        events = (await session.scalars(_due(now))).all()
    if not events:
        return Drained()
    try:
        errors = await handle(events)
    except Exception as error:
        log.exception("events were not delivered", events=len(events))
        errors = {_id(each): f"{type(error).__name__}: {error}" for each in events}
    async with writing(new_session) as session:
        for each in await session.scalars(
            select(OutboxEvent).where(_COLUMNS.id.in_([_id(each) for each in events]))
        ):
            _note(each, errors.get(_id(each)), now)
    return Drained(delivered=len(events) - len(errors), failed=len(errors))


def _due(now: datetime) -> Select[OutboxEvent]:
    is_due = or_(_COLUMNS.next_try_at.is_(None), _COLUMNS.next_try_at <= now)
    return (
        select(OutboxEvent)
        .where(_COLUMNS.delivered_at.is_(None), is_due)
        .order_by(_COLUMNS.id)
        .limit(EVENTS_AT_ONCE)
    )


def _note(row: OutboxEvent, error: str | None, now: datetime) -> None:
    row.attempts += 1
    if error is None:
        row.delivered_at, row.next_try_at, row.error = now, None, None
    else:
        row.error = error[:_ERROR_CHARACTERS]
        row.next_try_at = now + pause_before_try(row.attempts)


def _id(row: OutboxEvent) -> int:
    assert row.id is not None  # noqa: S101 (a row that was read has its key)
    return row.id
