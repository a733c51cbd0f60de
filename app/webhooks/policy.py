"""Who may do what with webhooks: those of an organisation its editors and owners, one's own oneself.

An API key has to do with those of organisations only: it may be bound to one of them.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.rules import Row, TargetKind
from app.auth.scopes import Scope
from app.auth.who import Target, TargetColumns, Who, held_by_any
from app.kit.i18n import Localized
from app.kit.ids import as_uuid
from app.models import WebhookEndpoint
from app.webhooks import queries
from app.webhooks.errors import DeliveryNotFound, WebhookNotFound

ENABLED = "enabled"
_DISABLED = "disabled"
_MANAGERS = (Who.EDITOR, Who.SELF)
_COLUMNS = TargetColumns(
    organisation_id=queries.ENDPOINT.organisation_id, person_id=queries.ENDPOINT.person_id
)


def managed_by(principal: Principal) -> ColumnElement[bool]:
    """Return the condition of the webhooks that the principal manages."""
    columns = _COLUMNS if principal.api_key_id is None else replace(_COLUMNS, person_id=None)
    return held_by_any(principal, _MANAGERS, columns)


async def managed_webhook(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, *, lock: bool = False
) -> WebhookEndpoint:
    """Return the webhook; `lock` keeps it from other editors. Raises WebhookNotFound."""
    found = await queries.get_endpoint(session, uid, lock=lock)
    if found.person_id is not None and principal.api_key_id is not None:
        raise WebhookNotFound
    return found


def _target_of(row: WebhookEndpoint) -> Target:
    return Target(
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        state=ENABLED if row.disabled_at is None else _DISABLED,
    )


async def _load_webhook(session: AsyncSession, path: Mapping[str, str]) -> Target | None:
    uid = as_uuid(path["webhook_id"])
    found = None if uid is None else await queries.find_endpoint(session, uid)
    return None if found is None else _target_of(found)


async def _load_delivery(session: AsyncSession, path: Mapping[str, str]) -> Target | None:
    endpoint, uid = as_uuid(path["webhook_id"]), as_uuid(path["delivery_id"])
    if endpoint is None or uid is None:
        return None
    found = await queries.find_delivery(session, endpoint, uid)
    return None if found is None else _target_of(found[1])


WEBHOOK = TargetKind(Localized(zh="webhook", en="webhook"), _load_webhook, WebhookNotFound)
DELIVERY = TargetKind(Localized(zh="投递", en="webhook delivery"), _load_delivery, DeliveryNotFound)

ROWS = (
    Row("list_webhook_event_types", (Who.ANYONE,)),
    Row("create_webhook", (Who.SIGNED_IN,), key=Scope.WEBHOOK_WRITE),
    Row("list_webhooks", (Who.SIGNED_IN,), key=Scope.WEBHOOK_READ),
    Row("get_webhook", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_READ),
    Row("update_webhook", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_WRITE),
    Row("delete_webhook", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_WRITE),
    Row("rotate_webhook_secret", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_WRITE),
    Row("enable_webhook", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_WRITE),
    Row("disable_webhook", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_WRITE),
    Row("test_webhook", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_WRITE, states=(ENABLED,)),
    Row("list_webhook_deliveries", _MANAGERS, WEBHOOK, key=Scope.WEBHOOK_READ),
    Row("get_webhook_delivery", _MANAGERS, DELIVERY, key=Scope.WEBHOOK_READ),
    Row("replay_webhook_delivery", _MANAGERS, DELIVERY, key=Scope.WEBHOOK_WRITE, states=(ENABLED,)),
)
