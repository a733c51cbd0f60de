"""What people and their systems are told: the inbox of notifications, and webhooks with their deliveries."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type

_UNREAD = text("read_at IS NULL")
_PENDING = text("state = 'pending'")


class Notification(PublicId, table=True):
    """One thing that one person is told; its words are made from `type` and `payload` when it is read.

    `cause` names why: of one cause a person gets one notification, however often it is given. The `payload` holds
    values that everybody may see, for the person may have lost the right to more when reading.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "cause"),
        Index("ix_notification_newest", "person_id", "id"),
        Index("ix_notification_unread", "person_id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    type: str = Field(max_length=60)
    entity: str = Field(max_length=40)
    entity_uid: uuid.UUID | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonType)
    cause: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MailToSend(SQLModel, table=True):
    """A mail that belongs to a notification, written with it; the row goes when it is sent or given up.

    It has the words only: the address is that of the person when it is sent, and the link that ends the alerts of
    `watch_id` carries a token and is made then. `attempts` were begun; `next_try_at` says when the next one may begin,
    unless it is sent by then. `error` is what kept the last one from being sent.
    """

    __tablename__ = "mail_to_send"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    watch_id: int | None = Field(default=None, foreign_key="watch.id", ondelete="CASCADE", index=True)
    subject: str = Field(max_length=500)
    text: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    next_try_at: datetime = Field(sa_type=UtcDateTime, index=True)
    error: str | None = Field(default=None, max_length=200)


class DisabledReason(StrEnum):
    """Why a webhook gets nothing: its owner wished so, it answered 410, or it failed for too long."""

    OWNER = "owner"
    GONE = "gone"
    FAILING = "failing"


class DeliveryState(StrEnum):
    """`failed`: no attempt is left, or the webhook was disabled before."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookEndpoint(PublicId, table=True):
    """An address that is told of events, owned by an organisation or by a person.

    `secret` signs what is sent, and is encrypted; after a rotation `previous_secret` signs too, until
    `previous_valid_until`. `failures_in_a_row` counts attempts since the last good one, of which the first was at
    `failing_since`. It gets what happens after `subscribed_at`, when it was made or enabled again. `version` grows
    with every edit.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (CheckConstraint("(organisation_id IS NULL) <> (person_id IS NULL)", name="one_owner"),)

    organisation_id: int | None = Field(
        default=None, foreign_key="organisation.id", ondelete="CASCADE", index=True
    )
    person_id: int | None = Field(default=None, foreign_key="person.id", ondelete="CASCADE", index=True)
    url: str = Field(max_length=2000)
    description: str | None = Field(default=None, max_length=200)
    event_types: list[str] = Field(sa_type=JsonType)
    secret: str = Field(max_length=400)
    previous_secret: str | None = Field(default=None, max_length=400)
    previous_valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_reason: DisabledReason | None = Field(default=None, sa_type=enum_type(DisabledReason))
    failures_in_a_row: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    subscribed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class WebhookDelivery(PublicId, table=True):
    """One event on its way to one webhook, written once.

    `event_uid` is that of the event in the outbox, or a new one for a test; it makes the `webhook-id`. `body` is what
    is sent, always the same. `attempts` counts those of the present round: a replay begins another. Whoever sends it
    has it until `claimed_until`; when that has passed, it is sent again.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_uid"),
        Index("ix_webhook_delivery_due", "next_try_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    )

    endpoint_id: int = Field(foreign_key="webhook_endpoint.id", ondelete="CASCADE")
    event_uid: uuid.UUID
    type: str = Field(max_length=60)
    body: str = Field(sa_type=Text)
    state: DeliveryState = Field(default=DeliveryState.PENDING, sa_type=enum_type(DeliveryState))
    attempts: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookAttempt(SQLModel, table=True):
    """One try to deliver, and what came of it: a status, or the error that kept an answer away.

    `answer` is the beginning of the answer's text, its printable characters only.
    """

    __tablename__ = "webhook_attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="webhook_delivery.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    duration_ms: int
    status: int | None = None
    error: str | None = Field(default=None, max_length=300)
    answer: str | None = Field(default=None, max_length=300)
