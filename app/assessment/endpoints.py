"""Assignments of a call. Who may call what stands in app/assessment/policy.py and is enforced before."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from app.assessment import assigning, errors, schemas
from app.auth.errors import ConflictOfInterest
from app.auth.principal import PrincipalDep
from app.calls.endpoints import CallKey
from app.calls.errors import CallNotFound
from app.db import ReadingSessionDep, SessionDep
from app.errors import InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.pagination import Page
from app.membership.endpoints import ReaderDep, names_first
from app.membership.errors import ExpertNotFound
from app.results.errors import ResultNotFound

router = APIRouter(tags=["assessment"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

# What only computes takes no Idempotency-Key, and does not wait for those who write.
proposals = APIRouter(tags=["assessment"], dependencies=[Depends(names_first)])

ResultKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug of a result")]
AssignmentId = Annotated[uuid.UUID, Path(description="id of an assignment")]
Asked = Annotated[schemas.AssignmentFilters, Query()]


@router.get(
    "/calls/{call_id}/experts",
    summary="可选专家 List the experts for a call",
    responses=problems(CallNotFound, InvalidRequest, InvalidCursor),
)
async def list_call_experts(
    request: Request,
    session: SessionDep,
    reader: ReaderDep,
    call_id: CallKey,
    asked: Annotated[schemas.CandidateFilters, Query()],
) -> Page[schemas.ExpertCandidate]:
    """Every expert with a profile; for a result of the call, also what each covers of it and what speaks against."""
    return await assigning.list_candidates(session, reader, call_id, asked, now=request.app.state.clock())


@proposals.post(
    "/calls/{call_id}/assignments/propose",
    summary="指派方案 Propose who judges what",
    responses=problems(CallNotFound, InvalidRequest),
)
async def propose_assignments(
    request: Request,
    session: ReadingSessionDep,
    reader: ReaderDep,
    call_id: CallKey,
    body: schemas.AssignmentsCreate,
) -> schemas.ProposalRead:
    """The best assignment of experts, without storing it, and for each result that cannot have its experts, why.

    Each result gets as many experts as the call says, who cover its fields together, nobody with a conflict, above
    quota or unavailable. As many results as possible are served, then as many fields matched, then work is even.
    """
    return await assigning.propose(session, reader, call_id, body, now=request.app.state.clock())


@router.post(
    "/calls/{call_id}/assignments",
    status_code=201,
    summary="指派专家 Assign experts to results",
    responses=problems(CallNotFound, InvalidRequest, errors.AssignmentInfeasible),
)
async def create_assignments(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    call_id: CallKey,
    body: schemas.AssignmentsCreate,
) -> schemas.AssignmentsMade:
    """Store the best assignment and tell the experts; the results are under assessment from then on.

    All results that are named, or none: where one cannot have its experts, the answer says which constraint binds.
    """
    return await assigning.create_assignments(
        session, principal, reader, call_id, body, now=request.app.state.clock()
    )


@router.get(
    "/calls/{call_id}/assignments",
    summary="征集的评议任务 List the assignments of a call",
    responses=problems(CallNotFound, InvalidRequest, InvalidCursor),
)
async def list_call_assignments(
    session: SessionDep, principal: PrincipalDep, call_id: CallKey, asked: Asked
) -> Page[schemas.AssignmentRead]:
    """Who judges what, and who is done; the newest first. Results of one's own organisations are left out."""
    return await assigning.list_call_assignments(session, principal, call_id, asked)


@router.post(
    "/results/{result_id}/assignments",
    status_code=201,
    summary="增加评议专家 Assign one expert by hand",
    responses=problems(
        ResultNotFound,
        WrongState,
        ExpertNotFound,
        ConflictOfInterest,
        errors.AlreadyAssigned,
        errors.ExpertNotEligible,
        InvalidRequest,
    ),
)
async def add_assignment(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.AssignmentAdd,
) -> schemas.AssignmentRead:
    """One more expert for a result. The same constraints hold: conflicts, quota, availability."""
    return await assigning.add_assignment(session, principal, result_id, body, now=request.app.state.clock())


@router.get(
    "/assignments",
    summary="我的评议任务 List one's own assignments",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_my_assignments(
    session: SessionDep, principal: PrincipalDep, asked: Asked
) -> Page[schemas.AssignmentRead]:
    """What one is to judge, has judged, or declined; the newest first."""
    return await assigning.list_my_assignments(session, principal, asked)


@router.get(
    "/assignments/{assignment_id}",
    summary="评议任务详情 Get an assignment",
    responses=problems(errors.AssignmentNotFound),
)
async def get_assignment(session: SessionDep, assignment_id: AssignmentId) -> schemas.AssignmentRead:
    """Who is to judge which version of which result, and whether it is done."""
    return await assigning.get_assignment(session, assignment_id)


@router.post(
    "/assignments/{assignment_id}/recusal",
    summary="申请回避 Recuse from an assignment",
    responses=problems(errors.AssignmentNotFound, WrongState, InvalidRequest),
)
async def recuse_assignment(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    assignment_id: AssignmentId,
    body: schemas.AssignmentEnd,
) -> schemas.AssignmentRead:
    """Decline, with the reason. Another expert is assigned where there is one; the people of the call are told."""
    return await assigning.recuse(session, principal, assignment_id, body, now=request.app.state.clock())


@router.post(
    "/assignments/{assignment_id}/release",
    summary="撤销评议任务 Take an assignment back",
    responses=problems(
        errors.AssignmentNotFound, WrongState, ConflictOfInterest, errors.StillNeeded, InvalidRequest
    ),
)
async def release_assignment(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    assignment_id: AssignmentId,
    body: schemas.AssignmentEnd,
) -> schemas.AssignmentRead:
    """Possible while it is not judged, and enough experts for all fields are left: add another first."""
    return await assigning.release(session, principal, assignment_id, body, now=request.app.state.clock())
