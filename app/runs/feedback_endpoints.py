"""Feedback on match runs, data tasks, and their export as gold."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page, PageParams
from app.registry.errors import PlatformNotFound
from app.registry.params import Key
from app.runs import export, feedback_usecases, task_usecases
from app.runs import feedback_schemas as schemas
from app.runs.endpoints import RunId
from app.runs.errors import (
    AlreadyAnswered,
    DataTaskNotFound,
    FeedbackGiven,
    FeedbackNotFound,
    MatchRunNotFound,
)

router = APIRouter(tags=["matching"], route_class=IdempotentRoute)

FeedbackId = Annotated[uuid.UUID, Path(description="id of feedback")]
TaskId = Annotated[uuid.UUID, Path(description="id of a data task")]
Paging = Annotated[PageParams, Query()]


@router.post(
    "/match-runs/{run_id}/feedback",
    status_code=201,
    summary="对匹配结果给出反馈 Give feedback on a match run",
    responses=problems(InvalidRequest, MatchRunNotFound, FeedbackGiven),
)
async def create_feedback(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    run_id: RunId,
    body: schemas.FeedbackCreate,
) -> schemas.FeedbackRead:
    """Say of a candidate, or of its verdict on one need, that it was useful, that one got in contact, or that it is
    wrong. A verdict that is said to be wrong opens a data task for the platform and its department.
    """
    now = request.app.state.clock()
    return await feedback_usecases.give_feedback(session, principal, run_id, body, now=now)


@router.get(
    "/match-runs/{run_id}/feedback",
    summary="匹配记录的反馈 List the feedback on a match run",
    responses=problems(InvalidRequest, InvalidCursor, MatchRunNotFound),
)
async def list_feedback(session: SessionDep, run_id: RunId, asked: Paging) -> Page[schemas.FeedbackRead]:
    """The newest first, with what the platforms say to it and how the data tasks stand."""
    return await feedback_usecases.list_feedback_of_run(session, run_id, asked)


@router.get(
    "/platforms/{platform_id}/feedback",
    summary="平台收到的反馈 List the feedback on a platform",
    responses=problems(InvalidRequest, InvalidCursor, PlatformNotFound),
)
async def list_feedback_of_platform(
    request: Request, session: SessionDep, principal: PrincipalDep, platform_id: Key, asked: Paging
) -> Page[schemas.PlatformFeedbackRead]:
    """The newest first. Of results and needs it shows what the reader's tier allows; `withheld` says what is not."""
    state = request.app.state
    return await feedback_usecases.list_feedback_of_platform(
        session, state.new_session, principal, platform_id, asked, now=state.clock()
    )


@router.post(
    "/platforms/{platform_id}/feedback/{feedback_id}/answer",
    summary="答复反馈 Answer feedback on a platform",
    responses=problems(InvalidRequest, PlatformNotFound, FeedbackNotFound, AlreadyAnswered),
)
async def answer_feedback(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: Key,
    feedback_id: FeedbackId,
    body: schemas.AnswerCreate,
) -> schemas.FeedbackRead:
    """What the platform says to it, once; whoever gave the feedback reads it."""
    now = request.app.state.clock()
    return await feedback_usecases.answer_feedback(
        session, principal, platform_id, feedback_id, body, now=now
    )


@router.get(
    "/data-tasks",
    summary="数据质量任务 List data tasks",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_data_tasks(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    asked: Annotated[schemas.DataTaskFilters, Query()],
) -> Page[schemas.DataTaskRead]:
    """Those of one's platforms; for a department, those of the platforms it decides about; the newest first."""
    state = request.app.state
    return await task_usecases.list_tasks(session, state.new_session, principal, asked, now=state.clock())


@router.get(
    "/data-tasks/{task_id}",
    summary="数据质量任务详情 Get a data task",
    responses=problems(DataTaskNotFound),
)
async def get_data_task(
    request: Request, session: SessionDep, principal: PrincipalDep, task_id: TaskId, response: Response
) -> schemas.DataTaskRead:
    """One task, with its version as `ETag`."""
    state = request.app.state
    task, version = await task_usecases.get_task(
        session, state.new_session, principal, task_id, now=state.clock()
    )
    set_etag(response, version)
    return task


@router.post(
    "/data-tasks/{task_id}/answer",
    status_code=204,
    summary="答复数据质量任务 Answer a data task",
    responses=problems(*EDIT_PROBLEMS, DataTaskNotFound, WrongState),
)
async def answer_data_task(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    task_id: TaskId,
    body: schemas.AnswerCreate,
    precondition: IfMatchDep,
    response: Response,
) -> None:
    """What the platform found out about its data; the department concludes."""
    version = await task_usecases.answer_task(
        session, principal, task_id, body, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)


@router.post(
    "/data-tasks/{task_id}/closure",
    status_code=204,
    summary="办结数据质量任务 Close a data task",
    responses=problems(*EDIT_PROBLEMS, DataTaskNotFound, WrongState),
)
async def close_data_task(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    task_id: TaskId,
    body: schemas.TaskClose,
    precondition: IfMatchDep,
    response: Response,
) -> None:
    """The conclusion of the department. Where the verdict was wrong or stands, the export has it as gold."""
    version = await task_usecases.close_task(
        session, principal, task_id, body, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)


@router.get("/feedback/export", summary="导出已确认的反馈 Export confirmed feedback as gold")
async def export_feedback(request: Request, session: SessionDep, principal: PrincipalDep) -> schemas.GoldRead:
    """Verdicts that a department concluded on, and services of platforms that answered, in the form of a gold file
    for `make eval`. Only of results whose needs one may read.
    """
    state = request.app.state
    return await export.export_gold(session, state.new_session, principal, now=state.clock())
