"""Reading the audit trail of a platform or an organisation."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import queries
from app.audit.schemas import AuditEntryRead, AuditFilters
from app.auth.principal import Principal
from app.kit.pagination import Page
from app.listing.review_queries import any_platform
from app.membership.queries import get_organisation
from app.models import AuditEntry, OrganisationRole


async def list_of_platform(session: AsyncSession, key: str, asked: AuditFilters) -> Page[AuditEntryRead]:
    """Return what happened to a platform and its parts. Raises PlatformNotFound and InvalidCursor."""
    platform = await any_platform(session, key)
    return await _page(session, [queries.of_platform(platform.uid)], asked)


async def list_of_organisation(
    session: AsyncSession, principal: Principal, key: str, asked: AuditFilters
) -> Page[AuditEntryRead]:
    """Return what happened to an organisation and, as far as the principal may know of them, its platforms.

    Raises OrganisationNotFound and InvalidCursor.
    """
    organisation = await get_organisation(session, key)
    conditions = [queries.of_organisation(organisation.uid)]
    is_owner = principal.roles.get(organisation.id or 0) is OrganisationRole.OWNER
    if not (is_owner or principal.is_admin):
        conditions.append(queries.about_platforms_of(principal))
    return await _page(session, conditions, asked)


async def _page(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], asked: AuditFilters
) -> Page[AuditEntryRead]:
    narrowed = list(conditions)
    if asked.action is not None:
        narrowed.append(queries.ENTRY.action == asked.action)
    if asked.entity_id is not None:
        narrowed.append(queries.ENTRY.entity_uid == asked.entity_id)
    page = await queries.page_of_entries(session, narrowed, asked)
    return page.to_page(_read)


def _read(entry: AuditEntry) -> AuditEntryRead:
    return AuditEntryRead(
        id=entry.uid,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        entity=entry.entity,
        entity_id=entry.entity_uid,
        platform_id=entry.platform_uid,
        before=entry.before,
        after=entry.after,
        request_id=entry.request_id,
    )
