"""Organisations of users. Who may call what stands in app/membership/policy.py and is enforced before."""

import uuid
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request, Response

from app.accounts.mail import send_quietly
from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.i18n import LangDep
from app.kit.pagination import Page, PageParams
from app.membership import errors, schemas, standing, usecases
from app.membership.reading import Reader
from app.vocabulary.names import NamesDep


async def names_first(_names: NamesDep) -> None:
    """FastAPI dependency of routers that write: read the names before the transaction of the request is open.

    With SQLite's few connections, one request would hold the write lock and wait for a connection to read them
    on, and the others hold the connections and wait for the lock.
    """


router = APIRouter(tags=["membership"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

OrganisationKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug")]
PersonId = Annotated[uuid.UUID, Path(description="id of a person")]
InvitationId = Annotated[uuid.UUID, Path(description="id of an invitation")]
Paging = Annotated[PageParams, Query()]


async def reader_of_request(names: NamesDep, lang: LangDep) -> Reader:
    """FastAPI dependency: labels in the language asked."""
    return Reader(names=names, lang=lang)


ReaderDep = Annotated[Reader, Depends(reader_of_request)]


@router.post(
    "/organisations",
    status_code=201,
    summary="创建机构 Create an organisation",
    responses=problems(InvalidRequest, errors.OrganisationExists),
)
async def create_organisation(
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    body: schemas.OrganisationCreate,
    response: Response,
) -> schemas.OrganisationRead:
    """Create an organisation and become its owner. One that is in the catalogue already can be claimed instead."""
    organisation = await usecases.create_organisation(session, principal, reader, body)
    response.headers["Location"] = f"/v1/organisations/{organisation.id}"
    return organisation


@router.get(
    "/organisations",
    summary="列出可见机构 List organisations that one may see",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_organisations(
    session: SessionDep, principal: PrincipalDep, reader: ReaderDep, asked: Paging
) -> Page[schemas.OrganisationRead]:
    """Those one is a member of; for a department, those of its region."""
    return await usecases.list_organisations(session, principal, reader, asked)


@router.get(
    "/organisations/{organisation_id}",
    summary="机构详情 Get an organisation",
    responses=problems(errors.OrganisationNotFound),
)
async def get_organisation(
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    organisation_id: OrganisationKey,
    response: Response,
) -> schemas.OrganisationRead:
    """An organisation by id or slug, with its version as `ETag`."""
    organisation, version = await usecases.get_organisation(session, principal, reader, organisation_id)
    set_etag(response, version)
    return organisation


@router.patch(
    "/organisations/{organisation_id}",
    summary="修改机构 Edit an organisation",
    responses=problems(
        *EDIT_PROBLEMS, errors.OrganisationNotFound, errors.OrganisationExists, errors.IdentityIsPublic
    ),
)
async def update_organisation(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    organisation_id: OrganisationKey,
    body: schemas.OrganisationUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.OrganisationRead:
    """Change what the body names; null clears. Once a platform of it is published, only its department may."""
    organisation, version = await usecases.update_organisation(
        session, principal, reader, organisation_id, body=body, precondition=precondition
    )
    set_etag(response, version)
    return organisation


@router.delete(
    "/organisations/{organisation_id}",
    status_code=204,
    summary="注销机构 Close an organisation",
    responses=problems(*EDIT_PROBLEMS, errors.OrganisationNotFound, errors.OrganisationInUse),
)
async def delete_organisation(
    session: SessionDep, principal: PrincipalDep, organisation_id: OrganisationKey, precondition: IfMatchDep
) -> None:
    """End an organisation that runs no platform any more, with its members, invitations and API keys."""
    await standing.close_organisation(session, principal, organisation_id, precondition)


@router.get(
    "/organisations/{organisation_id}/members",
    summary="机构成员 List the members of an organisation",
    responses=problems(errors.OrganisationNotFound, InvalidRequest, InvalidCursor),
)
async def list_members(
    session: SessionDep, organisation_id: OrganisationKey, asked: Paging
) -> Page[schemas.MemberRead]:
    """Everybody in an organisation, with the role of each."""
    return await usecases.list_members(session, organisation_id, asked)


@router.get(
    "/organisations/{organisation_id}/members/{person_id}",
    summary="成员详情 Get a member",
    responses=problems(errors.OrganisationNotFound, errors.MemberNotFound),
)
async def get_member(
    session: SessionDep, organisation_id: OrganisationKey, person_id: PersonId, response: Response
) -> schemas.MemberRead:
    """One member, with the version as `ETag`."""
    member, version = await usecases.get_member(session, organisation_id, person_id)
    set_etag(response, version)
    return member


@router.patch(
    "/organisations/{organisation_id}/members/{person_id}",
    summary="修改成员角色 Change the role of a member",
    responses=problems(*EDIT_PROBLEMS, errors.OrganisationNotFound, errors.MemberNotFound, errors.LastOwner),
)
async def update_member(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    organisation_id: OrganisationKey,
    person_id: PersonId,
    body: schemas.MemberUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.MemberRead:
    """Give a member another role. The last owner stays owner."""
    member, version = await usecases.update_member(
        session, principal, organisation_id, person_id, body, precondition
    )
    set_etag(response, version)
    return member


@router.delete(
    "/organisations/{organisation_id}/members/{person_id}",
    status_code=204,
    summary="移除成员或退出 Remove a member, or leave",
    responses=problems(*EDIT_PROBLEMS, errors.OrganisationNotFound, errors.MemberNotFound, errors.LastOwner),
)
async def delete_member(
    session: SessionDep,
    principal: PrincipalDep,
    organisation_id: OrganisationKey,
    person_id: PersonId,
    precondition: IfMatchDep,
) -> None:
    """An owner removes anybody, everybody may leave; the last owner cannot."""
    await usecases.delete_member(session, principal, organisation_id, person_id, precondition)


@router.post(
    "/organisations/{organisation_id}/invitations",
    status_code=201,
    summary="邀请成员 Invite somebody",
    responses=problems(errors.OrganisationNotFound, InvalidRequest, errors.AlreadyMember),
)
async def create_invitation(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    organisation_id: OrganisationKey,
    body: schemas.InvitationCreate,
    background: BackgroundTasks,
) -> schemas.InvitationRead:
    """Send a token to an address; the account of that address joins with it within 14 days."""
    invitation, mail = await usecases.create_invitation(session, principal, organisation_id, body)
    # Sent when the transaction is over: nobody gets a token that was never stored.
    background.add_task(send_quietly, request.app.state.mailer, mail)
    return invitation


@router.get(
    "/organisations/{organisation_id}/invitations",
    summary="邀请列表 List the invitations of an organisation",
    responses=problems(errors.OrganisationNotFound, InvalidRequest, InvalidCursor),
)
async def list_invitations(
    session: SessionDep, organisation_id: OrganisationKey, asked: Paging
) -> Page[schemas.InvitationRead]:
    """Open, accepted and expired ones, the newest first."""
    return await usecases.list_invitations(session, organisation_id, asked)


@router.delete(
    "/organisations/{organisation_id}/invitations/{invitation_id}",
    status_code=204,
    summary="撤回邀请 Take an invitation back",
    responses=problems(errors.OrganisationNotFound, errors.InvitationNotFound, errors.InvitationOver),
)
async def delete_invitation(
    session: SessionDep,
    principal: PrincipalDep,
    organisation_id: OrganisationKey,
    invitation_id: InvitationId,
) -> None:
    """Its token is worth nothing from then on. One that was accepted stays on record."""
    await usecases.delete_invitation(session, principal, organisation_id, invitation_id)


@router.post(
    "/invitations/accept",
    summary="接受邀请 Accept an invitation",
    responses=problems(
        errors.InvitationNotFound, errors.InvitationForAnother, errors.InvitationOver, InvalidRequest
    ),
)
async def accept_invitation(
    session: SessionDep, principal: PrincipalDep, body: schemas.InvitationAccept
) -> schemas.OrganisationMembership:
    """Join with the token that was sent. Doing it again changes nothing; a member keeps the higher of two roles."""
    return await usecases.accept_invitation(session, principal, body.token)
