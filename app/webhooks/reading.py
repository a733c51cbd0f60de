"""Rows of webhooks as they are answered."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from app.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.webhooks import schemas
from app.webhooks.signing import message_id


def webhook(row: WebhookEndpoint, organisation: uuid.UUID | None, now: datetime) -> schemas.WebhookRead:
    """Return a webhook without its secrets."""
    until = row.previous_valid_until
    return schemas.WebhookRead(
        id=row.uid,
        organisation_id=organisation,
        url=row.url,
        description=row.description,
        event_types=row.event_types,
        enabled=row.disabled_at is None,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        failures_in_a_row=row.failures_in_a_row,
        failing_since=row.failing_since,
        previous_secret_until=until if until is not None and until > now else None,
        created_at=row.created_at,
    )


def delivery(row: WebhookDelivery, last: WebhookAttempt | None) -> schemas.DeliveryRead:
    return schemas.DeliveryRead(
        id=row.uid,
        webhook_id=message_id(row.event_uid),
        type=row.type,
        state=row.state,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_attempt=None if last is None else attempt(last),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def delivery_detail(row: WebhookDelivery, attempts: Sequence[WebhookAttempt]) -> schemas.DeliveryDetail:
    brief = delivery(row, attempts[-1] if attempts else None)
    return schemas.DeliveryDetail(
        **brief.model_dump(), body=json.loads(row.body), log=[attempt(each) for each in attempts]
    )


def attempt(row: WebhookAttempt) -> schemas.AttemptRead:
    return schemas.AttemptRead(
        at=row.at, duration_ms=row.duration_ms, status=row.status, error=row.error, answer=row.answer
    )
