"""What every edit of a draft does: lock the listing, keep the versions of an item, leave a trail."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.error_handlers import invalid_request
from app.listing.codes import codes_unknown
from app.listing.completeness_queries import load_vocabulary
from app.listing.documents import Document
from app.listing.drafts import lock_listing, open_draft
from app.listing.errors import RevisionUnderReview
from app.listing.findings import Finding
from app.listing.findings_rules import judge_item
from app.listing.items import Item, current
from app.membership.reading import Reader, key_of
from app.models import ItemKind, Listing, ListingItem, ListingState, Organisation, Platform

JUDGED = frozenset({ItemKind.PLATFORM, ItemKind.SERVICE, ItemKind.ACCREDITATION})
"""The kinds of item of which there is something to find."""


@dataclass(frozen=True)
class Editor:
    """Who edits, in which transaction, with the names of the vocabularies."""

    session: AsyncSession
    principal: Principal
    reader: Reader


async def open_for(editor: Editor, platform: Platform, *, at_once: bool) -> Listing:
    """Lock the listing for an edit and count it; `at_once`: the edit needs no review, so no draft is opened for it.

    Raises RevisionUnderReview.
    """
    if not at_once:
        return await open_draft(editor.session, key_of(platform))
    listing = await lock_listing(editor.session, key_of(platform))
    if listing.state is ListingState.RETIRED:
        raise RevisionUnderReview
    listing.version += 1
    return listing


def refuse_unknown_codes(editor: Editor, document: Document, at: str = "/body") -> None:
    """Raise InvalidRequest for codes that the vocabularies lack; `at`: where the document is in the request."""
    unknown = codes_unknown(document, editor.reader.names, at)
    if unknown:
        raise invalid_request(unknown)


async def findings_in(editor: Editor, item: Item, today: date) -> list[Finding]:
    """Return what is missing or doubtful in an item by itself, by the rules that judge the whole draft."""
    if item.kind not in JUDGED:
        return []
    vocabulary = await load_vocabulary(editor.session, editor.reader.names)
    return judge_item(item.kind, item.document, vocabulary, today)


async def record(
    editor: Editor,
    platform: Platform,
    action: str,
    entity: str,
    uid: uuid.UUID,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Leave an entry that the operator and the department may read."""
    operator = None
    if platform.operator_id is not None:
        operator = await editor.session.get(Organisation, platform.operator_id)
    owner = audit.Owner(None if operator is None else operator.uid, platform.uid)
    audit.record(
        editor.session,
        audit.actor_of(editor.principal),
        action,
        entity,
        uid,
        before=before,
        after=after,
        belongs_to=owner,
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the names of what two stored documents differ in."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def next_version(
    session: AsyncSession,
    listing: Listing,
    item: Item,
    versions: list[ListingItem],
    document: Mapping[str, Any] | None,
    *,
    base: Mapping[str, Any],
) -> None:
    """Keep `document` (None: removed) as what the draft holds of an item; what is published stays beside it.

    `base` is what the catalogue holds, kept as a version of its own when the item is edited for the first time.
    """
    stored = None if document is None else dict(document)
    newest = current(versions)
    if newest is not None and newest.since_revision == listing.revision:
        newest.document, newest.version = stored, newest.version + 1
        return
    if newest is not None:
        newest.until_revision = listing.revision
    else:
        session.add(
            ListingItem(
                platform_id=listing.platform_id,
                kind=item.kind,
                uid=item.uid,
                since_revision=listing.published or 1,
                until_revision=listing.revision,
                document=dict(base),
                version=item.version,
            )
        )
    session.add(
        ListingItem(
            platform_id=listing.platform_id,
            kind=item.kind,
            uid=item.uid,
            since_revision=listing.revision,
            document=stored,
            version=item.version + 1,
        )
    )
