"""The audit trail, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.audit import usecases
from app.audit.schemas import AuditEntryRead, AuditFilters
from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.kit.pagination import Page
from app.membership.endpoints import OrganisationKey
from app.membership.errors import OrganisationNotFound
from app.registry.errors import PlatformNotFound
from app.registry.params import Key

router = APIRouter(tags=["review"])

Asked = Annotated[AuditFilters, Query()]


@router.get(
    "/platforms/{platform_id}/audit",
    summary="平台审计记录 List what happened to a platform",
    responses=problems(InvalidRequest, InvalidCursor, PlatformNotFound),
)
async def list_audit_of_platform(session: SessionDep, platform_id: Key, asked: Asked) -> Page[AuditEntryRead]:
    """Every change of the platform and its parts: who, what, when, before and after; newest first."""
    return await usecases.list_of_platform(session, platform_id, asked)


@router.get(
    "/organisations/{organisation_id}/audit",
    summary="机构审计记录 List what happened to an organisation",
    responses=problems(InvalidRequest, InvalidCursor, OrganisationNotFound),
)
async def list_audit_of_organisation(
    session: SessionDep, principal: PrincipalDep, organisation_id: OrganisationKey, asked: Asked
) -> Page[AuditEntryRead]:
    """Every change of the organisation, its members and its platforms; newest first.

    A department reads nothing of platforms that it does not decide about.
    """
    return await usecases.list_of_organisation(session, principal, organisation_id, asked)
