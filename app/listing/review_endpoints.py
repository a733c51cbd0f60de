"""Review: submission, the work list of a department, comments, decisions, publication."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page
from app.listing import comment_usecases, review_usecases
from app.listing import review_schemas as schemas
from app.listing.review_errors import CommentNotFound, FindingsRemain, ImportRunning
from app.membership.endpoints import ReaderDep, names_first
from app.registry.errors import PlatformNotFound
from app.registry.params import Key

router = APIRouter(tags=["review"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

CommentId = Annotated[uuid.UUID, Path(description="id of a comment")]


@router.get(
    "/platforms/{platform_id}/submission",
    summary="修订状态 Get where the newest revision stands",
    responses=problems(PlatformNotFound),
)
async def get_submission(
    session: SessionDep, reader: ReaderDep, platform_id: Key, response: Response
) -> schemas.RevisionRead:
    """The state of the newest revision, with the version of the draft as `ETag`."""
    revision = await review_usecases.get_submission(session, reader, platform_id)
    set_etag(response, revision.version)
    return revision


@router.post(
    "/platforms/{platform_id}/submission",
    summary="提交审核 Submit the draft",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, WrongState, FindingsRemain, ImportRunning),
)
async def create_submission(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    platform_id: Key,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.RevisionRead:
    """Give the draft to the department: it cannot be edited until it is decided or withdrawn.

    Refused while the draft has errors (`GET .../completeness`) or an import is running.
    """
    revision = await review_usecases.submit(
        session, principal, reader, platform_id, precondition, now=request.app.state.clock()
    )
    set_etag(response, revision.version)
    return revision


@router.delete(
    "/platforms/{platform_id}/submission",
    status_code=204,
    summary="撤回提交 Withdraw the submission",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, WrongState),
)
async def delete_submission(
    session: SessionDep, principal: PrincipalDep, platform_id: Key, precondition: IfMatchDep
) -> None:
    """Take the revision back from the department, to edit on."""
    await review_usecases.withdraw(session, principal, platform_id, precondition)


@router.get(
    "/reviews",
    summary="审核工作列表 List what waits for one's department",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_reviews(
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    asked: Annotated[schemas.ReviewFilters, Query()],
) -> Page[schemas.RevisionRead]:
    """Revisions of the region and kind one decides about; who has waited longest comes first.

    Platforms of an organisation one is a member of are left out: others decide about them.
    """
    return await review_usecases.list_reviews(session, principal, reader, asked)


@router.post(
    "/platforms/{platform_id}/decisions",
    summary="审核决定 Decide on a submission",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, WrongState),
)
async def create_decision(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    platform_id: Key,
    body: schemas.ReviewDecisionCreate,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.RevisionRead:
    """Approve the version that was read, or send it back; an approved one can be sent back until it is published."""
    revision = await review_usecases.decide(
        session, principal, reader, platform_id, body, precondition, now=request.app.state.clock()
    )
    set_etag(response, revision.version)
    return revision


@router.post(
    "/platforms/{platform_id}/publication",
    summary="发布修订 Publish the approved revision",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, WrongState),
)
async def create_publication(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    platform_id: Key,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.RevisionRead:
    """Let the public see exactly what was approved; it is found in search within two seconds."""
    revision = await review_usecases.publish(
        session, principal, reader, platform_id, precondition, now=request.app.state.clock()
    )
    set_etag(response, revision.version)
    return revision


@router.get(
    "/platforms/{platform_id}/comments",
    summary="审核意见 List the comments on a platform",
    responses=problems(PlatformNotFound, InvalidRequest, InvalidCursor),
)
async def list_comments(
    session: SessionDep, platform_id: Key, asked: Annotated[schemas.CommentFilters, Query()]
) -> Page[schemas.CommentRead]:
    """Comments and replies of all revisions, oldest first."""
    return await comment_usecases.list_comments(session, platform_id, asked)


@router.post(
    "/platforms/{platform_id}/comments",
    status_code=201,
    summary="提出意见或回复 Comment on a place of the draft",
    responses=problems(InvalidRequest, PlatformNotFound),
)
async def create_comment(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: Key,
    body: schemas.CommentCreate,
    request: Request,
    response: Response,
) -> schemas.CommentRead:
    """A comment on a place that a JSON pointer names, or a reply to one; both sides may."""
    comment, version = await comment_usecases.create_comment(
        session, principal, platform_id, body, now=request.app.state.clock()
    )
    set_etag(response, version)
    response.headers["Location"] = f"/v1/platforms/{platform_id}/comments/{comment.id}"
    return comment


@router.get(
    "/platforms/{platform_id}/comments/{comment_id}",
    summary="意见详情 Get a comment",
    responses=problems(PlatformNotFound, CommentNotFound),
)
async def get_comment(
    session: SessionDep, platform_id: Key, comment_id: CommentId, response: Response
) -> schemas.CommentRead:
    """One comment or reply, with its version as `ETag`."""
    comment, version = await comment_usecases.get_comment(session, platform_id, comment_id)
    set_etag(response, version)
    return comment


@router.patch(
    "/platforms/{platform_id}/comments/{comment_id}",
    summary="标记意见已解决 Mark a comment as resolved",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, CommentNotFound),
)
async def update_comment(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: Key,
    comment_id: CommentId,
    body: schemas.CommentUpdate,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.CommentRead:
    """Mark a comment as resolved, or open it again; it is recorded who did."""
    comment, version = await comment_usecases.update_comment(
        session, principal, platform_id, comment_id, body, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return comment
