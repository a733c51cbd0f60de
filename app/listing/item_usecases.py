"""Editing the items of a draft: services, equipment, settings, contacts, intake steps, accreditations.

What may be public without review is written to the catalogue at once (`app.listing.at_once`); everything else waits
in the draft.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import ErrorItem, InvalidRequest
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import PageParams, decode_cursor, encode_cursor
from app.listing import at_once
from app.listing import draft_queries as queries
from app.listing.documents import AT_ONCE, AccreditationDocument, Document
from app.listing.draft_edit import Editor, differences, next_version, open_for, record, refuse_unknown_codes
from app.listing.drafts import lock_listing
from app.listing.errors import ItemNotFound
from app.listing.items import Change, Item, change_of, current
from app.membership.reading import key_of
from app.models import Accreditation, Contact, ItemKind, Listing, ListingItem, Platform, metadata
from app.models.base import new_uid

_ITEM = metadata.tables["listing_item"].c
DocumentChange = Callable[[Mapping[str, Any]], Document]
"""What an edit makes of the document that is stored; raises what is wrong with it."""
POSITIONED = frozenset({ItemKind.EQUIPMENT, ItemKind.SETTING, ItemKind.CONTACT, ItemKind.INTAKE_STEP})


async def draft_items(
    session: AsyncSession, platform: Platform, listing: Listing, kind: ItemKind
) -> list[Item]:
    """Return every item of a kind that is in the draft, in its order."""
    versions = await queries.versions(session, key_of(platform), kind=kind)
    published = await queries.published_documents(session, key_of(platform), kind)
    found = [_of_versions(own, listing) for own in versions.values()]
    items = [item for item in found if item is not None]
    items += [
        _as_published(kind, uid, document) for uid, document in published.items() if uid not in versions
    ]
    return sorted(items, key=lambda item: item.order)


def _of_versions(versions: Sequence[ListingItem], listing: Listing) -> Item | None:
    newest = current(versions)
    if newest is None or newest.document is None:
        return None
    change = change_of(versions, listing.published)
    return Item(newest.kind, newest.uid, newest.document, newest.version, change)


def _as_published(kind: ItemKind, uid: uuid.UUID, document: Mapping[str, Any]) -> Item:
    return Item(kind, uid, dict(document), 1, Change.UNCHANGED)


async def page_of_items(
    session: AsyncSession, key: str, kind: ItemKind, params: PageParams
) -> tuple[list[Item], str | None, int | None]:
    """Return a page of the items of a kind, the next cursor and the total if asked.

    Only the items of the page are read from the catalogue. Raises PlatformNotFound and InvalidCursor.
    """
    platform = await queries.get_platform(session, key)
    listing = await queries.get_listing(session, platform)
    versions = await queries.versions(session, key_of(platform), kind=kind)
    places = await queries.published_uids(session, key_of(platform), kind)
    edited = {uid: item for uid, own in versions.items() if (item := _of_versions(own, listing)) is not None}
    order = sorted(
        [item.order for item in edited.values()]
        + [(place, str(uid)) for uid, place in places.items() if uid not in versions]
    )
    total = len(order) if params.total else None
    if params.cursor is not None:
        place, after = decode_cursor(params.cursor, params.fingerprint(), [int, str])
        order = [each for each in order if each > (place, after)]
    shown = order[: params.limit]
    next_cursor = encode_cursor(shown[-1], params.fingerprint()) if len(order) > params.limit else None
    wanted = [uuid.UUID(uid) for _, uid in shown]
    published = await queries.published_documents(
        session, key_of(platform), kind, [uid for uid in wanted if uid not in edited]
    )
    items = [edited.get(uid) or _as_published(kind, uid, published[uid]) for uid in wanted]
    return items, next_cursor, total


async def get_item(session: AsyncSession, key: str, kind: ItemKind, uid: uuid.UUID) -> Item:
    """Return one item of the draft. Raises PlatformNotFound and ItemNotFound."""
    platform = await queries.get_platform(session, key)
    listing = await queries.get_listing(session, platform)
    item, _ = await _item_and_versions(session, platform, listing, kind, uid)
    return item


async def _item_and_versions(
    session: AsyncSession, platform: Platform, listing: Listing, kind: ItemKind, uid: uuid.UUID
) -> tuple[Item, list[ListingItem]]:
    versions = (await queries.versions(session, key_of(platform), kind=kind, uid=uid)).get(uid, [])
    if versions:
        item = _of_versions(versions, listing)
    else:
        published = await queries.published_documents(session, key_of(platform), kind, [uid])
        item = _as_published(kind, uid, published[uid]) if uid in published else None
    if item is None:
        raise ItemNotFound
    return item, versions


async def create_item(editor: Editor, key: str, kind: ItemKind, document: Document) -> Item:
    """Add an item to the draft; a contact of a public platform is public at once.

    Raises PlatformNotFound, RevisionUnderReview and InvalidRequest.
    """
    session = editor.session
    refuse_unknown_codes(editor, document)
    platform = await queries.get_platform(session, key)
    public = kind is ItemKind.CONTACT and at_once.is_published_at_once(kind, platform, None)
    listing = await open_for(editor, platform, at_once=public)
    stored = await _settled(session, platform, kind, document)
    item = Item(kind, new_uid(), stored, 1, Change.UNCHANGED if public else Change.ADDED)
    if public:
        at_once.write_contact(session, platform, None, item.uid, stored)
        at_once.announce(session, platform, None, actor=audit.actor_of(editor.principal))
    if kind is ItemKind.ACCREDITATION:
        session.add(await _new_accreditation(session, platform, item))
    since = (listing.published or 1) if public else listing.revision
    session.add(
        ListingItem(
            platform_id=key_of(platform), kind=kind, uid=item.uid, since_revision=since, document=stored
        )
    )
    await record(editor, platform, f"{kind}.added", kind, item.uid, after=stored)
    return item


async def _settled(
    session: AsyncSession, platform: Platform, kind: ItemKind, document: Document
) -> dict[str, Any]:
    """Return the stored form with its place in the list and its holder by id. Raises InvalidRequest."""
    stored = document.stored()
    if kind in POSITIONED and stored["position"] is None:
        listing = await queries.get_listing(session, platform)
        others = await draft_items(session, platform, listing, kind)
        stored["position"] = max((item.document["position"] or 0 for item in others), default=0) + 1
    if isinstance(document, AccreditationDocument) and document.holder is not None:
        holder = await queries.find_organisation(session, document.holder)
        if holder is None:
            detail = Localized(zh="没有这个机构", en="There is no such organisation")
            raise InvalidRequest(
                detail, errors=[ErrorItem(pointer="/body/holder", code="unknown_organisation", detail=detail)]
            )
        stored["holder"] = str(holder.uid)
    return stored


async def _new_accreditation(session: AsyncSession, platform: Platform, item: Item) -> Accreditation:
    """Return the row on which scope lines hang; it is not public before its revision is published."""
    document = AccreditationDocument.model_validate(item.document)
    holder = None if document.holder is None else await queries.find_organisation(session, document.holder)
    return Accreditation(
        uid=item.uid,
        slug=f"acc-{item.uid.hex[-12:]}",
        live=False,
        platform_id=key_of(platform),
        scheme=document.scheme,
        certificate_no=document.certificate_no,
        state=document.state,
        holder_id=None if holder is None else holder.id,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        source=None if document.source is None else document.source.model_dump(mode="json"),
    )


async def update_item(
    editor: Editor,
    key: str,
    kind: ItemKind,
    uid: uuid.UUID,
    change: DocumentChange,
    precondition: Precondition,
) -> Item:
    """Change what `change` makes of the document; what needs no review is public at once.

    Raises PlatformNotFound, ItemNotFound, PreconditionFailed, RevisionUnderReview and InvalidRequest.
    """
    session = editor.session
    platform = await queries.get_platform(session, key)
    listing = await lock_listing(session, key_of(platform))
    item, versions = await _item_and_versions(session, platform, listing, kind, uid)
    precondition.require(item.version)
    document = change(item.document)
    refuse_unknown_codes(editor, document)
    stored = await _settled(session, platform, kind, document)
    changed = differences(item.document, stored)
    if not changed:
        return item
    row = await queries.catalogue_row(session, kind, uid)
    public = changed & AT_ONCE.get(kind, frozenset())
    if not at_once.is_published_at_once(kind, platform, row):
        public = set()
    now_public = {name: stored[name] for name in public}
    listing = await open_for(editor, platform, at_once=changed == public)
    if now_public:
        await _publish_at_once(editor, platform, item, row, now_public)
        at_once.carry_into_versions(versions, listing.published, now_public)
    if changed == public:
        _keep_in_place(editor, listing, item, versions, stored)
    else:
        next_version(editor.session, listing, item, versions, stored, base={**item.document, **now_public})
    await record(editor, platform, f"{kind}.edited", kind, uid, before=item.document, after=stored)
    await session.flush()
    return await get_item(session, key, kind, uid)


async def _publish_at_once(
    editor: Editor, platform: Platform, item: Item, row: Any, values: Mapping[str, Any]
) -> None:
    actor = audit.actor_of(editor.principal)
    if item.kind is ItemKind.CONTACT:
        at_once.write_contact(editor.session, platform, row, item.uid, {**item.document, **values})
        at_once.announce(editor.session, platform, None, actor=actor)
    else:
        await at_once.write_service(editor.session, row, values)
        at_once.announce(editor.session, platform, row, actor=actor)


def _keep_in_place(
    editor: Editor, listing: Listing, item: Item, versions: list[ListingItem], stored: dict[str, Any]
) -> None:
    """Keep an edit that is public already: it opens no version of its own."""
    newest = current(versions)
    if newest is not None:
        newest.document, newest.version = stored, newest.version + 1
        return
    editor.session.add(
        ListingItem(
            platform_id=listing.platform_id,
            kind=item.kind,
            uid=item.uid,
            since_revision=listing.published or 1,
            document=stored,
            version=item.version + 1,
        )
    )


async def delete_item(
    editor: Editor, key: str, kind: ItemKind, uid: uuid.UUID, precondition: Precondition
) -> None:
    """Take an item out of the draft; a contact of a public platform is gone at once.

    Raises PlatformNotFound, ItemNotFound, PreconditionFailed and RevisionUnderReview.
    """
    session = editor.session
    platform = await queries.get_platform(session, key)
    listing = await lock_listing(session, key_of(platform))
    item, versions = await _item_and_versions(session, platform, listing, kind, uid)
    precondition.require(item.version)
    row = await queries.catalogue_row(session, kind, uid)
    public = isinstance(row, Contact) and platform.live
    listing = await open_for(editor, platform, at_once=public)
    if public:
        await session.delete(row)
        await session.execute(delete(ListingItem).where(_ITEM.platform_id == platform.id, _ITEM.uid == uid))
        at_once.announce(session, platform, None, actor=audit.actor_of(editor.principal))
    elif item.change is Change.ADDED:
        for version in versions:
            await session.delete(version)
        if isinstance(row, Accreditation):
            await session.delete(row)
    else:
        next_version(editor.session, listing, item, versions, None, base=item.document)
    await record(editor, platform, f"{kind}.removed", kind, uid, before=item.document)
