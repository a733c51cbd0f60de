"""Notifications and webhooks."""

import itertools
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import DeliveryState, Notification, Person, WebhookDelivery, WebhookEndpoint
from app.models.base import new_uid
from app.notices import NoticeType
from app.webhooks.event_types import DESCRIPTIONS
from tests.factories.people import LONG_AGO
from tests.factories.registry import stored

_number = itertools.count(1)


async def make_notification(session: AsyncSession, person: Person, **known: Any) -> Notification:
    """One that is unread, about the end of somebody's access to a result."""
    assert person.id is not None
    values = {
        "type": NoticeType.ACCESS_REVOKED.value,
        "entity": "result",
        "entity_uid": new_uid(),
        "payload": {"title": "示例成果"},
        "cause": f"test:{next(_number)}",
        "created_at": LONG_AGO,
        **known,
    }
    return await stored(session, Notification(person_id=person.id, **values))


async def make_webhook(session: AsyncSession, **known: Any) -> WebhookEndpoint:
    """One that asks for every type of event; give it an `organisation_id` or a `person_id`."""
    values = {
        "url": "https://example.com/hook",
        "event_types": sorted(DESCRIPTIONS),
        "secret": "unreadable",
        "created_at": LONG_AGO,
        "subscribed_at": LONG_AGO,
        **known,
    }
    return await stored(session, WebhookEndpoint(**values))


async def make_delivery(session: AsyncSession, webhook: WebhookEndpoint, **known: Any) -> WebhookDelivery:
    """One that was delivered."""
    assert webhook.id is not None
    values = {
        "event_uid": new_uid(),
        "type": "webhook.test",
        "body": "{}",
        "state": DeliveryState.DELIVERED,
        "created_at": LONG_AGO,
        "finished_at": LONG_AGO,
        **known,
    }
    return await stored(session, WebhookDelivery(endpoint_id=webhook.id, **values))
