"""Webhooks and their secrets: one function per use case. Rights are decided before, by the table."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.auth.who import ROLES_OF, Who
from app.errors import InvalidRequest
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.models import DisabledReason, WebhookEndpoint
from app.webhooks import policy, queries, reading, schemas
from app.webhooks.delivery import disable, host_of
from app.webhooks.errors import TooManyWebhooks
from app.webhooks.rules import MOST_PER_OWNER, OVERLAP
from app.webhooks.signing import Cipher, new_secret
from app.webhooks.targets import url_fault

_NOT_MANAGED = Localized(
    zh="您不是该机构的编辑或所有者", en="You are no editor or owner of this organisation"
)
_NEEDED_BY_KEY = Localized(
    zh="用 API 密钥只能为机构建立 webhook，请给出机构",
    en="By an API key a webhook is made for an organisation: name it",
)


@dataclass(frozen=True)
class Tools:
    """What webhooks need beside the database; `allow_private` is the development setting."""

    cipher: Cipher
    allow_private: bool
    now: datetime


async def create_webhook(
    session: AsyncSession, principal: Principal, tools: Tools, body: schemas.WebhookCreate
) -> tuple[schemas.WebhookCreated, int]:
    """Store a webhook; return it with its secret and its version. Raises InvalidRequest and TooManyWebhooks."""
    _require_target(body.url, tools)
    organisation_id = await _owner(session, principal, body.organisation_id)
    person_id = principal.person_id if organisation_id is None else None
    await queries.lock_owner(session, organisation_id, person_id)
    if await queries.count_of_owner(session, organisation_id, person_id) >= MOST_PER_OWNER:
        raise TooManyWebhooks
    secret = new_secret()
    row = WebhookEndpoint(
        organisation_id=organisation_id,
        person_id=person_id,
        url=body.url,
        description=body.description,
        event_types=sorted(set(body.event_types)),
        secret=tools.cipher.encipher(secret),
        created_at=tools.now,
        subscribed_at=tools.now,
    )
    session.add(row)
    await _record(session, principal, "webhook.created", row, after=_facts(row))
    shown = reading.webhook(row, body.organisation_id, tools.now)
    return schemas.WebhookCreated(**shown.model_dump(), secret=secret), row.version


async def _owner(session: AsyncSession, principal: Principal, uid: uuid.UUID | None) -> int | None:
    if uid is None:
        if principal.api_key_id is not None:
            raise InvalidRequest.at("/body/organisation_id", "missing", _NEEDED_BY_KEY)
        return None
    found = await queries.organisation_id_of(session, uid)
    if found is None or principal.roles.get(found) not in ROLES_OF[Who.EDITOR]:
        raise InvalidRequest.at("/body/organisation_id", "not_a_manager", _NOT_MANAGED)
    return found


def _require_target(url: str, tools: Tools) -> None:
    fault = url_fault(url, allow_private=tools.allow_private)
    if fault is not None:
        raise InvalidRequest.at("/body/url", "webhook_url", fault)


async def list_webhooks(
    session: AsyncSession, principal: Principal, asked: schemas.WebhookFilters, now: datetime
) -> Page[schemas.WebhookRead]:
    """Return those that the principal manages. Raises InvalidCursor."""
    where = policy.managed_by(principal)
    if asked.organisation_id is not None:
        organisation = await queries.organisation_id_of(session, asked.organisation_id)
        where = and_(where, queries.ENDPOINT.organisation_id == organisation)
    page = await queries.page_of_endpoints(session, where, asked)
    return page.to_page(lambda row: reading.webhook(row[0], row[1], now))


async def get_webhook(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime
) -> tuple[schemas.WebhookRead, int]:
    """Return it with its version. Raises WebhookNotFound."""
    return await _read(session, await policy.managed_webhook(session, principal, uid), now)


async def update_webhook(
    session: AsyncSession,
    principal: Principal,
    tools: Tools,
    uid: uuid.UUID,
    *,
    body: schemas.WebhookUpdate,
    precondition: Precondition,
) -> tuple[schemas.WebhookRead, int]:
    """Change what is given. Raises WebhookNotFound, PreconditionFailed and InvalidRequest."""
    row = await policy.managed_webhook(session, principal, uid, lock=True)
    precondition.require(row.version)
    changes = body.model_dump(include=body.model_fields_set)
    for name in ("url", "event_types"):
        if changes.get(name, "") is None:
            detail = Localized(zh="不能清空", en="It cannot be cleared")
            raise InvalidRequest.at(f"/body/{name}", "missing", detail)
    if body.url is not None:
        _require_target(body.url, tools)
    before = _facts(row)
    for name, value in changes.items():
        setattr(row, name, sorted(set(value)) if name == "event_types" else value)
    row.version += 1
    await _record(session, principal, "webhook.changed", row, before=before, after=_facts(row))
    return await _read(session, row, tools.now)


async def delete_webhook(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, precondition: Precondition
) -> None:
    """Take it away with its deliveries. Raises WebhookNotFound and PreconditionFailed."""
    row = await policy.managed_webhook(session, principal, uid, lock=True)
    precondition.require(row.version)
    await _record(session, principal, "webhook.deleted", row, before=_facts(row))
    await session.delete(row)


async def rotate_secret(
    session: AsyncSession, principal: Principal, tools: Tools, uid: uuid.UUID
) -> schemas.Rotated:
    """Make a new secret; the one before signs too for a while. Raises WebhookNotFound."""
    row = await policy.managed_webhook(session, principal, uid, lock=True)
    secret, until = new_secret(), tools.now + OVERLAP
    row.previous_secret, row.previous_valid_until = row.secret, until
    row.secret = tools.cipher.encipher(secret)
    row.version += 1
    after = {"previous_secret_until": until.isoformat()}
    await _record(session, principal, "webhook.secret_rotated", row, after=after)
    return schemas.Rotated(secret=secret, previous_secret_until=until)


async def enable_webhook(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime
) -> tuple[schemas.WebhookRead, int]:
    """Send what happens from now on; one that is enabled stays as it is. Raises WebhookNotFound."""
    row = await policy.managed_webhook(session, principal, uid, lock=True)
    if row.disabled_at is not None:
        before = _facts(row)
        await queries.give_up_pending(session, row.id or 0, now)
        row.disabled_at, row.disabled_reason, row.subscribed_at = None, None, now
        row.failures_in_a_row, row.failing_since = 0, None
        row.version += 1
        await _record(session, principal, "webhook.enabled", row, before=before, after=_facts(row))
    return await _read(session, row, now)


async def disable_webhook(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime
) -> tuple[schemas.WebhookRead, int]:
    """Send nothing more; one that is disabled stays as it is. Raises WebhookNotFound."""
    row = await policy.managed_webhook(session, principal, uid, lock=True)
    if row.disabled_at is None:
        before = _facts(row)
        await disable(session, row, DisabledReason.OWNER, now)
        await _record(session, principal, "webhook.disabled", row, before=before, after=_facts(row))
    return await _read(session, row, now)


async def _read(
    session: AsyncSession, row: WebhookEndpoint, now: datetime
) -> tuple[schemas.WebhookRead, int]:
    organisation = await queries.organisation_uid_of(session, row.organisation_id)
    return reading.webhook(row, organisation, now), row.version


def _facts(row: WebhookEndpoint) -> dict[str, Any]:
    # Of the address only the host: members who read the audit trail need not know its path, which may be a secret.
    return {
        "host": host_of(row.url),
        "description": row.description,
        "event_types": row.event_types,
        "enabled": row.disabled_at is None,
    }


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    row: WebhookEndpoint,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    organisation = await queries.organisation_uid_of(session, row.organisation_id)
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "webhook",
        row.uid,
        before=before,
        after=after,
        belongs_to=audit.Owner(organisation),
    )
