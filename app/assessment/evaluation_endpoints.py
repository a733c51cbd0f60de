"""Evaluations and decisions. Who may call what stands in app/assessment/policy.py and is enforced before."""

from fastapi import APIRouter, Depends, Request, Response

from app.assessment import deciding, errors, evaluating, schemas
from app.assessment.endpoints import AssignmentId, ResultKey
from app.auth.errors import ConflictOfInterest
from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import Forbidden, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.membership.endpoints import names_first
from app.results.errors import ResultNotFound

router = APIRouter(tags=["assessment"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])


@router.get(
    "/assignments/{assignment_id}/result",
    summary="待评成果 Read the result that one judges",
    responses=problems(errors.AssignmentNotFound, WrongState),
)
async def get_assigned_result(
    request: Request, session: SessionDep, principal: PrincipalDep, assignment_id: AssignmentId
) -> schemas.AssignedResultRead:
    """The version that is judged, with what only its experts may read, and the rubric. The owner sees who read it."""
    state = request.app.state
    return await evaluating.get_assigned_result(
        session, state.new_session, principal, assignment_id, now=state.clock()
    )


@router.get(
    "/assignments/{assignment_id}/evaluation",
    summary="我的评议意见 Get one's own evaluation",
    responses=problems(errors.AssignmentNotFound, errors.EvaluationNotFound),
)
async def get_evaluation(
    session: SessionDep, assignment_id: AssignmentId, response: Response
) -> schemas.EvaluationRead:
    """What one said, with its version as `ETag`. What others said, no expert sees."""
    evaluation, version = await evaluating.get_evaluation(session, assignment_id)
    set_etag(response, version)
    return evaluation


@router.post(
    "/assignments/{assignment_id}/evaluation",
    status_code=201,
    summary="提交评议意见 Submit an evaluation",
    responses=problems(
        errors.AssignmentNotFound,
        WrongState,
        Forbidden,
        errors.AlreadyEvaluated,
        errors.ExpertNotEligible,
        InvalidRequest,
    ),
)
async def create_evaluation(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    assignment_id: AssignmentId,
    body: schemas.EvaluationGiven,
    response: Response,
) -> schemas.EvaluationRead:
    """A score for every criterion, and comments to the owner and to the department. It can be corrected for a while."""
    evaluation, version = await evaluating.create_evaluation(
        session, principal, assignment_id, body, now=request.app.state.clock()
    )
    set_etag(response, version)
    return evaluation


@router.put(
    "/assignments/{assignment_id}/evaluation",
    summary="更正评议意见 Correct an evaluation",
    responses=problems(
        *EDIT_PROBLEMS,
        errors.AssignmentNotFound,
        errors.EvaluationNotFound,
        WrongState,
        errors.EvaluationClosed,
    ),
)
async def update_evaluation(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    assignment_id: AssignmentId,
    body: schemas.EvaluationGiven,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.EvaluationRead:
    """Possible until all evaluations of the result are in."""
    evaluation, version = await evaluating.update_evaluation(
        session, principal, assignment_id, body, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return evaluation


@router.get(
    "/results/{result_id}/assessment",
    summary="评议情况 Get how a result is assessed",
    responses=problems(ResultNotFound, ConflictOfInterest),
)
async def get_assessment(
    request: Request, session: SessionDep, principal: PrincipalDep, result_id: ResultKey
) -> schemas.AssessmentRead:
    """Who judges and who is done; when all are in, what each said, and all together with their spread."""
    return await deciding.get_assessment(session, principal, result_id, now=request.app.state.clock())


@router.get(
    "/results/{result_id}/decisions",
    summary="评议结论 List the decisions on a result",
    responses=problems(ResultNotFound),
)
async def list_result_decisions(
    request: Request, session: SessionDep, principal: PrincipalDep, result_id: ResultKey
) -> schemas.DecisionList:
    """Of a result of one's own: the newest first, with reasons and what the experts say, without their names.

    The people of the call and the department read them with the assessment; for others there are none.
    """
    found = await deciding.list_decisions(session, principal, result_id, now=request.app.state.clock())
    return schemas.DecisionList(decisions=found)


@router.post(
    "/results/{result_id}/decisions",
    status_code=201,
    summary="作出结论 Decide on a result",
    responses=problems(
        ResultNotFound, WrongState, ConflictOfInterest, errors.EvaluationsOutstanding, InvalidRequest
    ),
)
async def create_result_decision(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.ResultDecisionCreate,
) -> schemas.DecisionMade:
    """Pool it, return it with advice, or decline it, when all evaluations are in. What is pooled is public at once."""
    return await deciding.decide(session, principal, result_id, body, now=request.app.state.clock())


@router.post(
    "/results/{result_id}/recall",
    summary="收回结论 Recall the decision on a result",
    responses=problems(ResultNotFound, WrongState, ConflictOfInterest, InvalidRequest),
)
async def recall_decision(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.RecallCreate,
) -> schemas.DecisionMade:
    """The department takes a decision back: the result leaves the pool, and is decided anew."""
    return await deciding.recall(session, principal, result_id, body, now=request.app.state.clock())
