"""Publication: a revision becomes what the public sees, all of it in one transaction; and retirement, its end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.listing import catalogue_rows as rows
from app.listing.documents import AccreditationDocument, PlatformDocument, ServiceDocument
from app.membership.reading import key_of
from app.models import (
    Accreditation,
    ItemKind,
    Listing,
    ListingItem,
    ListingState,
    Platform,
    Service,
    metadata,
)
from app.outbox import ChangeType
from app.outbox.events import Event, platform_event
from app.registry.postings import renew_postings

_ACCREDITATION = metadata.tables["accreditation"].c
_ITEM = metadata.tables["listing_item"].c
_LINE = metadata.tables["scope_line"]
_SERVICE = metadata.tables["service"].c


@dataclass
class _Publishing:
    """A revision on its way to the public. `told` are the events of its services and accreditations."""

    session: AsyncSession
    platform: Platform
    revision: int
    told: list[Event] = field(default_factory=list)

    def tell(self, change: ChangeType, entity: str, row: Service | Accreditation) -> None:
        self.told.append(_event_of(change, entity, row, self.platform))


async def publish_revision(session: AsyncSession, listing: Listing, *, actor: str, now: datetime) -> None:
    """Make the newest revision of a platform, whose listing is locked, the one that the public sees.

    Writes what the revision says into the catalogue, makes its scope lines live and those it closes not, brings the
    postings up to date and tells of every change. A revision that is published already is left as it is.
    """
    if listing.published == listing.revision:
        return
    platform = await session.get_one(Platform, listing.platform_id, populate_existing=True)
    publishing = _Publishing(session, platform, listing.revision)
    was_live, platform.live = platform.live, True
    await session.flush()
    for item in await _versions_of(session, listing):
        await _write(publishing, item)
    await session.flush()
    await _publish_lines(publishing)
    listing.state, listing.published, listing.published_at = ListingState.PUBLISHED, listing.revision, now
    change = ChangeType.PLATFORM_CHANGED if was_live else ChangeType.PLATFORM_PUBLISHED
    for event in (_event_of_platform(change, platform), *publishing.told):
        outbox.add(session, event, actor=actor)


async def _versions_of(session: AsyncSession, listing: Listing) -> Sequence[ListingItem]:
    """Return what the revision says anew, the platform first."""
    statement = select(ListingItem).where(
        _ITEM.platform_id == listing.platform_id,
        _ITEM.since_revision == listing.revision,
        _ITEM.until_revision.is_(None),
    )
    found = (await session.scalars(statement.order_by(_ITEM.id))).all()
    return sorted(found, key=lambda item: item.kind is not ItemKind.PLATFORM)


async def _write(publishing: _Publishing, item: ListingItem) -> None:
    session, platform = publishing.session, publishing.platform
    if item.kind is ItemKind.PLATFORM and item.document is not None:
        await rows.write_platform(session, platform, PlatformDocument.model_validate(item.document))
    elif item.kind is ItemKind.SERVICE:
        await _write_service(publishing, item)
    elif item.kind is ItemKind.ACCREDITATION:
        await _write_accreditation(publishing, item)
    elif item.document is None:
        await rows.remove_item(session, item.kind, platform, item.uid)
    else:
        await rows.write_placed(session, item.kind, platform, item.uid, item.document)


async def _write_service(publishing: _Publishing, item: ListingItem) -> None:
    session, platform = publishing.session, publishing.platform
    own = (_SERVICE.platform_id == key_of(platform), _SERVICE.uid == item.uid)
    row = await session.scalar(select(Service).where(*own))
    if item.document is not None:
        document = ServiceDocument.model_validate(item.document)
        written = await rows.write_service(session, platform, row, item.uid, document)
        change = ChangeType.SERVICE_PUBLISHED if row is None else ChangeType.SERVICE_CHANGED
        publishing.tell(change, "service", written)
    elif row is not None:
        publishing.tell(ChangeType.SERVICE_REMOVED, "service", row)
        await rows.remove_item(session, item.kind, platform, item.uid)


async def _write_accreditation(publishing: _Publishing, item: ListingItem) -> None:
    session, platform = publishing.session, publishing.platform
    own = (_ACCREDITATION.platform_id == key_of(platform), _ACCREDITATION.uid == item.uid)
    row = await session.scalar(select(Accreditation).where(*own))
    if row is None:
        return
    was_live = row.live
    if item.document is not None:
        await rows.write_accreditation(session, row, AccreditationDocument.model_validate(item.document))
        change = ChangeType.ACCREDITATION_CHANGED if was_live else ChangeType.ACCREDITATION_PUBLISHED
        publishing.tell(change, "accreditation", row)
        return
    row.live = False
    await _close_lines(session, row, publishing.revision)
    if was_live:
        publishing.tell(ChangeType.ACCREDITATION_REMOVED, "accreditation", row)


async def _close_lines(session: AsyncSession, accreditation: Accreditation, revision: int) -> None:
    """Let every line of an accreditation that is removed end with the revision; those that never stood go."""
    own = and_(_LINE.c.accreditation_id == accreditation.id, _LINE.c.until_revision.is_(None))
    await session.execute(delete(_LINE).where(own, _LINE.c.since_revision == revision))
    await session.execute(update(_LINE).where(own).values(until_revision=revision))


async def _publish_lines(publishing: _Publishing) -> None:
    """Turn the lines of the revision over: what it closes is public no more, what it brings is."""
    session, revision = publishing.session, publishing.revision
    of_platform = select(Accreditation).where(_ACCREDITATION.platform_id == publishing.platform.id)
    owned = {row.id: row for row in await session.scalars(of_platform)}
    live = [key for key, row in owned.items() if row.live]
    closed = and_(_LINE.c.accreditation_id.in_(list(owned)), _LINE.c.live, _LINE.c.until_revision == revision)
    brought = and_(
        _LINE.c.accreditation_id.in_(live),
        ~_LINE.c.live,
        _LINE.c.since_revision == revision,
        _LINE.c.until_revision.is_(None),
        _LINE.c.import_id.is_(None),
    )
    touched = await _touched(session, or_(closed, brought))
    await session.execute(update(_LINE).where(closed).values(live=False))
    await session.execute(update(_LINE).where(brought).values(live=True))
    changed = {accreditation_id for _, accreditation_id in touched}
    await renew_postings(session, {standard_id for standard_id, _ in touched}, changed)
    told = {event.entity_uid for event in publishing.told}
    for key in sorted(changed):
        if owned[key].uid not in told:
            publishing.tell(ChangeType.ACCREDITATION_CHANGED, "accreditation", owned[key])


async def _touched(session: AsyncSession, lines: ColumnElement[bool]) -> Collection[tuple[int, int]]:
    """Return the standards and accreditations of some lines."""
    statement = select(_LINE.c.standard_id, _LINE.c.accreditation_id).where(lines).distinct()
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def retire_platform(
    session: AsyncSession, platform: Platform, *, successor: Platform | None, today: date, actor: str
) -> None:
    """Take a platform, whose listing is locked, out of the catalogue for good; its rows stay, and answer 410."""
    was_live = platform.live
    platform.live, platform.retired_on = False, today
    platform.successor_uid = None if successor is None else successor.uid
    services = (await session.scalars(select(Service).where(_SERVICE.platform_id == platform.id))).all()
    held = (
        await session.scalars(
            select(Accreditation).where(_ACCREDITATION.platform_id == platform.id, _ACCREDITATION.live)
        )
    ).all()
    lines = and_(_LINE.c.accreditation_id.in_([row.id for row in held]), _LINE.c.live)
    touched = await _touched(session, lines)
    await session.execute(update(_LINE).where(lines).values(live=False))
    for row in held:
        row.live = False
    await session.flush()
    await renew_postings(session, {pair[0] for pair in touched}, {pair[1] for pair in touched})
    if was_live:
        events = [
            _event_of_platform(ChangeType.PLATFORM_REMOVED, platform),
            *(_event_of(ChangeType.SERVICE_REMOVED, "service", row, platform) for row in services),
            *(_event_of(ChangeType.ACCREDITATION_REMOVED, "accreditation", row, platform) for row in held),
        ]
        for event in events:
            outbox.add(session, event, actor=actor)


def _event_of_platform(change: ChangeType, platform: Platform) -> Event:
    return platform_event(
        change,
        platform.uid,
        slug=platform.slug,
        name_zh=platform.name_zh,
        name_en=platform.name_en,
        demo=platform.demo,
    )


def _event_of(change: ChangeType, entity: str, row: Service | Accreditation, platform: Platform) -> Event:
    if isinstance(row, Service):
        name: dict[str, Any] = {"zh": row.title_zh, "en": row.title_en}
    else:
        name = {"zh": " ".join(filter(None, (row.scheme, row.certificate_no))), "en": None}
    payload = {"slug": row.slug, "name": name, "demo": platform.demo}
    return Event(change, entity, row.uid, platform.uid, payload)
