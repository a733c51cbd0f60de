"""Claims on platforms of the catalogue."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import Forbidden, InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page
from app.listing import claim_schemas as schemas
from app.listing import claim_usecases as usecases
from app.listing.review_errors import ClaimNotFound, ClaimOpen, PlatformNotClaimable
from app.membership.endpoints import ReaderDep, names_first
from app.registry.errors import PlatformNotFound
from app.registry.params import Key

router = APIRouter(tags=["review"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

ClaimId = Annotated[uuid.UUID, Path(description="id of a claim")]


@router.post(
    "/platforms/{platform_id}/claims",
    status_code=201,
    summary="认领平台 Claim a platform of the catalogue",
    responses=problems(InvalidRequest, Forbidden, PlatformNotFound, PlatformNotClaimable, ClaimOpen),
)
async def create_claim(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    platform_id: Key,
    body: schemas.ClaimCreate,
    request: Request,
    response: Response,
) -> schemas.ClaimRead:
    """Say that a published platform is one's organisation's own, with evidence, for the department to decide.

    Only an owner of the organisation can, and only where the recorded operator has no members.
    """
    claim, version = await usecases.create_claim(
        session, principal, reader, platform_id, body, now=request.app.state.clock()
    )
    set_etag(response, version)
    response.headers["Location"] = f"/v1/claims/{claim.id}"
    return claim


@router.get(
    "/claims",
    summary="认领申请列表 List claims",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_claims(
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    asked: Annotated[schemas.ClaimFilters, Query()],
) -> Page[schemas.ClaimRead]:
    """Those of one's organisations; for a department, those on platforms of its region and kind; newest first."""
    return await usecases.list_claims(session, principal, reader, asked)


@router.get("/claims/{claim_id}", summary="认领申请详情 Get a claim", responses=problems(ClaimNotFound))
async def get_claim(
    session: SessionDep, reader: ReaderDep, claim_id: ClaimId, response: Response
) -> schemas.ClaimRead:
    """One claim, with its version as `ETag`."""
    claim, version = await usecases.get_claim(session, reader, claim_id)
    set_etag(response, version)
    return claim


@router.post(
    "/claims/{claim_id}/decision",
    summary="认领决定 Grant or refuse a claim",
    responses=problems(*EDIT_PROBLEMS, ClaimNotFound, WrongState, PlatformNotClaimable),
)
async def decide_claim(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    claim_id: ClaimId,
    body: schemas.ClaimDecide,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.ClaimRead:
    """Granting makes the organisation the operator of the platform and refuses every other open claim on it."""
    claim, version = await usecases.decide_claim(
        session, principal, reader, claim_id, body, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return claim


@router.delete(
    "/claims/{claim_id}",
    status_code=204,
    summary="撤回认领申请 Withdraw a claim",
    responses=problems(*EDIT_PROBLEMS, ClaimNotFound, WrongState),
)
async def delete_claim(
    session: SessionDep,
    principal: PrincipalDep,
    claim_id: ClaimId,
    precondition: IfMatchDep,
    request: Request,
) -> None:
    """Take an open claim back."""
    await usecases.withdraw_claim(session, principal, claim_id, precondition, now=request.app.state.clock())
