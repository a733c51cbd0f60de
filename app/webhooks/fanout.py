"""Events of the outbox become deliveries: one for each webhook that asked for the type and may know of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory, writing
from app.models import DeliveryState, OutboxEvent, metadata
from app.models.base import new_uid
from app.webhooks import queries
from app.webhooks.event_types import DESCRIPTIONS, PUBLIC_TYPES
from app.webhooks.messages import body_of
from app.webhooks.rules import is_addressed

_ROWS_AT_ONCE = 500
_TABLE = metadata.tables["webhook_delivery"]


async def fan_out(new_session: SessionFactory, events: Sequence[OutboxEvent], *, now: datetime) -> None:
    """Write the deliveries that follow from the events; those that are there already stay as they are."""
    wanted = [event for event in events if event.type in DESCRIPTIONS]
    if not wanted:
        return
    async with new_session() as session:
        if not await queries.enabled_endpoints(session):
            return
    async with writing(new_session) as session:
        endpoints = await queries.enabled_endpoints(session)
        rows = [
            _row(event, endpoint.WebhookEndpoint.id, now)
            for event in wanted
            for endpoint in _getting(event, endpoints)
        ]
        await _insert(session, rows)


def _getting(event: OutboxEvent, endpoints: Sequence[Row[Any]]) -> Iterator[Row[Any]]:
    is_public = event.type in PUBLIC_TYPES
    for row in endpoints:
        endpoint = row.WebhookEndpoint
        if event.type not in endpoint.event_types or endpoint.subscribed_at > event.occurred_at:
            continue
        if is_public or is_addressed(event.audience or {}, row.organisation, row.person):
            yield row


def _row(event: OutboxEvent, endpoint_id: int, now: datetime) -> dict[str, Any]:
    return {
        "uid": new_uid(),
        "endpoint_id": endpoint_id,
        "event_uid": event.uid,
        "type": event.type,
        "body": body_of(
            event.type,
            event.occurred_at,
            event_uid=event.uid,
            entity=event.entity,
            entity_uid=event.entity_uid,
            details=event.payload,
        ),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "next_try_at": now,
        "created_at": now,
    }


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        statement = insert(_TABLE).values(rows[start : start + _ROWS_AT_ONCE])
        await session.execute(statement.on_conflict_do_nothing(index_elements=["endpoint_id", "event_uid"]))
