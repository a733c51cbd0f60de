"""What is published without review: prices, lead times, capacities and contacts, written to the catalogue."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.listing.documents import ContactDocument, PriceOptionDocument
from app.models import Contact, ItemKind, ListingItem, Platform, PriceOption, Service, metadata
from app.models.base import PublicId
from app.outbox import ChangeType
from app.outbox.events import Event, platform_event

_PRICE = metadata.tables["price_option"].c


def is_published_at_once(kind: ItemKind, platform: Platform, row: PublicId | None) -> bool:
    """Tell whether an item's edits can be public without review; `row` is its row in the catalogue.

    A contact needs no row: a new one is public at once.
    """
    return platform.live and (kind is ItemKind.CONTACT or (kind is ItemKind.SERVICE and row is not None))


async def write_service(session: AsyncSession, row: Service, values: Mapping[str, Any]) -> None:
    """Write what `values`, part of a stored document, says of lead time, capacity and prices."""
    if "lead_time_days" in values:
        row.lead_time_days = values["lead_time_days"]
    if "monthly_capacity" in values:
        row.monthly_capacity = values["monthly_capacity"]
    if "price_options" in values:
        await session.execute(delete(PriceOption).where(_PRICE.service_id == row.id))
        for position, option in enumerate(values["price_options"]):
            session.add(_price(row, position, PriceOptionDocument.model_validate(option)))


def _price(row: Service, position: int, option: PriceOptionDocument) -> PriceOption:
    assert row.id is not None  # noqa: S101 (read from the database; narrows the type)
    return PriceOption(
        service_id=row.id,
        position=position,
        kind=option.kind,
        min_cny=None if option.min_cny is None else Decimal(option.min_cny),
        max_cny=None if option.max_cny is None else Decimal(option.max_cny),
        unit_zh=option.unit_zh,
        valid_from=option.valid_from,
        valid_to=option.valid_to,
    )


def write_contact(
    session: AsyncSession,
    platform: Platform,
    row: Contact | None,
    uid: uuid.UUID,
    document: Mapping[str, Any],
) -> None:
    """Write a contact as it is now; without a row it is a new one."""
    assert platform.id is not None  # noqa: S101
    contact = ContactDocument.model_validate(document)
    values = {**contact.model_dump(), "position": contact.position or 0}
    if row is None:
        session.add(Contact(uid=uid, platform_id=platform.id, **values))
        return
    for name, value in values.items():
        setattr(row, name, value)


def carry_into_versions(
    versions: list[ListingItem], published: int | None, values: Mapping[str, Any]
) -> None:
    """Let the published version, and the draft's, say what was published at once, so that none takes it back."""
    for version in versions:
        is_past = version.until_revision is not None and version.until_revision <= (published or 0)
        if version.document is not None and not is_past:
            version.document = {**version.document, **values}


def announce(session: AsyncSession, platform: Platform, service: Service | None, *, actor: str) -> None:
    """Write the event of a change to a service, or to the platform where there is none."""
    if service is None:
        happened = platform_event(
            ChangeType.PLATFORM_CHANGED,
            platform.uid,
            slug=platform.slug,
            name_zh=platform.name_zh,
            name_en=platform.name_en,
            demo=platform.demo,
        )
    else:
        payload = {
            "slug": service.slug,
            "name": {"zh": service.title_zh, "en": service.title_en},
            "demo": platform.demo,
        }
        happened = Event(ChangeType.SERVICE_CHANGED, "service", service.uid, platform.uid, payload)
    outbox.add(session, happened, actor=actor)
