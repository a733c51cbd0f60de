"""Telling what turned: a row of the inbox, an event for webhooks and a mail with it, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.models import Alert, Person, Watch, WatchKind
from app.notices.notify import Notice, notify
from app.notices.post import post
from app.notices.wording import NoticeType
from app.outbox import AddressedType, Audience, Event
from app.watches import queries, wording
from app.watches.rules import may_tell

_MOST_IN_EVENT = 100
_KEPT_INSIDE = frozenset({"need"})
"""The id of a need is a word of its owner, and stays inside; its place says enough outside."""


async def tell(session: AsyncSession, watch: Watch, person: Person, now: datetime) -> bool:
    """Tell one person all alerts of one watch that were not told, if its cadence allows; return whether it did."""
    last = business_day(watch.told_at or watch.created_at)
    if not may_tell(watch.cadence, last, business_day(now)):
        return False
    alerts = await queries.untold_alerts(session, watch.id or 0)
    if not alerts or person.id is None or watch.id is None:
        return False
    details = [Localized.model_validate(alert.payload["detail"]) for alert in alerts]
    await notify(session, [person.id], _notice(watch, alerts, details), now=now)
    outbox.add(session, _event(watch, person, alerts))
    for alert in alerts:
        alert.told_at = now
    watch.told_at = now
    post(session, [person.id], wording.alert_letter(watch.id, watch.name, details), now=now)
    return True


def _notice(watch: Watch, alerts: Sequence[Alert], details: Sequence[Localized]) -> Notice:
    payload: dict[str, Any] = {"name": watch.name}
    if watch.kind is WatchKind.SEARCH:
        kind = NoticeType.SEARCH_ALERT
        payload["count"] = len(alerts)
    else:
        kind = NoticeType.MATCH_ALERT
        payload["change"] = wording.summary(details).model_dump()
    return Notice(kind, "watch", watch.uid, payload, cause=f"watch:{alerts[0].uid}")


def _event(watch: Watch, person: Person, alerts: Sequence[Alert]) -> Event:
    is_search = watch.kind is WatchKind.SEARCH
    payload = {
        "name": watch.name,
        "count": len(alerts),
        "alerts": [_told(alert) for alert in alerts[:_MOST_IN_EVENT]],
    }
    return Event(
        AddressedType.SEARCH_ALERT if is_search else AddressedType.MATCH_ALERT,
        "watch",
        watch.uid,
        payload=payload,
        audience=Audience(people=frozenset({person.uid})),
    )


def _told(alert: Alert) -> dict[str, Any]:
    facts = {name: value for name, value in alert.payload["facts"].items() if name not in _KEPT_INSIDE}
    return {
        "id": str(alert.uid),
        "type": alert.type,
        "platform_id": None if alert.platform_uid is None else str(alert.platform_uid),
        "detail": alert.payload["detail"],
        **facts,
    }
