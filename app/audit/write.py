"""Writing the audit trail, in the transaction of what it tells of."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.kit.clock import utcnow
from app.models.outbox import AuditEntry

SYSTEM = "system"
"""The actor of what happens by itself: seeding, expiry."""


@dataclass(frozen=True)
class Owner:
    """Whose a thing is: the people of the organisation and of the platform may read what happened to it."""

    organisation_uid: uuid.UUID | None = None
    platform_uid: uuid.UUID | None = None


NOBODY = Owner()


def actor_of(principal: Principal) -> str:
    """Return how the audit trail and the events name who acts; an API key acts for its person, and is named too."""
    if principal.person_uid is None:
        return "anonymous"
    person = f"person:{principal.person_uid}"
    return person if principal.api_key_id is None else f"{person} api_key:{principal.api_key_id}"


def record(
    session: AsyncSession,
    actor: str,
    action: str,
    entity: str,
    entity_uid: uuid.UUID,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    belongs_to: Owner = NOBODY,
) -> None:
    """Write one entry in the transaction of `session`; `before` and `after` are of JSON values, None where absent.

    The id of the request is taken from the log context. Never give secrets or hashes of secrets.
    """
    session.add(
        AuditEntry(
            at=utcnow(),
            actor=actor,
            action=action,
            entity=entity,
            entity_uid=entity_uid,
            organisation_uid=belongs_to.organisation_uid,
            platform_uid=belongs_to.platform_uid,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
            request_id=structlog.contextvars.get_contextvars().get("request_id"),
        )
    )
