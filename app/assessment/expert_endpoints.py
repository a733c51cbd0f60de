"""What experts say of themselves. Who may call what stands in app/assessment/policy.py and is enforced before."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.assessment import errors, experts, schemas
from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page, PageParams
from app.membership.endpoints import PersonId, ReaderDep, names_first
from app.membership.errors import ExpertNotFound

router = APIRouter(tags=["assessment"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

ConflictId = Annotated[uuid.UUID, Path(description="id of a declared conflict")]


@router.get(
    "/experts/{person_id}/profile",
    summary="专家档案 Get the profile of an expert",
    responses=problems(ExpertNotFound),
)
async def get_expert_profile(
    session: SessionDep, reader: ReaderDep, person_id: PersonId, response: Response
) -> schemas.ExpertProfileRead:
    """What an expert can judge, and how much, with the version as `ETag`; empty until the expert saves it."""
    profile, version = await experts.get_profile(session, reader, person_id)
    set_etag(response, version)
    return profile


@router.put(
    "/experts/{person_id}/profile",
    summary="保存专家档案 Save one's profile as an expert",
    responses=problems(*EDIT_PROBLEMS, ExpertNotFound),
)
async def set_expert_profile(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    person_id: PersonId,
    body: schemas.ExpertProfileSet,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.ExpertProfileRead:
    """Disciplines, organisation, quota and availability. Only an expert with a profile is assigned to results."""
    profile, version = await experts.set_profile(session, principal, reader, person_id, body, precondition)
    set_etag(response, version)
    return profile


@router.get(
    "/experts/{person_id}/conflicts",
    summary="利益冲突声明 List the declared conflicts of an expert",
    responses=problems(ExpertNotFound, InvalidRequest, InvalidCursor),
)
async def list_expert_conflicts(
    session: SessionDep, person_id: PersonId, asked: Annotated[PageParams, Query()]
) -> Page[schemas.ExpertConflictRead]:
    """Those the expert declared, the newest first; that organisations are one's own is known without."""
    return await experts.list_conflicts(session, person_id, asked)


@router.post(
    "/experts/{person_id}/conflicts",
    status_code=201,
    summary="声明利益冲突 Declare a conflict of interest",
    responses=problems(ExpertNotFound, InvalidRequest),
)
async def create_expert_conflict(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    person_id: PersonId,
    body: schemas.ExpertConflictCreate,
) -> schemas.ExpertConflictRead:
    """With an organisation or with one result: nothing of it is assigned to the expert from then on."""
    return await experts.declare_conflict(session, principal, person_id, body, now=request.app.state.clock())


@router.delete(
    "/experts/{person_id}/conflicts/{conflict_id}",
    status_code=204,
    summary="撤回利益冲突声明 Withdraw a declared conflict",
    responses=problems(ExpertNotFound, errors.ExpertConflictNotFound),
)
async def delete_expert_conflict(
    session: SessionDep, principal: PrincipalDep, person_id: PersonId, conflict_id: ConflictId
) -> None:
    """The conflict is over. Who recused from a result is still not assigned to it."""
    await experts.withdraw_conflict(session, principal, person_id, conflict_id)
