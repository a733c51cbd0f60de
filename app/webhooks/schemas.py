"""What webhooks take and answer."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.models import DeliveryState, DisabledReason
from app.webhooks.event_types import DESCRIPTIONS


def _event_type(name: str) -> str:
    if name not in DESCRIPTIONS:
        raise invalid_value(
            "unknown_event_type",
            "没有这种事件；可用的见 /v1/webhook-event-types",
            "There is no such event; /v1/webhook-event-types lists them",
        )
    return name


Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="https, at a public address; redirects are not followed",
        examples=["https://example.com/hooks/proving-ground"],
    ),
]
Description = Annotated[str, Field(min_length=1, max_length=200, examples=["订单系统"])]
EventType = Annotated[str, Field(max_length=60, examples=["platform.published"]), AfterValidator(_event_type)]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=len(DESCRIPTIONS))]


class WebhookCreate(Given):
    """An address that shall be told of events."""

    url: Url
    event_types: EventTypes
    description: Description | None = None
    organisation_id: uuid.UUID | None = Field(
        default=None, description="the organisation that it belongs to; without one it is one's own"
    )


class WebhookUpdate(Given):
    """What shall change; what is left out stays, null clears the description."""

    url: Url | None = Field(default=None, description="cannot be cleared")
    event_types: EventTypes | None = Field(default=None, description="cannot be cleared")
    description: Description | None = None


class WebhookRead(Read):
    id: uuid.UUID
    organisation_id: uuid.UUID | None = Field(description="null for one of a person's own")
    url: str
    description: str | None
    event_types: list[str]
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None
    failures_in_a_row: int = Field(description="attempts since the last good one")
    failing_since: datetime | None = Field(description="time of the first of them")
    previous_secret_until: datetime | None = Field(
        description="until when the secret before the last rotation signs too; null when it does not"
    )
    created_at: datetime


class WebhookCreated(WebhookRead):
    secret: str = Field(
        description="verifies the signatures; shown in this answer only",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )


class WebhookFilters(PageParams):
    organisation_id: uuid.UUID | None = Field(default=None, description="only those of this organisation")


class Rotated(Read):
    secret: str = Field(
        description="the new secret; shown in this answer only",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )
    previous_secret_until: datetime = Field(description="until then the one before signs too")


class EventTypeRead(Read):
    type: str = Field(examples=["platform.published"])
    description: Localized
    addressed: bool = Field(description="whether a webhook gets it only where its owner is meant")


class EventTypeList(Read):
    items: list[EventTypeRead]


class AttemptRead(Read):
    at: datetime = Field(description="when it was over")
    duration_ms: int
    status: int | None = Field(description="HTTP status; null when there was no answer")
    error: str | None = Field(description="what kept an answer away")
    answer: str | None = Field(description="beginning of an answer that did not take the delivery")


class DeliveryRead(Read):
    id: uuid.UUID
    webhook_id: str = Field(
        description="the header `webhook-id`, at each attempt",
        examples=["msg_01935f6f2a3c7d4e8f90a1b2c3d4e5f6"],
    )
    type: str = Field(examples=["platform.published"])
    state: DeliveryState
    attempts: int = Field(description="in the present round; a replay begins another")
    next_try_at: datetime | None
    last_attempt: AttemptRead | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryDetail(DeliveryRead):
    body: dict[str, Any] = Field(description="what is sent")
    log: list[AttemptRead] = Field(description="every attempt, the first one first")


class DeliveryFilters(PageParams):
    state: DeliveryState | None = Field(default=None, description="only in this state")
    type: str | None = Field(default=None, max_length=60, description="only of this type of event")
