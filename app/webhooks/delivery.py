"""One attempt to deliver: what it is made of, and what follows from its outcome. The caller sends in between.

A delivery belongs to whoever claimed it, for as long as an attempt can take. If that process dies, the claim ends and
the message is sent again, with the same `webhook-id`: at least once.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.kit.i18n import Localized
from app.models import (
    DeliveryState,
    DisabledReason,
    OrganisationRole,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.notices import Notice, NoticeType, notify, people_of_organisation, post
from app.webhooks import queries
from app.webhooks.mails import disabled_letter
from app.webhooks.rules import GONE, has_failed_for_too_long, is_success, pause_after
from app.webhooks.sending import Outcome

CLAIMED_FOR = timedelta(seconds=60)
AT_ONCE = 64
AT_ONCE_OF_ENDPOINT = 2
REASONS = {
    DisabledReason.OWNER: Localized(zh="由所有者停用", en="its owner disabled it"),
    DisabledReason.GONE: Localized(zh="对方答复 410（不再接收）", en="it answered 410 (gone)"),
    DisabledReason.FAILING: Localized(zh="超过 24 小时持续投递失败", en="it failed for more than 24 hours"),
}


@dataclass(frozen=True)
class Task:
    """A message to send; `secrets` are as stored."""

    delivery_id: int
    endpoint_id: int
    url: str
    secrets: tuple[str, ...]
    event_uid: uuid.UUID
    body: str


def good_secrets(endpoint: WebhookEndpoint, now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign, as stored: the present one, and the one before while it is good."""
    before, until = endpoint.previous_secret, endpoint.previous_valid_until
    if before is None or until is None or until <= now:
        return (endpoint.secret,)
    return (endpoint.secret, before)


async def claim(session: AsyncSession, *, now: datetime, most: int) -> Sequence[Task]:
    """Take what is due. No webhook gets more than its share of those under way, however slow it is."""
    keys = await queries.claim_due(
        session, now=now, until=now + CLAIMED_FOR, most=most, most_of_endpoint=AT_ONCE_OF_ENDPOINT
    )
    return [
        Task(
            delivery_id=delivery.id,
            endpoint_id=endpoint.id,
            url=endpoint.url,
            secrets=good_secrets(endpoint, now),
            event_uid=delivery.event_uid,
            body=delivery.body,
        )
        for delivery, endpoint in await queries.claimed(session, keys)
    ]


async def note(session: AsyncSession, task: Task, outcome: Outcome, *, now: datetime, chance: float) -> None:
    """Write down what came of an attempt, and tell the owners of a webhook that is disabled for it.

    What was deleted meanwhile is no matter any more. `chance` is that of the jitter.
    """
    endpoint = await session.get(WebhookEndpoint, task.endpoint_id, with_for_update=True)
    delivery = await session.get(WebhookDelivery, task.delivery_id, with_for_update=True)
    if endpoint is None or delivery is None:
        return
    session.add(
        WebhookAttempt(
            delivery_id=task.delivery_id,
            at=now,
            duration_ms=outcome.duration_ms,
            status=outcome.status,
            error=outcome.error,
            answer=outcome.answer,
        )
    )
    delivery.attempts += 1
    delivery.claimed_until = None
    if is_success(outcome.status):
        _finish(delivery, DeliveryState.DELIVERED, now)
        endpoint.failures_in_a_row, endpoint.failing_since = 0, None
        return
    _try_again(delivery, now, chance)
    if endpoint.disabled_at is not None:
        return
    endpoint.failures_in_a_row += 1
    endpoint.failing_since = endpoint.failing_since or now
    if outcome.status == GONE:
        await _disable(session, endpoint, DisabledReason.GONE, now)
    elif has_failed_for_too_long(endpoint.failures_in_a_row, endpoint.failing_since, now):
        await _disable(session, endpoint, DisabledReason.FAILING, now)


def _try_again(delivery: WebhookDelivery, now: datetime, chance: float) -> None:
    if delivery.state is not DeliveryState.PENDING:
        return
    pause = pause_after(delivery.attempts, chance)
    if pause is None:
        _finish(delivery, DeliveryState.FAILED, now)
    else:
        delivery.next_try_at = now + pause


def _finish(delivery: WebhookDelivery, state: DeliveryState, now: datetime) -> None:
    delivery.state, delivery.next_try_at, delivery.finished_at = state, None, now


async def disable(
    session: AsyncSession, endpoint: WebhookEndpoint, reason: DisabledReason, now: datetime
) -> None:
    """Send nothing more; what was under way is given up."""
    endpoint.disabled_at, endpoint.disabled_reason = now, reason
    endpoint.version += 1
    await queries.give_up_pending(session, endpoint.id or 0, now)


async def _disable(
    session: AsyncSession, endpoint: WebhookEndpoint, reason: DisabledReason, now: datetime
) -> None:
    await disable(session, endpoint, reason, now)
    organisation = await queries.organisation_uid_of(session, endpoint.organisation_id)
    audit.record(
        session,
        audit.SYSTEM,
        "webhook.disabled",
        "webhook",
        endpoint.uid,
        after={"reason": reason.value},
        belongs_to=audit.Owner(organisation),
    )
    host, why = host_of(endpoint.url), REASONS[reason]
    owners = [endpoint.person_id] if endpoint.person_id is not None else []
    if endpoint.organisation_id is not None:
        owners += await people_of_organisation(session, endpoint.organisation_id, [OrganisationRole.OWNER])
    payload = {"host": host, "reason": why.model_dump()}
    cause = f"webhook_disabled:{endpoint.uid}:{endpoint.version}"
    notice = Notice(NoticeType.WEBHOOK_DISABLED, "webhook", endpoint.uid, payload, cause)
    await notify(session, owners, notice, now=now)
    post(session, owners, disabled_letter(host, why), now=now)


def host_of(url: str) -> str:
    """Return what may be said of an address elsewhere: its path may be a secret."""
    return urlsplit(url).hostname or ""
