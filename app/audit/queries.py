"""Reading the audit trail."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.who import Who, held_by_any
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.listing.targets import PLATFORM_COLUMNS, PLATFORM_TABLE
from app.models import AuditEntry, metadata

ENTRY = metadata.tables["audit_entry"].c
_FULL_READERS = (Who.OWNER, Who.REVIEWER, Who.PUBLISHER, Who.ADMIN)


def of_platform(uid: uuid.UUID) -> ColumnElement[bool]:
    return ENTRY.platform_uid == uid


def of_organisation(uid: uuid.UUID) -> ColumnElement[bool]:
    return ENTRY.organisation_uid == uid


def about_platforms_of(principal: Principal) -> ColumnElement[bool]:
    """Entries about no platform, or about one that the principal owns or decides about.

    A department of the region may read the trail of an organisation, but not what is of the other kind.
    """
    readable = select(PLATFORM_TABLE.c.uid).where(held_by_any(principal, _FULL_READERS, PLATFORM_COLUMNS))
    return or_(ENTRY.platform_uid.is_(None), ENTRY.platform_uid.in_(readable))


async def page_of_entries(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return entries, newest first."""
    statement = select(AuditEntry).where(*conditions)
    return await fetch_page(session, statement, [SortKey(ENTRY.id, descending=True)], params)
