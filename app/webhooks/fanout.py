"""Events of the outbox become deliveries: one for each webhook that asked for the type and may know of it."""

from collections.abc import Sequence
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
        await _insert(session, [row for event in wanted for row in _rows(event, endpoints, now)])


def _rows(event: OutboxEvent, endpoints: Sequence[Row[Any]], now: datetime) -> list[dict[str, Any]]:
    getting = [row.WebhookEndpoint.id for row in endpoints if _gets(row, event)]
    if not getting:
        return []
    body = body_of(
        event.type,
        event.occurred_at,
        event_uid=event.uid,
        entity=event.entity,
        entity_uid=event.entity_uid,
        details=event.payload,
    )
    return [
        {
            "uid": new_uid(),
            "endpoint_id": endpoint_id,
            "event_uid": event.uid,
            "type": event.type,
            "body": body,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "next_try_at": now,
            "created_at": now,
        }
        for endpoint_id in getting
    ]


def _gets(row: Row[Any], event: OutboxEvent) -> bool:
    endpoint = row.WebhookEndpoint
    if event.type not in endpoint.event_types or endpoint.subscribed_at > event.occurred_at:
        return False
    return event.type in PUBLIC_TYPES or is_addressed(event.audience or {}, row.organisation, row.person)


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        statement = insert(_TABLE).values(rows[start : start + _ROWS_AT_ONCE])
        await session.execute(statement.on_conflict_do_nothing(index_elements=["endpoint_id", "event_uid"]))
