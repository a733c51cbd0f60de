"""The draft of a platform as a whole: making the platform, reading its draft, editing what is its own, discarding."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.who import ROLES_OF, Who
from app.errors import Forbidden
from app.kit.etag import Precondition
from app.listing import draft_queries as queries
from app.listing.documents import DOCUMENT_OF, PlatformDocument
from app.listing.draft_edit import Editor, differences, next_version, open_for, record, refuse_unknown_codes
from app.listing.drafts import lock_listing
from app.listing.errors import NoDraft, RevisionUnderReview, SlugTaken
from app.listing.item_usecases import DocumentChange, draft_items
from app.listing.items import Change, Item, change_of, current
from app.listing.lines import LINE
from app.listing.rules import Action, after
from app.listing.targets import ACCREDITATION_TABLE
from app.membership.errors import OrganisationNotFound
from app.membership.reading import key_of
from app.models import (
    ItemKind,
    Listing,
    ListingItem,
    ListingState,
    Organisation,
    Platform,
    PlatformKind,
    ReviewComment,
    metadata,
)
from app.models.base import new_uid

_ITEM = metadata.tables["listing_item"].c
_COMMENT = metadata.tables["review_comment"].c
_PROVINCE = "33"
"""The first digits of every region code of Zhejiang, GB/T 2260."""
_DISCARDABLE = frozenset({ListingState.DRAFT, ListingState.CHANGES_REQUESTED})


@dataclass(frozen=True)
class Draft:
    """A platform as its draft has it. `line_counts` are by the key of an accreditation."""

    platform: Platform
    operator: Organisation | None
    listing: Listing
    own: Item
    children: dict[ItemKind, list[Item]]
    line_counts: dict[Any, int]


async def create_platform(
    editor: Editor,
    organisation_key: str,
    kind: PlatformKind,
    slug: str | None,
    document: PlatformDocument,
) -> Draft:
    """Make a platform that nobody but its people and the department sees; its first revision is a draft.

    Raises OrganisationNotFound, Forbidden and SlugTaken.
    """
    session = editor.session
    refuse_unknown_codes(editor, document, "/body/document")
    operator = await _own_organisation(editor, organisation_key)
    uid = new_uid()
    chosen = slug or f"platform-{uid.hex[-12:]}"
    if await queries.slug_taken(session, chosen):
        raise SlugTaken
    platform = Platform(
        uid=uid,
        slug=chosen,
        live=False,
        kind=kind,
        operator_id=operator.id,
        demo=operator.demo,
        name_zh=document.name_zh,
    )
    _let_stand(platform, document)
    session.add(platform)
    try:
        # The key is needed by the rows that point to it, and the error is ours to answer.
        await session.flush()
    except IntegrityError as error:
        raise SlugTaken from error
    stored = document.stored()
    session.add(Listing(platform_id=key_of(platform), state=ListingState.DRAFT))
    session.add(
        ListingItem(
            platform_id=key_of(platform),
            kind=ItemKind.PLATFORM,
            uid=uid,
            since_revision=1,
            document=stored,
        )
    )
    await record(editor, platform, "platform.added", "platform", uid, after={"kind": kind, **stored})
    await session.flush()
    return await get_draft(session, str(uid))


async def _own_organisation(editor: Editor, key: str) -> Organisation:
    """Return the organisation, of which one must be editor. Raises OrganisationNotFound and Forbidden."""
    found = await queries.find_organisation(editor.session, key)
    role = None if found is None or found.id is None else editor.principal.roles.get(found.id)
    if found is None or role is None:
        raise OrganisationNotFound
    if role not in ROLES_OF[Who.EDITOR]:
        raise Forbidden
    return found


def _let_stand(platform: Platform, document: PlatformDocument) -> None:
    """Write to the row of a platform that was never published what decides who is competent, and its name."""
    platform.name_zh, platform.name_en = document.name_zh, document.name_en
    platform.region_code = document.region_code
    platform.in_province = (
        None if document.region_code is None else document.region_code.startswith(_PROVINCE)
    )


async def get_draft(session: AsyncSession, key: str) -> Draft:
    """Return the whole draft; where there is none, what is published. Raises PlatformNotFound."""
    platform = await queries.get_platform(session, key)
    listing = await queries.get_listing(session, platform)
    own, _ = await _platform_item(session, platform, listing)
    children: dict[ItemKind, list[Item]] = {
        kind: await draft_items(session, platform, listing, kind)
        for kind in DOCUMENT_OF
        if kind is not ItemKind.PLATFORM
    }
    keys = {uid: key for key, uid in (await queries.accreditation_keys(session, key_of(platform))).items()}
    held = {item.uid: keys[item.uid] for item in children[ItemKind.ACCREDITATION]}
    counts = await queries.count_draft_lines(session, held.values())
    operator = None
    if platform.operator_id is not None:
        operator = await session.get(Organisation, platform.operator_id)
    line_counts = {uid: counts.get(key, 0) for uid, key in held.items()}
    return Draft(platform, operator, listing, own, children, line_counts)


async def _platform_item(
    session: AsyncSession, platform: Platform, listing: Listing
) -> tuple[Item, list[ListingItem]]:
    found = await queries.versions(session, key_of(platform), kind=ItemKind.PLATFORM)
    versions = found.get(platform.uid, [])
    newest = current(versions)
    if newest is None or newest.document is None:
        document = await queries.published_platform(session, platform)
        return Item(ItemKind.PLATFORM, platform.uid, document, 1, Change.UNCHANGED), versions
    change = change_of(versions, listing.published)
    return Item(ItemKind.PLATFORM, platform.uid, newest.document, newest.version, change), versions


async def update_platform(
    editor: Editor, key: str, change: DocumentChange, precondition: Precondition
) -> Draft:
    """Change the platform itself. The precondition is on the version of the whole draft.

    Raises PlatformNotFound, PreconditionFailed, RevisionUnderReview and InvalidRequest.
    """
    session = editor.session
    platform = await queries.get_platform(session, key)
    listing = await lock_listing(session, key_of(platform))
    precondition.require(listing.version)
    item, versions = await _platform_item(session, platform, listing)
    document = change(item.document)
    refuse_unknown_codes(editor, document)
    stored = document.stored()
    if differences(item.document, stored):
        listing = await open_for(editor, platform, at_once=False)
        next_version(editor.session, listing, item, versions, stored, base=item.document)
        if listing.published is None and isinstance(document, PlatformDocument):
            _let_stand(platform, document)
        await record(
            editor, platform, "platform.edited", "platform", platform.uid, before=item.document, after=stored
        )
        await session.flush()
    return await get_draft(session, key)


async def discard_draft(editor: Editor, key: str, precondition: Precondition) -> None:
    """Take back every change since the last publication; a platform that was never published is gone as a whole.

    Raises PlatformNotFound, PreconditionFailed, RevisionUnderReview and NoDraft.
    """
    session = editor.session
    platform = await queries.get_platform(session, key)
    listing = await lock_listing(session, key_of(platform))
    precondition.require(listing.version)
    if listing.published is not None and listing.state is ListingState.PUBLISHED:
        raise NoDraft
    if listing.state not in _DISCARDABLE:
        raise RevisionUnderReview
    action = "platform.removed" if listing.published is None else "draft.discarded"
    await record(
        editor,
        platform,
        action,
        "platform",
        platform.uid,
        before={"slug": platform.slug, "name_zh": platform.name_zh, "revision": listing.revision},
    )
    if listing.published is None:
        await session.delete(platform)
        return
    await _take_back(session, platform, listing)
    listing.revision = listing.published
    listing.state = after(listing.state, Action.DISCARD, was_published=True) or ListingState.PUBLISHED
    listing.version += 1


async def _take_back(session: AsyncSession, platform: Platform, listing: Listing) -> None:
    """Undo what the newest revision began: its versions, its lines, its accreditations, what was said about it."""
    revision, mine = listing.revision, _ITEM.platform_id == platform.id
    versions = await queries.versions(session, key_of(platform), kind=ItemKind.ACCREDITATION)
    added = [uid for uid, own in versions.items() if all(one.since_revision == revision for one in own)]
    await session.execute(delete(ListingItem).where(mine, _ITEM.since_revision == revision))
    await session.execute(
        update(ListingItem).where(mine, _ITEM.until_revision == revision).values(until_revision=None)
    )
    held = LINE.c.accreditation_id.in_(await queries.accreditation_keys(session, key_of(platform)))
    await session.execute(delete(LINE).where(held, LINE.c.since_revision == revision))
    await session.execute(
        update(LINE).where(held, LINE.c.until_revision == revision).values(until_revision=None)
    )
    await session.execute(delete(ACCREDITATION_TABLE).where(ACCREDITATION_TABLE.c.uid.in_(added)))
    await session.execute(
        delete(ReviewComment).where(_COMMENT.platform_id == platform.id, _COMMENT.revision == revision)
    )
