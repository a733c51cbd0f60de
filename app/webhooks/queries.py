"""Every SELECT of webhooks."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint, metadata
from app.webhooks.errors import DeliveryNotFound, WebhookNotFound

ENDPOINT = metadata.tables["webhook_endpoint"].c
DELIVERY = metadata.tables["webhook_delivery"].c
ATTEMPT = metadata.tables["webhook_attempt"].c
_ORGANISATION = metadata.tables["organisation"].c
_PERSON = metadata.tables["person"].c
_ENABLED = ENDPOINT.disabled_at.is_(None)
# Written out, for the partial index of what is pending is used only where the statement itself says so.
_PENDING = DELIVERY.state == literal(DeliveryState.PENDING, DELIVERY.state.type, literal_execute=True)


async def find_endpoint(session: AsyncSession, uid: uuid.UUID) -> WebhookEndpoint | None:
    """Return the webhook with this id."""
    found: WebhookEndpoint | None = await session.scalar(select(WebhookEndpoint).where(ENDPOINT.uid == uid))
    return found


async def get_endpoint(session: AsyncSession, uid: uuid.UUID, *, lock: bool = False) -> WebhookEndpoint:
    """`lock` keeps it from other editors. Raises WebhookNotFound."""
    statement = select(WebhookEndpoint).where(ENDPOINT.uid == uid)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise WebhookNotFound
    return found


async def find_delivery(
    session: AsyncSession, endpoint: uuid.UUID, uid: uuid.UUID
) -> tuple[WebhookDelivery, WebhookEndpoint] | None:
    """Return the delivery of the webhook with the webhook."""
    statement = (
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, ENDPOINT.id == DELIVERY.endpoint_id)
        .where(ENDPOINT.uid == endpoint, DELIVERY.uid == uid)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1])


async def get_delivery(
    session: AsyncSession, endpoint_id: int, uid: uuid.UUID, *, lock: bool = False
) -> WebhookDelivery:
    """Raises DeliveryNotFound."""
    statement = select(WebhookDelivery).where(DELIVERY.endpoint_id == endpoint_id, DELIVERY.uid == uid)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise DeliveryNotFound
    return found


async def page_of_endpoints(session: AsyncSession, where: ColumnElement[bool], params: PageParams) -> RowPage:
    """Return pairs of webhook and id of its organisation, the newest first."""
    statement = (
        select(WebhookEndpoint, _ORGANISATION.uid)
        .outerjoin(_ORGANISATION.id.table, _ORGANISATION.id == ENDPOINT.organisation_id)
        .where(where)
    )
    return await fetch_page(session, statement, [SortKey(ENDPOINT.id, descending=True)], params)


async def count_of_owner(session: AsyncSession, organisation_id: int | None, person_id: int | None) -> int:
    own = (
        ENDPOINT.person_id == person_id
        if organisation_id is None
        else ENDPOINT.organisation_id == organisation_id
    )
    return await session.scalar(select(func.count()).select_from(ENDPOINT.id.table).where(own)) or 0


async def lock_owner(session: AsyncSession, organisation_id: int | None, person_id: int | None) -> None:
    """Keep others from adding a webhook to the owner in this moment."""
    column, key = (_PERSON.id, person_id) if organisation_id is None else (_ORGANISATION.id, organisation_id)
    await session.execute(select(column).where(column == key).with_for_update())


async def organisation_id_of(session: AsyncSession, uid: uuid.UUID) -> int | None:
    """Return the key of the organisation with this id."""
    return await session.scalar(select(_ORGANISATION.id).where(_ORGANISATION.uid == uid))


async def organisation_uid_of(session: AsyncSession, key: int | None) -> uuid.UUID | None:
    """Return the id of the organisation with this key."""
    return await session.scalar(select(_ORGANISATION.uid).where(_ORGANISATION.id == key))


async def page_of_deliveries(
    session: AsyncSession,
    endpoint_id: int,
    *,
    state: DeliveryState | None,
    kind: str | None,
    params: PageParams,
) -> RowPage:
    """Return the newest first."""
    statement: Select[Any] = select(WebhookDelivery).where(DELIVERY.endpoint_id == endpoint_id)
    if state is not None:
        statement = statement.where(DELIVERY.state == state)
    if kind is not None:
        statement = statement.where(DELIVERY.type == kind)
    return await fetch_page(session, statement, [SortKey(DELIVERY.id, descending=True)], params)


async def last_attempts(session: AsyncSession, deliveries: Sequence[int]) -> Mapping[int, WebhookAttempt]:
    """Return the last attempt of each delivery that had one, by its key."""
    last = (
        select(func.max(ATTEMPT.id)).where(ATTEMPT.delivery_id.in_(deliveries)).group_by(ATTEMPT.delivery_id)
    )
    rows = await session.scalars(select(WebhookAttempt).where(ATTEMPT.id.in_(last)))
    return {row.delivery_id: row for row in rows}


async def attempts_of(session: AsyncSession, delivery_id: int) -> Sequence[WebhookAttempt]:
    """Return every attempt, the first one first."""
    statement = select(WebhookAttempt).where(ATTEMPT.delivery_id == delivery_id).order_by(ATTEMPT.id)
    return (await session.scalars(statement)).all()


async def enabled_endpoints(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return every webhook that can get events, with the ids of its organisation or its person."""
    statement = (
        select(WebhookEndpoint, _ORGANISATION.uid.label("organisation"), _PERSON.uid.label("person"))
        .outerjoin(_ORGANISATION.id.table, _ORGANISATION.id == ENDPOINT.organisation_id)
        .outerjoin(_PERSON.id.table, _PERSON.id == ENDPOINT.person_id)
        .where(_ENABLED, or_(_PERSON.id.is_(None), _PERSON.disabled.is_(False)))
        .order_by(ENDPOINT.id)
    )
    return (await session.execute(statement)).all()


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        _PENDING,
        DELIVERY.next_try_at <= now,
        or_(DELIVERY.claimed_until.is_(None), DELIVERY.claimed_until <= now),
    )


async def has_due(session: AsyncSession, now: datetime) -> bool:
    """Tell whether a delivery waits to be sent."""
    statement = select(DELIVERY.id).join(WebhookEndpoint, ENDPOINT.id == DELIVERY.endpoint_id)
    return await session.scalar(statement.where(_is_due(now), _ENABLED).limit(1)) is not None


async def claim_due(
    session: AsyncSession, *, now: datetime, until: datetime, most: int, most_of_endpoint: int
) -> Sequence[int]:
    """Take deliveries that are due, until then ours; return their keys.

    Of each webhook no more are under way than `most_of_endpoint`, whoever has them.
    """
    under_way = (
        select(DELIVERY.endpoint_id, func.count().label("count"))
        .where(_PENDING, DELIVERY.claimed_until > now)
        .group_by(DELIVERY.endpoint_id)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=DELIVERY.endpoint_id, order_by=(DELIVERY.next_try_at, DELIVERY.id)
    )
    due = (
        select(DELIVERY.id, (place + func.coalesce(under_way.c.count, 0)).label("place"))
        .join(WebhookEndpoint, ENDPOINT.id == DELIVERY.endpoint_id)
        .outerjoin(under_way, under_way.c.endpoint_id == DELIVERY.endpoint_id)
        .where(_is_due(now), _ENABLED)
        .subquery()
    )
    chosen = (
        select(due.c.id).where(due.c.place <= most_of_endpoint).order_by(due.c.place, due.c.id).limit(most)
    )
    keys = (await session.scalars(chosen)).all()
    # Judged again: another process may have taken them since.
    taken = (
        update(WebhookDelivery)
        .where(DELIVERY.id.in_(keys), _is_due(now))
        .values(claimed_until=until)
        .returning(DELIVERY.id)
    )
    return sorted((await session.scalars(taken)).all()) if keys else []


async def claimed(session: AsyncSession, keys: Sequence[int]) -> Sequence[Any]:
    """Return pairs of delivery and webhook."""
    statement = (
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, ENDPOINT.id == DELIVERY.endpoint_id)
        .where(DELIVERY.id.in_(keys))
        .order_by(DELIVERY.id)
    )
    return (await session.execute(statement)).all()


async def give_up_pending(session: AsyncSession, endpoint_id: int, now: datetime) -> None:
    """End the deliveries of a webhook that are under way: nobody is to get them."""
    await session.execute(
        update(WebhookDelivery)
        .where(DELIVERY.endpoint_id == endpoint_id, _PENDING)
        .values(state=DeliveryState.FAILED, next_try_at=None, claimed_until=None, finished_at=now)
    )


async def forget_deliveries(session: AsyncSession, before: datetime) -> int:
    """Delete those that were over before then; return how many."""
    # What was over before then was made before then, which an index knows.
    over = delete(WebhookDelivery).where(DELIVERY.created_at < before, DELIVERY.finished_at < before)
    deleted: int = (await session.execute(over)).rowcount  # type: ignore[attr-defined]
    return deleted
