"""What a webhook is sent: the body of an event. It names things and where to read them; it shows none. Pure."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from app.notices.links import link_to
from app.outbox.events import AddressedType, ChangeType


class EventData(BaseModel):
    """What happened, and to what."""

    id: uuid.UUID = Field(description="id of the event; for public ones, that in the feed of changes")
    entity: str = Field(examples=["platform"])
    entity_id: uuid.UUID | None = Field(description="null where it is about all of its kind")
    link: str | None = Field(
        description="path of the API where the thing is read, by whoever may",
        examples=["/v1/platforms/01935f6f-2a3c-7d4e-8f90-a1b2c3d4e5f6"],
    )
    details: dict[str, Any] = Field(
        description="for public events `slug`, `name` and `demo`; else values that everybody may know",
        examples=[{"slug": "demo-new-energy-01", "name": {"zh": "示例平台", "en": None}, "demo": True}],
    )


class PublicMessage(BaseModel):
    """An event of published content."""

    type: ChangeType
    timestamp: datetime = Field(description="when it happened")
    data: EventData


class AddressedMessage(BaseModel):
    """An event that concerns the owner of the webhook."""

    type: AddressedType
    timestamp: datetime = Field(description="when it happened")
    data: EventData


def body_of(
    kind: str,
    occurred_at: datetime,
    *,
    event_uid: uuid.UUID,
    entity: str,
    entity_uid: uuid.UUID | None,
    details: dict[str, Any],
) -> str:
    """Return the body as it is sent and signed."""
    data = EventData(
        id=event_uid,
        entity=entity,
        entity_id=entity_uid,
        link=link_to(entity, entity_uid),
        details=details,
    )
    happened = occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {"type": kind, "timestamp": happened, "data": data.model_dump(mode="json")}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
