"""The delivery log of a webhook: reading it, replaying, and the test event."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.kit.pagination import Page
from app.models import DeliveryState, WebhookDelivery
from app.models.base import new_uid
from app.outbox.events import AddressedType
from app.webhooks import policy, queries, reading, schemas
from app.webhooks.messages import body_of


async def list_deliveries(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, asked: schemas.DeliveryFilters
) -> Page[schemas.DeliveryRead]:
    """Return the newest first. Raises WebhookNotFound and InvalidCursor."""
    endpoint = await policy.managed_webhook(session, principal, uid)
    page = await queries.page_of_deliveries(
        session, endpoint.id or 0, state=asked.state, kind=asked.type, params=asked
    )
    last = await queries.last_attempts(session, [row.id for row in page.rows])
    return page.to_page(lambda row: reading.delivery(row, last.get(row.id)))


async def get_delivery(
    session: AsyncSession, principal: Principal, endpoint: uuid.UUID, uid: uuid.UUID
) -> schemas.DeliveryDetail:
    """Return it with every attempt. Raises WebhookNotFound and DeliveryNotFound."""
    owner = await policy.managed_webhook(session, principal, endpoint)
    row = await queries.get_delivery(session, owner.id or 0, uid)
    return reading.delivery_detail(row, await queries.attempts_of(session, row.id or 0))


async def replay_delivery(
    session: AsyncSession, principal: Principal, endpoint: uuid.UUID, uid: uuid.UUID, now: datetime
) -> schemas.DeliveryRead:
    """Send it again from now on, by the same `webhook-id`. Raises WebhookNotFound and DeliveryNotFound."""
    owner = await policy.managed_webhook(session, principal, endpoint, lock=True)
    row = await queries.get_delivery(session, owner.id or 0, uid, lock=True)
    row.state, row.attempts, row.next_try_at, row.finished_at = DeliveryState.PENDING, 0, now, None
    await _record(session, principal, "webhook.replayed", owner.organisation_id, owner.uid, row)
    last = await queries.last_attempts(session, [row.id or 0])
    return reading.delivery(row, last.get(row.id or 0))


async def send_test(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime
) -> schemas.DeliveryRead:
    """Write the delivery of a test event, whatever types were asked for. Raises WebhookNotFound."""
    endpoint = await policy.managed_webhook(session, principal, uid, lock=True)
    event_uid, kind = new_uid(), AddressedType.WEBHOOK_TEST.value
    row = WebhookDelivery(
        endpoint_id=endpoint.id or 0,
        event_uid=event_uid,
        type=kind,
        body=body_of(kind, now, event_uid=event_uid, entity="webhook", entity_uid=endpoint.uid, details={}),
        next_try_at=now,
        created_at=now,
    )
    session.add(row)
    await _record(session, principal, "webhook.tested", endpoint.organisation_id, endpoint.uid, row)
    return reading.delivery(row, None)


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    organisation_id: int | None,
    endpoint: uuid.UUID,
    row: WebhookDelivery,
) -> None:
    organisation = await queries.organisation_uid_of(session, organisation_id)
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "webhook",
        endpoint,
        after={"delivery": str(row.uid), "type": row.type},
        belongs_to=audit.Owner(organisation),
    )
