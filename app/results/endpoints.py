"""Results over HTTP. Who may call what stands in app/results/policy.py; what is read, in app.disclosure."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import Forbidden, InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page
from app.membership.endpoints import ReaderDep, names_first
from app.membership.errors import OrganisationNotFound
from app.results import draft_usecases, duplicates, errors, schemas, submission_usecases, usecases
from app.results.files import forget_unused

router = APIRouter(tags=["results"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

ResultKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug of a result")]
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000, description="number of a version")]
_CHANGE = problems(*EDIT_PROBLEMS, errors.ResultNotFound, WrongState)


async def vocabulary_first(request: Request) -> None:
    """FastAPI dependency of what understands needs: read the vocabulary before the write lock is taken."""
    async with request.app.state.new_session() as session:
        await request.app.state.snapshots.get(session)


@router.post(
    "/results",
    status_code=201,
    summary="新建成果 Create a result",
    responses=problems(InvalidRequest, Forbidden, OrganisationNotFound, errors.ResultSlugTaken),
)
async def create_result(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    body: schemas.ResultCreate,
    response: Response,
) -> schemas.ResultRead:
    """Begin a draft. Nobody but its owners knows of it until it is submitted to a call."""
    result, version = await draft_usecases.create_result(
        session, principal, reader, body, now=request.app.state.clock()
    )
    response.headers["Location"] = f"/v1/results/{result.id}"
    set_etag(response, version)
    return result


@router.get("/results", summary="成果列表 List results", responses=problems(InvalidRequest, InvalidCursor))
async def list_results(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    asked: Annotated[schemas.ResultFilters, Query()],
) -> Page[schemas.ResultSummary]:
    """Those that one may know of, with what of them is public: one's own, those one is to judge, pooled ones."""
    return await usecases.list_results(session, principal, reader, asked, now=request.app.state.clock())


@router.get(
    "/results/{result_id}", summary="成果详情 Get a result", responses=problems(errors.ResultNotFound)
)
async def get_result(
    request: Request, session: SessionDep, principal: PrincipalDep, result_id: ResultKey, response: Response
) -> schemas.ResultRead:
    """As far as one may read it: `withheld` names the fields that are not shown, and the tier that each needs.

    Reading a field above `public` is recorded, and its owner can read the record.
    """
    state = request.app.state
    result, version = await usecases.get_result(
        session, state.new_session, principal, result_id, now=state.clock()
    )
    set_etag(response, version)
    return result


@router.patch("/results/{result_id}", summary="修改成果 Edit a result", responses=_CHANGE)
async def update_result(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    result_id: ResultKey,
    body: schemas.ResultUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.ResultRead:
    """Change the version that is being written. What was submitted is never edited: begin a revision."""
    result, version = await draft_usecases.update_result(
        session, principal, reader, result_id, body=body, precondition=precondition
    )
    set_etag(response, version)
    return result


@router.delete("/results/{result_id}", status_code=204, summary="删除草稿 Delete a draft", responses=_CHANGE)
async def delete_result(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    precondition: IfMatchDep,
    background: BackgroundTasks,
) -> None:
    """Only what was never submitted to a call; anything else can be withdrawn."""
    hashes = await draft_usecases.delete_result(session, principal, result_id, precondition)
    state = request.app.state
    # After the commit: until then the rows stand.
    background.add_task(forget_unused, state.new_session, state.settings, hashes)


@router.put(
    "/results/{result_id}/tiers",
    summary="设置披露级别 Set disclosure tiers",
    responses=problems(*EDIT_PROBLEMS, errors.ResultNotFound),
)
async def update_result_tiers(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.TiersUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.ResultRead:
    """Say who may read which field, in every version and at once. What is public of a pooled result stays public."""
    result, version = await draft_usecases.update_tiers(
        session, principal, result_id, body=body, precondition=precondition
    )
    set_etag(response, version)
    return result


@router.post(
    "/results/{result_id}/submission",
    summary="申报成果 Submit a result to a call",
    responses=problems(
        *EDIT_PROBLEMS, errors.ResultNotFound, WrongState, errors.CallNotOpen, errors.NotReadyForCall
    ),
    dependencies=[Depends(vocabulary_first)],
)
async def submit_result(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    result_id: ResultKey,
    body: schemas.SubmissionCreate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.SubmissionRead:
    """Give the version that is being written to an open call. Pointers of errors lead into the document.

    What says much the same is pointed out, never refused. The call that returned a result takes its revision also
    after it has closed.
    """
    state = request.app.state
    answer, version = await submission_usecases.submit_result(
        session,
        principal,
        reader,
        state.snapshots,
        result_id,
        body=body,
        precondition=precondition,
        now=state.clock(),
    )
    set_etag(response, version)
    return answer


@router.post("/results/{result_id}/withdrawal", summary="撤回成果 Withdraw a result", responses=_CHANGE)
async def withdraw_result(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    body: schemas.WithdrawalCreate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.ResultRead:
    """Take it back from the call: from now on only its owners know of it. A pooled one leaves by its project."""
    result, version = await submission_usecases.withdraw_result(
        session, principal, result_id, body=body, precondition=precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return result


@router.post(
    "/results/{result_id}/revisions",
    summary="开始修订 Begin a revision",
    responses=problems(*EDIT_PROBLEMS, errors.ResultNotFound, WrongState, errors.CallNotOpen),
)
async def revise_result(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.ResultRead:
    """Begin the next version of what was returned, declined, or submitted to a call that is still open.

    The version that was submitted stays with the call until the new one is submitted.
    """
    result, version = await submission_usecases.revise_result(
        session, principal, result_id, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return result


@router.post("/results/{result_id}/reopening", summary="重新打开成果 Reopen a result", responses=_CHANGE)
async def reopen_result(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.ResultRead:
    """Make a draft again of what was withdrawn."""
    result, version = await submission_usecases.reopen_result(
        session, principal, result_id, precondition, now=request.app.state.clock()
    )
    set_etag(response, version)
    return result


@router.get(
    "/results/{result_id}/versions",
    summary="成果版本列表 List the versions of a result",
    responses=problems(errors.ResultNotFound),
)
async def list_result_versions(
    request: Request, session: SessionDep, principal: PrincipalDep, result_id: ResultKey
) -> schemas.ResultVersionsRead:
    """The newest first. Others than owners, the department and assigned experts see the one last submitted."""
    return await usecases.list_versions(session, principal, result_id, now=request.app.state.clock())


@router.get(
    "/results/{result_id}/versions/{number}",
    summary="成果版本详情 Get a version of a result",
    responses=problems(errors.ResultNotFound, errors.VersionNotFound),
)
async def get_result_version(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    number: VersionNumber,
) -> schemas.VersionRead:
    """One version, as far as one may read it; evaluations name the version that they judged."""
    state = request.app.state
    return await usecases.get_version(
        session, state.new_session, principal, result_id, number, now=state.clock()
    )


@router.get(
    "/results/{result_id}/duplicates",
    summary="相似成果 List results that say much the same",
    responses=problems(errors.ResultNotFound),
)
async def list_duplicates(session: SessionDep, result_id: ResultKey) -> schemas.DuplicatesRead:
    """For the people of the call and the department: by likeness of title, abstract and confidential text."""
    return await duplicates.all_duplicates(session, result_id)
