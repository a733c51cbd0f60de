"""Access requests and the access log over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import Forbidden, InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page, PageParams
from app.results import access_schemas as schemas
from app.results import access_usecases as usecases
from app.results.access_log import read_access_log
from app.results.endpoints import ResultKey
from app.results.errors import AccessOpen, AccessRequestNotFound, ResultNotFound

router = APIRouter(tags=["results"], route_class=IdempotentRoute)

RequestId = Annotated[uuid.UUID, Path(description="id of a request for access")]
Asked = Annotated[schemas.AccessFilters, Query()]
_LIST = problems(InvalidRequest, InvalidCursor)
_CHANGE = problems(*EDIT_PROBLEMS, AccessRequestNotFound, WrongState)


@router.post(
    "/results/{result_id}/access-requests",
    status_code=201,
    summary="申请查阅 Ask to read more of a result",
    responses=problems(InvalidRequest, Forbidden, ResultNotFound, AccessOpen),
)
async def request_access(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.AccessAsked,
    response: Response,
) -> schemas.AccessRequestRead:
    """Ask the owner for the tier `granted`, with a reason, for oneself or for an organisation one edits for."""
    asked, version = await usecases.request_access(
        session, principal, result_id, body, now=request.app.state.clock()
    )
    response.headers["Location"] = f"/v1/access-requests/{asked.id}"
    set_etag(response, version)
    return asked


@router.post(
    "/results/{result_id}/grants",
    status_code=201,
    summary="直接授权查阅 Grant access without being asked",
    responses=problems(InvalidRequest, ResultNotFound, WrongState, AccessOpen),
)
async def grant_access(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.AccessGranted,
    response: Response,
) -> schemas.AccessRequestRead:
    """Let an organisation or a person read the tier `granted` until a day; they are told."""
    granted, version = await usecases.grant_access(
        session, principal, result_id, body, now=request.app.state.clock()
    )
    response.headers["Location"] = f"/v1/access-requests/{granted.id}"
    set_etag(response, version)
    return granted


@router.get(
    "/results/{result_id}/access-requests",
    summary="成果的查阅申请 List the requests for access to a result",
    responses=problems(InvalidRequest, InvalidCursor, ResultNotFound),
)
async def list_access_requests_of_result(
    request: Request, session: SessionDep, result_id: ResultKey, asked: Asked
) -> Page[schemas.AccessRequestRead]:
    """For the people of its owner: what was asked and granted, the newest first."""
    now = request.app.state.clock()
    return await usecases.list_requests_of_result(session, result_id, asked, now=now)


@router.get(
    "/results/{result_id}/access-log",
    summary="查阅记录 Read the access log of a result",
    responses=problems(InvalidRequest, InvalidCursor, ResultNotFound),
)
async def get_access_log(
    session: SessionDep, result_id: ResultKey, asked: Annotated[PageParams, Query()]
) -> schemas.AccessLogRead:
    """Who was given which confidential field when, the newest first; for the people of its owner.

    `intact` says whether the chain of hashes over all entries is whole.
    """
    return await read_access_log(session, result_id, asked)


@router.get("/access-requests", summary="我的查阅申请 List my requests for access", responses=_LIST)
async def list_access_requests(
    request: Request, session: SessionDep, principal: PrincipalDep, asked: Asked
) -> Page[schemas.AccessRequestRead]:
    """What one asked for, and what one's organisations were granted, the newest first."""
    return await usecases.list_requests(session, principal, asked, now=request.app.state.clock())


@router.get(
    "/access-requests/{request_id}",
    summary="查阅申请详情 Get a request for access",
    responses=problems(AccessRequestNotFound),
)
async def get_access_request(
    request: Request, session: SessionDep, request_id: RequestId, response: Response
) -> schemas.AccessRequestRead:
    """For who asked and for the people of the owner, with its version as `ETag`."""
    asked, version = await usecases.get_request(session, request_id, now=request.app.state.clock())
    set_etag(response, version)
    return asked


@router.post(
    "/access-requests/{request_id}/decision",
    summary="决定查阅申请 Grant or refuse access",
    responses=_CHANGE,
)
async def decide_access_request(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    request_id: RequestId,
    body: schemas.AccessDecide,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.AccessRequestRead:
    """Grant until a day, or refuse with an answer; who asked is told."""
    decided, version = await usecases.decide_request(
        session, principal, request_id, body=body, precondition=precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return decided


@router.post(
    "/access-requests/{request_id}/withdrawal",
    summary="撤回查阅申请 Withdraw a request for access",
    responses=_CHANGE,
)
async def withdraw_access_request(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    request_id: RequestId,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.AccessRequestRead:
    """Only while it is open."""
    withdrawn, version = await usecases.withdraw_request(
        session, principal, request_id, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return withdrawn


@router.post(
    "/access-requests/{request_id}/revocation",
    summary="终止查阅权限 Revoke access",
    responses=_CHANGE,
)
async def revoke_access(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    request_id: RequestId,
    body: schemas.AccessRevoke,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.AccessRequestRead:
    """End access at once, before its last day; who could read is told."""
    ended, version = await usecases.revoke_access(
        session, principal, request_id, body=body, precondition=precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return ended
