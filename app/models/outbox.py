"""What happened: events that leave the system, and the audit trail that never does by itself."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from app.models.base import JsonType, PublicId, UtcDateTime

_PENDING = text("delivered_at IS NULL")


class OutboxEvent(PublicId, table=True):
    """One change, written in the transaction that makes it (`app.outbox.add`).

    `position` is set on public events only: the version of the catalogue that the change made, so the place in the
    feed of changes. Positions have no gaps, and a lower one is never committed after a higher one. `platform_uid`
    names the platform whose search documents may have changed. `delivered_at` is set when the worker has done what
    follows from the event; until then `attempts`, `next_try_at` and `error` say how it went. `audience` is set on an
    event that is meant for some only: the `organisations` and `people` by their ids, whose webhooks are told of it.
    """

    __tablename__ = "outbox_event"
    __table_args__ = (
        Index("ix_outbox_event_pending", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    )

    position: int | None = Field(default=None, unique=True)
    type: str = Field(max_length=60)
    entity: str = Field(max_length=40)
    entity_uid: uuid.UUID | None = None
    platform_uid: uuid.UUID | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonType)
    audience: dict[str, list[str]] | None = Field(default=None, sa_type=JsonType)
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    actor: str | None = Field(default=None, max_length=80)
    request_id: str | None = Field(default=None, max_length=64)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = Field(default=None, max_length=1000)


class AuditEntry(PublicId, table=True):
    """Who did what to which thing, with what it was before and after. The database refuses to change or delete it.

    `actor` is `person:<uid>`, `api_key:<id>` or `system`. `organisation_uid` and `platform_uid` say whose it is.
    """

    __tablename__ = "audit_entry"

    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=80)
    action: str = Field(max_length=60)
    entity: str = Field(max_length=40)
    entity_uid: uuid.UUID = Field(index=True)
    organisation_uid: uuid.UUID | None = Field(default=None, index=True)
    platform_uid: uuid.UUID | None = Field(default=None, index=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    after: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    request_id: str | None = Field(default=None, max_length=64)
