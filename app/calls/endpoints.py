"""Calls over HTTP. Who may call what stands in app/calls/policy.py and is enforced before."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.calls import errors, schemas, usecases
from app.db import SessionDep
from app.errors import Forbidden, InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page
from app.membership.endpoints import ReaderDep, names_first

router = APIRouter(tags=["calls"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

CallKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug of a call")]


@router.post(
    "/calls",
    status_code=201,
    summary="发起征集 Create a call",
    responses=problems(InvalidRequest, Forbidden, errors.CallSlugTaken),
)
async def create_call(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    body: schemas.CallCreate,
    response: Response,
) -> schemas.CallRead:
    """Call for results: by editors of a published verification centre, or by reviewers and publishers of a department.

    Everybody sees it from now on; it takes results from `opens_at` until before `closes_at`.
    """
    call, version = await usecases.create_call(
        session, principal, reader, body, now=request.app.state.clock()
    )
    response.headers["Location"] = f"/v1/calls/{call.id}"
    set_etag(response, version)
    return call


@router.get("/calls", summary="征集列表 List calls", responses=problems(InvalidRequest, InvalidCursor))
async def list_calls(
    request: Request, session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.CallFilters, Query()]
) -> Page[schemas.CallRead]:
    """Those that opened last come first; `state` is that of this moment."""
    return await usecases.list_calls(session, reader, asked, now=request.app.state.clock())


@router.get("/calls/{call_id}", summary="征集详情 Get a call", responses=problems(errors.CallNotFound))
async def get_call(
    request: Request, session: SessionDep, reader: ReaderDep, call_id: CallKey, response: Response
) -> schemas.CallRead:
    """A call by id or slug, with its version as `ETag`."""
    call, version = await usecases.get_call(session, reader, call_id, now=request.app.state.clock())
    set_etag(response, version)
    return call


@router.patch(
    "/calls/{call_id}",
    summary="修改征集 Edit a call",
    responses=problems(*EDIT_PROBLEMS, errors.CallNotFound, WrongState, errors.FixedOnceOpen),
)
async def update_call(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    call_id: CallKey,
    body: schemas.CallUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.CallRead:
    """Change what the body names. Once it is open, only the title, and `closes_at` to a later time."""
    call, version = await usecases.update_call(
        session,
        principal,
        reader,
        call_id,
        body=body,
        precondition=precondition,
        now=request.app.state.clock(),
    )
    set_etag(response, version)
    return call


@router.post(
    "/calls/{call_id}/cancellation",
    summary="取消征集 Cancel a call",
    responses=problems(*EDIT_PROBLEMS, errors.CallNotFound, WrongState),
)
async def cancel_call(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    call_id: CallKey,
    body: schemas.CallCancel,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.CallRead:
    """End it before its time. What was submitted stays with its owners, who are told."""
    call, version = await usecases.cancel_call(
        session,
        principal,
        reader,
        call_id,
        body=body,
        precondition=precondition,
        now=request.app.state.clock(),
    )
    set_etag(response, version)
    return call
