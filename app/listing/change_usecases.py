"""How a draft differs from what is published."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import Page, PageParams
from app.listing import change_queries
from app.listing import draft_queries as queries
from app.listing import draft_schemas as schemas
from app.listing.change_queries import LineCounts
from app.listing.differences import differences
from app.listing.documents import document_of
from app.listing.items import Change, change_of, current, in_revision, line_document, name_of
from app.listing.line_usecases import accreditations_in_draft
from app.listing.lines import stored_line
from app.membership.reading import key_of
from app.models import Listing, ListingItem
from app.models.listing import ItemKind

_ORDER = list(ItemKind)


async def get_changes(session: AsyncSession, key: str, params: PageParams) -> schemas.DraftChanges:
    """Return every difference between the newest revision and the published one. Raises PlatformNotFound."""
    platform = await queries.get_platform(session, key)
    listing = await queries.get_listing(session, platform)
    versions = await queries.versions(session, key_of(platform))
    changes = [change for own in versions.values() if (change := _of_item(own, listing)) is not None]
    counts, lines = LineCounts(), Page[schemas.LineChange](items=[], next_cursor=None)
    if listing.published != listing.revision:
        uids = await accreditations_in_draft(session, platform)
        counts = await change_queries.count_changed_lines(session, uids, listing.revision)
        lines = await _lines(session, uids, listing, params)
    return schemas.DraftChanges(
        revision=listing.revision,
        published_revision=listing.published,
        state=listing.state,
        items=sorted(changes, key=lambda change: (_ORDER.index(change.kind), change.id)),
        scope_lines=schemas.LineChangeCounts(
            added=counts.added, removed=counts.removed, edited=counts.edited
        ),
        lines=lines,
    )


def _of_item(versions: list[ListingItem], listing: Listing) -> schemas.ItemChange | None:
    change, newest = change_of(versions, listing.published), current(versions)
    if newest is None or change is Change.UNCHANGED:
        return None
    before = None if listing.published is None else in_revision(versions, listing.published)
    old = None if before is None else before.document
    known = newest.document or old
    fields = differences(_in_order(newest.kind, old), _in_order(newest.kind, newest.document))
    if known is None or (change is Change.EDITED and not fields):
        return None
    return schemas.ItemChange(
        kind=newest.kind,
        id=newest.uid,
        name=name_of(newest.kind, known),
        change=change,
        fields=[
            schemas.DraftFieldChange(pointer=field.pointer, before=field.before, after=field.after)
            for field in fields
        ],
    )


def _in_order(kind: ItemKind, stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a stored document with its members in the order of its kind, which not every database keeps."""
    return None if stored is None else document_of(kind, stored).stored()


async def _lines(
    session: AsyncSession, uids: dict[int, uuid.UUID], listing: Listing, params: PageParams
) -> Page[schemas.LineChange]:
    page = await change_queries.page_of_changed_lines(session, uids, listing.revision, params)
    before = await change_queries.lines_before(session, page.rows, listing.revision)

    def read(row: Any) -> schemas.LineChange:
        old = row if row.until_revision is not None else before.get((row.accreditation_id, row.natural_key))
        new = None if row.until_revision is not None else row
        change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.EDITED
        return schemas.LineChange(
            id=row.id,
            accreditation_id=uids[row.accreditation_id],
            change=change,
            before=None if old is None else line_document(stored_line(old), old.effective_to),
            after=None if new is None else line_document(stored_line(new), new.effective_to),
        )

    return page.to_page(read)
